"""The text of a stranger's mail, and the mail within it; in a time that is bounded."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.letters.foreign.forwards import forwarded
from mailer.letters.foreign.headers import split
from mailer.letters.foreign.parts import enclosed, parts, plain_text
from tests.kit.rows import each_row


def of(data: bytes):
    return list(parts(*split(data)))


@each_row(
    ("data", "text"),
    [
        (b"Subject: x\n\nhello\n", "hello\n"),
        (b"Content-Type: text/plain; charset=gb2312\n\n" + "你好".encode("gbk"), "你好"),
        (b"Content-Type: text/plain; charset=idna\n\ncaf\xc3\xa9", "café"),
        (b"Content-Transfer-Encoding: base64\n\naGVsbG8", "hello"),
        (b"Content-Transfer-Encoding: quoted-printable\n\nh=C3=A9\n", "hé\n"),
        (b"Content-Type: text/html\n\n<style>p{}</style><p>a <b>b</b></p><p>&lt;c&gt;", "a b\n<c>"),
        (b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\none\n--b\n\ntwo\n--b--\n', "one"),
        (
            b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<i>x</i>\n--b\n\ny\n--b--",
            "y",
        ),
        (
            b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Disposition: attachment\n\nx\n--b\n\ny\n--b--",
            "y",
        ),
        (b"Content-Type: multipart/mixed\n\nno boundary", ""),
        (b"Content-Type: image/png\n\nx", ""),
    ],
)
def test_the_text(data, text):
    assert plain_text(of(data)).strip("\n") == text.strip("\n")


def test_a_mail_within():
    data = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\nContent-Type: message/rfc822\n\n"
    found = enclosed(of(data + b"From: a@b.example\n\nhi\n--b--\n"))
    assert found is not None
    assert found[0].mailboxes("From") == [("", "a@b.example")]


NESTED = b"--b\nContent-Type: multipart/mixed; boundary=b\n\n"
HOSTILE = {
    "nested": b"Content-Type: multipart/mixed; boundary=b\n\n" + NESTED * 40_000,
    "parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 300_000,
    "styles": b"Content-Type: text/html\n\n" + b"<style>" * 280_000,
    "tags": b"Content-Type: text/html\n\n" + b"<a" * 1_000_000,
    "quotes": b"\n" + b">" * 2_000_000,
    "lines": b"\n" + b"\n" * 2_000_000,
    "senders": b"\n" + b"From: a@b\n" * 200_000,
    "parameters": b"Content-Type: a" + b';b="' * 500_000,
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_it_is_read_at_once(data):
    began = time.process_time()
    forwarded(plain_text(of(data)))
    enclosed(of(data))
    assert time.process_time() - began < 10


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"multipart/x; boundary=b", b"text/html", b"message/rfc822"]))
def test_any_octets(octets, kind):
    found = of(b"Content-Type: " + kind + b"\n\n--b\n" + octets + b"\n--b--")
    assert isinstance(forwarded(plain_text(found)), tuple)
    enclosed(found)
