"""``mailer people``, ``due`` and ``mailer`` alone, as a terminal shows them, and as a pipe gets them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailer.cli import style
from mailer.message.text_tables import columns_of
from tests.kit.world import World, program, put

pexpect = pytest.importorskip("pexpect")
PEOPLE = (
    ("Dana Ruiz", "Acme Robotics"),
    ("山田 太郎", "株式会社東京精密機械製作所研究開発本部"),
    ("Maximiliane-Konstanze von Hohenstaufen-Wolfratshausen", "Gesellschaft für angewandte Feinwerktechnik mbH"),
    ("Zoë\tMüller", "Ode Labs"),
)


TODAY = datetime.now(ZoneInfo("Europe/Berlin")).date()
FREE = TODAY + timedelta(days=70)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    refused = TODAY - timedelta(days=50)
    rows = [
        f"{name} {number},{company} {number},p{number}@x.example,{refused},gracious-six"
        for number in range(20)
        for name, company in PEOPLE[number % 4 : number % 4 + 1]
    ]
    put(folder, "p.csv", "\n".join(("name,company,address,refused-on,plan", *rows)) + "\n")
    assert piped(folder, "people", "import", "p.csv", "--yes")
    piped(folder, "hold", "p2", "--until", f"{FREE}", "--why", "their fair in the spring, and a long reason besides")
    piped(folder, "touch", "p3", "--by", "answer")
    piped(folder, "touch", "p5", "--by", "call", "--on", f"{TODAY - timedelta(days=20)}")
    piped(folder, "stop", "p6")
    return folder


def piped(folder, *args):
    done = World(folder).mailer(*args, now=lambda: datetime.now(UTC), MAILER_TIMEZONE="Europe/Berlin")
    assert done.code == 0, done.out
    return done.lines


def shown(folder, columns, *args, rows=24, **more):
    world = World(folder, MAILER_TIMEZONE="Europe/Berlin", **more)
    octets = world.on_a_terminal(*args, columns=columns, rows=rows, now=lambda: datetime.now(UTC))
    return octets.decode().replace("\r\n", "\n")


def on_a_terminal(folder, columns, *args, rows=24, **more):
    """The same of a process, which can have a pager."""
    world = World(folder).environ(MAILER_TIMEZONE="Europe/Berlin", **{"TERM": "xterm", "PAGER": "cat", **more})
    words = program()
    child = pexpect.spawn(words[0], [*words[1:], *args], cwd=str(folder), env=world, dimensions=(rows, columns))
    child.expect(pexpect.EOF)
    child.close()
    return child.before.decode().replace("\r\n", "\n")


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()


@pytest.mark.parametrize("columns", [80, 120])
def test_people_stand_in_columns(folder, columns):
    shows = on_a_terminal if columns == 80 else shown
    head, *lines = plain(shows(folder, columns, "people"))
    assert len(lines) == 20
    assert all(columns_of(line) < columns for line in (head, *lines))
    touch = head.index("Touch")
    for line in lines:
        before = next(n for n in range(len(line)) if columns_of(line[:n]) >= touch)
        assert re.match(r"\d of 6|", line[before:])
        assert line[before - 2 : before] == "  "
    assert any("…" in line for line in lines)
    assert any(f"on hold until {FREE.day} {FREE:%b}" in line for line in lines)


def test_a_pipe_gets_fields_between_tabs(folder):
    # A real pipe, once; a command that is called here sees no terminal either.
    told = World(folder).process("people", MAILER_TIMEZONE="Europe/Berlin")
    rows = [line.split("\t") for line in told.lines]
    assert {len(row) for row in rows} == {7}
    found = {row[0]: row[1:] for row in rows}
    assert found["p4"][:2] == ["Zoë Müller 3", "Ode Labs 3"]
    assert found["p5"][2:4] == ["touch 2 of 6", f"{TODAY - timedelta(days=20)}"]
    assert date.fromisoformat(found["p2"][4]) >= FREE
    assert found["p2"][5].startswith("on hold until ")
    assert found["p2"][5].endswith(": their fair in the spring, and a long reason besides")
    assert found["p3"][4] == ""
    assert found["p3"][5].startswith("answered: it is your turn since ")


def test_a_stop_is_said_once(tmp_path):
    desk = World(tmp_path)
    desk.mailer("people", "add", "dana@acme.example", "--name", "Dana Ruiz")
    done = desk.mailer("stop", "dana", "--why", "asked for it")
    assert (done.err, done.out) == ("Dana Ruiz\n", "  stopped: asked for it\n")


@pytest.mark.parametrize("args", [(), ("people",), ("due",), ("due", "--all")])
def test_only_colours_that_can_be_read_on_black_and_on_white(folder, args):
    screen = shown(folder, 80, *args, rows=200 if args else 24)
    assert set(re.findall(r"\x1b\[([0-9;]*)m", screen)) <= {"", "0", "1", "22", "31", "35"}
    assert "\x1b" in screen
    assert "\x1b" not in shown(folder, 80, *args, rows=200, NO_COLOR="1")
    assert all(columns_of(line) < 80 for line in plain(screen))


@pytest.mark.parametrize("rows", [24, 40])
def test_today_is_one_screen(folder, rows):
    lines = plain(shown(folder, 80, rows=rows))
    assert len(lines) < rows
    assert any("more: mailer due --all" in line for line in lines)
    # In a pipe nothing is left out for want of room.
    assert sum(line.startswith("    mailer follow-up") for line in piped(folder)) == 13


OSC = re.compile(r"\x1b\]8;;([^\x1b]*)\x1b\\")


@pytest.mark.parametrize("args", [("people",), ("due", "--all")])
def test_long_lists_are_paged(folder, args):
    put(folder, "pager", '#!/bin/sh\nexec sed "s/^/paged /"\n').chmod(0o700)
    paged = plain(on_a_terminal(folder, 80, *args, rows=10, PAGER=str(folder / "pager")))
    whole = plain(on_a_terminal(folder, 80, *args, rows=200, PAGER=str(folder / "pager")))
    assert paged == [f"paged {line}" for line in whole]
    assert len(whole) >= 20


@pytest.mark.parametrize(
    ("more", "links"),
    [
        ({"FORCE_HYPERLINK": "1"}, True),
        ({"VTE_VERSION": "7200"}, True),
        ({"TERM_PROGRAM": "WezTerm"}, True),
        ({"VTE_VERSION": "4200"}, False),
        ({"TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"VTE_VERSION": "7200", "NO_COLOR": "1"}, False),
        ({"WT_SESSION": "x", "FORCE_HYPERLINK": "0"}, False),
    ],
)
def test_addresses_are_links_where_the_terminal_has_them(folder, more, links):
    screen = shown(folder, 80, "people", "show", "p4", **more)
    assert OSC.findall(screen) == (["mailto:p3@x.example", ""] if links else [])
    assert "Address: p3@x.example" in OSC.sub("", screen)


def test_names_that_are_due_are_links_and_take_no_room(folder):
    linked = on_a_terminal(folder, 80, "due", "--all", rows=200, FORCE_HYPERLINK="1")
    assert "mailto:p0@x.example" in OSC.findall(linked)
    # Not every pager knows links.
    assert OSC.findall(on_a_terminal(folder, 80, "due", "--all", rows=10, FORCE_HYPERLINK="1")) == []
    assert OSC.sub("", linked) == on_a_terminal(folder, 80, "due", "--all", rows=200)


def test_no_text_makes_a_link_of_its_own(folder):
    piped(folder, "touch", "p7", "--by", "call", "--note", "\x1b]8;;https://evil.example\x1b\\x <0>0: 0:")
    screen = shown(folder, 80, "people", "show", "p7", rows=200, FORCE_HYPERLINK="1")
    assert OSC.findall(screen) == ["mailto:p6@x.example", ""]


def test_no_screen_has_a_colour_that_cannot_be_read():
    sources = "".join(path.read_text(encoding="utf-8") for path in Path(style.__file__).parent.glob("*.py"))
    named = {
        name for pair in re.findall(r"fg=[\"'](\w+)|\"(green|yellow|cyan|blue)\"", sources) for name in pair if name
    }
    assert named <= {"red", "magenta"}
