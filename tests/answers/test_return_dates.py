"""The last day away: always one of the next 60, and only where words put the end of an absence."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mailer.answers.return_dates import last_day
from tests.answers.absences import ABSENCES
from tests.kit.rows import each_row

TUESDAY = date(2026, 12, 15)
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


@each_row(
    ("text", "order", "until"),
    [
        ("I am out of office, returning 12/01.", "", "2027-01-11"),
        ("I am out of office, returning 12/01.", "dmy", "2027-01-11"),
        ("I am out of office, returning 12/01.", "mdy", None),
        ("I am out of office until 01/02.", "mdy", "2027-01-02"),
        ("I am out of office until 01/02.", "dmy", "2027-02-01"),
        ("I am out of office until 01/02.", "", None),
        ("I am out of office until Saturday 01/02.", "", "2027-01-02"),
        ("I am out of office until 1/1.", "", "2027-01-01"),
        ("I am out of office until 12/31.", "dmy", "2026-12-31"),
        ("I was out of office until 13 December.", "", None),
        ("I am out of office until 13 December 2026.", "", None),
        ("I am out of office until 1 March.", "", None),
        ("I am out of office until 13 February.", "", "2027-02-13"),
        ("I am out of office until 14 February.", "", None),
        ("I am in the office until 18 December.", "", None),
        ("Our offer is valid until 31 December. I am out of office.", "", None),
        ("I am out of office. Call 030 12.1.2027-44 or 1-1-27.", "", None),
        ("I have been out of office since 1 December.", "", None),
        ("I am away from 16 December.", "", None),
        ("Back on 15 December.", "", None),
        ("Back on 16 December.", "", "2026-12-15"),
        ("Back on Tuesday.", "", "2026-12-21"),
        ("I am out of office until 30 February.", "", None),
        ("Ich bin ab dem 21.12. im Urlaub.", "", None),
        ("Ich bin bis 18.12. im Büro erreichbar.", "", None),
        ("Je suis disponible jusqu'au 18 décembre.", "", None),
        ("Estoy de viaje. Plazo de inscripción: hasta el 20 de enero.", "", None),
        ("", "", None),
    ],
)
def test_which_day_is_meant(text: str, order: str, until: str | None) -> None:
    assert last_day(text, TUESDAY, order) == (date.fromisoformat(until) if until else None)


@given(
    st.sampled_from([text for _, text, _ in ABSENCES]),
    st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    st.sampled_from(["", "dmy", "mdy"]),
)
def test_it_is_never_past_and_never_more_than_60_days_ahead(text: str, today: date, order: str) -> None:
    found = last_day(text, today, order)
    assert found is None or today <= found <= today + timedelta(days=60)


@given(
    st.text(alphabet="until back on 0123456789./-月日まで ,\n", max_size=120),
    st.dates(date(1990, 1, 1), date(2090, 1, 1)),
)
def test_any_text_is_read(text: str, today: date) -> None:
    found = last_day(text, today)
    assert found is None or today <= found <= today + timedelta(days=60)


@given(st.dates(date(2020, 1, 1), date(2080, 1, 1)), st.integers(0, 60))
def test_a_day_is_the_same_however_it_is_written(today: date, ahead: int) -> None:
    until = today + timedelta(days=ahead)
    month = MONTHS[until.month - 1]
    for day in (
        f"{until.day} {month}",
        f"{month} {until.day}",
        f"{until.day}. {month[:3]}. {until.year}",
        f"{month} {until.day}, {until.year}",
        f"{until:%A}, {until.day} {month}",
        f"{until:%A} the {until.day}th of {month}",
        until.isoformat(),
    ):
        assert last_day(f"I am out of the office until {day}.", today) == until, day
        assert last_day(f"I am out of the office from today to {day}", today) == until, day
    back = until + timedelta(days=1)
    assert last_day(f"I am away and will be back on {back.day} {MONTHS[back.month - 1]}.", today) == until
    assert last_day(f"{until.month}月{until.day}日まで不在です。", today) == until
    assert last_day(f"Ich bin bis zum {until.day}.{until.month}. nicht im Büro.", today) == until
    assert last_day(f"Absent jusqu'au {until:%d/%m/%Y} inclus.", today) == until
