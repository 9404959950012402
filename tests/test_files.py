"""Files that the user names: read without waiting, written whole or not at all."""

import os
import socket

import pytest

from mailer.errors import BadData, CannotWrite, Unreadable
from mailer.files import decode, read_bytes, write_whole


def test_a_file_is_read_whole(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 100_000)
    assert read_bytes(tmp_path / "a", "the letter") == b"x" * 100_000


@pytest.mark.skipif(os.name == "nt", reason="POSIX files")
@pytest.mark.parametrize(
    "kind", ["missing", "folder", "fifo", "socket", "device", "dangling", "loop", "below a file", "proc"]
)
def test_what_is_no_file_is_unreadable_at_once(tmp_path, kind):
    path = tmp_path / "x"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(str(path))
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "dangling":
        path.symlink_to("nowhere")
    elif kind == "loop":
        path.symlink_to("x")
    elif kind == "below a file":
        path.touch()
        path = path / "y"
    elif kind == "proc":
        path.symlink_to("/proc/self/status")
    with pytest.raises(Unreadable) as caught:
        read_bytes(path, "the letter")
    assert (caught.value.code, caught.value.file) == (66, str(path))


@pytest.mark.parametrize("name", ["a\nb", "a\x07b", "a\u202eb"])
def test_names_that_would_lie_are_refused(tmp_path, name):
    with pytest.raises(BadData):
        read_bytes(tmp_path / name, "the letter")


def test_a_file_that_is_too_large(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 11)
    with pytest.raises(BadData):
        read_bytes(tmp_path / "a", "the letter", 10)


def test_utf8_with_and_without_its_mark():
    assert decode("ü".encode("utf-8-sig"), "f") == decode("ü".encode(), "f") == "ü"
    with pytest.raises(BadData) as caught:
        decode(b"a\n\nb\xff", "f")
    assert (caught.value.file, caught.value.line) == ("f", 3)


def test_writing_is_whole_private_and_never_over_a_file(tmp_path):
    path = tmp_path / "a.eml"
    write_whole(path, b"one")
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CannotWrite) as caught:
        write_whole(path, b"two")
    assert (caught.value.code, path.read_bytes()) == (73, b"one")
    write_whole(path, b"two", force=True)
    assert path.read_bytes() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["a.eml"]


@pytest.mark.parametrize("place", ["none/a", "file/a", "folder"])
def test_where_nothing_can_be_written(tmp_path, place):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(CannotWrite):
        write_whole(tmp_path / place, b"x", force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]
