"""``mailer fleet status``, and what Prometheus is told of the same: two owners queue, one letter is in doubt."""

from __future__ import annotations

import contextlib
import json
import socket
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from mailer.cli import fleet_status
from mailer.fleet import metrics
from mailer.fleet.state import FleetState, MailboxState, Unvisited
from tests.kit.counting_smtp import Counting, serving
from tests.kit.fleet import Fleet, queue, stop
from tests.kit.pages import DOCS

pytestmark = pytest.mark.real
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
JO, ANN = "jo@novak.example", "ann@novak.example"


@pytest.fixture
def fleet(postgresql, tmp_path):
    smtp = Counting()
    with serving(smtp):
        fleet = Fleet(postgresql, tmp_path, smtp)
        now = datetime.now(UTC).replace(microsecond=0)
        for name, mailbox in (("jo", JO), ("ann", ANN)):
            queue(fleet.machine(name, name, mailbox), mailbox, 3, now=now - timedelta(hours=3))
        jo = fleet.machine("jo", "jo", JO)
        queue(jo, JO, 2, "--at", f"{now + timedelta(days=40):%Y-%m-%d} 10:00", "--allow", "timing", start=50, now=now)
        fleet.rows(
            "UPDATE mailer.letters SET state = 'in-doubt' WHERE owner = 'ann/' AND number ="
            " (SELECT min(number) FROM mailer.letters WHERE owner = 'ann/')"
        )
        fleet.ask = fleet.worker(JO, ANN)
        yield fleet
        fleet.close()


def test_a_worker_sees_all_in_a_pipe_and_an_owner_their_own(fleet):
    done = fleet.ask.mailer("fleet", "status", now=datetime.now(UTC))
    assert done.code == 0
    rows = [line.split("\t") for line in done.lines]
    assert [(row[0].split()[0], *row[1:6]) for row in rows if row[0].startswith("jo@")] == [
        (rows[-1][0].split()[0], "jo", "5", "3", "0", "0")
    ]
    assert [row[1:6] for row in rows if row[1] == "ann" and row[0] != "–"] == [["ann", "2", "2", "0", "0"]]
    assert [row[1:6] for row in rows if row[0] == "–"] == [["ann", "0", "0", "0", "1"]]
    assert "7 letters queued, 5 of them due; 0 in flight.\n" in done.err
    assert "The longest has been due for 3 hours" in done.err
    assert "1 letter in doubt: its owner settles it with mailer outbox." in done.err
    assert "No worker is running: start one with mailer work." in done.err
    own = fleet.machine("ann", "ann", ANN).mailer("fleet", "status")
    assert {line.split("\t")[1] for line in own.lines} == {"ann"}
    assert "\x1b" not in done.all


def test_json_is_as_the_page_says(fleet):
    told = fleet.ask.mailer("fleet", "status", "--json").json
    assert [told[key] for key in ("queued", "due", "in_flight", "in_doubt")] == [7, 5, 0, 1]
    assert told["workers"] == []
    text = (DOCS / "json.md").read_text(encoding="utf-8")
    shown = json.loads(text.partition("`mailer fleet status --json`")[2].partition("```json\n")[2].partition("```")[0])
    assert shown.keys() == told.keys()
    assert shown["mailboxes"][0].keys() == told["mailboxes"][0].keys()
    assert datetime.fromisoformat(told["oldest"]).tzinfo


def test_a_fault_is_json_too(fleet):
    done = fleet.ask.mailer("fleet", "status", "--json", MAILER_LEDGER=fleet.server.url("nowhere", "worker"))
    assert done.code == 73
    assert done.json["error"]["name"] == "cannot-write"


def test_an_empty_fleet_is_one_line(postgresql, tmp_path):
    fleet = Fleet(postgresql, tmp_path, None)
    done = fleet.worker().mailer("fleet", "status")
    assert (done.code, done.out, done.err) == (
        0,
        "",
        "Nothing is waiting.\nNo worker is running: start one with mailer work.\n",
    )
    fleet.close()


def shown(monkeypatch, found, columns="80"):
    monkeypatch.setattr(fleet_status, "on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", columns)
    return list(fleet_status.rows(found, NOON)), list(fleet_status.summary(found, NOON))


def test_the_screen_of_a_terminal_is_in_columns(monkeypatch):
    found = FleetState(
        (
            MailboxState("jo@novak.example smtp.novak.example", "jo", 12, 3, 1, 0, NOON - timedelta(minutes=4)),
            MailboxState("", "worker/ann", 0, 0, 0, 2, None),
            MailboxState("x@y.example smtp.y.example", "ann", 1, 1, 0, 0, NOON - timedelta(days=3)),
        ),
        (1.0, 2.5),
    )
    table, words = shown(monkeypatch, found)
    assert table[0].split() == ["Mailbox", "Owner", "Queued", "Due", "In", "flight", "In", "doubt", "Waits"]
    assert all(len(line) < 80 for line in table)
    assert table[1].endswith("4 minutes")
    assert table[2].startswith("–")
    assert [line.index(word) for line, word in zip(table[1:], ("jo  ", "worker", "ann"), strict=True)][1:] == [
        table[0].index("Owner")
    ] * 2
    assert words[0] == "13 letters queued, 4 of them due; 1 in flight."
    assert words[1].startswith("The longest has been due for 3 days, since ")
    assert "2 letters in doubt: their owner settles them" in words[2]
    assert words[-1] == "2 workers are running."


WHY = "sign-in at imap.novak.example was refused. Run mailer login."


@pytest.fixture
def unread(fleet):
    """Jo's mailbox could not be read an hour ago, of ann's nobody has an account."""
    for owner, mailbox, why in (("jo/", JO, WHY), ("ann/", ANN, "")):
        fleet.rows(
            "INSERT INTO mailer.rounds (owner, mailbox, minute, visited, asked, fault)"
            " VALUES (%s, %s, 0, now() - interval '1 day', now() - interval '20 minutes', %s)",
            *(owner, f"{mailbox} at 127.0.0.1", why),
        )
    return fleet


def test_a_mailbox_that_is_not_read_is_told_with_why(unread):
    done = unread.ask.mailer("fleet", "status", now=datetime.now(UTC))
    lines = [line for line in done.err.splitlines() if "was not read since" in line]
    assert [line.partition(":")[0] for line in lines] == [f"{ANN} at 127.0.0.1, ann", f"{JO} at 127.0.0.1, jo"]
    assert lines[0].endswith("No worker has an account for it.")
    assert lines[1].endswith(WHY)
    own = unread.machine("ann", "ann", ANN).mailer("fleet", "status", "--json").json["unvisited"]
    assert [(one["owner"], one["why"]) for one in own] == [("ann", "")]
    assert datetime.fromisoformat(own[0]["visited"]) < datetime.now(UTC) - timedelta(hours=23)


@pytest.mark.parametrize(
    "change",
    ["visited = now()", "asked = now() - interval '3 hours'", "asked = '-infinity'", "fault = '', asked = now()"],
)
def test_what_was_read_or_is_not_to_be_is_not_told(unread, change):
    unread.rows(f"UPDATE mailer.rounds SET {change}")
    assert unread.ask.mailer("fleet", "status", "--json").json["unvisited"] == []


def test_of_many_the_first_are_told(monkeypatch):
    many = tuple(Unvisited(f"u{number} at smtp.example", "jo", None, "") for number in range(13))
    _, words = shown(monkeypatch, FleetState((), (), many))
    assert sum("not read yet" in line for line in words) == 10
    assert words[-2] == "And 3 more: mailer fleet status --json."


def test_a_ledger_of_an_earlier_init_tells_of_letters_alone(unread):
    unread.rows("DROP FUNCTION mailer.fleet_unvisited")
    told = unread.ask.mailer("fleet", "status", "--json").json
    assert (told["queued"], told["unvisited"]) == (7, [])
    unread.rows("DROP FUNCTION mailer.fleet_version")
    done = unread.ask.mailer("work", "--once")
    assert done.code == 73
    assert "fleet init" in done.err


def test_prometheus_is_told_which_mailboxes_are_not_read(unread):
    port = free_port()
    end = metrics.serve(unread.server.place(unread.database, "worker", folder=unread.folder / "x"), port)
    try:
        found, text = scraped(port)
    finally:
        end()
    told = {mailbox: value for (name, mailbox), (value, _) in found.items() if name == "mailer_visits_failing"}
    assert told == {f"{ANN} at 127.0.0.1": 1, f"{JO} at 127.0.0.1": 1}
    assert "refused" not in text


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def scraped(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    return {
        (sample.name, sample.labels.get("mailbox", "")): (sample.value, set(sample.labels))
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }, text


def test_prometheus_is_told_by_mailbox_and_of_no_owner(fleet):
    port = free_port()
    place = fleet.server.place(fleet.database, "worker", folder=fleet.folder / "x")
    end = metrics.serve(place, port)
    try:
        found, text = scraped(port)
        values = {(name, mailbox.split()[0] if mailbox else ""): value for (name, mailbox), (value, _) in found.items()}
        assert values["mailer_up", ""] == 1
        assert values["mailer_workers_alive", ""] == 0
        jo, ann = (
            {name: value for (name, mailbox), value in values.items() if mailbox.startswith(one)}
            for one in ("jo", "ann")
        )
        assert [jo[f"mailer_letters_{what}"] for what in ("queued", "due", "in_flight", "in_doubt")] == [5, 3, 0, 0]
        assert [ann[f"mailer_letters_{what}"] for what in ("queued", "due", "in_flight", "in_doubt")] == [2, 2, 0, 0]
        assert 3 * 3600 - 5 < jo["mailer_oldest_due_age_seconds"] < 3 * 3600 + 120
        assert sum(value for (name, _), value in values.items() if name == "mailer_letters_in_doubt") == 1
        assert set().union(*(labels for _, labels in found.values())) == {"mailbox"}
        assert "acme" not in text
        assert text.count("# HELP") == text.count("# TYPE") == 8
        fleet.server.drop(fleet.database)
        assert {name: value for (name, _), (value, _) in scraped(port)[0].items()} == {"mailer_up": 0}
    finally:
        end()
    with pytest.raises(urllib.error.URLError):
        scraped(port)


def test_a_port_that_is_taken_is_said_to_be(fleet):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = fleet.ask.mailer("work", "--once", "--metrics", str(port))
    assert done.code == 2
    assert f"port {port} cannot be opened" in done.err
    assert "--metrics PORT" in done.err


def test_a_worker_serves_them_while_it_works(fleet):
    port = free_port()
    process = fleet.start(fleet.ask, "--metrics", str(port))
    try:
        for _ in range(100):
            time.sleep(0.2)
            with contextlib.suppress(urllib.error.URLError):
                found, _ = scraped(port)
                due = [value for (name, _), (value, _) in found.items() if name == "mailer_letters_due"]
                if found["mailer_workers_alive", ""][0] == 1 and not any(due):
                    break
        assert found["mailer_workers_alive", ""][0] == 1
        assert sum(fleet.smtp.taken.values()) == 5
    finally:
        code, _, err = stop(process)
    assert code == 0, err
