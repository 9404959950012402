"""The calendar of open steps, as another program reads it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest

from tests.people.people_kit import World


@pytest.fixture
def world(tmp_path, place):
    world = World(tmp_path, ledger=place)
    add(world, "dana@acme.example", "Dana Ruiz", "Acme Robotics; Söhne, \\ Co")
    return world


def add(world, address, name, company="", plan="gracious-six"):
    arguments = ("--name", name, "--company", company, "--plan", plan, "--refused-on", "2026-11-29", "--country", "DE")
    world.run("people", "add", address, *arguments)


def written(world, *more):
    """The events by summary's name, and the octets."""
    world.run("due", "--ics", "touch.ics", *more)
    octets = (world.folder / "touch.ics").read_bytes()
    calendar = icalendar.Calendar.from_ical(octets)
    return {str(event["summary"]).split(",")[0].split(":")[0]: event for event in calendar.events}, octets


def status(event):
    return str(event["status"]), event["sequence"], event.decoded("dtstart")


def test_an_event_an_open_step(world):
    events, octets = written(world)
    event = events["Dana Ruiz"]
    assert str(event["summary"]) == "Dana Ruiz, Acme Robotics; Söhne, \\ Co: thanks (touch 1 of 6)"
    assert status(event) == ("CONFIRMED", 0, date(2026, 11, 30))
    assert event.decoded("dtend") == date(2026, 12, 1)
    assert event.decoded("last-modified") == world.now == event.decoded("dtstamp")
    (alarm,) = event.walk("VALARM")
    assert (alarm["action"], alarm.decoded("trigger")) == ("DISPLAY", timedelta(hours=9))
    assert octets.count(b"METHOD:PUBLISH\r\n") == 1
    assert b"DTSTART;VALUE=DATE:20261130\r\n" in octets
    assert not [word for word in (b"ORGANIZER", b"ATTENDEE", b"RRULE") if word in octets]
    assert max(map(len, octets.split(b"\r\n"))) <= 75
    assert b"\n" not in octets.replace(b"\r\n", b"")


def test_the_same_octets_while_nothing_changed(world):
    _, first = written(world)
    stamp = (world.folder / "touch.ics").stat().st_mtime_ns
    world.now += timedelta(hours=30)
    assert written(world)[1] == first
    assert (world.folder / "touch.ics").stat().st_mtime_ns == stamp
    (world.folder / "touch.ics").unlink()
    assert written(world)[1] == first


def test_it_moves_with_the_step_and_is_cancelled_when_it_is_gone(world):
    event = written(world)[0]["Dana Ruiz"]
    uid, before = event["uid"], event.decoded("last-modified")
    world.now += timedelta(hours=1)
    world.run("hold", "dana", "--until", "2026-12-24")
    event = written(world)[0]["Dana Ruiz"]
    assert (event["uid"], *status(event)) == (uid, "CONFIRMED", 1, date(2026, 12, 24))
    assert event.decoded("last-modified") > before
    world.run("touch", "dana", "--by", "call")
    world.run("due", "--ics", "touch.ics")
    both = {event["uid"]: event for event in calendar(world)}
    assert status(both.pop(uid)) == ("CANCELLED", 2, date(2026, 12, 24))
    (following,) = both.values()
    assert status(following)[0] == "CONFIRMED"
    assert not [event for event in calendar(world) if status(event)[0] == "CANCELLED" and event.walk("VALARM")]
    # Taken back, the step is open again, and its event the same.
    world.run("touch", "--undo", "t1")
    world.run("due", "--ics", "touch.ics")
    again = {event["uid"]: event for event in calendar(world)}
    assert status(again[uid])[:2] == ("CONFIRMED", 3)
    assert status(again[following["uid"]])[:2] == ("CANCELLED", 1)


def calendar(world):
    return icalendar.Calendar.from_ical((world.folder / "touch.ics").read_bytes()).events


def test_a_new_word_is_no_new_date(world):
    before = written(world)[0]["Dana Ruiz"]
    world.now += timedelta(hours=1)
    with world.book() as book:
        one = book.person("dana")
        book.change(one, one.card._replace(name="Dana Weber"))
    event = written(world)[0]["Dana Weber"]
    assert (event["uid"], event["sequence"]) == (before["uid"], 0)
    assert event.decoded("last-modified") > before.decoded("last-modified")


@pytest.mark.parametrize("how", ["stop", "answer", "let go"])
def test_what_ends_a_step_cancels_it(world, how):
    uid = written(world)[0]["Dana Ruiz"]["uid"]
    if how == "stop":
        world.run("stop", "dana")
    elif how == "answer":
        world.run("touch", "dana", "--by", "answer")
    else:
        world.on(date(2026, 11, 30) + timedelta(days=61))
    written(world)
    assert {event["uid"]: status(event)[0] for event in calendar(world)}[uid] == "CANCELLED"


def test_a_cancelled_one_is_dropped_after_ninety_days(world):
    written(world)
    world.run("stop", "dana")
    gone = world.now.date()
    assert written(world)[0]
    assert written(world.on(gone + timedelta(days=90)))[0]
    events, octets = written(world.on(gone + timedelta(days=91)))
    assert events == {}
    assert octets.startswith(b"BEGIN:VCALENDAR\r\n")


def test_somebody_who_was_forgotten_is_dropped(world):
    add(world, "lee@else.example", "Lee Brandt")
    assert set(written(world)[0]) == {"Dana Ruiz", "Lee Brandt"}
    world.run("people", "forget", "dana", "--yes")
    assert set(written(world)[0]) == {"Lee Brandt"}


def test_of_some_people_alone(world):
    add(world, "lee@else.example", "Lee Brandt")
    whole = written(world)[1]
    assert set(written(world, "lee")[0]) == {"Lee Brandt"}
    assert written(world)[1] == whole


def test_two_files_have_the_same_events(world):
    _, octets = written(world)
    world.run("due", "--ics", "other.ics")
    assert (world.folder / "other.ics").read_bytes() == octets


def test_no_file_of_another_kind_is_written_over(world):
    for name, octets in (
        ("letter.md", b"Dear Dana"),
        ("other.ics", b"BEGIN:VCALENDAR\r\nPRODID:x\r\nEND:VCALENDAR\r\n"),
    ):
        (world.folder / name).write_bytes(octets)
        assert "not a calendar that mailer wrote" in world.run("due", "--ics", name, code=73).err
        assert (world.folder / name).read_bytes() == octets
    (world.folder / "folder").mkdir()
    world.run("due", "--ics", "folder", code=73)
    world.run("due", "--ics", "no/where.ics", code=73)
    assert not [path for path in world.folder.iterdir() if path.suffix == ".tmp"]


def test_a_file_that_cannot_be_written_leaves_the_next_one_right(world):
    world.run("due", "--ics", "no/where.ics", code=73)
    assert status(written(world)[0]["Dana Ruiz"])[1] == 0


def test_nobody(tmp_path):
    events, _ = written(World(tmp_path, datetime(2026, 11, 30, tzinfo=UTC)))
    assert events == {}
