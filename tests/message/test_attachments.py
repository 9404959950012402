from __future__ import annotations

import base64
import os
import socket
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import BadData, FileChanged, Unreadable
from mailer.message import attachments
from mailer.message.attachments import Attachment, Attachments, changed_since, encode
from mailer.message.media_types import media_type_of
from tests.kit.rows import each_row

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX file kinds")


@given(st.binary(max_size=20_000) | st.integers(0, 40_000).map(bytes))
def test_base64_has_lines_of_76_and_crlf(data):
    encoded = encode(data)
    lines = encoded.split(b"\r\n")
    assert base64.b64decode(b"".join(lines), validate=True) == data
    assert lines[-1] == b""
    assert all(len(line) == 76 for line in lines[:-2])


def test_an_attachment_is_what_the_file_holds(tmp_path):
    path = tmp_path / "cv.pdf"
    data = b"%PDF-1.7\r\n" + bytes(range(256)) * 50
    path.write_bytes(data)
    attachment = Attachments().open(path)
    assert attachment == Attachment(
        "cv.pdf", "application/pdf", sha256(data).hexdigest(), len(data), encode(data), str(path), ""
    )


def test_the_name_is_the_base_name_and_the_path_is_absolute(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    attachment = Attachments().open(Path("./a.txt"))
    assert (attachment.filename, attachment.path) == ("a.txt", str(tmp_path / "a.txt"))


@pytest.mark.parametrize("name", ["a.pdf, b.pdf", "a.pdf; b.pdf", '"a.pdf"', "'a.pdf'"])
def test_several_paths_or_a_quoted_one_are_told_to_stand_alone(tmp_path, name):
    with pytest.raises(Unreadable) as caught:
        Attachments().open(tmp_path / name)
    assert "one path a line, without quotation marks" in caught.value.hint
    with pytest.raises(Unreadable) as caught:
        Attachments().open(tmp_path / "a.pdf")
    assert caught.value.hint == "Check the path."


def test_a_link_to_a_file_keeps_its_own_name(tmp_path):
    (tmp_path / "v3").write_bytes(b"%PDF-")
    (tmp_path / "cv.pdf").symlink_to("v3")
    assert Attachments().open(tmp_path / "cv.pdf").filename == "cv.pdf"


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))


@posix_only
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "does not exist"),
        (Path.mkdir, "folder"),
        (os.mkfifo, "named pipe"),
        (_socket, "socket"),
        (lambda path: path.symlink_to("/dev/zero"), "device"),
        (lambda path: path.symlink_to("nowhere"), "link to a file that does not exist"),
        (lambda path: path.symlink_to(path), "link that leads to itself"),
        (lambda path: path.symlink_to("/proc/version"), "no size that is known"),
    ],
)
def test_what_is_no_regular_file_is_unreadable_in_its_own_words(tmp_path, make, words):
    path = tmp_path / "x"
    make(path)
    with pytest.raises(Unreadable, match=words):
        Attachments().open(path)


@posix_only
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_unreadable(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(Unreadable, match="permission"):
        Attachments().open(path)


@posix_only
@pytest.mark.parametrize("name", ["a\nb", "a\x1bb", "a\u202eb", "a\u2028b", "a\udc80b"])
def test_a_name_that_may_not_stand_in_a_header_is_bad_data(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"x")
    with pytest.raises(BadData):
        Attachments().open(path)


def test_a_name_with_nul_is_bad_data(tmp_path):
    with pytest.raises(BadData, match="NUL"):
        Attachments().open(tmp_path / "a\0b")


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "big"
    with path.open("wb") as file:
        file.truncate(attachments.SIZE_LIMIT + 1)
    with pytest.raises(BadData, match="150 MB"):
        Attachments().open(path)


def test_a_file_that_grows_while_it_is_read_is_noticed(tmp_path, monkeypatch):
    path = tmp_path / "x"
    path.write_bytes(b"one")
    fdopen = os.fdopen

    def grown(*arguments):
        file = fdopen(*arguments)
        return _Growing(file, path)

    monkeypatch.setattr(os, "fdopen", grown)
    with pytest.raises(FileChanged, match="changes while it is read"):
        Attachments().open(path)


class _Growing:
    def __init__(self, file, path):
        self.file, self.path = file, path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def fileno(self):
        return self.file.fileno()

    def read(self, size):
        with self.path.open("ab") as file:
            file.write(b"more")
        return self.file.read(size)


def test_a_batch_reads_a_file_once_and_again_when_it_changed(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"one")
    opened = Attachments()
    first = opened.open(path)
    assert opened.open(path) is first
    path.write_bytes(b"other")
    second = opened.open(path)
    assert (second.size, second.digest) == (5, sha256(b"other").hexdigest())
    os.utime(path, ns=(0, 0))
    assert opened.open(path) is not second
    path.unlink()
    with pytest.raises(Unreadable):
        opened.open(path)


def test_a_batch_keeps_no_more_than_its_limit(tmp_path):
    opened = Attachments(limit=200)
    for number in range(5):
        (tmp_path / str(number)).write_bytes(b"x" * 60)
    kept = [opened.open(tmp_path / str(number)) for number in range(5)]
    assert opened.open(tmp_path / "4") is kept[4]
    assert opened.open(tmp_path / "3") is kept[3]
    assert opened.open(tmp_path / "0") is not kept[0]
    (tmp_path / "big").write_bytes(b"x" * 1000)
    big = opened.open(tmp_path / "big")
    assert opened.open(tmp_path / "big") is big


def test_a_change_since_the_preview_is_noticed(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"one")
    attachment = Attachments().open(path)
    assert not changed_since(attachment)
    os.utime(path, ns=(0, 0))
    assert not changed_since(attachment)
    path.write_bytes(b"two")
    assert changed_since(attachment)
    path.unlink()
    assert changed_since(attachment)


def _zipped(path: Path, *members: str) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        for member in members:
            name, _, content = member.partition("=")
            archive.writestr(name, content)
    return path.read_bytes()


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@each_row(
    ("data", "name", "wanted"),
    [
        (b"%PDF-1.7", "cv.pdf", ("application/pdf", "")),
        (b"%PDF-1.7", "cv.txt", ("application/pdf", "")),
        (b"\x89PNG\r\n\x1a\n", "x", ("image/png", "")),
        (b"\xff\xd8\xff\xe0", "x.JPG", ("image/jpeg", "")),
        (b"GIF89a", "x", ("image/gif", "")),
        (b"RIFF....WEBP", "x", ("image/webp", "")),
        (b"{\\rtf1", "x.doc", ("application/rtf", "")),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "x.doc", ("application/msword", "")),
        (b"plain", "x", ("text/plain", "utf-8")),
        ("größe".encode(), "x.csv", ("text/csv", "utf-8")),
        ("größe".encode("latin-1"), "x.csv", ("text/csv", "")),
        (b"<p>", "x.html", ("text/html", "utf-8")),
        (b"{}", "x.json", ("application/json", "")),
        (b"Subject: x\n", "x.eml", ("application/octet-stream", "")),
        (b"\0\1\2", "x.pdf", ("application/pdf", "")),
        (b"\0\1\2", "x.unknown", ("application/octet-stream", "")),
        (b"", "x.txt", ("text/plain", "")),
        (b"", "x", ("application/octet-stream", "")),
    ],
)
def test_the_media_type_goes_by_content_then_by_name(data, name, wanted):
    assert media_type_of(data, name) == wanted


def test_office_files_are_told_apart(tmp_path):
    word = _zipped(tmp_path / "a", "[Content_Types].xml=x", "word/document.xml=x")
    assert media_type_of(word, "cv") == (WORD, "")
    assert media_type_of(_zipped(tmp_path / "b", "x=x"), "cv.docx") == (WORD, "")
    assert media_type_of(_zipped(tmp_path / "c", "x=x"), "cv") == ("application/zip", "")
    text = "application/vnd.oasis.opendocument.text"
    assert media_type_of(_zipped(tmp_path / "d", f"mimetype={text}", "content.xml=x"), "cv") == (text, "")


def test_old_files_make_room_before_another_is_read(tmp_path):
    for name in "abc":
        (tmp_path / name).write_bytes(name.encode() * 3000)
    kept = Attachments(9000)
    first, second = kept.open(tmp_path / "a"), kept.open(tmp_path / "b")
    assert kept.open(tmp_path / "a") is first
    assert kept.open(tmp_path / "b") is second
    kept.open(tmp_path / "c")
    assert kept.open(tmp_path / "a") is not first
