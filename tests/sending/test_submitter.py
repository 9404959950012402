"""The order of ledger and session: claimed, marked on disk, handed over, settled; and trying again."""

from __future__ import annotations

import sqlite3
from collections import deque
from contextlib import closing, nullcontext
from datetime import UTC, datetime

import pytest

from mailer.errors import BadSettings, CannotWrite, Later, NotTrusted
from mailer.ledger.ledger import open_ledger
from mailer.ledger.values import NewLetter, people
from mailer.message.address import parse_mailbox
from mailer.message.compose import Unstamped
from mailer.message.identity import content_digest, identity
from mailer.sending.pending import Pending
from mailer.sending.submitter import Submitter
from mailer.sending.values import Pace, Ready
from mailer.transport.replies import Reply
from mailer.transport.values import AboutToSend, Outcome
from tests.kit.ledger import contacts

NOW = datetime(2026, 11, 23, 9, 10, tzinfo=UTC)
OK, NO, LATER, BYE = (Reply(*r) for r in ((250, "", "ok"), (550, "", "no"), (451, "", "later"), (421, "", "bye")))


def ready(name, words="w", *, duplicate=False):
    box = parse_mailbox(f"{name}@x.example")
    about = identity((box,), subject=name)
    message, sender = Unstamped(b"", f"\r\n{words}\r\n".encode()), "jo@n.example"
    new = NewLetter(about, content_digest(name, words), f"<{name}@n>", NOW, sender, people((box,)), name, message)
    return Ready(name, new, duplicate)


def message_id(letter):
    return next(line[12:].decode() for line in letter.content.split(b"\r\n") if line.startswith(b"Message-ID: "))


class FakeSession:
    """Answers each letter by ``script`` (its Message-ID → outcome), a window at a time; logs what it is asked."""

    def __init__(self, log, script, path, disabled_extensions=frozenset(), window=2):
        self.log, self.script, self.path, self.window = log, script, path, window
        self.disabled_extensions = disabled_extensions
        self.closed = self.cut = False
        self.pulled, self.events, self.taken = {}, [], None

    def on_disk(self, letter):
        """The state of a letter as another process sees it."""
        from mailer.ledger.ids import letter_number

        with closing(sqlite3.connect(self.path)) as other, other:
            row = other.execute("SELECT state FROM letters WHERE number = ?", (letter_number(letter),)).fetchone()
        other.close()
        return row and row[0]

    def share(self, window):
        self.log.append(("share", window, "")) if window != self.window else None

    def ahead(self):
        return ()

    @property
    def busy(self):
        return bool(self.events or self.pulled.keys() - {self.taken})

    @property
    def room(self):
        return 0 if self.cut or self.events else self.window - len(self.pulled.keys() - {self.taken})

    def add(self, letter):
        self.pulled[letter.id] = letter

    def poll(self):
        self.pulled.pop(self.taken, None)
        self.taken = None
        if not self.events and self.pulled:
            for letter in self.pulled.values():
                self.log.append(("mail", message_id(letter), self.on_disk(letter.id)))
            self.events = list(self.pulled.values())
            return AboutToSend(tuple(self.pulled))
        if not self.events:
            return None
        outcome = self.answer(self.events.pop(0))
        if isinstance(outcome, BaseException):
            raise outcome
        self.taken = outcome.id
        return outcome

    def go_ahead(self):
        pass

    def answer(self, letter):
        if self.cut:
            return Outcome(letter.id, "deferred", "queue", text="gone")
        self.log.append(("content", message_id(letter), self.on_disk(letter.id)))
        outcome = self.script(message_id(letter), letter)
        self.cut = getattr(outcome, "phase", "") == "cut"
        return outcome

    def abandon(self, why="stopped", patience=0.0):
        return [Outcome(name, "in-doubt", "final", text=why) for name in self.pulled if name != self.taken]

    def quit(self):
        self.log.append(("quit", "", ""))

    def close(self):
        self.closed = True


def sent(_name, letter):
    return Outcome(letter.id, "sent", "final", OK)


@pytest.fixture
def bench(tmp_path):
    with open_ledger(tmp_path / "ledger.sqlite", clock=lambda: NOW) as ledger:
        yield Bench(ledger, tmp_path / "ledger.sqlite")


class Bench:
    def __init__(self, ledger, path):
        self.ledger, self.path = ledger, path
        self.log, self.notes, self.connects, self.slept = [], [], [], []
        self.now = 0.0

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    def submitter(self, *scripts, window=2, rate=0.0, retry=0.0, again=False):
        made = iter(scripts)

        def connect(without):
            self.connects.append(without)
            script = next(made)
            if isinstance(script, Exception):
                raise script
            return FakeSession(self.log, script, self.path, window=1 if rate else window)

        pace = Pace(window, rate, retry, self.sleep, lambda: self.now)
        return Submitter(self.ledger, connect, pace, again=again, note=self.notes.append)

    def states(self, submitter, letters):
        return [(result.tag, result.state) for result in submitter.submit(letters)]


def test_claimed_then_marked_then_content(bench):
    assert bench.states(bench.submitter(sent), [ready("a"), ready("b"), ready("c")]) == [
        ("a", "sent"),
        ("b", "sent"),
        ("c", "sent"),
    ]
    assert [entry for entry in bench.log if entry[0] == "mail"] == [("mail", f"<{n}@n>", "claimed") for n in "abc"]
    assert [entry for entry in bench.log if entry[0] == "content"] == [
        ("content", f"<{n}@n>", "sending") for n in "abc"
    ]
    assert bench.ledger.outbox() == []


class OneAtATime(FakeSession):
    """A server that is never waited for: each letter is begun while the reply to the one before it is read."""

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        self.marked, self.windows = set(), []

    @property
    def room(self):
        return self.window - len(self.pulled)

    def poll(self):
        if not self.events and self.pulled:
            self.events = [self.pulled.pop(next(iter(self.pulled)))]
            if self.events[0].id not in self.marked:
                ids = (self.events[0].id, *self.pulled)[: self.window]
                self.marked.update(ids)
                self.windows.append(len(ids))
                return AboutToSend(ids)
        return self.answer(self.events.pop()) if self.events else None


def test_letters_are_marked_a_window_at_a_time_however_quick_the_server(bench):
    submitter = bench.submitter(window=4)
    session = OneAtATime(bench.log, sent, bench.path, window=4)
    submitter.lines.connect = lambda _without: session
    assert [state for _, state in bench.states(submitter, [ready(n) for n in "abcdefghijkl"])] == ["sent"] * 12
    assert {entry[2] for entry in bench.log if entry[0] == "content"} == {"sending"}
    assert session.windows == [4, 4, 4]


@pytest.mark.parametrize(("rate", "read"), [(0.0, 3), (60.0, 0)])
def test_no_more_than_a_window_is_read_ahead(bench, rate, read):
    pulled = []
    pending = Pending(bench.ledger, Pace(3, rate), deque(), nullcontext(), again=False)
    pending.begin(pulled.append(name) or ready(name) for name in "abcdefgh")
    for _ in range(5):
        pending.read_ahead()
    assert len(pulled) == read
    assert [one.tag for one in pending.next_window()] == [ready(name).tag for name in "abc"[:read]]


def test_nobody_is_connected_to_for_nothing(bench):
    assert bench.states(bench.submitter(), []) == []
    assert bench.connects == []


def test_a_mark_that_cannot_be_written_sends_nothing(bench):
    submitter = bench.submitter(sent)

    def full(*_args):
        raise CannotWrite("the disk is full")

    class Broken:
        def __getattr__(self, name):
            return full if name == "about_to_send" else getattr(bench.ledger, name)

    submitter.ledger = Broken()
    with pytest.raises(CannotWrite):
        list(submitter.submit([ready("a"), ready("b"), ready("c")]))
    assert not [entry for entry in bench.log if entry[0] == "content"]


def test_a_250_that_cannot_be_recorded_is_sent_all_the_same(bench):
    submitter = bench.submitter(sent, window=8)
    error = CannotWrite("the disk is full")

    class Broken:
        def __getattr__(self, name):
            if name == "settle":
                raise error
            return getattr(bench.ledger, name)

    submitter.ledger = Broken()
    with pytest.raises(CannotWrite):
        list(submitter.submit([ready("a")]))
    (result,) = submitter.stop(error=error)
    assert (result.tag, result.state) == ("a", "sent")
    assert "the letter was sent, but the disk is full" in result.error.text
    bench.ledger.close()
    with open_ledger(bench.path) as later:
        assert [waiting.state for waiting in later.outbox()] == ["in-doubt"]


@pytest.mark.parametrize("error", [BadSettings("x"), NotTrusted("x")])
def test_a_refused_sign_in_records_nothing(bench, error):
    results = list(bench.submitter(error).submit([ready("a"), ready("b")]))
    assert [(result.state, result.error) for result in results] == [("not-sent", error)] * 2
    assert bench.ledger.outbox() == []
    assert contacts(bench.ledger) == []


def test_no_connection_defers_every_letter(bench):
    found = bench.states(bench.submitter(Later("no route")), [ready(n) for n in "abcde"])
    assert found == [(n, "deferred") for n in "abcde"]
    assert [waiting.remark for waiting in bench.ledger.outbox()] == ["no route"] * 5


def test_connections_are_tried_again_with_longer_waits(bench):
    scripts = (Later("x"), Later("x"), Later("x"), sent)
    assert bench.states(bench.submitter(*scripts, retry=60), [ready("a")]) == [("a", "sent")]
    assert len(bench.slept) == 3
    assert bench.slept[0] < bench.slept[1] < bench.slept[2]
    assert len(bench.notes) == 3


def test_waiting_ends_with_its_time(bench):
    scripts = [Later("x")] * 50
    assert bench.states(bench.submitter(*scripts, retry=60), [ready("a")]) == [("a", "deferred")]
    assert sum(bench.slept) <= 60


def test_what_a_broken_connection_left_goes_over_the_next_at_once(bench):
    def breaks(name, letter):
        if name == "<b@n>":
            return Outcome(letter.id, "in-doubt", "cut", text="the connection broke")
        return sent(name, letter)

    found = bench.states(bench.submitter(breaks, sent, window=4), [ready(n) for n in "abcdefgh"])
    assert dict(found) == {**dict.fromkeys("acdefgh", "sent"), "b": "in-doubt"}
    assert len(bench.connects) == 2
    assert bench.slept == []
    content = [entry[1] for entry in bench.log if entry[0] == "content"]
    assert len(content) == len(set(content)) == 8


def test_a_server_that_says_421_after_some_letters_is_called_again(bench):
    def limits():
        count = iter(range(100))

        def script(name, letter):
            if next(count) == 3:
                return Outcome(letter.id, "deferred", "cut", BYE)
            return sent(name, letter)

        return script

    found = bench.states(bench.submitter(*(limits() for _ in range(5))), [ready(f"n{n}") for n in range(10)])
    assert sorted(state for _, state in found) == ["sent"] * 10
    assert bench.slept == []


def test_a_server_that_always_says_421_is_not_called_for_ever(bench):
    def bye(_name, letter):
        return Outcome(letter.id, "deferred", "cut", BYE)

    found = bench.states(bench.submitter(*[bye] * 50, retry=30), [ready("a"), ready("b"), ready("c")])
    assert sorted(found) == [("a", "deferred"), ("b", "deferred"), ("c", "deferred")]
    assert len(bench.connects) < 20


def test_deferred_letters_are_tried_again_with_the_same_message_id(bench):
    asked = []

    def greylist(name, letter):
        asked.append(letter.content)
        return Outcome(letter.id, "deferred", "rcpt", LATER)

    def then(name, letter):
        asked.append(letter.content)
        return sent(name, letter)

    assert bench.states(bench.submitter(greylist, then, retry=60), [ready("a")]) == [("a", "sent")]
    assert asked[0] == asked[1]


def test_the_time_for_waiting_is_not_that_of_the_letters_before(bench):
    """At 30 a minute the fortieth letter goes after 78 seconds, longer than the 60 for which is waited."""

    def greylists_once(name, letter, seen=set()):  # noqa: B006
        if name in ("<n3@n>", "<n41@n>") and name not in seen:
            seen.add(name)
            return Outcome(letter.id, "deferred", "rcpt", LATER)
        return sent(name, letter)

    def breaks(name, letter):
        return Outcome(letter.id, "deferred", "cut", BYE) if name == "<n40@n>" else greylists_once(name, letter)

    submitter = bench.submitter(breaks, Later("busy"), *[greylists_once] * 3, rate=30, retry=60)
    found = bench.states(submitter, [ready(f"n{n}") for n in range(42)])
    assert {state for _, state in found} == {"sent"}
    assert len(found) == 42


def test_refused_is_final(bench):
    submitter = bench.submitter(lambda _n, letter: Outcome(letter.id, "refused", "rcpt", NO), retry=60)
    assert bench.states(submitter, [ready("a")]) == [("a", "refused")]
    assert len(bench.connects) == 1


def test_a_letter_that_this_server_cannot_take_is_not_recorded(bench):
    submitter = bench.submitter(lambda _n, letter: Outcome(letter.id, "refused", "size", text="too large"))
    (result,) = submitter.submit([ready("a")])
    assert (result.state, result.claim) == ("not-sent", None)
    assert bench.ledger.outbox() == []


def test_a_rate_is_kept_one_letter_at_a_time(bench):
    assert len(bench.states(bench.submitter(sent, rate=30), [ready(n) for n in "abc"])) == 3
    assert [round(seconds, 3) for seconds in bench.slept] == [2.0, 2.0]


class TestDuplicates:
    def test_of_a_sent_letter(self, bench):
        letters = [ready("a"), ready("a", duplicate=True), ready("b"), ready("a", duplicate=True)]
        found = bench.states(bench.submitter(sent, window=8), letters)
        assert sorted(found) == [("a", "already-sent"), ("a", "already-sent"), ("a", "sent"), ("b", "sent")]

    @pytest.mark.parametrize(("state", "reply"), [("refused", NO), ("deferred", LATER), ("in-doubt", None)])
    def test_of_a_letter_that_did_not_go(self, bench, state, reply):
        def script(_name, letter):
            return Outcome(letter.id, state, "rcpt", reply)

        found = bench.states(bench.submitter(script), [ready("a"), ready("a", duplicate=True)])
        assert found == [("a", state), ("a", state)]
        assert len([entry for entry in bench.log if entry[0] == "content"]) == 1

    def test_of_a_letter_that_cannot_go(self, bench):
        def script(_name, letter):
            return Outcome(letter.id, "refused", "size", text="too large")

        found = bench.states(bench.submitter(script), [ready("a"), ready("a", duplicate=True)])
        assert found == [("a", "not-sent"), ("a", "not-sent")]

    def test_none_is_lost_where_the_ledger_fails(self, bench, monkeypatch):
        submitter, peek, settled = bench.submitter(sent, window=8), bench.ledger.peek, []

        def fails_at_the_second(*about, **more):
            claim = peek(*about, **more)
            settled.extend([claim] if claim.kind == "already-sent" else [])
            if len(settled) == 2:
                raise CannotWrite("the ledger is gone")
            return claim

        monkeypatch.setattr(bench.ledger, "peek", fails_at_the_second)
        told = []
        with pytest.raises(CannotWrite) as error:
            told.extend(submitter.submit([ready("a"), *[ready("a", duplicate=True)] * 3]))
        told.extend(submitter.stop(error=error.value))
        assert sorted(result.state for result in told) == ["already-sent"] * 3 + ["sent"]


class TestStopping:
    @pytest.mark.parametrize("stop", [KeyboardInterrupt(), SystemExit(143), RuntimeError("bug")])
    def test_the_letter_in_hand_is_recorded(self, bench, stop):
        submitter = bench.submitter(lambda _n, _l: stop, window=1)
        with pytest.raises(type(stop)):
            list(submitter.submit([ready("a"), ready("b")]))
        assert [(result.tag, result.state) for result in submitter.stop()] == [("a", "in-doubt")]
        assert [waiting.state for waiting in bench.ledger.outbox()] == ["in-doubt"]

    def test_only_the_result_that_nobody_came_back_from_is_told_again(self, bench):
        submitter = bench.submitter(sent, window=1)
        results = submitter.submit([ready("a"), ready("b"), ready("c"), ready("d")])
        first, second = next(results), next(results)
        assert (first.tag, second.tag) == ("a", "b")
        again = list(submitter.stop())
        assert again[0] is second
        assert [result.tag for result in again[1:]] in ([], ["c"])
        assert "in-doubt" not in [waiting.state for waiting in bench.ledger.outbox() if waiting.subject == "a"]

    def test_an_outcome_that_got_lost_is_a_doubt(self, bench):
        class Forgetful(FakeSession):
            def abandon(self, why="stopped", patience=0.0):
                return []

        submitter = bench.submitter()
        submitter.lines.connect = lambda _without: Forgetful(bench.log, lambda _n, _l: KeyboardInterrupt(), bench.path)
        with pytest.raises(KeyboardInterrupt):
            list(submitter.submit([ready("a")]))
        assert [(result.tag, result.state) for result in submitter.stop()] == [("a", "in-doubt")]

    def test_an_error_is_told_of_all_that_is_left(self, bench):
        error = CannotWrite("the disk is full")
        submitter = bench.submitter(lambda _n, _l: error, window=1)
        with pytest.raises(CannotWrite):
            list(submitter.submit([ready(n) for n in "abc"]))
        found = [(result.tag, result.state) for result in submitter.stop(error=error)]
        assert found == [("a", "in-doubt"), ("b", "not-sent"), ("c", "not-sent")]
        assert len(bench.ledger.outbox()) == 1
