"""The spool of a batch: duplicates are found, and what was kept comes back in order."""

from __future__ import annotations

import signal
import sys
import tracemalloc
from hashlib import sha256

import pytest

from mailer.errors import CannotWrite, NotReady
from mailer.sending.spool import First, Spool


def digest(text):
    return sha256(str(text).encode()).hexdigest()


def test_duplicates():
    with Spool() as spool:
        a, b, other = (digest("a"), digest("x")), (digest("b"), digest("x")), (digest("a"), digest("y"))
        assert spool.firsts([(1, *a), (2, *b), (3, *b)]) == [First(1, True), First(2, True), First(2, True)]
        assert spool.firsts([(5, *a), (7, *other), (8, *b)]) == [First(1, True), First(1, False), First(2, True)]
        assert spool.firsts([]) == []


def test_entries_come_back_in_order_as_often_as_asked():
    kept = [("good", 1, ("Zoë", None), b"\x00\r\n" * 3), (), ("x" * 100_000, 2**70)]
    with Spool() as spool:
        spool.add(kept[:2])
        spool.add([])
        spool.add(kept[2:])
        assert list(spool.entries()) == kept
        assert list(spool.entries()) == kept


def test_entries_come_back_when_all_are_kept():
    with Spool() as spool:
        spool.firsts([(1, digest("a"), digest("x"))])
        spool.add(["one", "two"])
        spool.complete()
        assert list(spool.entries()) == ["one", "two"]


def test_entries_keep_their_types():
    kept = ("x", First(1, same=True), NotReady("not ready", hint="Mend it.", file="l.md", line=3))
    with Spool() as spool:
        spool.add([kept])
        ((_, first, error),) = spool.entries()
    assert type(first) is First
    assert type(error) is NotReady
    assert (error.text, error.hint, error.file, error.line) == ("not ready", "Mend it.", "l.md", 3)


def test_a_full_disk_is_told(tmp_path):
    with Spool(tmp_path) as spool:
        # SQLite says of both the same: database or disk is full.
        spool._connection.execute("PRAGMA max_page_count = 5")
        with pytest.raises(CannotWrite, match="cannot be kept"):
            spool.firsts([(row, digest(row), digest(row)) for row in range(400)])


@pytest.mark.skipif(sys.platform == "win32", reason="no limit to a file's size")
def test_a_full_disk_is_told_of_the_letters_too(tmp_path):
    import resource

    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    was = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with Spool(tmp_path) as spool:
        spool.add(["x" * 1000])
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limit[1]))
        try:
            with pytest.raises(CannotWrite, match="cannot be kept"):
                spool.add(["y" * 100_000])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)
            signal.signal(signal.SIGXFSZ, was)
        assert list(spool.entries()) == ["x" * 1000]
        spool.add(["z"])
        assert list(spool.entries()) == ["x" * 1000, "z"]


def test_no_file_is_left_nor_seen(tmp_path):
    with Spool(tmp_path) as spool:
        spool.add(["x" * 100_000])
        if sys.platform != "win32":
            assert list(tmp_path.iterdir()) == []
    assert list(tmp_path.iterdir()) == []


def test_no_folder_to_keep_them_in_is_told(tmp_path):
    with pytest.raises(CannotWrite, match="cannot be kept"):
        Spool(tmp_path / "none")


def test_memory_does_not_grow_with_the_rows():
    with Spool() as spool:
        spool.firsts([(0, digest(-1), digest(-1))])
        spool.add([(0,)])
        tracemalloc.start()
        for row in range(1, 5001):
            spool.firsts([(row, digest(row), digest(row))])
            spool.add([(row, "x" * 1000)])
        assert sum(1 for _ in spool.entries()) == 5001
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 200_000
