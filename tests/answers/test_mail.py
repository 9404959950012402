"""Reading what came back: fields, parts, Message-IDs; nothing raises, and the work grows with the octets alone."""

from __future__ import annotations

import gc
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.answers.candidates import candidate
from mailer.answers.mail import read
from mailer.answers.rules import verdicts
from mailer.answers.values import Origin, Verdict
from tests.conftest import examples
from tests.kit.mails import DANA, ID, OWN, Ledger, daemon, dsn, group, letter, mail, multipart
from tests.kit.rows import each_row


def test_the_fields():
    raw = mail(
        "Hello", From='"Ruiz, Dana" <dana.ruiz@acme.example>', Cc="x@else.test", Delivered_To=OWN[1], In_Reply_To=ID,
        References="<a@b.test> <c@d.test>", X_Original_Message_ID="bare@x.test",
    )  # fmt: skip
    seen = read(raw)
    assert seen.sender == ("Ruiz, Dana", DANA)
    assert seen.to == (OWN[0], "x@else.test", OWN[1])
    assert seen.answers_to == (ID, "<a@b.test>", "<c@d.test>", "<bare@x.test>")
    assert seen.message_id == "<back-1@there.test>"
    assert seen.message_id not in seen.ids
    assert seen.date is not None
    assert seen.date.utcoffset() is not None
    assert (seen.text, seen.broken) == ("Hello", False)


def test_the_fields_of_one_name_are_all_there():
    seen = read(b"Received: one\nReceived: two\n\tfolded\nFrom: a@b.test\n\n")
    assert seen.fields.all("received") == ["one", "two folded"]
    assert seen.fields.text("Received") == "one"


def test_a_sender_without_an_address():
    assert read(b"From: MAILER-DAEMON\n\n").sender == ("MAILER-DAEMON", "")


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Thu, 32 Nov 2026 10:00:00 +0100", "Thu, 5 Nov 99999 10:00 +0000", "\0"]
)
def test_a_date_that_is_none(date):
    assert read(f"From: a@b.test\nDate: {date}\n\n".encode()).date is None


def test_a_date_without_a_zone_is_aware():
    date = read(b"Date: Thu, 5 Nov 2026 10:00:00\n\n").date
    assert date is not None
    assert date.tzinfo is not None


@pytest.mark.parametrize("coding", ["base64", "quoted-printable"])
def test_message_ids_within_encoded_parts(coding):
    from base64 import encodebytes
    from quopri import encodestring

    inner = letter().encode()
    body = encodebytes(inner) if coding == "base64" else encodestring(inner)
    part = f"Content-Type: message/rfc822\nContent-Transfer-Encoding: {coding}", body.decode()
    assert ID in read(multipart("mixed", ("text/plain", "See below."), part)).ids


def test_message_ids_in_words():
    assert ID in read(mail(f"The letter was lost.\n\nMessage-Id: {ID.strip('<>')}\n")).ids


def test_the_mails_within():
    inner = mail("within", Subject="inner").decode()
    outer = mail(inner, Content_Type="message/rfc822", Subject="outer").decode()
    seen = read(multipart("mixed", ("text/plain", "outermost"), ("message/rfc822", outer)))
    assert [(part.kind, part.within) for part in seen.parts] == [
        ("text/plain", 0),
        ("message/rfc822", 0),
        ("message/rfc822", 1),
        ("text/plain", 2),
    ]
    assert seen.text.strip() == "outermost"


def test_depth_and_number_are_bounded():
    raw = mail("the end").decode()
    for _ in range(40):
        raw = mail(raw, Content_Type="message/rfc822").decode()
    assert len(read(raw.encode()).parts) <= 10
    many = multipart("mixed", *(("text/plain", str(number)) for number in range(1_000)))
    assert len(read(many).parts) == 200


def test_a_boundary_that_nobody_closes_and_one_that_never_comes():
    raw = multipart("mixed", ("text/plain", "one"), ("text/plain", "two"))
    assert [part.text.strip() for part in read(raw.replace(b"--=_b1--\n", b"")).parts] == ["one", "two"]
    assert [part.kind for part in read(raw.replace(b'boundary="=_b1"', b'boundary="=_x"')).parts] == ["text/plain"]


def test_html_as_text():
    page = "<style>p{}</style><p>One&nbsp;two</p><blockquote><p>said before</p></blockquote><p>three<br>four</p>"
    seen = read(mail(page, Content_Type="text/html; charset=utf-8"))
    assert [line for line in seen.text.split("\n") if line.strip(" >")] == ["One two", "> said before", "three", "four"]


@pytest.mark.parametrize("label", ["x-unknown", "utf-8", "us-ascii", "utf-16", "idna", "base64", ""])
def test_a_wrong_charset_loses_nothing_but_signs(label):
    raw = mail("caf\xe9 550 5.1.1 unknown", Content_Type=f"text/plain; charset={label}")
    assert isinstance(read(raw.replace("é".encode(), b"\xe9")).text, str)


def test_a_bare_header_needs_no_body():
    seen = read(mail("words", In_Reply_To=ID), headers_only=True)
    assert (seen.headers_only, seen.parts, seen.text) == (True, (), "")
    assert seen.answers_to == (ID,)


def test_an_mbox_line_and_empty_lines_before_the_header():
    assert read(b"\r\nFrom x@y Thu Nov  5 10:00:00 2026\nFrom: a@b.test\n\nhi").sender == ("", "a@b.test")


CANDIDATES = {
    "a person": mail(Subject="lunch"),
    "to a person": mail(From=OWN[0], To=DANA),
    "a colleague": mail(From="Ove <ove@acme.example>", Subject="lunch"),
    "in our thread": mail(From="x@else.test", In_Reply_To=ID),
    "a bounce with fields": dsn(group(), message_id=""),
    "a bounce in words": daemon("It failed."),
    "a bounce by its subject": mail(From="x@else.test", Subject="Undeliverable: Thank you", Return_Path="x@else.test"),
    "an absence": mail(From="x@else.test", Auto_Submitted="auto-replied"),
    "an old complaint": mail(From="staff@provider.test", Subject="complaint about message from 192.0.2.9"),
    "a system for hiring": mail(From="Acme <acme+autoreply@talent.icims.com>", Subject="Hello"),
    "a challenge": mail(From="gate@else.test", Subject="Sender verification needed"),
    "through a group": mail(From="'Dana' via Jobs <jobs@else.test>", X_Original_Sender=DANA, Subject="x"),
    "nothing that can be read": b"\0\1\2",
}


@each_row("raw", CANDIDATES.values(), ids=CANDIDATES)
def test_what_may_be_ours_is_fetched(raw):
    assert candidate(read(raw.partition(b"\n\n")[0] + b"\n\n", headers_only=True), Ledger())


@pytest.mark.parametrize(
    "raw",
    [
        mail(From="Otto <otto@else.test>", Subject="lunch"),
        mail(
            From="news@weir.test",
            Subject="News",
            List_Id="<n.weir.test>",
            Precedence="bulk",
            Return_Path="<b@weir.test>",
        ),
        mail(From="Shop <orders@shop.test>", Subject="Your order", Return_Path="<b@shop.test>"),
    ],
)
def test_what_is_not_stays_where_it_is(raw):
    assert not candidate(read(raw, headers_only=True), Ledger())


PIECES = st.sampled_from(
    [
        *(b"From: ", b"Content-Type: multipart/mixed; boundary=x\n", b"--x\n", b"--x--\n", b"\n\n", b"message/rfc822"),
        *(
            b"Content-Type: message/delivery-status\n\n",
            b"Final-Recipient: rfc822; dana.ruiz@acme.example\n",
            b"\r",
            b"\0",
        ),
        *(
            b"Status: 5.1.1\n",
            b"Action: failed\n",
            b"Subject: =?utf-8?b?",
            b"Content-Transfer-Encoding: base64\n",
            b"<",
        ),
        *(b"MAILER-DAEMON", b"Return-Path: <>\n", b"550 5.1.1 user unknown", b"@", b"((((", b'"', b"Date: 1 Jan"),
        *(b"&#x110000;", b"\xff\xfe", b"<blockquote>"),
    ]
)


def is_shown_on_a_line(verdict: Verdict) -> bool:
    texts = (verdict.because, verdict.text)
    return bool(verdict.because) and all(len(text) <= 200 and "\n" not in text and "\r" not in text for text in texts)


@given(st.lists(PIECES | st.binary(max_size=20), max_size=60).map(b"".join))
def test_any_octets(raw):
    for octets in (raw, raw.replace(b"\n", b"\r\n")):
        candidate(read(octets, headers_only=True), Ledger())
        assert all(is_shown_on_a_line(one) for one in verdicts(octets, Ledger(), Origin()))


@given(st.sampled_from([dsn(group("550 5.1.1 user unknown")), daemon("failed", letter())]), st.data())
@examples(60)
def test_a_report_with_some_octets_changed(raw, data):
    at = data.draw(st.integers(0, len(raw)))
    for octets in (raw[:at], raw[:at] + data.draw(PIECES) + raw[at:], raw[at:]):
        found = verdicts(octets, Ledger(), Origin("inbox", over_imap=True))
        assert all(is_shown_on_a_line(one) for one in found)


LONG = {
    "angle brackets": lambda size: mail("<" * size, From="MAILER-DAEMON@x.test"),
    "addresses": lambda size: daemon("a@b.test " * (size // 9)),
    "at signs": lambda size: daemon("@" * size),
    "one word": lambda size: daemon("a" * size),
    "spaces": lambda size: daemon("user " + " " * size + "unknown"),
    "boundaries": lambda size: multipart("mixed", ("text/plain", "--=_b1\n" * (size // 7))),
    "open tags": lambda size: mail("<style>" * (size // 7), Content_Type="text/html"),
    "open comments": lambda size: mail("<!--" * (size // 4), Content_Type="text/html"),
    "open quotes": lambda size: mail("<blockquote>" * (size // 12), Content_Type="text/html"),
    "preformatted": lambda size: mail("<pre>" * (size // 5), Content_Type="text/html"),
    "a long subject": lambda size: mail("x", Subject="undeliverable " * (size // 14)),
    "a long folded header": lambda size: mail("x", References="\n <a@b.test>" * (size // 12)),
    "fields": lambda size: dsn("Final-Recipient: rfc822; a@b.test\nAction: failed\n" * (size // 50)),
    "a diagnostic": lambda size: dsn(group("550 " + "user\n " * (size // 6))),
    "base64": lambda size: mail("QUFB" * (size // 4), Content_Transfer_Encoding="base64"),
    "words of filters": lambda size: mail("please click to deliver. " * (size // 25), Auto_Submitted="auto-replied"),
}  # fmt: skip


def steps(raw: bytes) -> int:
    """How many lines of Python are run: a measure that no other program's work changes."""
    count = 0

    def tell(_frame: object, event: str, _argument: object) -> object:
        nonlocal count
        count += event == "line"
        return tell

    # What is read once only, as it is first asked for, does not count.
    verdicts(raw, Ledger(), Origin())
    former = sys.gettrace()
    # What other tests left may end in lines of its own.
    gc.disable()
    sys.settrace(tell)
    try:
        verdicts(raw, Ledger(), Origin())
    finally:
        sys.settrace(former)
        gc.enable()
    return count


@pytest.mark.parametrize("made", LONG.values(), ids=LONG)
def test_twice_the_size_is_no_more_than_about_twice_the_work(made):
    assert steps(made(16_000)) < 2.6 * steps(made(8_000)) + 2_000


def test_what_is_beyond_fifty_megabytes_is_not_looked_at(monkeypatch):
    from mailer.answers import mail as module

    monkeypatch.setattr(module, "_LOOKED_AT", 400)
    seen = read(mail("x" * 100 + "\n" + "y" * 1_000))
    assert "x" in seen.text
    assert len(seen.octets) == 400
