"""The pages of ``people show --open`` and ``due --open``."""

from __future__ import annotations

import os
import re
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.pages.months import Dot, Month, by_month, window
from mailer.people.dates import said
from tests.kit.html_reader import Page, assert_safe
from tests.people.people_kit import World

HOSTILE = ['"><script>alert(1)</script>', "</li></ol></style>", "{{ 7*7 }}", "山田 太郎", "Jürgen Größler-Weiß", "<b>x"]


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setenv("BROWSER", "true %s")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "pages"))
    (tmp_path / "pages").mkdir()
    world = World(tmp_path).on("2026-11-30")
    about = ("--plan", "gracious-six", "--refused-on", "2026-09-14")
    world.run("people", "add", "dana@acme.example", "--name", "Dana Ruiz", "--company", "Acme Robotics", *about)
    world.run("touch", "dana", "--by", "call", "--on", "2026-09-16", "--note", "A good <b>talk</b>")
    return world


def opened(desk, *arguments):
    """The page that a command opens, and what the command says."""
    done = desk.run(*arguments, "--open")
    (path,) = (desk.folder / "pages").iterdir()
    assert path.as_uri() in done.err
    assert path.stat().st_mode & 0o777 == 0o600
    found = Page(path.read_bytes())
    path.unlink()
    assert_safe(found)
    return found, done


def test_one_person_with_what_was_and_what_comes(desk):
    found, done = opened(desk, "people", "show", "dana")
    assert found.texts("h2") == ["Dana Ruiz"]
    assert "You called" in found.texts("p", "what")
    assert "A good <b>talk</b>" in found.text
    assert "Wednesday 16 September" in found.texts("p", "when")
    assert "dana@acme.example" in found.texts("dd")
    (was, comes) = [text for text in found.texts("ol") if text]
    assert "2026" in was
    assert all(f"touch {n} of 6" in comes for n in range(2, 7))
    # What is due first is what people show says.
    (told,) = desk.json("people", "show", "dana")
    assert said(date.fromisoformat(told["next"])) in comes
    assert "Dana Ruiz, Acme Robotics (p1)" in done.out


def test_json_is_printed_beside_the_page(desk):
    _, done = opened(desk, "people", "show", "dana", "--json")
    assert done.out == desk.mailer("people", "show", "dana", "--json").out
    _, done = opened(desk, "due", "--json")
    assert done.out == desk.mailer("due", "--json").out


def test_what_comes_is_what_comes_to_pass(desk):
    with desk.book() as book:
        one = book.person("dana")
        ahead = book.ahead([one], one.today + timedelta(days=700))[one.id]
    assert [step.step for step in ahead] == [2, 3, 4, 5, 6]
    for step, following in zip(ahead, [*ahead[1:], None], strict=True):
        desk.on(max(step.day, date(2026, 11, 30)))
        desk.run("touch", "dana", "--by", "message")
        with desk.book() as book:
            left = book.person("dana").open
        assert (left and left.day) == (following and following.day)


def test_nothing_comes_to_somebody_who_is_stopped(desk):
    desk.run("stop", "dana", "--why", "they asked")
    found, _ = opened(desk, "people", "show", "dana")
    assert "Nothing is planned." in found.text
    assert found.texts("span", "badge") == ["stopped"]


def test_the_year_of_all(desk):
    desk.run(
        "people",
        "add",
        "y@seimitsu.example",
        "--name",
        "山田 太郎",
        "--plan",
        "gracious-six",
        "--refused-on",
        "2026-11-02",
    )
    desk.run("touch", "p2", "--by", "answer", "--on", "2026-11-20")
    found, _ = opened(desk, "due")
    assert found.texts("h2") == ["1 letter to write"]
    heads = found.texts("th")
    assert heads[:3] == ["Who", "May", "Jun"]
    assert "Jan 2027" in heads
    assert {"Dana Ruiz Acme Robotics", "山田 太郎"} <= set(heads)
    assert "call, 16 September." in found.texts("span", "hidden")
    assert "answer, 20 November." in found.texts("span", "hidden")
    assert len([one for one in found.all("td") if one.get("class") == "now"]) == 2
    assert "They answered" in found.texts("h3")


def test_the_year_of_some_and_of_another_day(desk):
    desk.run("people", "add", "lee@birch.example", "--name", "Lee Park", "--plan", "gracious-six")
    found, _ = opened(desk, "due", "lee")
    assert "Dana" not in found.text
    found, _ = opened(desk, "due", "--on", "2026-09-20")
    assert "Sunday 20 September 2026" in found.text
    assert found.texts("h2") == ["Nothing is due today"]


def test_an_empty_book_is_a_page_and_makes_no_ledger(tmp_path, monkeypatch):
    monkeypatch.setenv("BROWSER", "true %s")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "pages"))
    (tmp_path / "pages").mkdir()
    found, _ = opened(World(tmp_path), "due")
    assert "Nothing is planned." in found.text
    assert not (tmp_path / "data").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes everywhere")
def test_a_ledger_that_can_only_be_read_stays_as_it_is(desk):
    desk.ledger.chmod(0o400)
    desk.data.chmod(0o500)
    before = desk.octets()
    opened(desk, "people", "show", "dana")
    opened(desk, "due")
    assert desk.octets() == before


def test_reading_leaves_the_days_off_of_a_ledger_that_takes_no_changes(desk):
    from mailer.people.days_kept import DaysKept

    with desk.book() as book:
        book._store.execute("DELETE FROM days_off")
        book._store.execute("PRAGMA query_only = ON")
        assert DaysKept(book._store).days_off("DE")(date(2026, 12, 25))


@pytest.mark.parametrize("words", HOSTILE)
def test_no_card_breaks_out(desk, words):
    about = ("--company", words, "--position", words, "--note", words, "--plan", "gracious-six")
    desk.run("people", "add", "lee@birch.example", "--name", words, *about)
    desk.run("touch", "lee@birch.example", "--by", "call", "--note", words)
    usual = opened(desk, "people", "show", "dana")[0]
    found, _ = opened(desk, "people", "show", "lee@birch.example")
    assert words in found.text
    assert len(found.all("section")) == len(usual.all("section"))
    year, _ = opened(desk, "due")
    assert words in year.text


def test_only_addresses_of_the_web_are_links(desk):
    (desk.folder / "p.csv").write_text("name,url\nAna,javascript:alert(1)\nBo,https://profiles.example/bo\n")
    desk.run("people", "import", "p.csv", "--yes", "--map", "name=name", "--map", "url=url")
    assert opened(desk, "people", "show", "ana")[0].all("a") == []
    (link,) = opened(desk, "people", "show", "bo")[0].all("a")
    assert link["href"] == "https://profiles.example/bo"


@settings(max_examples=30)
@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_the_window_is_a_year_and_a_half_around_a_day(today):
    months = window(today)
    assert len(set(months)) == 18
    assert Month(today.year, today.month) == months[6]
    assert months == sorted(months)
    dot = Dot(today, "call", "due", True)
    assert [len(some) for some in by_month([dot], months)] == [0] * 6 + [1] + [0] * 11


def test_it_prints(desk):
    found, _ = opened(desk, "due")
    (style,) = found.texts("style")
    assert re.search(r"@media print \{.*@page", style)
