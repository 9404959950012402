"""Times that a user types: a date and a clock time, on the user's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import BadData
from mailer.people.typed import parse_moment

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 10, 19, 9, 30, tzinfo=BERLIN)  # a Monday, a week before summer time ends


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tomorrow 9:10", "2026-10-20T09:10:00+02:00"),
        ("Tomorrow, at 09:10", "2026-10-20T09:10:00+02:00"),
        ("9:10 tomorrow", "2026-10-20T09:10:00+02:00"),
        ("monday 8:30", "2026-10-26T08:30:00+01:00"),
        ("1 Feb 14:00", "2027-02-01T14:00:00+01:00"),
        ("Feb 1 2:15pm", "2027-02-01T14:15:00+01:00"),
        ("2027-02-01 09:10", "2027-02-01T09:10:00+01:00"),
        ("2027-02-01T09:10", "2027-02-01T09:10:00+01:00"),
        ("2027-02-01T09:10:30Z", "2027-02-01T10:10:30+01:00"),
        ("2027-02-01T09:10-05:00", "2027-02-01T15:10:00+01:00"),
        ("+3d 8:00", "2026-10-22T08:00:00+02:00"),
        ("6mo 12am", "2027-04-19T00:00:00+02:00"),
        ("12pm", "2026-10-19T12:00:00+02:00"),
        ("18:30", "2026-10-19T18:30:00+02:00"),
        ("at 18:30", "2026-10-19T18:30:00+02:00"),
        ("friday", "2026-10-23T09:10:00+02:00"),
        ("+2h", "2026-10-19T11:30:00+02:00"),
        ("in 30 minutes", "2026-10-19T10:00:00+02:00"),
        ("+168h", "2026-10-26T08:30:00+01:00"),
    ],
)
def test_a_time_to_come(text, expected):
    assert parse_moment(text, NOW).isoformat() == expected


@pytest.mark.parametrize("text", ["9:30", "9:00", "today", "yesterday 10:00", "2026-10-19T09:30", "2026-10-19T07:29Z"])
def test_a_time_that_has_passed(text):
    with pytest.raises(BadData, match="has passed"):
        parse_moment(text, NOW)


@pytest.mark.parametrize(
    "text",
    ["", "at", "9", "25:00", "9:60", "13pm", "0am", "9:00 10:00", "tomorrow 9", "2027-13-01T09:00", "soon", "9:1"],
)
def test_what_is_no_time(text):
    with pytest.raises(BadData, match="is not a time") as caught:
        parse_moment(text, NOW, field="--at")
    assert caught.value.field == "--at"


def test_a_clock_without_a_zone_of_its_own_is_put_back_too(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        here = NOW.astimezone(timezone(timedelta(hours=2)))
        assert parse_moment("monday 8:30", here).isoformat() == "2026-10-26T08:30:00+01:00"
    finally:
        monkeypatch.undo()
        time.tzset()


@given(
    st.datetimes(datetime(2026, 10, 20), datetime(2099, 1, 1)), st.sampled_from([UTC, BERLIN, ZoneInfo("Asia/Kolkata")])
)
def test_what_is_written_out_is_read_back(wall, zone):
    moment = wall.replace(microsecond=0, tzinfo=zone)
    now = datetime(2026, 10, 1, tzinfo=zone)
    assert parse_moment(moment.isoformat(), now) == moment
    assert parse_moment(f"{wall:%Y-%m-%d %H:%M}", now) == moment.replace(second=0)


@given(st.text(alphabet="0123456789:amp +-dhTZ tomrwnyJF,.", max_size=24))
def test_whatever_is_typed_is_a_time_to_come_or_bad_data(text):
    try:
        found = parse_moment(text, NOW)
    except BadData:
        return
    assert found > NOW
