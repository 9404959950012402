from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.transport.protocol import SmtpProtocol
from mailer.transport.values import AboutToSend, Capabilities, Outcome, stuffed
from tests.conftest import examples
from tests.kit.outgoing import CONTENT, make_letter, make_letters
from tests.kit.rows import each_row

PIPE = {"PIPELINING": ()}
CHUNK = {**PIPE, "CHUNKING": ()}


class Peer:
    """A server in memory: what the client says in, replies out, by verb and turn."""

    def __init__(self, script=None, *, discards=True):
        self.script = script or {}
        self.discards = discards
        self.buffer = b""
        self.turns = {}
        self.in_data = False
        self.lines = []
        self.accepted = []
        self.sender = False
        self.recipients = 0

    def reply(self, kind, usual):
        turn = self.turns[kind] = self.turns.get(kind, 0) + 1
        return self.script.get((kind, turn), self.script.get(kind, usual))

    def take(self, data):
        self.buffer += data
        out = b""
        while (step := self.step()) is not None:
            out += step
        return out

    def step(self):
        if self.in_data:
            end = (b"\r\n" + self.buffer).find(b"\r\n.\r\n")
            if end < 0:
                return None
            content, self.buffer = self.buffer[:end], self.buffer[end + 3 :]
            self.in_data = False
            return self.final(content)
        if b"\r\n" not in self.buffer:
            return None
        line, _, rest = self.buffer.partition(b"\r\n")
        if line.startswith(b"BDAT") and not self.recipients and not self.discards:
            self.buffer = rest
            self.lines.append(line.decode())
            return b"503 5.5.1 no valid recipients\r\n"
        if line.startswith(b"BDAT"):
            size = int(line.split()[1])
            if len(rest) < size:
                return None
            self.lines.append(line.decode())
            self.buffer = rest[size:]
            return self.final(rest[:size]) if b"LAST" in line else self.usual("final")
        self.buffer = rest
        self.lines.append(line.decode())
        kind = line.split()[0].split(b":")[0].decode().lower()
        answer = self.reply(kind, self.usual(kind))
        good = answer[:1] in b"23"
        if kind in ("mail", "rset"):
            self.sender, self.recipients = good and kind == "mail", 0
        self.recipients += good and kind == "rcpt"
        self.in_data = kind == "data" and answer.startswith(b"354")
        return answer

    def usual(self, kind):
        if kind not in ("mail", "rcpt", "data", "final", "rset"):
            return b"500 5.5.2 what\r\n"
        if kind == "rcpt" and not self.sender:
            return b"503 MAIL first\r\n"
        if kind in ("data", "final") and not self.recipients:
            return b"554 no valid recipients\r\n"
        return {"data": b"354 go\r\n", "final": b"250 taken\r\n"}.get(kind, b"250 ok\r\n")

    def final(self, content):
        self.lines.append(f"({len(content)})")
        answer = self.reply("final", self.usual("final"))
        if answer.startswith(b"2"):
            self.accepted.append(content)
        self.sender, self.recipients = False, 0
        return answer


def run(letters, offered=None, script=None, *, window=8, size=1 << 20, eof=True, machine=None, peer=None):
    """Drives a machine against a peer whose octets come ``size`` at a time; (outcomes, peer, machine, marks)."""
    peer = peer or Peer(script)
    machine = machine or SmtpProtocol(Capabilities(offered or {}), window=window)
    source, outcomes, marks, pending = iter(letters), [], [], b""
    for _ in range(100_000):
        while machine.room and (letter := next(source, None)):
            machine.add(letter)
        event = machine.next_event()
        if isinstance(event, AboutToSend):
            marks.append(event.ids)
            machine.go_ahead()
        elif isinstance(event, Outcome):
            outcomes.append(event)
        elif not machine.busy:
            break
        elif data := machine.data_to_send():
            pending += peer.take(data)
        elif pending:
            machine.receive_data(pending[:size])
            pending = pending[size:]
        else:
            machine.receive_data(b"") if eof else machine.give_up("no reply")
    else:
        raise AssertionError("it never ends")
    peer.take(machine.data_to_send())
    return outcomes, peer, machine, marks


PROBE = ["MAIL FROM:<me@home.example>", "BDAT 7", "RSET"]


def states(outcomes):
    return [outcome.state for outcome in outcomes]


# The conversation, line by line


def test_lockstep_conversation():
    outcomes, peer, _, marks = run([make_letter(1, ("a@x.example", "b@x.example")), make_letter(2)])
    assert peer.lines == [
        "MAIL FROM:<me@home.example>",
        "RCPT TO:<a@x.example>",
        "RCPT TO:<b@x.example>",
        "DATA",
        "(33)",
        "MAIL FROM:<me@home.example>",
        "RCPT TO:<dana@acme.example>",
        "DATA",
        "(33)",
    ]
    assert states(outcomes) == ["sent", "sent"]
    assert marks == [("1", "2")]


def test_pipelining_puts_the_next_letter_behind_the_dot():
    machine = SmtpProtocol(Capabilities({"PIPELINING": (), "SIZE": ()}))
    for letter in make_letters(3):
        machine.add(letter)
    mail = b"MAIL FROM:<me@home.example> SIZE=33\r\nRCPT TO:<r%d@acme.example>\r\n"
    assert machine.next_event() is None
    assert machine.data_to_send() == mail % 1 + b"DATA\r\n"
    machine.receive_data(b"250 ok\r\n250 ok\r\n354 go\r\n")
    assert machine.next_event() == AboutToSend(("1", "2", "3"))
    machine.go_ahead()
    assert machine.data_to_send() == CONTENT + b".\r\n" + mail % 2 + b"DATA\r\n"
    machine.receive_data(b"250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n")
    assert machine.next_event().state == "sent"
    assert machine.next_event() is None
    assert machine.data_to_send() == CONTENT + b".\r\n" + mail % 3 + b"DATA\r\n"


class TestAhead:
    """Letters that are put on disk while the reply to the one before is on the way."""

    def machine(self, letters, window=2, offered="PIPELINING"):
        machine = SmtpProtocol(Capabilities({offered: ()}), window=window)
        for letter in make_letters(letters):
            machine.add(letter)
        return machine

    def test_none_before_a_letter_was_handed_over(self):
        machine = self.machine(3)
        assert (machine.next_event(), machine.ahead()) == (None, ())
        machine.data_to_send()
        machine.receive_data(b"250 ok\r\n250 ok\r\n354 go\r\n")
        assert machine.next_event() == AboutToSend(("1", "2"))
        assert machine.ahead() == ()

    def handed(self, window=2, letters=5):
        machine = self.machine(letters, window)
        machine.next_event()
        machine.data_to_send()
        machine.receive_data(b"250 ok\r\n250 ok\r\n354 go\r\n")
        machine.next_event()
        machine.go_ahead()
        machine.data_to_send()
        return machine

    def reply(self, machine):
        """To the letter before, and to the envelope of the next one."""
        machine.receive_data(b"250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n")
        event = machine.next_event()
        assert machine.next_event() is None
        return event

    def test_no_more_than_a_window_is_marked_and_the_content_waits_no_more(self):
        machine = self.handed()
        assert machine.ahead() == ()
        assert self.reply(machine).id == "1"
        assert machine.data_to_send().startswith(CONTENT)
        assert machine.ahead() == ("3",)
        assert machine.ahead() == ("3",)
        machine.marked(("3",))
        assert machine.ahead() == ()
        assert self.reply(machine).id == "2"
        assert machine.data_to_send().startswith(CONTENT)

    def test_what_was_not_marked_is_asked_for_as_ever(self):
        machine = self.handed()
        self.reply(machine)
        machine.data_to_send()
        assert machine.ahead() == ("3",)
        machine.receive_data(b"250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n")
        asked = [machine.next_event(), machine.next_event()]
        assert AboutToSend(("3", "4")) in asked
        assert CONTENT not in machine.data_to_send()

    def test_none_of_a_connection_that_has_ended(self):
        machine = self.handed()
        self.reply(machine)
        machine.data_to_send()
        machine.receive_data(b"")
        assert machine.ahead() == ()

    def test_a_smaller_share(self):
        machine = self.machine(0, window=8)
        assert machine.room == 8
        machine.share(2)
        for letter in make_letters(2):
            machine.add(letter)
        assert machine.room == 0
        machine.share(0)
        assert machine.room == 0


def test_what_was_not_begun_can_be_taken_back():
    machine = SmtpProtocol(Capabilities({"PIPELINING": ()}))
    letters = [make_letter(number) for number in range(3)]
    machine.add(letters[0])
    assert machine.take_back() is None
    machine.add(letters[1])
    assert machine.take_back() is letters[1]
    machine.add(letters[2])
    assert machine.next_event() is None
    assert machine.data_to_send()
    assert machine.take_back() is letters[2]
    assert machine.take_back() is None
    assert [outcome.id for outcome in machine.abandon("stopped")] == [letters[0].id]


def test_chunking_sends_a_window_without_waiting():
    outcomes, peer, _, marks = run(make_letters(6), CHUNK, window=3)
    assert states(outcomes) == ["sent"] * 6
    assert [len(ids) for ids in marks] == [3, 1, 2]
    assert peer.lines[:10] == [
        "MAIL FROM:<me@home.example>",
        "RCPT TO:<r1@acme.example>",
        "BDAT 33 LAST",
        "(33)",
        *PROBE,
        "MAIL FROM:<me@home.example>",
        "RCPT TO:<r2@acme.example>",
        "BDAT 33 LAST",
    ]
    assert peer.lines[11] == "RSET"
    assert peer.accepted == [CONTENT] * 6


def test_chunking_needs_one_round_trip_for_a_window():
    machine = SmtpProtocol(Capabilities(CHUNK), window=8)
    run(make_letters(3), machine=machine)
    for letter in make_letters(8):
        machine.add(letter)
    assert len(machine.next_event().ids) == 8
    machine.go_ahead()
    assert machine.data_to_send().count(b"BDAT") == 8
    assert len(machine.in_doubt) == 8


def test_one_letter_goes_by_data_even_with_chunking():
    _, peer, _, _ = run([make_letter()], CHUNK)
    assert "DATA" in peer.lines


# What MAIL says


@pytest.mark.parametrize(
    ("offered", "mail"),
    [
        ({}, "MAIL FROM:<me@home.example>"),
        ({"SIZE": ("0",), "8BITMIME": (), "SMTPUTF8": ()}, "MAIL FROM:<me@home.example> SIZE=33"),
        ({"SIZE": ()}, "MAIL FROM:<me@home.example> SIZE=33"),
        ({"SIZE": ("33",)}, "MAIL FROM:<me@home.example> SIZE=33"),
    ],
)
def test_mail_parameters(offered, mail):
    assert run([make_letter()], offered)[1].lines[0] == mail


@pytest.mark.parametrize(
    "kinds",
    [{"to": ("jörg@x.example",)}, {"sender": "jörg@x.example"}, {"content": "To: jörg@x.example\r\n\r\n".encode()}],
)
def test_smtputf8(kinds):
    letter = make_letter(**kinds)
    outcomes, peer, _, _ = run([letter], {"SMTPUTF8": (), "8BITMIME": ()})
    assert peer.lines[0].endswith(" BODY=8BITMIME SMTPUTF8")
    assert states(outcomes) == ["sent"]
    outcomes, peer, _, marks = run([letter], {"8BITMIME": ()})
    assert (outcomes[0].state, outcomes[0].phase, outcomes[0].reply) == ("refused", "smtputf8", None)
    assert "SMTPUTF8" in outcomes[0].text
    assert peer.lines == marks == []


def test_a_letter_over_size_is_refused_with_both_numbers():
    outcomes, peer, _, marks = run([make_letter(content=b"x" * 4998 + b"\r\n"), make_letter(2)], {"SIZE": ("4999",)})
    assert (outcomes[0].state, outcomes[0].phase) == ("refused", "size")
    assert "5,000" in outcomes[0].text
    assert "4,999" in outcomes[0].text
    assert outcomes[1].state == "sent"
    assert marks == [("2",)]
    assert len(peer.accepted) == 1


@each_row(
    "kinds",
    [
        {"to": ("a@x.example>\r\nRCPT TO:<b@x.example",)},
        {"sender": "a\n@x.example"},
        {"to": ("a\0@x.example",)},
        {"to": ()},
        {"content": b"no end"},
        {"content": b"a\nb\r\n"},
        {"content": b"a\rb\r\n"},
        {"content": b"a\rb\nc\r\n"},
        {"content": b"a\rb\n.\r\nMAIL FROM:<evil@x.example>\r\n"},
        {"content": b"a\r\n.\n\r\n"},
        {"content": b"a\r\n\r\r\n"},
        {"content": b"a\n.\r\nMAIL FROM:<evil@x.example>\r\n"},
    ],
)
def test_a_stray_line_end_or_control_never_leaves(kinds):
    outcomes, peer, _, _ = run([make_letter(**kinds)])
    assert (outcomes[0].state, outcomes[0].phase) == ("refused", "format")
    assert peer.lines == []


@pytest.mark.parametrize("end", [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n", b"\r.\r\n", b"\n..\n"])
def test_a_stray_line_end_by_a_dot_never_leaves_in_a_large_letter(end):
    content = b"Subject: x\r\n\r\n" + (b"y.y" * 20 + b"\r\n") * 4000
    assert run([make_letter(content=content)])[0][0].state == "sent"
    assert run([make_letter(content=content + b"\r\n.\r\n")])[0][0].state == "sent"
    assert run([make_letter(content=content + end + content)])[0][0].phase == "format"


@given(st.lists(st.sampled_from([b"", b".", b"..", b"a", b".a", b"a."])))
def test_stuffing_is_undone_by_its_inverse(lines):
    content = b"".join(line + b"\r\n" for line in lines)
    wire = stuffed(content)
    assert b"\r\n.\r\n" not in b"\r\n" + wire
    assert b"".join(line[line[:1] == b"." :] for line in wire.splitlines(keepends=True)) == content


@pytest.mark.parametrize(
    ("content", "wire"),
    [
        (b"a\r\n", b"a\r\n"),
        (b".\r\n", b"..\r\n"),
        (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n"),
        (b"a\r\n..\r\n.b\r\n", b"a\r\n...\r\n..b\r\n"),
        (b"a.\r\n", b"a.\r\n"),
    ],
)
def test_dots_are_stuffed(content, wire):
    assert stuffed(content) == wire


# Refusals


def test_a_refused_recipient_does_not_stop_the_others():
    for offered in ({}, PIPE):
        letter = make_letter(1, ("a@x.example", "b@x.example", "c@x.example"))
        outcomes, peer, _, _ = run([letter], offered, {("rcpt", 2): b"550 5.1.1 no\r\n"})
        assert outcomes[0].state == "sent"
        assert {k: v.line for k, v in outcomes[0].refused.items()} == {"b@x.example": "550 5.1.1 no"}
        assert len(peer.accepted) == 1


@each_row("offered", [{}, PIPE, CHUNK])
@each_row(
    ("replies", "state", "reply"),
    [
        (["550 5.1.1 a", "550 5.1.1 b"], "refused", "550 5.1.1 a"),
        (["550 5.1.1 a", "450 4.2.0 b"], "deferred", "450 4.2.0 b"),
        (["451 a", "452 b"], "deferred", "451 a"),
    ],
)
def test_all_recipients_refused(offered, replies, state, reply):
    script = {("rcpt", n): f"{line}\r\n".encode() for n, line in enumerate(replies, 2)}
    batch = [make_letter(1), make_letter(2, ("a@x.example", "b@x.example")), make_letter(3), make_letter(4)]
    outcomes, peer, _, _ = run(batch, offered, script)
    outcome = outcomes[1]
    assert states(outcomes) == ["sent", state, "sent", "sent"]
    assert (outcome.phase, outcome.reply.line) == ("rcpt", reply)
    assert [r.line for r in outcome.refused.values()] == replies
    assert "RSET" in peer.lines
    assert len(peer.accepted) == 3


@each_row("offered", [{}, PIPE])
@each_row("kind", ["mail", "data", "final"])
@each_row(("reply", "state"), [(b"550 no\r\n", "refused"), (b"450 wait\r\n", "deferred")])
@each_row("turn", [1, 2])
def test_a_refused_letter_is_reset_and_the_next_goes(offered, kind, reply, state, turn):
    script = {(kind, turn): reply}
    outcomes, peer, _, _ = run(make_letters(3), offered, script)
    want = ["sent"] * 3
    want[turn - 1] = state
    assert states(outcomes) == want
    assert outcomes[turn - 1].phase == kind
    assert outcomes[turn - 1].reply.line.encode() + b"\r\n" == reply
    assert outcomes[turn - 1].refused == {}
    # Behind the dot of a letter that is refused the next one has begun already.
    assert ("RSET" in peer.lines) == (not (kind == "final" and offered))
    assert len(peer.accepted) == 2


def test_reset_follows_a_refusal_at_the_end_too():
    for kind in ("mail", "rcpt", "data", "final"):
        _, peer, machine, _ = run([make_letter()], {}, {kind: b"550 no\r\n"})
        assert peer.lines[-1] == "RSET"
        assert machine.between_letters


def test_content_asked_for_without_a_recipient_ends_the_connection():
    script = {("rcpt", 2): b"550 no\r\n", ("data", 2): b"354 go\r\n"}
    outcomes, peer, machine, _ = run(make_letters(4), PIPE, script)
    assert states(outcomes) == ["sent", "refused", "deferred", "deferred"]
    assert machine.closed
    assert "PIPELINING" in machine.disabled_extensions
    assert len(peer.accepted) == 1


# 421, drops, nonsense


@each_row("offered", [{}, PIPE])
@each_row("kind", ["mail", "rcpt", "data", "final"])
def test_421_is_later_for_the_letter_in_hand(offered, kind):
    outcomes, _, machine, _ = run(make_letters(3), offered, {(kind, 2): b"421 4.3.2 closing\r\n"})
    assert states(outcomes) == ["sent", "deferred", "deferred"]
    assert outcomes[1].reply.code == 421
    assert machine.closed


def test_421_nobody_asked_for():
    machine = SmtpProtocol(Capabilities({}))
    machine.receive_data(b"421 4.4.2 idle\r\n")
    machine.add(make_letter())
    assert machine.closed
    assert machine.room == 0
    assert machine.disabled_extensions == frozenset()


BAD_FINALS = [b"354 what\r\n", b"150 what\r\n", b"600 what\r\n", b"hello\r\n", b"\r\n", b"250-ok\r\n", b"250 ok", b""]


@each_row("eof", [True, False])
@each_row("offered", [{}, PIPE])
@each_row("bad", BAD_FINALS)
def test_only_a_whole_final_reply_settles(bad, offered, eof):
    outcomes, _, machine, _ = run([make_letter()], offered, {"final": bad}, eof=eof)
    assert (outcomes[0].state, outcomes[0].phase, outcomes[0].reply) == ("in-doubt", "final", None)
    assert outcomes[0].text == machine.fault != ""


WRONG = {
    "mail": [b"354 what\r\n", b"hello\r\n", b"", b"250 ok\r\n250 ok\r\n"],
    "rcpt": [b"354 what\r\n", b"hello\r\n", b"", b"250 ok\r\n250 ok\r\n"],
    "data": [b"250 ok\r\n", b"hello\r\n", b"", b"355 go\r\n"],
}


@each_row("offered", [{}, PIPE, CHUNK])
@each_row(("kind", "bad"), [(kind, bad) for kind, replies in WRONG.items() for bad in replies])
def test_nothing_is_in_doubt_before_the_last_octet(kind, bad, offered):
    outcomes, peer, _, _ = run([make_letter()], offered, {kind: bad})
    assert states(outcomes) == ["deferred"]
    assert peer.accepted == []


def test_a_reply_before_the_dot_ends_the_connection():
    outcomes, peer, _, _ = run([make_letter()], {}, {"data": b"354 go\r\n250 queued\r\n"})
    assert states(outcomes) == ["deferred"]
    assert peer.accepted == []


def test_an_extra_reply_after_the_final_one_does_not_unsend():
    outcomes, _, machine, _ = run([make_letter()], {}, {"final": b"250 ok\r\n250 ok\r\n"})
    assert states(outcomes) == ["sent"]
    assert machine.closed


def test_a_missing_final_reply_is_noticed_behind_the_dot():
    outcomes, peer, machine, _ = run(make_letters(5), PIPE, {("final", 3): b""})
    assert states(outcomes) == ["sent", "sent", "in-doubt", "deferred", "deferred"]
    assert machine.disabled_extensions == {"PIPELINING", "CHUNKING"}
    assert len(peer.accepted) == 2


def test_a_letter_that_was_refused_and_then_taken_is_in_doubt():
    script = {("mail", 3): b"550 5.1.1 no\r\n", ("final", 2): b"250 taken\r\n"}
    outcomes, _, machine, _ = run(make_letters(3), CHUNK, script)
    assert [outcome.state for outcome in outcomes] == ["sent", "in-doubt", "in-doubt"]
    assert machine.closed
    assert "refused" in machine.fault


def test_an_extra_final_reply_behind_the_dot():
    outcomes, _, _, _ = run(make_letters(5), PIPE, {("final", 3): b"250 ok\r\n250 ok\r\n"})
    assert states(outcomes) == ["sent", "sent", "sent", "deferred", "deferred"]


STATUSES = {"mail": b"250 2.1.0 ok\r\n", "rcpt": b"250 2.1.5 ok\r\n", "final": b"250 2.0.0 ok\r\n"}


@pytest.mark.parametrize("reset", [b"250 ok\r\n", b"250 2.0.0 ok\r\n"])
def test_a_missing_reply_in_a_window_is_noticed_by_its_status(reset):
    script = {**STATUSES, "rset": reset, ("final", 3): b""}
    outcomes, peer, _, _ = run(make_letters(6), CHUNK, script)
    assert states(outcomes) == ["sent", "sent", "in-doubt", "in-doubt", "in-doubt", "in-doubt"]
    assert len(peer.accepted) == 5


def test_an_extra_reply_in_a_window_is_noticed_by_its_status():
    script = {**STATUSES, "rset": b"250 2.0.0 ok\r\n", ("final", 3): b"250 2.0.0 ok\r\n250 2.0.0 ok\r\n"}
    outcomes, peer, _, _ = run(make_letters(6), CHUNK, script)
    assert states(outcomes) == ["sent", "sent", "sent", "in-doubt", "in-doubt", "in-doubt"]
    assert len(peer.accepted) == 6


WORDS = {"mail": b"250 OK\r\n", "rcpt": b"250 Accepted\r\n", "final": b"250 OK id=1\r\n", "rset": b"250 Reset OK\r\n"}
NO_SIGNS = dict.fromkeys(WORDS, b"250 ok\r\n")


@each_row("offered", [CHUNK, PIPE])
@each_row("usual", [{**STATUSES, "rset": b"250 2.0.0 ok\r\n"}, WORDS, NO_SIGNS])
@each_row(("kind", "extra"), [("mail", b""), ("rcpt", b""), ("final", b""), ("rset", b""), ("rset", b"250 ok\r\n")])
def test_a_reply_too_many_never_counts_as_the_one_to_a_letter(kind, usual, extra, offered):
    for turn, refused in itertools.product(range(1, 9), range(1, 8)):
        script = {**usual, ("final", refused): b"554 5.7.1 no\r\n"}
        script[kind, turn] = script.get((kind, turn), usual[kind]) + (extra or usual[kind])
        letters = [make_letter(n, content=b"Subject: %d\r\n\r\n" % n) for n in range(7)]
        outcomes, peer, _, _ = run(letters, offered, script, window=4)
        accepted = {re.search(rb"Subject: (\d+)", content)[1].decode() for content in peer.accepted}
        assert {one.id for one in outcomes if one.state == "sent"} <= accepted, (turn, refused)
        assert not accepted & {one.id for one in outcomes if one.state in ("refused", "deferred")}, (turn, refused)


def test_a_no_to_the_reset_behind_a_letter_may_be_the_one_to_the_letter():
    script = {**STATUSES, ("rcpt", 3): b"250 2.1.5 ok\r\n250 well\r\n", ("final", 3): b"554 5.7.1 no\r\n"}
    outcomes, peer, _, _ = run(make_letters(6), CHUNK, script)
    assert states(outcomes) == ["sent", "sent", "in-doubt", "in-doubt", "in-doubt", "in-doubt"]
    assert len(peer.accepted) == 5


def test_bdat_that_is_not_known_is_given_up():
    outcomes, _, machine, _ = run(make_letters(3), CHUNK, {"final": b"502 5.5.1 what is BDAT\r\n"})
    assert states(outcomes) == ["deferred"] * 3
    assert machine.disabled_extensions == {"CHUNKING"}
    outcomes, peer, _, _ = run(
        make_letters(3), machine=SmtpProtocol(Capabilities(CHUNK), disabled_extensions=machine.disabled_extensions)
    )
    assert states(outcomes) == ["sent"] * 3
    assert not any(line.startswith("BDAT") for line in peer.lines)


# A server that takes the chunk of a letter without recipients for commands (RFC 3030 2 wants it thrown away)

REFUSALS = [
    {("rcpt", 1): b"550 5.1.1 no\r\n"},
    {("rcpt", 2): b"550 5.1.1 no\r\n"},
    {("rcpt", 3): b"450 4.2.0 wait\r\n", ("rcpt", 6): b"550 5.1.1 no\r\n"},
    {("rcpt", n): b"550 5.1.1 no\r\n" for n in (2, 3, 8)},
]


@each_row("discards", [True, False])
@each_row("offered", [CHUNK, {"CHUNKING": ()}])
@each_row("script", REFUSALS)
@each_row("size", [1, 7, 1 << 20])
def test_a_refused_recipient_leaves_no_other_letter_in_doubt(offered, script, discards, size):
    peer = Peer(script, discards=discards)
    outcomes, peer, machine, _ = run(make_letters(8), offered, peer=peer, size=size)
    want = ["sent"] * 8
    for (_, turn), reply in script.items():
        want[turn - 1] = "refused" if reply.startswith(b"5") else "deferred"
    assert states(outcomes) == want
    assert len(peer.accepted) == want.count("sent")
    assert not machine.closed
    assert not any(line.startswith(("Subject", "From")) for line in peer.lines)


def test_no_chunk_goes_before_its_recipient_is_known_where_it_would_be_taken_for_commands():
    _, peer, machine, _ = run(make_letters(6), CHUNK, peer=Peer(discards=False))
    assert peer.lines[4:8] == ["MAIL FROM:<me@home.example>", "BDAT 7", "XSTEP", "RSET"]
    assert not any(line.startswith("BDAT") for line in peer.lines[8:])
    assert machine.disabled_extensions == {"CHUNKING"}


@each_row(
    "answer",
    [
        {("mail", 2): b"421 4.7.0 enough\r\n"},
        {("mail", 2): b"503 5.5.1 no\r\n"},
        {("rset", 1): b"421 bye\r\n"},
        {("rset", 1): b"what\r\n"},
        {("rset", 1): b""},
    ],
)
@each_row("discards", [True, False])
def test_whatever_the_server_says_to_the_chunk_nobody_is_in_doubt(answer, discards):
    outcomes, peer, machine, _ = run(make_letters(6), CHUNK, peer=Peer(answer, discards=discards))
    assert states(outcomes)[0] == "sent"
    assert set(states(outcomes)) <= {"sent", "deferred"}
    assert states(outcomes).count("sent") == len(peer.accepted)
    assert not machine.closed or "CHUNKING" in machine.disabled_extensions


def test_pipelining_that_is_not_liked_is_given_up_on_the_same_connection():
    script = {("mail", 2): b"503 5.5.1 improper pipelining\r\n"}
    outcomes, peer, machine, _ = run(make_letters(4), PIPE, script)
    assert states(outcomes) == ["sent"] * 4
    assert machine.disabled_extensions == {"PIPELINING"}
    assert not machine.closed
    assert len(peer.accepted) == 4


# Borders


SCRIPTS = [
    {},
    {("mail", 2): b"550-5.7.1 no\r\n550 5.7.1 really\r\n"},
    {("rcpt", 3): b"450 4.2.0 wait\r\n", ("final", 2): b"554 5.7.1 no\r\n"},
    {("final", 2): b"250 gr\xc3\xbc\xc3\x9fe\r\n", ("rcpt", 3): b"421 4.3.2 bye\r\n"},
    {("final", 2): b"garbage\r\n"},
    {("final", 3): b"250 half"},
    {("final", 3): b"354 what\r\n"},
    {("data", 2): b"250 ok\r\n"},
]


@each_row("offered", [{}, PIPE, CHUNK])
@each_row("script", SCRIPTS)
def test_every_split_of_the_replies_gives_the_same(script, offered):
    whole, peer, _, _ = run(make_letters(4), offered, script)
    for size in (1, 2, 3, 5, 7, 8, 9, 11, 13, 17):
        parts, same_peer, _, _ = run(make_letters(4), offered, script, size=size)
        assert parts == whole
        assert same_peer.lines == peer.lines


@pytest.mark.parametrize("offered", [{}, PIPE, CHUNK])
def test_content_is_given_out_in_pieces_and_in_doubt_with_the_last(offered):
    content = b"x" * 70 + b"\r\n"
    machine = SmtpProtocol(Capabilities(offered))
    machine.add(make_letter(content=content))
    machine.next_event()
    machine.data_to_send()
    for reply in (b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
        machine.receive_data(reply)
        event = machine.next_event()
        assert machine.data_to_send() == b"" or event is None
    assert event == AboutToSend(("1",))
    assert machine.data_to_send() == b""
    machine.go_ahead()
    assert machine.data_to_send(71) == content[:71]
    assert machine.in_doubt == []
    assert machine.data_to_send(1) == content[71:]
    assert machine.in_doubt == ["1"]
    assert machine.data_to_send() == b".\r\n"


def test_abandon_tells_the_fate_of_every_letter():
    machine = SmtpProtocol(Capabilities(PIPE))
    for letter in make_letters(3):
        machine.add(letter)
    machine.next_event()
    machine.data_to_send()
    machine.receive_data(b"250 ok\r\n250 ok\r\n")
    machine.data_to_send()
    machine.receive_data(b"354 go\r\n")
    machine.next_event()
    machine.go_ahead()
    machine.data_to_send()
    assert [(o.id, o.state) for o in machine.abandon("stopped")] == [
        ("1", "in-doubt"),
        ("2", "deferred"),
        ("3", "deferred"),
    ]
    assert machine.abandon("again") == []


def test_a_window_of_one_composes_nothing_while_a_letter_is_open():
    machine = SmtpProtocol(Capabilities(CHUNK), window=1)
    assert machine.room == 1
    machine.add(make_letter())
    machine.next_event()
    assert machine.room == 0


# Anything at all

REPLY = st.sampled_from(
    [
        b"250 ok\r\n",
        b"250 ok\r\n",
        b"354 go\r\n",
        b"550 5.1.1 no\r\n",
        b"450 wait\r\n",
        b"503 order\r\n",
        b"421 bye\r\n",
        b"250-more\r\n250 ok\r\n",
        b"",
        b"250 ok\r\n250 ok\r\n",
        b"what\r\n",
        b"250 hal",
    ]
)


@examples(400)
@given(
    offered=st.sampled_from([{}, PIPE, CHUNK, {"CHUNKING": ()}]),
    script=st.dictionaries(
        st.tuples(st.sampled_from(["mail", "rcpt", "data", "final", "rset"]), st.integers(1, 7)), REPLY, max_size=5
    ),
    window=st.integers(1, 5),
    count=st.integers(1, 9),
    size=st.integers(1, 60),
)
def test_no_server_can_make_it_lie(offered, script, window, count, size):
    letters = [
        make_letter(n, content=b"Subject: %d\r\n\r\n" % n, to=[f"{r}@x.example" for r in range(n % 2 + 1)])
        for n in range(count)
    ]
    peer = Peer(script)
    machine = SmtpProtocol(Capabilities(offered), window=window)
    source, outcomes, marked, pending = iter(letters), {}, set(), b""
    pulled = 0
    while True:
        while machine.room and (letter := next(source, None)):
            machine.add(letter)
            pulled += 1
        event = machine.next_event()
        if isinstance(event, AboutToSend):
            marked |= set(event.ids)
            assert len(marked) <= window
            machine.go_ahead()
        elif isinstance(event, Outcome):
            assert event.id not in outcomes
            outcomes[event.id] = event
            marked.discard(event.id)
        elif not machine.busy:
            break
        elif data := machine.data_to_send(size):
            assert set(machine.in_doubt) <= marked
            pending += peer.take(data)
        elif pending:
            machine.receive_data(pending[:size])
            pending = pending[size:]
        else:
            machine.receive_data(b"")
    assert len(outcomes) == pulled
    assert machine.closed or pulled == count
    accepted = {re.search(rb"Subject: (\d+)", content)[1].decode() for content in peer.accepted}
    shifted = any(v in (b"", b"250 hal", b"250 ok\r\n250 ok\r\n") for v in script.values())
    for name, outcome in outcomes.items():
        if outcome.state == "sent" and not shifted:
            assert name in accepted
        if outcome.state in ("refused", "deferred") and not shifted:
            assert name not in accepted
