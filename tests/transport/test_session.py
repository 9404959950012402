# ruff: noqa: SIM117
from __future__ import annotations

import os
import re
import signal
import threading
import time

import pytest

from mailer.errors import BadSettings, Later, Refused
from mailer.transport.session import open_session, wait_any
from mailer.transport.values import AboutToSend, SmtpServer
from tests.kit.outgoing import CONTENT, make_letter, make_letters, submit
from tests.kit.rows import each_row
from tests.kit.smtp_server import DROP, HANG, Scripted, drip, pause, recording_server, wait_until

PIPE = ("PIPELINING",)
CHUNK = ("PIPELINING", "CHUNKING")
QUICK = 0.2


def server_of(server, **kinds):
    times = {"connect_timeout": 2.0, "reply_timeout": 2.0, "final_timeout": 2.0}
    return SmtpServer(server.host, server.port, **{"security": "none", **times, **kinds})


def send(server, letters, log=None, **kinds):
    """(outcomes, fault, marks) of one session."""
    marks = []
    with open_session(server_of(server, **kinds), log=log) as session:
        outcomes = list(submit(session, letters, lambda ids: marks.append(tuple(ids))))
    return outcomes, session.fault, marks


def states(outcomes):
    return [outcome.state for outcome in outcomes]


# Conversations


def test_one_letter_line_by_line():
    said = []
    with Scripted(extensions=("SIZE 1000", "ENHANCEDSTATUSCODES")) as server:
        outcomes, fault, marks = send(server, [make_letter()], said.append)
    assert states(outcomes) == ["sent"]
    assert (fault, marks) == ("", [("1",)])
    assert said == [
        "< 220 scripted.example ESMTP",
        "> EHLO [127.0.0.1]",
        "< 250-scripted.example",
        "< 250-SIZE 1000",
        "< 250 ENHANCEDSTATUSCODES",
        "> MAIL FROM:<me@home.example> SIZE=33",
        "< 250 2.1.0 sender ok",
        "> RCPT TO:<dana@acme.example>",
        "< 250 2.1.5 recipient ok",
        "> DATA",
        "< 354 go ahead",
        "> (33 octets of content)",
        "> .",
        "< 250 2.0.0 queued",
        "> QUIT",
        "< 221 2.0.0 bye",
    ]
    assert server.messages[0].content == CONTENT


@pytest.mark.parametrize("extensions", [(), PIPE, CHUNK])
def test_a_batch_arrives_in_order(extensions):
    letters = [make_letter(n, content=b"Subject: %d\r\n\r\n.\r\n..\r\n" % n) for n in range(40)]
    with Scripted(extensions=extensions) as server:
        outcomes, _, marks = send(server, letters)
    assert states(outcomes) == ["sent"] * 40
    assert [o.id for o in outcomes] == [str(n) for n in range(40)]
    assert [m.content for m in server.messages] == [letter.content for letter in letters]
    assert max(len(ids) for ids in marks) <= 8
    assert server.connections == 1


def test_against_aiosmtpd():
    letters = [make_letter(n, content=b"Subject: %d\r\n\r\n.\r\n..\r\n" % n) for n in range(20)]
    with recording_server() as server:
        outcomes, _, _ = send(server, letters)
    assert states(outcomes) == ["sent"] * 20
    assert [m.content for m in server.messages] == [letter.content for letter in letters]
    assert server.commands[:3] == [
        "EHLO [127.0.0.1]",
        "MAIL FROM:<me@home.example> SIZE=21",
        "RCPT TO:<dana@acme.example>",
    ]
    assert server.commands[-1] == "QUIT"


SMUGGLED = b"MAIL FROM:<evil@x.example>\r\nRCPT TO:<victim@x.example>\r\nDATA\r\nSubject: smuggled\r\n\r\n"


@each_row("extensions", [(), PIPE, CHUNK])
@each_row("end", [b"\r\n.\r\n", b"\r\n..\r\n", b"\r\n.\r\n.\r\n", b"\r\n\r\n.\r\n\r\n"])
def test_dots_make_no_second_message(extensions, end):
    content = b"Subject: x\r\n\r\none" + end + SMUGGLED + end
    with Scripted(extensions=extensions) as server:
        outcomes, _, _ = send(server, [make_letter(n, content=content) for n in range(3)])
    assert states(outcomes) == ["sent"] * 3
    assert [m.content for m in server.messages] == [content] * 3
    assert not any("evil" in command for command in server.commands)


@pytest.mark.parametrize("end", [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r.\r\n", b"\r\n\0.\r\n\n"])
def test_bare_line_ends_never_reach_the_wire(end):
    with Scripted() as server:
        outcomes, _, _ = send(server, [make_letter(content=b"one" + end + SMUGGLED)])
    assert states(outcomes) == ["refused"]
    assert server.verbs() == ["EHLO", "QUIT"]


@each_row("octets", range(262_130, 262_150))
def test_dots_at_the_borders_of_chunks(octets):
    head = b"Subject: x\r\n\r\n"
    content = head + b"x" * (octets - len(head) - 2) + b"\r\n.\r\n.\r\n..\r\nend\r\n"
    with Scripted() as server:
        outcomes, _, _ = send(server, [make_letter(content=content)])
    assert states(outcomes) == ["sent"]
    assert server.messages[0].content == content


@pytest.mark.parametrize("extensions", [(), PIPE, CHUNK])
def test_large_letters_and_a_server_that_talks_much(extensions):
    body = (b"x" * 76 + b"\r\n") * 40_000
    long_reply = b"".join(b"250-2.0.0 %s\r\n" % (b"word " * 100) for _ in range(60)) + b"250 2.0.0 queued\r\n"
    with Scripted({"final": [long_reply] * 4}, extensions=extensions) as server:
        outcomes, _, _ = send(server, [make_letter(n, content=body) for n in range(4)], reply_timeout=20.0)
    assert states(outcomes) == ["sent"] * 4
    assert [m.content == body for m in server.messages] == [True] * 4


# The window


@each_row("extensions", [(), PIPE, CHUNK])
@each_row("window", [1, 2, 3, 8])
def test_never_more_than_a_window_is_open(extensions, window):
    open_now, pulled, most = set(), [], 0

    def letters():
        for letter in make_letters(30):
            pulled.append(letter.id)
            yield letter

    def about(ids):
        nonlocal most
        open_now.update(ids)
        most = max(most, len(open_now))
        assert len(server.messages) + len(open_now) <= int(ids[-1])

    with Scripted(extensions=extensions) as server, open_session(server_of(server, window=window)) as session:
        for outcome in submit(session, letters(), about):
            assert outcome.state == "sent"
            open_now.discard(outcome.id)
            assert len(pulled) - int(outcome.id) <= 2 * window
    assert most == min(window, most) <= window
    assert len(server.messages) == 30


@pytest.mark.parametrize("extensions", [(), PIPE, CHUNK])
def test_no_content_without_its_mark(extensions):
    class DiskFullError(Exception):
        pass

    def about(ids):
        if "3" in ids:
            raise DiskFullError

    with Scripted(extensions=extensions) as server:
        session = open_session(server_of(server, window=2))
        outcomes = []
        with pytest.raises(DiskFullError):
            outcomes.extend(submit(session, make_letters(6), about))
        left = session.abandon("disk full")
        sent = [o.id for o in (*outcomes, *left) if o.state == "sent"]
        assert session.in_doubt == []
        assert wait_until(lambda: len(server.messages) == len(sent))
    assert {o.state for o in left} <= {"sent", "deferred"}
    assert "3" in [o.id for o in left if o.state == "deferred"]


@pytest.mark.parametrize("extensions", [(), PIPE, CHUNK])
def test_an_interrupt_leaves_no_letter_without_a_fate(extensions):
    def letters():
        yield from make_letters(5)
        raise KeyboardInterrupt

    with Scripted(extensions=extensions) as server:
        session = open_session(server_of(server, window=3))
        outcomes = []
        with pytest.raises(KeyboardInterrupt):
            for outcome in session.submit(letters()):
                outcomes.append(outcome)  # noqa: PERF402
        handed = session.in_doubt
        left = session.abandon()
        doubt, taken = ({o.id for o in (*outcomes, *left) if o.state == state} for state in ("in-doubt", "sent"))
        # The answer to one that was handed over may have come by then.
        assert doubt <= set(handed) <= doubt | taken
        assert len(taken) <= len(server.messages)
        assert {o.id for o in (*outcomes, *left)} == {"1", "2", "3", "4", "5"}
        assert not session.usable


@each_row("extensions", [(), PIPE, CHUNK])
@each_row("asked_for", [1, 2, 3])
def test_an_outcome_counts_as_taken_when_the_next_event_is_asked_for(extensions, asked_for):
    with Scripted(extensions=extensions) as server:
        session = open_session(server_of(server, window=4))
        for letter in make_letters(4):
            session.add(letter)
        outcomes = []
        while len(outcomes) < asked_for:
            event = session.next_event()
            if isinstance(event, AboutToSend):
                session.go_ahead()
            else:
                outcomes.append(event)
        left = {outcome.id: outcome for outcome in session.abandon()}
    assert left[outcomes[-1].id] == outcomes[-1]
    assert not left.keys() & {outcome.id for outcome in outcomes[:-1]}
    assert left.keys() | {outcome.id for outcome in outcomes} == {"1", "2", "3", "4"}


def test_ctrl_c_while_the_final_reply_is_awaited():
    with Scripted({"final": {1: HANG}}, extensions=PIPE) as server:
        session = open_session(server_of(server, final_timeout=20.0))
        outcomes = []

        def interrupt():
            if wait_until(lambda: server.contents == 2):
                os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            for outcome in session.submit(make_letters(4)):
                outcomes.append(outcome)  # noqa: PERF402
        thread.join()
        assert states(outcomes) == ["sent"]
        assert session.in_doubt == ["2"]
        assert [(o.id, o.state) for o in session.abandon()] == [("2", "in-doubt"), ("3", "deferred"), ("4", "deferred")]


@pytest.mark.parametrize("patience", [0.0, 1e-9])
def test_a_reply_that_is_here_is_heard_though_no_time_is_left(patience):
    late = {"final": [(pause(0.2), b"250 2.0.0 queued\r\n")]}
    with Scripted(late, extensions=PIPE) as server, open_session(server_of(server)) as session:
        session.add(make_letters(1)[0])
        assert isinstance(session.next_event(), AboutToSend)
        session.go_ahead()
        assert session.poll() is None
        assert session.in_doubt == ["1"]
        assert wait_any([session.awaits], 10)
        assert states(session.abandon("stopped", patience)) == ["sent"]


def test_the_next_content_is_on_its_way_when_an_outcome_is_told():
    with Scripted(extensions=PIPE) as server, open_session(server_of(server)) as session:
        for letter in make_letters(4):
            session.add(letter)
        outcomes = 0
        while outcomes < 2:
            if isinstance(session.next_event(), AboutToSend):
                session.go_ahead()
            else:
                outcomes += 1
        assert wait_until(lambda: server.contents == 3, 5)


def test_a_second_submit_goes_over_the_same_connection():
    with Scripted(extensions=PIPE) as server, open_session(server_of(server)) as session:
        assert states(session.submit(make_letters(2))) == ["sent"] * 2
        assert states(session.submit(make_letters(3))) == ["sent"] * 3
        assert session.usable
    assert server.connections == 1
    assert server.verbs().count("QUIT") == 1


def test_letters_are_pulled_one_by_one_and_not_past_the_end_of_a_connection():
    source = iter(make_letters(50))
    with Scripted({"final": {3: DROP}}, extensions=PIPE) as server:
        outcomes, fault, _ = send(server, source)
        assert states(outcomes)[:5] == ["sent", "sent", "sent", "in-doubt", "deferred"]
        assert set(states(outcomes)[5:]) == {"deferred"}
        assert len(outcomes) < 20
        assert "closed" in fault
        again, _, _ = send(server, source)
    assert set(states(again)) == {"sent"}
    assert len(outcomes) + len(again) == 50


# Every fault at every phase

WORD = {"mail": b"250 2.1.0 ok", "rcpt": b"250 2.1.5 ok", "data": b"354 go", "final": b"250 2.0.0 queued"}
LONG = b"250-" + b"x" * 200 + b"\r\n"


def fault(kind, phase):
    good = WORD.get(phase, b"250 ok")
    return {
        "drop": DROP,
        "hang": HANG,
        "4yz": b"451 4.3.0 not now\r\n",
        "5yz": b"554 5.7.1 no\r\n",
        "421": (b"421 4.3.2 closing\r\n", DROP),
        "garbage": (b"\x16\x03\x01\xff\xfe\r\n", HANG),
        "no code": (b"everything is fine\r\n", HANG),
        "empty line": (b"\r\n", HANG),
        "half a line then drop": (good[:6], DROP),
        "half a line then hang": (good, HANG),
        "half a reply": (good[:3] + b"-more\r\n", DROP),
        "endless line": (b"250 " + b"x" * 20_000, HANG),
        "endless lines": (LONG * 2000, HANG),
        "slow drip": (*drip(good[:8], 0.05), HANG),
        "1yz": b"150 hm\r\n",
        "3yz": b"399 hm\r\n",
        "6yz": b"650 hm\r\n",
        "non-ASCII": good + " grüße\xff\r\n".encode("latin-1"),
        "extra": good + b"\r\n" + good + b"\r\n",
        "bad class": b"050 hm\r\n",
        "codes differ": good[:3] + b"-a\r\n299 b\r\n",
    }[kind]


FAULTS = [
    "drop", "hang", "4yz", "5yz", "421", "garbage", "no code", "empty line", "half a line then drop",
    "half a line then hang", "half a reply", "endless line", "endless lines", "slow drip", "1yz", "3yz", "6yz",
    "non-ASCII", "extra", "bad class", "codes differ",
]  # fmt: skip


WAITED_FOR = {"hang", "half a line then hang", "half a reply", "slow drip"}


def patience(kind):
    """No longer than needed where it is used up; where it is not, a busy machine must not use it up."""
    seconds = QUICK if kind in WAITED_FOR else 10.0
    return {"reply_timeout": seconds, "final_timeout": seconds}


def expected(kind, phase):
    if kind == "non-ASCII" or (kind == "extra" and phase == "final"):
        return "sent"
    if kind in ("4yz", "421"):
        return "deferred"
    if kind == "5yz":
        return "refused"
    return "in-doubt" if phase == "final" else "deferred"


@pytest.mark.parametrize("extensions", [(), PIPE], ids=["lockstep", "pipelining"])
@pytest.mark.parametrize("phase", ["mail", "rcpt", "data", "final"])
@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("count", [pytest.param(1, marks=pytest.mark.slow), 3])
def test_every_fault_at_every_phase(kind, phase, extensions, count):
    script = {phase: {count - 1: fault(kind, phase)}}
    with Scripted(script, extensions=extensions) as server:
        outcomes, _, _ = send(server, make_letters(count), **patience(kind))
        taken = [m.rcpt_to[0] for m in server.messages]
        assert states(outcomes) == ["sent"] * (count - 1) + [expected(kind, phase)]
        last = outcomes[-1]
        assert last.phase == phase or last.state in ("sent", "deferred")
        assert last.reply or last.text
        assert [o.id for o in outcomes] == [str(n + 1) for n in range(count)]
        if last.state in ("refused", "deferred"):
            assert len(taken) == count - 1
        todo = [letter for letter, o in zip(make_letters(count), outcomes, strict=True) if o.state == "deferred"]
        server.script.clear()
        server.extensions = PIPE
        again, _, _ = send(server, todo)
        assert states(again) == ["sent"] * len(todo)
        names = [m.rcpt_to[0] for m in server.messages]
        assert len(names) == len(set(names)), "twice"


@pytest.mark.slow
@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("phase", ["mail", "rcpt", "final", "rset"])
def test_every_fault_in_a_window_of_chunks(kind, phase, keeps):
    script = {phase: {3: fault(kind, phase)}}
    letters = make_letters(7)
    with Scripted(script, extensions=CHUNK, keeps=keeps) as server:
        outcomes, _, _ = send(server, letters, **patience(kind), window=4)
        taken = [m.rcpt_to[0] for m in server.messages]
        assert len(outcomes) <= len(letters)
        by_id = {o.id: o for o in outcomes}
        assert [o.state for o in outcomes].count("in-doubt") <= 4
        for letter in letters:
            state = by_id[letter.id].state if letter.id in by_id else "deferred"
            there = letter.envelope.forward_paths[0] in taken
            if state in ("deferred", "refused") and not (keeps and phase == "final" and kind in ("4yz", "5yz", "421")):
                assert not there, (letter.id, by_id.get(letter.id))
            if state == "sent":
                assert there


@each_row("phase", ["rset", "quit"])
@each_row("kind", FAULTS)
def test_what_comes_after_the_final_reply_changes_nothing(kind, phase):
    begin = time.monotonic()
    script = {phase: fault(kind, phase), "mail": {1: b"550 no\r\n"}}
    with Scripted(script) as server:
        outcomes, _, _ = send(server, make_letters(2), **patience(kind))
    assert states(outcomes) == ["sent", "refused"]
    assert len(server.messages) == 1
    assert time.monotonic() - begin < 20


GATE = {
    **dict.fromkeys(FAULTS, (Later, Later)),
    "5yz": (Refused, Refused),
    "non-ASCII": (None, None),
}


@each_row("kind", FAULTS)
@each_row("phase", ["greeting", "ehlo"])
def test_every_fault_at_the_gate(kind, phase):
    action = fault(kind, phase)
    if phase == "greeting":
        swap = lambda octets: re.sub(rb"^250", b"220", octets, flags=re.M)  # noqa: E731
        action = swap(action) if isinstance(action, bytes) else action
    with Scripted({phase: [action]}) as server:
        error = GATE[kind][phase == "ehlo"]
        if error is None or (kind == "extra" and phase == "ehlo"):
            with open_session(server_of(server, **patience(kind))) as session:
                outcomes = list(session.submit([make_letter()]))
            assert states(outcomes) == (["sent"] if error is None else ["deferred"])
            return
        with pytest.raises(error) as caught:
            open_session(server_of(server, **patience(kind)))
        assert server.host in caught.value.text
        assert caught.value.hint
        assert "HELO" not in server.verbs()
        assert "MAIL" not in server.verbs()


# Time


def test_a_drip_does_not_prolong_the_time_out():
    begin = time.monotonic()
    with Scripted({"final": (*drip(b"250 2.0.0 " + b"x" * 400, 0.05), HANG)}) as server:
        outcomes, why, _ = send(server, [make_letter()], final_timeout=0.5)
    assert states(outcomes) == ["in-doubt"]
    assert "0.5 s" in why
    assert time.monotonic() - begin < 15


def test_the_final_reply_has_its_own_time_out():
    with Scripted({"final": (*drip(b"250 2.0.0 queued\r\n", 0.05),)}, keeps=True) as server:
        outcomes, _, _ = send(server, [make_letter()], reply_timeout=0.5, final_timeout=20.0)
    assert states(outcomes) == ["sent"]


def test_a_server_that_stops_reading_is_left():
    with Scripted({"content": HANG}) as server:
        # The script reads on while it hangs, so the content goes and its reply does not come.
        outcomes, _, _ = send(server, [make_letter()], reply_timeout=QUICK, final_timeout=QUICK)
    assert states(outcomes) == ["in-doubt"]


# The network


def test_nothing_listens():
    with Scripted() as server:
        pass
    with pytest.raises(Later, match="refused") as error:
        open_session(server_of(server))
    assert "127.0.0.1" in error.value.text


def test_a_name_that_nobody_knows():
    with pytest.raises(Later, match=r"no-such-host\.invalid"):
        open_session(SmtpServer("no-such-host.invalid", 465, connect_timeout=5.0))


def test_a_name_that_cannot_be():
    with pytest.raises(BadSettings):
        open_session(SmtpServer("a" * 70 + ".example", 465))
    with pytest.raises(BadSettings):
        open_session(SmtpServer("bü--cher\u2028.example", 465))


@pytest.mark.parametrize("security", ["ssl", "", "TLS", "plain"])
def test_a_security_that_is_none_of_the_three(security):
    with Scripted() as server, pytest.raises(BadSettings, match="MAILER_SMTP_SECURITY"):
        open_session(server_of(server, security=security))
    assert not server.clear_text


def test_an_envelope_is_tried_without_a_letter():
    with Scripted({"rcpt": {1: b"550 5.1.1 no\r\n"}}) as server:
        with open_session(server_of(server)) as session:
            assert [r.code for r in session.try_envelope("me@home.example", "a@x.example")] == [250, 250]
            assert [r.code for r in session.try_envelope("me@home.example", "b@x.example")] == [250, 550]
            assert states(session.submit([make_letter()])) == ["sent"]
    assert server.verbs() == ["EHLO", *["MAIL", "RCPT", "RSET"] * 2, "MAIL", "RCPT", "DATA", "QUIT"]


def test_none_is_for_this_machine_only(monkeypatch):
    from mailer.transport import connection

    with Scripted() as server:
        monkeypatch.setattr(connection.Connection, "on_loopback", property(lambda self: False))
        with pytest.raises(BadSettings, match="loopback"):
            open_session(server_of(server))
        assert not server.clear_text


@each_row(
    ("peer", "here"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::FFFF:127.0.0.1", True),
        ("10.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("1270.0.0.1", False),
        ("128.0.0.1", False),
        ("::2", False),
        ("fe80::1%lo", False),
    ],
)
def test_loopback_is_told_by_the_peer(peer, here):
    from mailer.transport.connection import Connection

    class Socket:
        def setblocking(self, flag): ...
        def setsockopt(self, *option): ...
        def getpeername(self):
            return (peer, 25)

        getsockname = getpeername

    assert Connection(Socket()).on_loopback is here


def test_over_ipv6():
    import socket

    try:
        probe = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 here")
    probe.close()
    server = Scripted()
    server._listener.close()
    server._listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    server.port = server._listener.getsockname()[1]
    with server, open_session(SmtpServer("::1", server.port, "none")) as session:
        assert states(session.submit([make_letter()])) == ["sent"]
        assert session.peer == "::1"
    assert server.commands[0] == "EHLO [IPv6:::1]"


# Chunks that nobody is to get


@each_row("extensions", [("CHUNKING",), CHUNK])
@each_row("discards", [True, False])
@each_row("turn", [0, 1, 2, 5])
def test_a_refused_recipient_keeps_no_other_letter_back(extensions, discards, turn):
    letters = [make_letter(n, content=b"Subject: %d\r\n\r\nRSET\r\n" % n) for n in range(8)]
    script = {"rcpt": {turn: b"550 5.1.1 nobody\r\n"}}
    with Scripted(script, extensions=extensions, discards=discards) as server:
        outcomes, _, _ = send(server, letters)
        assert server.connections == 1
        assert not any(command.startswith("Subject") for command in server.commands)
    want = ["sent"] * 8
    want[turn] = "refused"
    assert states(outcomes) == want
    assert len(server.messages) == 7
