"""Large letters take the memory of one, and many that of a hundred; nothing is held for longer than it is of use."""

from __future__ import annotations

import csv
import random
import subprocess
import sys
import tracemalloc

import pytest

from mailer.ledger.batch import BatchShelf
from mailer.message.attachments import encode
from mailer.sending.spool import Spool
from mailer.sending.submission import Submission
from tests.bench.kit import sink
from tests.bench.template import COLUMNS, values
from tests.kit.runs import a_job, sent_by
from tests.kit.smtp_server import recording_server
from tests.kit.world import World, put, through

_OCTETS = 12_000_000
# Not what a parent is told: that would begin with the parent's own.
_TOLD = """
import atexit, re, sys
from pathlib import Path
from mailer.__main__ import main
found = lambda: re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]
atexit.register(lambda: print("peak", found(), file=sys.stderr))
main()
"""
LETTER = "TO: {{email}}\nSUBJECT: Your file {{ file }}\nFROM: jo@novak.example\nATTACHMENT: {{ file }}\n\nHere it is.\n"


def test_encoding_holds_what_it_gives_back_once():
    data = bytes(1_000_000)
    tracemalloc.start()
    try:
        encoded = encode(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.3 * len(encoded)


def peak(folder, count, connections):
    """KiB that a run with so many letters takes at most, each with a file of its own."""
    put(folder, "f.txt", LETTER)
    put(folder, "f.csv", "email,file\n" + "".join(f"p{n}@p{n}.example,{n}.bin\n" for n in range(count)))
    for number in range(count):
        (folder / f"{number}.bin").write_bytes(random.Random(number).randbytes(_OCTETS))
    return sent(folder, "f.txt", "f.csv", count, connections)


def sent(folder, letter, rows, count, connections):
    """KiB that a run takes at most, in which so many letters go."""
    desk = World(folder, MAILER_CONNECTIONS=connections)
    with sink(count) as port:
        there = {"MAILER_SMTP_HOST": "127.0.0.1", "MAILER_SMTP_PORT": str(port), "MAILER_SMTP_SECURITY": "none"}
        arguments = [sys.executable, "-c", _TOLD, "send", letter, "--each", rows, "--yes"]
        done = subprocess.run(
            arguments, cwd=folder, env=desk.environ(**there), capture_output=True, text=True, timeout=300
        )
    assert (done.returncode == 0) == (count > 0), done.stderr
    return int(done.stderr.rpartition("peak ")[2])


def peak_of_rows(folder, count, *, connections="1", plan="none", good=True):
    """KiB that a run with so many rows of a template takes at most, each with prose of its own."""
    folder.mkdir()
    put(folder, "t.md", f"Template: check-in\nFrom: Jo Novak <jo@novak.example>\nPlan: {plan}\n\n")
    with (folder / "t.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for row in values("all different", count):
            writer.writerow(row if good else row | {"to": row["to"].replace("@", " at ")})
    return sent(folder, "t.md", "t.csv", count if good else 0, connections)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="how much memory a process took is read in /proc")
@pytest.mark.parametrize("connections", ["1", "4"])
def test_letters_with_a_file_of_their_own_are_in_memory_one_at_a_time(tmp_path, connections):
    assert peak(tmp_path, 4, connections) < 150 * 1024


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="how much memory a process took is read in /proc")
@pytest.mark.parametrize(
    "what",
    [{"connections": "4"}, {"plan": "gracious-six"}, {"good": False}],
    ids=["over four connections", "on a plan", "without an address"],
)
def test_many_rows_take_the_memory_of_a_hundred(tmp_path, what):
    """What has grown after some thousands is what grows: pages, statements, tables, and what nobody let go of."""
    few, many = (peak_of_rows(tmp_path / str(count), count, **what) for count in (100, 3_000))
    assert many <= 1.1 * few, f"{many} and {few} KiB"


def test_what_is_wrong_with_a_row_does_not_hold_where_it_was_found(tmp_path):
    """That was the letter and all that was on its way, and the error itself."""
    letter = "Template: check-in\nFrom: Jo Novak <jo@novak.example>\n\n"
    rows = "".join(f"p{number} at nowhere,Acme,Cook,Hello.\n" for number in range(3))
    with a_job(tmp_path, letter, f"to,company,position,prose\n{rows}") as (_, job):
        errors = [item.error for item in job.items()]
    assert ["is not an address" in error.text for error in errors] == [True] * 3
    assert {(error.__traceback__, error.__cause__, error.__context__) for error in errors} == {(None, None, None)}


def test_first_rows_are_let_go_of_before_any_letter_is_sent(tmp_path, monkeypatch):
    let_go = []
    monkeypatch.setattr(Spool, "complete", lambda _: let_go.append("firsts"))
    monkeypatch.setattr(Submission, "run", lambda _: let_go.append("sending"))
    rows = "".join(f"Dana Ruiz <p{number}@p{number}.example>,Acme,Cook,Hello.\n" for number in range(3))
    letter = "Template: check-in\nFrom: Jo Novak <jo@novak.example>\n\n"
    with (
        recording_server() as server,
        a_job(tmp_path, letter, f"to,company,position,prose\n{rows}", **through(server)) as (world, job),
    ):
        sent_by(world, job)
    assert let_go == ["firsts", "sending"]


def test_what_rows_are_compared_with_is_let_go_before_any_is_sent(tmp_path, monkeypatch):
    """Its tables of bits and its pages would stand beside those of what sends."""
    let_go = []
    monkeypatch.setattr(BatchShelf, "close", lambda _: let_go.append("shelf"))
    rows = "".join(f"Dana Ruiz <p{number}@p{number}.example>,Acme,Cook,Hello.\n" for number in range(3))
    letter = "Template: check-in\nFrom: Jo Novak <jo@novak.example>\n\n"
    with a_job(tmp_path, letter, f"to,company,position,prose\n{rows}") as (_, job):
        for _ in job.batches():
            assert not let_go
        assert let_go
