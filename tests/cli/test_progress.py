"""Progress of a batch: a bar on a terminal that garbles nothing, lines now and then in a pipe."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading

import pytest

from mailer.cli import progress
from mailer.cli.output import Output
from tests.kit.letters import BATCH, people
from tests.kit.world import World, program, put, through

COUNT = 12
SGR = re.compile(r"\x1b\[[0-9;]*m")


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def steps(capsys, count, seconds, total):
    clock = Clock()
    shown = progress.Progress(Output(), "settled", total, clock)
    for number in range(1, count + 1):
        clock.now += seconds
        shown.step({"sent": number - 1, "refused": 1})
    shown.end()
    return capsys.readouterr().err.splitlines()


def test_a_short_batch_says_nothing_in_a_pipe(capsys):
    assert steps(capsys, 49, 0.1, 49) == []


def test_a_long_batch_says_a_line_every_few_seconds(capsys):
    lines = steps(capsys, 1600, 0.01, 3200)
    assert len(lines) == 3
    assert re.fullmatch(r"settled \d+ of 3,200, 100/s, 27 s left: \d+ sent, 1 refused", lines[0])


def test_a_slow_batch_counts_by_the_minute(capsys):
    assert steps(capsys, 1, 120, 200)[0].startswith("settled 1 of 200, 0/min, 6 h 38 min left")
    assert steps(capsys, 2, 6, 50)[1].startswith("settled 2 of 50, 10/min, 5 min left")


def test_a_total_that_nobody_knows(capsys):
    assert steps(capsys, 1, 6, None) == ["settled 1, 10/min: 1 refused"]


def screen(written):
    """What stands on a terminal after all that was written; only what this program writes is understood."""
    assert set(re.findall(r"\x1b\[[0-9;?]*[A-Za-z]", SGR.sub("", written))) <= {"\x1b[2K"}
    lines, column = [""], 0
    for piece in re.findall(r"\x1b\[2K|\r|\n|[^\x1b\r\n]+", SGR.sub("", written)):
        if piece == "\x1b[2K":
            lines[-1] = ""
        elif piece == "\r":
            column = 0
        elif piece == "\n":
            lines.append("")
            column = 0
        else:
            lines[-1] = lines[-1][:column].ljust(column) + piece + lines[-1][column + len(piece) :]
            column += len(piece)
    return lines


def at_a_terminal(desk, server, *args, stdout=None, **more):
    """What a terminal of 100 columns gets, and what stdout gets if it is a pipe; the exit code."""
    pty, fcntl, termios = (pytest.importorskip(name) for name in ("pty", "fcntl", "termios"))
    ours, theirs = pty.openpty()
    fcntl.ioctl(
        theirs, termios.TIOCSWINSZ, (24).to_bytes(2, sys.byteorder) + (100).to_bytes(2, sys.byteorder) + bytes(4)
    )
    command = [*program(), "send", "b.md", "--each", "p.csv", "--yes", "--rate", "600/min", *args]
    there = desk.environ(**{"TERM": "xterm-256color", **through(server), **more})
    child = subprocess.Popen(
        command, cwd=desk.folder, env=there, stdin=subprocess.DEVNULL, stdout=stdout or theirs, stderr=theirs
    )
    os.close(theirs)
    written = b""
    try:
        while data := os.read(ours, 65536):
            written += data
    except OSError:
        pass
    os.close(ours)
    out = child.stdout.read().decode() if child.stdout else ""
    if child.stdout:
        child.stdout.close()
    return written.decode(), out, child.wait()


@pytest.fixture
def desk(tmp_path):
    put(tmp_path, "b.md", BATCH)
    put(tmp_path, "p.csv", people(COUNT))
    return World(tmp_path).with_letter()


def test_a_bar_at_a_terminal_and_whole_lines_above_it(desk, server):
    written, _, code = at_a_terminal(desk, server)
    assert code == 0
    assert re.search(rf"settled \d+ of {COUNT}, \d+/s, \d+ s left: \d+ sent", SGR.sub("", written))
    assert "━" in written
    lines = screen(written)
    assert [line.split("\t")[:2] for line in lines if "\t" in line] == [
        ["sent", f"n{n}@x.example"] for n in range(COUNT)
    ]
    assert lines[COUNT:] == [f"{COUNT} sent.", "mailer log shows what was sent.", ""]


def test_data_in_a_pipe_has_no_bar_in_it(desk, server):
    written, out, _ = at_a_terminal(desk, server, "--json", stdout=subprocess.PIPE)
    assert out.count("\n") == COUNT
    assert "\x1b" not in out
    assert "━" in written
    assert screen(written) == [f"{COUNT} sent.", "mailer log shows what was sent.", ""]


@pytest.mark.parametrize(("more", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_no_color(desk, server, more, coloured):
    written, _, _ = at_a_terminal(desk, server, **more)
    assert "━" in written
    assert bool(re.search(r"\x1b\[[0-9;]*(3\d|9\d|38;)", written)) is coloured


def test_every_line_of_the_bar_fits_the_terminal(desk, server):
    written, _, _ = at_a_terminal(desk, server)
    bars = [piece for piece in re.split(r"\r\x1b\[2K|\n", SGR.sub("", written)) if "━" in piece]
    assert bars
    assert max(map(len, bars)) < 100


def test_a_terminal_that_can_do_nothing_gets_lines(desk, server):
    written, _, _ = at_a_terminal(desk, server, TERM="dumb")
    assert "\x1b" not in written


def test_a_short_batch_loads_nothing_for_it(desk, server):
    put(desk.folder, "p.csv", people(2))
    result = desk.process("send", "b.md", "--each", "p.csv", "--yes", PYTHONVERBOSE="1", **through(server))
    assert result.code == 0
    assert "import 'rich" not in result.err


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_says_where_it_stands_and_what_to_type(desk, server):
    command = [*program(), "send", "b.md", "--each", "p.csv", "--yes", "--rate", "120/min"]
    there = desk.environ(**through(server))
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=desk.folder, env=there, text=True, **pipes) as child:
        child.stdout.readline()
        child.send_signal(signal.SIGINT)
        _, err = child.communicate()
    assert child.returncode == 130
    sent = len(server.messages)
    assert f"{sent} sent" in err
    assert f"Stopped: {COUNT - sent} not reached. Run the same command again" in err
    again = desk.send(server, "b.md", "--each", "p.csv")
    assert again.code == 0
    assert len(server.messages) == COUNT


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "verb"),
    [
        (("check", "b.md", "--each", "many.csv"), "checked"),
        (("preview", "b.md", "--each", "many.csv", "--open"), "looked at"),
        (("people", "import", "contacts.csv", "--yes"), "read"),
    ],
)
@pytest.mark.parametrize("json", [False, True])
def test_what_takes_long_shows_how_far_it_is(desk, args, verb, json):
    pytest.importorskip("pty")
    put(desk.folder, "many.csv", people(6000))
    rows = "".join(f"Person {n},p{n}@x.example,Acme {n},gracious-six,2026-09-14\n" for n in range(9000))
    put(desk.folder, "contacts.csv", "name,address,company,plan,refused-on\n" + rows)
    more = {"BROWSER": "true %s", "TMPDIR": str(desk.folder)}
    written, out, code = on_stderr(desk, *args, *(["--json"] if json else []), **more)
    assert code in (0, 1), written
    found = re.search(rf"{verb} [\d,]+, [\d,]+/s", SGR.sub("", written))
    assert bool(found) is not json, written[-300:]
    assert "\x1b" not in out
    assert "━" not in screen(written)[-1]
    # Nobody looks: nothing is said.
    quiet = desk.process(*args, **more) if args[0] != "people" else None
    assert quiet is None or f"{verb} " not in quiet.err


def on_stderr(desk, *args, **more):
    """What a terminal at stderr gets, what a pipe at stdout gets, and the exit code."""
    import pty

    ours, theirs = pty.openpty()
    there = desk.environ(**{"TERM": "xterm-256color", **more})
    with subprocess.Popen(
        [*program(), *args], cwd=desk.folder, env=there, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs
    ) as child:
        os.close(theirs)
        read = threading.Thread(target=lambda: parts.append(child.stdout.read()))
        parts: list[bytes] = []
        read.start()
        written = b""
        try:
            while data := os.read(ours, 65536):
                written += data
        except OSError:
            pass
        read.join()
    os.close(ours)
    return written.decode(), parts[0].decode(), child.returncode
