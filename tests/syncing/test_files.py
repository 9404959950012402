"""Files of mail: every kind, read-only, and nothing of them changed."""

from __future__ import annotations

import mailbox
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mailer.errors import BadData, Unreadable
from mailer.syncing import files


def mail(subject="x", more=""):
    return f"From: a@acme.example\nSubject: {subject}\n{more}\nhello\n".encode()


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def read(path, *, junk=False):
    """Subject and use of each message, and what was said to be no mail."""
    faults = []
    found = [
        (one.load().partition(b"Subject: ")[2].partition(b"\n")[0].strip().decode(), one.origin.use)
        for one in files.messages(path, junk=junk, fault=faults.append)
    ]
    return found, [fault.text for fault in faults]


def subjects(path, **more):
    return [subject for subject, _ in read(path, **more)[0]]


def stamps(folder):
    return {
        str(path): (path.stat().st_mtime_ns, path.stat().st_size, path.stat().st_mode) for path in folder.rglob("*")
    }


def make_maildir(root):
    for name, subject in (("cur/1:2,S", "seen"), ("new/2", "new"), ("cur/3:2,DS", "draft"), ("tmp/4", "half")):
        put(root / name, mail(subject))
    for folder, subject in (("Sent", "sent"), ("Gesendet", "gesendet"), ("Drafts", "d"), ("Trash", "t"), ("Junk", "j")):
        put(root / f".{folder}" / "cur" / "1:2,S", mail(subject))
    put(root / ".Archive.2026" / "new" / "1", mail("old"))
    put(root / "dovecot.index", b"\x00")
    return root


def test_a_maildir_with_its_folders(tmp_path):
    root = make_maildir(tmp_path / "Maildir")
    before = stamps(root)
    found, faults = read(root)
    assert sorted(found) == sorted(
        [
            ("seen", "file"),
            ("new", "file"),
            ("draft", "drafts"),
            ("sent", "sent"),
            ("gesendet", "sent"),
            ("old", "file"),
        ]
    )
    assert faults == []
    assert stamps(root) == before
    assert ("j", "junk") in read(root, junk=True)[0]


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_read_only_on_disk(tmp_path):
    root = make_maildir(tmp_path / "Maildir")
    box = put(tmp_path / "box.mbox", b"From x Mon Nov 23 09:10:00 2026\n" + mail())
    for path in [*root.rglob("*"), root, box]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert len(read(root)[0]) == 6
        assert subjects(box) == ["x"]
    finally:
        for path in [root, *root.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_folders_that_lie_below_each_other(tmp_path):
    put(tmp_path / "mail" / "Sent" / "cur" / "1", mail("sent"))
    put(tmp_path / "mail" / "INBOX" / "new" / "1", mail("inbox"))
    put(tmp_path / "mail" / "Sent" / "2026" / "new" / "1", mail("sent too"))
    assert sorted(read(tmp_path / "mail")[0]) == [("inbox", "file"), ("sent", "sent"), ("sent too", "sent")]


def test_a_folder_of_eml_files(tmp_path):
    for name in ("b", "a"):
        put(tmp_path / f"{name}.eml", mail(name))
    put(tmp_path / "more" / "c.EML", mail("c"))
    put(tmp_path / "notes.txt", b"no mail")
    put(tmp_path / "bad.eml", b"\x00\x00")
    found, faults = read(tmp_path)
    assert [subject for subject, _ in found] == ["a", "b", "c"]
    assert [text.rpartition("/")[2] for text in faults] == ["bad.eml is not a mail"]


def test_apple_mail(tmp_path):
    content = mail("apple")
    put(tmp_path / "1.emlx", b"%d  \n" % len(content) + content + b"<plist><dict/></plist>\n")
    put(tmp_path / "Sent.mbox" / "mbox", b"From x Mon Nov 23 09:10:00 2026\n" + mail("inside"))
    found, _ = read(tmp_path)
    assert found == [("apple", "file"), ("inside", "sent")]
    (one,) = files.messages(tmp_path / "1.emlx", junk=False, fault=print)
    assert one.load() == content


def test_the_labels_of_gmails_export(tmp_path):
    line = b"From 1@xxx Mon Nov 23 09:10:00 +0000 2026\n"
    labels = ("Sent,Opened", "=?UTF-8?Q?Entw=C3=BCrfe?=", "Inbox,\n Important", "Spam")
    data = b"".join(line + mail(str(place), f"X-Gmail-Labels: {label}\n") + b"\n" for place, label in enumerate(labels))
    found, _ = read(put(tmp_path / "All mail.mbox", data))
    assert [use for _, use in found] == ["sent", "drafts", "file", "junk"]


def test_a_folder_that_is_named_is_read_whatever_it_is_for(tmp_path):
    root = make_maildir(tmp_path / "Maildir")
    assert read(root / ".Trash")[0] == [("t", "file")]
    assert read(root / ".Sent")[0] == [("sent", "sent")]
    assert read(root / ".Drafts")[0] == [("d", "drafts")]


def test_an_mbox_by_its_name(tmp_path):
    box = mailbox.mbox(tmp_path / "Sent")
    for number in range(3):
        box.add(mail(str(number)))
    box.flush()
    box.close()
    assert read(tmp_path / "Sent")[0] == [("0", "sent"), ("1", "sent"), ("2", "sent")]
    assert subjects(put(tmp_path / "empty.mbox", b"")) == []


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "m.msg", "save the mail as .eml"),
        (b"!BDN....", "m.pst", "save the mail as .eml"),
        (b"\x1f\x8b\x08", "m.mbox.gz", "unpack it first"),
        (b"PK\x03\x04", "m.zip", "unpack it first"),
        (b"", "m.eml", "not a mail"),
        (b"hello there\n", "m.txt", "not a mail"),
        (b"%PDF-1.7", "cv.pdf", "not a mail"),
    ],
)
def test_what_is_no_mail(tmp_path, content, name, words):
    path = put(tmp_path / name, content)
    with pytest.raises(BadData) as caught:
        read(path)
    assert name in caught.value.text
    assert words in f"{caught.value.text} {caught.value.hint}".lower()


def test_a_folder_without_mail_and_one_that_is_not_there(tmp_path):
    put(tmp_path / "a.txt", b"x")
    with pytest.raises(BadData, match="holds no mail"):
        read(tmp_path)
    with pytest.raises(Unreadable):
        read(tmp_path / "gone.eml")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX")
def test_a_named_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Unreadable):
        read(tmp_path / "pipe")


def test_a_byte_order_mark_and_blank_lines_before_the_header(tmp_path):
    assert subjects(put(tmp_path / "a.eml", b"\xef\xbb\xbf\r\n" + mail("mark"))) == ["mark"]
    (one,) = files.messages(tmp_path / "a.eml", junk=False, fault=print)
    assert b"Subject: mark" in one.head


def test_a_header_without_end_is_cut(tmp_path):
    path = put(tmp_path / "a.eml", b"Subject: x\n" + b"X-Y: z\n" * 100_000)
    (one,) = files.messages(path, junk=False, fault=print)
    assert len(one.head) == 256 * 1024


@pytest.mark.parametrize("content", [b"From: a@acme.example\nSubj", mail().partition(b"\n\n")[0] + b"\n"])
def test_a_mail_that_is_cut_in_its_header_is_none(tmp_path, content):
    path = put(tmp_path / "a.eml", content)
    with pytest.raises(BadData, match=r"a\.eml is cut off"):
        subjects(path)
    put(tmp_path / "cur" / "1:2,S", content)
    put(tmp_path / "b.eml", mail("b"))
    put(tmp_path / "c.emlx", b"%d\n" % (len(mail()) + 1) + mail())
    found, faults = read(tmp_path)
    assert found == [("b", "file")]
    assert [text.rpartition("/")[2].partition(":")[0] for text in sorted(faults)] == [
        "a.eml is cut off",
        "c.emlx is cut off",
        "1",
    ]


def test_a_mail_of_a_header_alone(tmp_path):
    head = mail().partition(b"\n\n")[0] + b"\n\n"
    assert subjects(put(tmp_path / "a.eml", head)) == ["x"]


@pytest.mark.slow
def test_a_large_mbox_in_little_memory(tmp_path):
    # Not the highest of getrusage, which a process takes over from the one that started it.
    if not Path("/proc/self/status").exists():
        pytest.skip("there is no /proc here")
    path = tmp_path / "large.mbox"
    body = b"x" * 75 + b"\n"
    with path.open("wb") as file:
        for number in range(300):
            file.write(b"From x Mon Nov 23 09:10:00 2026\n" + mail(str(number)) + body * 13_000 + b"\n")
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import re, sys\nfrom pathlib import Path\nfrom mailer.syncing import files\n"
            "print(sum(1 for _ in files.messages(Path(sys.argv[1]), junk=False, fault=print)),"
            "re.search('VmHWM: *\\t*([0-9]+)', Path('/proc/self/status').read_text().replace('\\t', ' '))[1])",
            str(path),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert int(told[0]) == 300
    assert int(told[1]) < 120_000, "kilobytes"
