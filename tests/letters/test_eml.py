"""What an ``.eml`` says of its thread."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.characters import bad_in_header
from mailer.errors import BadData, Unreadable
from mailer.letters.eml import message_ids, only_message_ids, read_eml
from mailer.letters.foreign.subjects import reply_subject
from tests.conftest import examples
from tests.kit.rows import each_row

HEAD = b"From: HR <hr@acme.example>\r\nMessage-ID: <1@acme.example>\r\n"


def seen(tmp_path, data: bytes):
    (tmp_path / "m.eml").write_bytes(data)
    return read_eml(tmp_path / "m.eml")


@each_row(
    ("subject", "answer"),
    [
        ("Hello", "Re: Hello"),
        ("Re: Hello", "Re: Hello"),
        ("RE: re:Hello", "Re: Hello"),
        ("AW: Hello", "Re: Hello"),
        ("Re[2]: Hello", "Re: Hello"),
        ("SV: AW: Re: Hello", "Re: Hello"),
        ("Reply: x", "Re: Reply: x"),
        ("Re:", "Re:"),
        ("Regards: x", "Re: Regards: x"),
    ],
)
def test_one_re(subject, answer):
    assert reply_subject(subject) == answer


@pytest.mark.parametrize(
    ("lines", "name", "value"),
    [
        (b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n", "subject", "Grüße"),
        (b"Subject: a\r\n b\r\n", "subject", "a b"),
        (b"Subject: =?utf-8?q?a=0ABcc:_x=00=E2=80=AE?=\r\n", "subject", "a Bcc: x"),
        (b"Subject: =?x-none?q?a?=\r\n", "subject", "a"),
        (
            b"Subject: =?utf-8?q?Gr=C3=BC?= =?utf-8?q?=C3=9Fe,_?=\r\n =?x-none?q?a?= b =?utf-8?b?w7w=?=\r\n",
            "subject",
            "Grüße, a b ü",
        ),
        (b"Subject: =?utf-8?q?a?= =?utf-8?b?A?= =?utf-8?q?=FF?= c\r\n", "subject", "a\ufffd c"),
        (
            b"References: <a@b.example> <" + b"x" * 1000 + b"@b.example> <c@b.example>\r\n",
            "references",
            ("<a@b.example>", "<c@b.example>"),
        ),
        (b"References: <" + b"x" * 994 + b"> <" + b"y" * 995 + b">\r\n", "references", (f"<{'x' * 994}>",)),
        (b"References: <a@b.example>\r\n <c@d.example>\r\n", "references", ("<a@b.example>", "<c@d.example>")),
        (b"In-Reply-To: <a@b.example>\r\n", "references", ("<a@b.example>",)),
        (
            b"References: " + b" ".join(b"<%d@x.example>" % n for n in range(40)) + b"\r\n",
            "references",
            ("<0@x.example>", *(f"<{n}@x.example>" for n in range(21, 40))),
        ),
        (b"Date: nonsense\r\n", "date", None),
        (b"Reply-To: =?utf-8?q?J=C3=B6rg?= <j@acme.example>\r\n", "reply_to", "Jörg <j@acme.example>"),
    ],
)
def test_what_is_found(tmp_path, lines, name, value):
    assert getattr(seen(tmp_path, HEAD + lines + b"\r\n"), name) == value


def test_an_mbox_line_above_is_skipped(tmp_path):
    assert seen(tmp_path, b"From x Mon\n" + HEAD + b"\r\n").message_id == "<1@acme.example>"


def test_what_is_no_mail(tmp_path):
    with pytest.raises(BadData):
        seen(tmp_path, b"Hello\n")
    with pytest.raises(Unreadable):
        read_eml(tmp_path)


def test_deeply_nested_parts(tmp_path):
    parts = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000))
    found = seen(tmp_path, HEAD + parts + b"Content-Type: text/plain\r\n\r\nx\r\n")
    assert found.message_id == "<1@acme.example>"


@examples(150)
@given(
    st.binary(max_size=120),
    st.sampled_from([b"Subject", b"Date", b"From", b"Reply-To", b"References", b"Content-Type"]),
)
def test_any_octets_are_read(tmp_path_factory, octets, name):
    folder = tmp_path_factory.mktemp("eml")
    found = seen(folder, HEAD.replace(b"From: HR <hr@acme.example>\r\n", b"") + name + b": " + octets + b"\r\n\r\nx")
    assert not bad_in_header(found.subject)


def test_message_ids():
    assert message_ids("a <x@y> <ü@y> <z@y>") == ("<x@y>", "<z@y>")
    assert only_message_ids("<x@y> <z@y>")
    assert not only_message_ids("x <x@y>")
    assert not only_message_ids("<ü@y>")
