"""Large letters take the memory of one, not of all; and no copy of it is held for longer than it is of use."""

from __future__ import annotations

import random
import subprocess
import sys
import tracemalloc

import pytest

from mailer.ledger.batch import BatchShelf
from mailer.message.attachments import encode
from tests.bench.kit import sink
from tests.kit.runs import a_job
from tests.kit.world import World, put

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
    desk = World(folder, MAILER_CONNECTIONS=connections)
    with sink(count) as port:
        there = {"MAILER_SMTP_HOST": "127.0.0.1", "MAILER_SMTP_PORT": str(port), "MAILER_SMTP_SECURITY": "none"}
        arguments = [sys.executable, "-c", _TOLD, "send", "f.txt", "--each", "f.csv", "--yes"]
        done = subprocess.run(
            arguments, cwd=folder, env=desk.environ(**there), capture_output=True, text=True, timeout=120
        )
    assert done.returncode == 0, done.stderr
    return int(done.stderr.rpartition("peak ")[2])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="how much memory a process took is read in /proc")
@pytest.mark.parametrize("connections", ["1", "4"])
def test_letters_with_a_file_of_their_own_are_in_memory_one_at_a_time(tmp_path, connections):
    assert peak(tmp_path, 4, connections) < 150 * 1024


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
