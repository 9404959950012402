"""SIGKILL wherever it hurts, two processes at once, full disks and pipes: never twice, never lost in silence."""

from __future__ import annotations

import collections
import contextlib
import os
import random
import shutil
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.kit.letters import BATCH, people
from tests.kit.smtp_server import Scripted, pause, recording_server
from tests.kit.world import World, program, put, through

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
STRACE = shutil.which("strace")


@pytest.fixture(params=["1", pytest.param("4", marks=pytest.mark.slow)])
def at_once(request):
    """How many connections."""
    return {"MAILER_CONNECTIONS": request.param}


@pytest.fixture
def desk(tmp_path, at_once):
    put(tmp_path, "b.md", BATCH)
    return World(tmp_path, **at_once).with_letter()


def start(desk, server, *args, before=(), **more):
    return subprocess.Popen(
        [*before, *program(), "send", *args],
        cwd=desk.folder,
        env=desk.environ(**through(server), **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def subjects(server):
    return collections.Counter(
        line for message in server.messages for line in message.content.split(b"\r\n") if line.startswith(b"Subject:")
    )


def settle(desk, server, *args, window=8):
    """Run to the end after a kill; what is in doubt is checked against what the server has."""
    done = desk.process("send", *args, "--yes", **through(server))
    assert done.code in (0, 76), done
    doubtful = desk.outbox()
    assert len(doubtful) <= window
    assert all(entry["state"] == "in-doubt" for entry in doubtful), doubtful
    return doubtful


def check(desk, server, expected, doubtful):
    """Nothing twice; what is missing is listed."""
    found = subjects(server)
    assert not found or max(found.values()) == 1, found
    missing = expected - sum(found.values())
    assert 0 <= missing <= len(doubtful)


@pytest.mark.skipif(STRACE is None, reason="strace is not installed")
@pytest.mark.slow
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync", "sendto", "recvfrom", "write"])
def test_killed_at_every_system_call_one_letter_goes_once(tmp_path, call, at_once):
    """The n-th call of each kind, until the run gets through."""
    for number in range(1, 60, 1 if call in ("sendto", "recvfrom") else 4):
        folder = tmp_path / f"{call}-{number}"
        folder.mkdir()
        desk = World(folder, **at_once).with_letter()
        with recording_server() as server:
            before = [STRACE, "-f", "-o", os.devnull, "-e", f"trace={call}"]
            before += ["-e", f"inject={call}:signal=KILL:when={number}"]
            process = start(desk, server, "l.md", "--yes", before=before)
            process.communicate(timeout=60)
            killed = process.returncode not in (0,)
            doubtful = settle(desk, server, "l.md")
            check(desk, server, 1, doubtful)
            if doubtful and not server.messages:
                assert desk.mailer("outbox", "resolve", doubtful[0]["id"], "--not-sent").code == 0
                assert desk.process("send", "l.md", "--yes", **through(server)).code == 0
            assert len(server.messages) == 1
        if not killed:
            return


@pytest.mark.skipif(STRACE is None, reason="strace is not installed")
@pytest.mark.slow
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync", "sendto"])
def test_a_batch_killed_at_the_nth_system_call_goes_on(tmp_path, call, at_once):
    for number in (1, 2, 3, 5, 8, 13, 21, 34):
        folder = tmp_path / f"{call}-{number}"
        folder.mkdir()
        put(folder, "b.md", BATCH)
        put(folder, "p.csv", people(30))
        desk = World(folder, **at_once).with_letter()
        with recording_server() as server:
            before = [STRACE, "-f", "-o", os.devnull, "-e", f"trace={call}"]
            before += ["-e", f"inject={call}:signal=KILL:when={number}"]
            start(desk, server, "b.md", "--each", "p.csv", "--yes", before=before).communicate(timeout=60)
            doubtful = settle(desk, server, "b.md", "--each", "p.csv")
            check(desk, server, 30, doubtful)


@pytest.mark.slow
def test_a_batch_killed_at_random_moments_is_never_doubled(desk):
    put(desk.folder, "p.csv", people(120))
    generator = random.Random(5)
    with recording_server(delay=0.003) as server:
        for _ in range(12):
            process = start(desk, server, "b.md", "--each", "p.csv", "--yes")
            time.sleep(generator.uniform(0.15, 0.7))
            process.send_signal(signal.SIGKILL)
            process.communicate()
        done = desk.process("send", "b.md", "--each", "p.csv", "--yes", **through(server))
        assert done.code in (0, 76)
        doubtful = desk.outbox()
        assert {entry["state"] for entry in doubtful} <= {"in-doubt"}
        check(desk, server, 120, doubtful)


def test_two_processes_at_once_send_it_once(desk):
    with Scripted({"final": {0: (pause(0.5), b"250 2.0.0 queued\r\n")}}, keeps=True) as server:
        running = [start(desk, server, "l.md", "--yes") for _ in range(2)]
        codes = sorted((process.communicate(timeout=30), process.returncode)[1] for process in running)
        assert len(server.messages) == 1
    assert codes in ([0, 0], [0, 75])
    assert desk.states() == []


def test_four_processes_on_one_batch(desk):
    put(desk.folder, "p.csv", people(80))
    with recording_server() as server:
        with ThreadPoolExecutor(4) as pool:
            args = ("send", "b.md", "--each", "p.csv", "--yes")
            done = list(pool.map(lambda _: desk.process(*args, **through(server)), range(4)))
        assert {result.code for result in done} <= {0, 75}, done
        desk.process(*args, **through(server))
        found = subjects(server)
    assert len(found) == 80
    assert set(found.values()) == {1}


def test_the_same_csv_sorted_anew_and_grown_from_another_account(desk):
    put(desk.folder, "p.csv", people(10))
    with recording_server() as server:
        assert desk.process("send", "b.md", "--each", "p.csv", "--yes", **through(server)).code == 0
        head, *rows = people(15).splitlines()
        put(desk.folder, "p.csv", "\n".join([head, *reversed(rows)]) + "\n")
        put(desk.folder, "b.md", BATCH.replace("jo@novak.example", "other@novak.example"))
        assert desk.process("send", "b.md", "--each", "p.csv", "--yes", **through(server)).code == 0
        assert len(server.messages) == 15
        assert set(subjects(server).values()) == {1}


class TestStdout:
    def shell(self, desk, server, line):
        words = " ".join(program())
        text = f'mailer() {{ {words} "$@"; }}; {line}'
        return subprocess.run(
            ["bash", "-c", text],
            cwd=desk.folder,
            env=desk.environ(**through(server)),
            capture_output=True,
            text=True,
            timeout=60,
        )

    def test_head(self, desk):
        put(desk.folder, "p.csv", people(40))
        with recording_server() as server:
            line = "mailer send b.md --each p.csv --yes | head -1; echo ${PIPESTATUS[0]}"
            done = self.shell(desk, server, line)
            assert done.stdout.splitlines()[-1] == "0", done
            assert len(server.messages) == 40
        assert "Traceback" not in done.stderr
        assert desk.states() == []

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
    @pytest.mark.parametrize("form", ["", "--json"])
    def test_full(self, desk, form):
        with recording_server() as server:
            done = self.shell(desk, server, f"mailer send l.md --yes {form} > /dev/full; echo $?")
            assert done.stdout == "0\n", done
            assert len(server.messages) == 1
        assert desk.states() == []

    def test_closed(self, desk):
        with recording_server() as server:
            done = self.shell(desk, server, "mailer send l.md --yes >&- ; echo $?")
            assert done.stdout == "0\n", done
            assert len(server.messages) == 1

    def test_both_closed(self, desk):
        with recording_server() as server:
            done = self.shell(desk, server, "mailer send l.md --yes >&- 2>&- <&- ; echo $?")
            assert done.stdout == "0\n", done
            assert len(server.messages) == 1


class TestLedger:
    def refused(self, desk, args=("l.md",)):
        with recording_server() as server:
            result = desk.send(server, *args)
            assert not server.messages
            assert not server.commands
        assert result.code == 73, result
        assert result.json["status"] == "not-sent"
        assert result.json["error"]["code"] == 73
        assert result.json["to"] == ["dana@acme.example"]
        assert "Traceback" not in result.err

    def place(self, desk):
        folder = desk.folder / "home" / "data"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / "ledger.sqlite"

    def test_garbage(self, desk):
        self.place(desk).write_bytes(b"this is no ledger\n" * 1000)
        self.refused(desk)

    def test_a_folder(self, desk):
        self.place(desk).mkdir()
        self.refused(desk)

    def test_read_only(self, desk):
        with recording_server() as server:
            assert desk.send(server).code == 0
        self.place(desk).chmod(0o400)
        put(desk.folder, "l.md", (desk.folder / "l.md").read_text().replace("Hello", "Other"))
        self.refused(desk)
        self.place(desk).chmod(0o600)

    def test_truncated(self, desk):
        with recording_server() as server:
            assert desk.send(server).code == 0
        data = self.place(desk).read_bytes()
        self.place(desk).write_bytes(data[: len(data) // 2])
        for name in ("ledger.sqlite-wal", "ledger.sqlite-shm"):
            with contextlib.suppress(FileNotFoundError):
                self.place(desk).with_name(name).unlink()
        put(desk.folder, "l.md", (desk.folder / "l.md").read_text().replace("Hello", "Other"))
        self.refused(desk)

    def test_missing_and_empty_are_made(self, desk):
        self.place(desk).write_bytes(b"")
        with recording_server() as server:
            assert desk.send(server).code == 0
            shutil.rmtree(desk.folder / "home" / "data")
            assert desk.send(server).code == 0
            assert len(server.messages) == 2
        assert self.place(desk).stat().st_mode & 0o777 == 0o600

    @pytest.mark.skipif(not ROOT or shutil.which("mount") is None, reason="only root can mount a small disk")
    @pytest.mark.parametrize("free", [0, 40, 90, 140, 200])
    def test_the_disk_is_full(self, desk, free):
        """With so many kB left: the letter goes and is recorded, or it does not go."""
        place = self.place(desk)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=800k", "none", place.parent], capture_output=True)
        if mounted.returncode:
            pytest.skip("a tmpfs cannot be mounted here")
        try:
            (place.parent / "fill").write_bytes(b"x" * 4096 * ((800 - free) // 4))
            with recording_server() as server:
                result = desk.send(server)
                assert result.code == (0 if server.messages else 73), result
                assert result.json["status"] == ("sent" if server.messages else "not-sent")
                (place.parent / "fill").unlink()
                assert desk.send(server).code == 0
                assert len(server.messages) == 1
        finally:
            subprocess.run(["umount", "-l", place.parent], check=True)
