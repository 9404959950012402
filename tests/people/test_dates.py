"""When the next touch falls due: tables of cases, and what holds for every history."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.checks.days_off import days_off
from mailer.people.company import COMPANY_DAYS, Company, Neighbour
from mailer.people.dates import Due, Situation, Touched, course, due, let_go_on, open_on
from mailer.people.plan import load

SIX = load("gracious-six", Path("/nowhere"))
INTERVIEW = load("after-interview", Path("/nowhere"))
YEARLY = load("once-a-year", Path("/nowhere"))
WEEKENDS = days_off("")
NO = date(2026, 11, 29)


def case(filled: int = 1, **more: object) -> Situation:
    more.setdefault("last", Touched(date(2026, 11, 30)))
    return replace(Situation(SIX, NO, filled=filled), **more)


def when(found: Due | None) -> str:
    assert found is not None
    return f"{found.day} {'; '.join(found.why)}"


class TestTheOpenStep:
    def test_days_after_the_no_on_a_working_day(self) -> None:
        assert when(due(case(), WEEKENDS)) == ("2027-01-04 35 days after the no is Sunday 3 January; moved to Monday")

    def test_a_business_day_after_a_day_off_is_the_first_working_day(self) -> None:
        assert when(due(case(0, last=None), WEEKENDS)) == "2026-11-30 1 business day after the no is Monday 30 November"
        friday = case(0, last=None, anchor=date(2026, 11, 27))
        assert due(friday, WEEKENDS) == Due(
            1, date(2026, 11, 30), ("1 business day after the no is Monday 30 November",)
        )

    def test_a_public_holiday_at_their_place_is_named(self) -> None:
        found = due(case(anchor=date(2026, 11, 20), last=None), days_off("DE"))
        assert found is not None
        assert (found.day, found.why[0]) == (
            date(2026, 12, 28),
            "35 days after the no is Friday 25 December; that is a holiday (Christmas Day) there; moved to Monday",
        )

    def test_a_region_has_days_of_its_own(self) -> None:
        epiphany = case(anchor=date(2026, 12, 2))
        assert when(due(epiphany, days_off("DE")))[:10] == "2027-01-06"
        assert when(due(epiphany, days_off("DE-BY")))[:10] == "2027-01-07"

    def test_england_stands_for_the_kingdom(self) -> None:
        assert days_off("GB")(date(2026, 8, 31)) == "a holiday (Late Summer Bank Holiday)"
        assert not days_off("GB-SCT")(date(2026, 8, 31))

    def test_a_week_ends_where_theirs_does(self) -> None:
        assert (days_off("SA")(date(2026, 12, 4)), days_off("SA")(date(2026, 12, 6))) == ("Friday", "")

    def test_not_before_the_gap_after_the_last_touch_of_any_kind(self) -> None:
        called = case(last=Touched(date(2026, 12, 16), "call"), filled=1)
        assert when(due(called, WEEKENDS)) == (
            "2027-01-13 35 days after the no is Sunday 3 January; 28 days after the last call is Wednesday 13 January"
        )

    def test_a_plan_has_a_gap_of_its_own(self) -> None:
        found = due(Situation(INTERVIEW, NO, "your first letter", 1, last=Touched(NO)), WEEKENDS)
        assert when(found) == "2026-12-11 10 business days after your first letter is Friday 11 December"

    def test_not_before_a_hold_ends(self) -> None:
        assert when(due(case(free=date(2027, 2, 13), hold_why="away"), WEEKENDS)) == (
            "2027-02-15 35 days after the no is Sunday 3 January; "
            "on hold (away) until then: Saturday 13 February; moved to Monday"
        )

    def test_a_date_set_by_hand(self) -> None:
        assert when(due(case(chosen=date(2026, 12, 9)), WEEKENDS)) == "2026-12-09 set by hand to Wednesday 9 December"
        assert when(due(case(chosen=date(2026, 12, 12)), WEEKENDS))[:10] == "2026-12-14"

    def test_two_weeks_from_others_of_the_company(self) -> None:
        sam = Company([Neighbour("Sam Becker", date(2026, 12, 28), planned=True)])
        assert when(due(case(), WEEKENDS, sam)) == (
            "2027-01-11 35 days after the no is Sunday 3 January; moved to Monday; "
            "Sam Becker of the same company is due on 28 December; two weeks later is Monday 11 January"
        )
        far = Company([Neighbour("Sam Becker", date(2026, 12, 21), planned=False)])
        assert due(case(), WEEKENDS, far) == due(case(), WEEKENDS)

    def test_done(self) -> None:
        assert due(case(6), WEEKENDS) is None

    def test_a_plan_without_end(self) -> None:
        dates = [due(Situation(YEARLY, date(2024, 2, 29), filled=n), WEEKENDS) for n in range(3)]
        assert [one and one.day.year for one in dates] == [2025, 2026, 2027]


class TestLetGo:
    def test_shown_on_the_60th_day_and_let_go_on_the_61st(self) -> None:
        dates = course(case(), WEEKENDS)
        first = dates[0].day
        shown, after = (open_on(dates, first + timedelta(days=n)) for n in (60, 61))
        assert (shown and shown.step, after and after.step) == (2, 3)

    def test_the_next_one_counts_from_that_day_and_does_not_recede(self) -> None:
        second, third = course(case(), WEEKENDS)[:2]
        assert third.why[0].startswith("55 days after step 2 was let go on 6 March is")
        assert third.day >= let_go_on(second.day) + timedelta(days=55)
        seen = {
            one for n in range(61, 100) if (one := open_on(course(case(), WEEKENDS), second.day + timedelta(days=n)))
        }
        assert seen == {third}

    def test_a_year_of_silence_opens_one_step_at_a_time_and_then_it_is_over(self) -> None:
        dates = course(case(), WEEKENDS)
        assert [one.step for one in dates] == [2, 3, 4, 5, 6]
        assert open_on(dates, dates[-1].day + timedelta(days=61)) is None


days = st.dates(date(2024, 1, 1), date(2030, 12, 31))
places = st.sampled_from(["", "DE", "DE-BY", "US", "GB", "FR", "ES", "JP", "SA", "IL"])
neighbours = st.lists(st.builds(Neighbour, st.just("Sam"), days, st.booleans()), max_size=4)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    anchor = draw(days)
    ago = draw(st.none() | st.integers(0, 400))
    return Situation(
        draw(st.sampled_from([SIX, INTERVIEW, YEARLY])),
        anchor,
        filled=draw(st.integers(0, 5)),
        last=None if ago is None else Touched(anchor + timedelta(days=ago)),
        free=draw(st.none() | days),
    )


class TestWhatHoldsForEveryHistory:
    @given(situations(), places, neighbours)
    def test_never_on_a_day_off_within_the_gap_in_a_hold_or_near_a_colleague(self, one, place, others) -> None:
        day_off = days_off(place)
        found = due(one, day_off, Company(others))
        if found is None:
            return
        assert not day_off(found.day)
        assert not one.last or (found.day - one.last.on).days >= one.plan.gap
        assert not one.free or found.day >= one.free
        assert all(abs((found.day - each.on).days) >= COMPANY_DAYS for each in others)
        assert found.why
        assert all(found.why)

    @given(situations(), places, st.integers(0, 60))
    def test_monotone_in_the_anchor(self, one, place, more) -> None:
        first, second = (
            due(each, days_off(place)) for each in (one, replace(one, anchor=one.anchor + timedelta(days=more)))
        )
        assert (first is None) == (second is None)
        assert first is None or second is None or first.day <= second.day

    @given(situations(), places)
    def test_steps_follow_each_other_by_at_least_the_days_that_one_is_shown(self, one, place) -> None:
        dates = course(one, days_off(place))
        assert all(let_go_on(a.day) <= b.day for a, b in itertools.pairwise(dates))


@pytest.mark.parametrize("name", ["gracious-six", "after-interview", "once-a-year"])
def test_the_built_in_plans(name: str) -> None:
    plan = load(name, Path("/nowhere"))
    assert (plan.name, bool(plan.about), plan.length) == (
        name,
        True,
        {"gracious-six": 6, "after-interview": 2}.get(name),
    )
