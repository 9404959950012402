from __future__ import annotations

import marshal
import re
from base64 import b64decode
from datetime import UTC, datetime, timedelta, timezone
from email.utils import unquote
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import BadData
from mailer.message.address import Mailbox, parse_list, parse_mailbox
from mailer.message.attachments import Attachment, encode
from mailer.message.compose import (
    Envelope,
    Stamp,
    Unstamped,
    compose,
    compose_draft,
    envelope,
    make_stamp,
    stamped,
    unstamped,
)
from mailer.message.flowed import unflow
from mailer.message.media_types import media_type_of
from mailer.message.rendered import Rendered, Thread
from mailer.message.verify import ComposingBug, read_back
from tests.kit.mail_readers import by_modern_stdlib, by_old_stdlib, by_rust
from tests.kit.rows import each_row

GOLDEN = Path(__file__).parents[1] / "golden"
STAMP = Stamp(
    "<20261123091000.0123456789abcdef@weber.example>",
    datetime(2026, 11, 23, 9, 10, tzinfo=timezone(timedelta(hours=1))),
)
ANA = parse_mailbox("Ana Weber <ana@weber.example>")
DANA = parse_list("Dana Ruiz <dana.ruiz@acme.example>")
READERS = (by_modern_stdlib, by_old_stdlib, by_rust)
NO_SURROGATES = st.characters(exclude_categories=("Cs",))
HEADER_TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\u061c\u200e\u200f").filter(
        lambda char: not "\u202a" <= char <= "\u202e" and not "\u2066" <= char <= "\u2069"
    ),
    max_size=120,
)


def attach(filename: str, data: bytes) -> Attachment:
    media_type, charset = media_type_of(data, filename)
    return Attachment(filename, media_type, sha256(data).hexdigest(), len(data), encode(data), "/" + filename, charset)


def letter(**changes) -> Rendered:
    plain = Rendered(sender=ANA, to=DANA, subject="Thank you", text="Dear Dana,\n\nthank you.\n", html=None)
    return plain._replace(**changes)


def unstamped_of(r: Rendered, *, bcc: bool = False) -> tuple[bytes, list[int]]:
    made = unstamped(r, bcc=bcc)
    return made.head + made.tail, [len(made.head) + place for place in made.places]


def crlf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def head_of(message: bytes) -> bytes:
    return message[: message.index(b"\r\n\r\n")]


def header(message: bytes, name: str) -> str:
    fields = [line.split(": ", 1) for line in head_of(message).decode().replace("\r\n ", " ").split("\r\n")]
    return next(value for key, value in fields if key == name)


def holds_rules(message: bytes) -> None:
    assert b"\n" not in message.replace(b"\r\n", b"")
    assert b"\r" not in message.replace(b"\r\n", b"")
    lines = message.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert message.isascii()
    assert not any(line.startswith((b"From ", b".")) for line in lines)
    for line in head_of(message).split(b"\r\n"):
        assert len(line) <= 78 or b" " not in line.strip()
    for word in re.findall(rb"=\?utf-8\?[^ ]*\?=", head_of(message)):
        assert len(word) <= 75


# --- golden files -------------------------------------------------------------------------------------------------

_HTML = "<p>Dear Dana,</p>\n<p>thank you for the afternoon &amp; the coffee.</p>\n"
_LONG = "The afternoon with Priya's test-bench team stayed with me, above all how they find a bad sensor " * 2
_FLOWED = f"Dear Dana,\n\n{_LONG.strip()}\n\n> {_LONG.strip()}\n\n    code = stays  # as it is\n\n-- \nAna Weber\n"

GOLDEN_LETTERS = {
    "plain": letter(),
    "text-html": letter(text=_FLOWED, html=_HTML, flowed=True),
    "attachment": letter(
        text=_FLOWED,
        html=_HTML,
        flowed=True,
        attachments=(
            attach("cv.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 2),
            attach("Zeugnis Jörg – sehr lang, aber dennoch vollständig.txt", b"one\ntwo\r\n"),
        ),
        thread=Thread("<4711@acme.example>", ("<1@acme.example>", "<4711@acme.example>")),
    ),
    "idn": letter(
        sender=parse_mailbox("Jörg Müller <joerg@bücher.example>"),
        to=parse_list('"Ruiz, Dana" <dana@acme.example>, 山田 太郎 <taro@straße.example>, J. R. Ωmega <o@x.example>'),
        cc=parse_list("bare@acme.example"),
        reply_to=parse_list("Jörg <j@bücher.example>"),
        subject="Grüße aus München – und ein langer Betreff, der über mehr als eine Zeile geht",
        text="Grüße,\nJörg\n",
    ),
    "smtputf8": letter(to=parse_list("Jörg <jörg@bücher.example>")),
}


@pytest.mark.parametrize("name", GOLDEN_LETTERS)
def test_golden_letters_are_composed_octet_for_octet(name):
    assert compose(GOLDEN_LETTERS[name], STAMP) == (GOLDEN / f"{name}.eml").read_bytes()


def test_golden_draft_keeps_bcc_and_has_neither_date_nor_message_id():
    draft = letter(bcc=parse_list("Boss <boss@acme.example>"))
    assert compose_draft(draft) == (GOLDEN / "draft.eml").read_bytes()


def test_a_message_without_its_stamp_is_plain_values_and_takes_any_stamp():
    r = GOLDEN_LETTERS["attachment"]
    made = Unstamped(*marshal.loads(marshal.dumps(tuple(unstamped(r)))))
    assert made == unstamped(r)
    assert b"Date:" not in made.head + made.tail
    assert b"Message-ID:" not in made.head + made.tail
    content = stamped(made, r.attachments, STAMP)
    assert [attachment for _, attachment in content.splices] == list(r.attachments)
    assert not any(attachment.encoded in content.literal for attachment in r.attachments)
    assert all(content.literal.endswith(b"base64\r\n\r\n", 0, place) for place, _ in content.splices)
    assert content.octets() == compose(r, STAMP) == (GOLDEN / "attachment.eml").read_bytes()
    with pytest.raises(ValueError, match="zip"):
        stamped(made, r.attachments[:1], STAMP)


# --- what independent readers see ---------------------------------------------------------------------------------

ADDRESSES = st.sampled_from(
    [
        "dana@acme.example",
        "o'neil+x@acme.example",
        '"a,b"@acme.example',
        "d.r@xn--bcher-kva.example",
        "a" * 60 + "@x.example",
    ]
)
NAMES = HEADER_TEXT | st.text(st.sampled_from(' ,;:<>()"\\@.=?_äé語💩ab'), max_size=90)
BOXES = st.builds(Mailbox, ADDRESSES, NAMES)
LISTS = st.lists(BOXES, min_size=1, max_size=3).map(tuple)
BODIES = st.text(NO_SURROGATES, max_size=300) | st.lists(
    st.sampled_from(
        [
            "\n",
            "\r",
            ".",
            "\n.\n",
            "\n\n",
            "From ",
            "\x0b",
            "\x0c",
            "\x85",
            "\u2028",
            "\0",
            "é",
            "=",
            " ",
            "\t",
            "x" * 1200,
        ]
    )
    | st.text(max_size=4, alphabet="ab "),
    max_size=30,
).map("".join)
FILENAMES = HEADER_TEXT.filter(lambda name: name not in ("", ".", "..") and "/" not in name)
FILES = st.lists(st.builds(attach, FILENAMES, st.binary(max_size=200)), max_size=2).map(tuple)
LETTERS = st.builds(
    Rendered,
    sender=BOXES,
    to=LISTS,
    cc=st.just(()) | LISTS,
    reply_to=st.just(()) | LISTS,
    subject=HEADER_TEXT | st.text(st.sampled_from("=?utf-8QB_ ä語,"), max_size=150),
    text=BODIES,
    html=st.none() | BODIES,
    attachments=FILES,
)


def same_text(seen: list[str], wanted: str | None) -> bool:
    if wanted is None:
        return seen == []
    return len(seen) == 1 and crlf(seen[0]).removesuffix("\r\n") == crlf(wanted).removesuffix("\r\n")


def bare(addr_spec: str) -> str:
    """Some readers take the quotes off a local part, some do not."""
    return addr_spec.replace('"', "")


@given(LETTERS)
def test_any_text_in_any_field_is_what_three_readers_see(r):
    message = compose(r, STAMP)
    holds_rules(message)
    for reader in READERS:
        seen = reader(message)
        lists = {"From": (r.sender,), "To": r.to, "Cc": r.cc, "Reply-To": r.reply_to}
        for name, boxes in lists.items():
            found = seen.lists.get(name, [])
            assert [bare(address) for _, address in found] == [bare(box.addr_spec) for box in boxes]
            if reader is not by_modern_stdlib:
                assert [shown.strip() for shown, _ in found] == [box.display_name.strip() for box in boxes]
        assert "Bcc" not in seen.lists
        assert [file[1:] for file in seen.files] == [(a.media_type, b64decode(a.encoded)) for a in r.attachments]
        for file, attachment in zip(seen.files, r.attachments, strict=True):
            # compat32 takes quotation marks and angle brackets off a file name, even decoded ones.
            name = unquote(attachment.filename) if reader is by_old_stdlib else attachment.filename
            assert file[0].strip() == name.strip()
        assert same_text(seen.texts, r.text)
        assert same_text(seen.htmls, r.html)
        if seen.subject is not None:
            assert seen.subject == r.subject


@given(BODIES.filter(lambda text: "\r" not in text))
def test_flowed_text_is_what_a_flowed_reader_joins_again(text):
    message = compose(letter(text=text, flowed=True), STAMP)
    trimmed = "\n".join(line if line == "-- " else line.rstrip(" \t") for line in text.split("\n"))
    (seen,) = by_old_stdlib(message).texts
    assert unflow(crlf(seen).replace("\r\n", "\n")).removesuffix("\n") == trimmed.removesuffix("\n")


@given(LETTERS, LISTS)
def test_a_draft_shows_bcc_to_readers_and_a_submission_does_not(r, bcc):
    r = r._replace(bcc=bcc)
    wanted = [bare(box.addr_spec) for box in bcc]
    assert [bare(address) for _, address in by_old_stdlib(compose_draft(r)).lists["Bcc"]] == wanted
    assert b"\r\nBcc:" not in head_of(compose(r, STAMP))


# --- headers ------------------------------------------------------------------------------------------------------


def names_of(message: bytes) -> list[str]:
    return [line.partition(":")[0] for line in head_of(message).decode().replace("\r\n ", " ").split("\r\n")]


def test_headers_stand_in_the_usual_order_and_empty_ones_not_at_all():
    full = letter(cc=DANA, bcc=DANA, reply_to=(ANA,), thread=Thread("<a@x.example>"), text="x", html="<p>x</p>")
    assert names_of(compose(full, STAMP)) == (
        [
            "Date",
            "From",
            "To",
            "Cc",
            "Reply-To",
            "Subject",
            "Message-ID",
            "In-Reply-To",
            "References",
            "MIME-Version",
            "Content-Type",
        ]
    )
    bare_one = letter(to=(), bcc=DANA, subject="")
    assert names_of(compose(bare_one, STAMP)) == (
        ["Date", "From", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]
    )


def test_a_draft_for_imap_has_date_and_message_id_and_bcc_but_is_not_marked_unsent():
    names = names_of(compose_draft(letter(bcc=DANA), STAMP))
    assert "Bcc" in names
    assert names[0] == "Date"
    assert "Message-ID" in names
    assert "X-Unsent" not in names


def test_the_same_stamp_gives_the_same_octets_and_the_text_makes_the_boundary():
    one = letter(html="<p>one</p>")
    assert compose(one, STAMP) == compose(one, STAMP)
    assert header(compose(one, STAMP), "Content-Type") != header(compose(letter(html="two"), STAMP), "Content-Type")


def test_a_boundary_never_occurs_in_a_part(monkeypatch):
    first = letter(html="<p>x</p>")
    boundary = re.search(r'boundary="(.*)"', header(compose(first, STAMP), "Content-Type"))[1]
    hostile = letter(text=f"\n--{boundary}\nContent-Type: text/html\n\nhi\n--{boundary}--\n", html="<p>x</p>")
    assert by_rust(compose(hostile, STAMP)).texts[0].startswith(f"\r\n--{boundary}")
    monkeypatch.setattr("mailer.message.compose.crc32", lambda *_: 0x1234ABCD)
    holding = compose(letter(text="=_a1234abcd00 =_a1234abcd01", html="<p>x</p>"), STAMP)
    assert b'boundary="=_a1234abcd02"' in holding


def test_a_boundary_never_occurs_in_a_part_that_talks_of_quoted_printable(monkeypatch):
    monkeypatch.setattr("mailer.message.compose.crc32", lambda *_: 0x1234ABCD)
    talk = "Content-Transfer-Encoding: quoted-printable\n\n=_a1234abcd00 =_a1234abcd01"
    assert b'boundary="=_a1234abcd02"' in compose(letter(text=talk, html="<p>x</p>"), STAMP)
    assert b'boundary="=_a1234abcd02"' in compose(letter(text="é" + "x" * 50, html=talk), STAMP)


@each_row(
    "subject",
    [
        "=?utf-8?B?SGFja2Vk?=",
        "💩 =?UTF-8?Q?=0A?=Bcc: x@y.example",
        "  two  spaces  ",
        "x" * 300,
        "語" * 100,
        "a語" * 60,
        "aé" * 60,
        "é語💩" * 40,
        " ".join(["word"] * 60),
        "=?",
        "a =?utf-8?Q?b",
        "_ ? = _",
    ],
)
def test_a_subject_arrives_as_typed(subject):
    message = compose(letter(subject=subject), STAMP)
    holds_rules(message)
    for reader in (by_old_stdlib, by_rust):
        assert reader(message).subject == subject
    words = header(message, "Subject").split(" ")
    assert all(not word.endswith("=?=") for word in words[:-1] if "?B?" in word)


def test_each_encoded_word_holds_whole_characters():
    for char in "é語💩":
        message = compose(letter(subject=("x" + char) * 80), STAMP)
        for kind, payload in re.findall(r"=\?utf-8\?([QB])\?([^ ]*)\?=", header(message, "Subject")):
            octets = (
                b64decode(payload)
                if kind == "B"
                else re.sub(rb"=(..)", lambda match: bytes([int(match[1], 16)]), payload.encode())
            )
            octets.decode("utf-8")


@pytest.mark.parametrize("count", [1, 3, 60])
def test_commas_of_a_list_stay_bare_and_addresses_are_never_encoded(count):
    boxes = tuple(Mailbox(f"p{n}@acme.example", f"Jörg, the {n}th of a rather long name") for n in range(count))
    message = compose(letter(to=boxes), STAMP)
    holds_rules(message)
    value = header(message, "To")
    assert value.count(",") == count - 1
    assert all(f"<{box.addr_spec}>" in value for box in boxes)


def test_a_long_quoted_name_stays_one_recipient():
    name = "x" * 60 + ", evil@evil.example, " + "y" * 60
    message = compose(letter(to=(Mailbox("good@acme.example", name),)), STAMP)
    for reader in (by_old_stdlib, by_rust):
        assert reader(message).lists["To"] == [(name, "good@acme.example")]


@each_row("char", ["\r", "\n", "\0", "\t", "\x1b", "\x85", "\u2028", "\u2029", "\u202e", "\ud800"])
@each_row(
    ("field", "change"),
    [
        ("Subject", lambda bad: {"subject": bad}),
        ("To", lambda bad: {"to": (Mailbox("a@x.example", bad),)}),
        ("From", lambda bad: {"sender": Mailbox(f"a{bad}@x.example")}),
        ("Reply-To", lambda bad: {"reply_to": (Mailbox(f"a@x.example{bad}"),)}),
        ("Content-Disposition", lambda bad: {"attachments": (attach(bad, b"x"),)}),
        ("Content-Type", lambda bad: {"attachments": (attach("x", b"x")._replace(media_type=bad),)}),
        ("In-Reply-To", lambda bad: {"thread": Thread(f"<a{bad}@x.example>")}),
        ("References", lambda bad: {"thread": Thread("<a@x.example>", (f"<b>{bad}Bcc: x",))}),
    ],
)
def test_controls_are_refused_by_name_of_the_header(field, change, char):
    with pytest.raises(BadData) as caught:
        compose(letter(**change(f"x{char}Bcc: evil@evil.example")), STAMP)
    assert caught.value.field in (field, "Content-Type")
    assert char not in caught.value.text


def test_a_message_id_that_could_break_a_line_is_refused():
    with pytest.raises(BadData):
        compose(letter(), Stamp("<a@x.example>\r\nBcc: x@y.example", STAMP.date))
    with pytest.raises(ValueError, match="zone"):
        compose(letter(), Stamp("<a@x.example>", datetime(2026, 1, 1)))


def test_half_a_character_in_a_body_is_bad_data():
    with pytest.raises(BadData, match="U\\+DC80"):
        compose(letter(text="a\udc80b"), STAMP)


# --- dates, stamps, envelopes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "wanted"),
    [
        (UTC, "+0000"),
        (timezone(timedelta(hours=5, minutes=30)), "+0530"),
        (timezone(timedelta(hours=-3, minutes=-30)), "-0330"),
    ],
)
def test_the_date_has_its_zone_and_english_names(zone, wanted):
    stamp = Stamp("<a@x.example>", datetime(2026, 3, 1, 9, 5, 7, tzinfo=zone))
    assert header(compose(letter(), stamp), "Date") == f"Sun, 01 Mar 2026 09:05:07 {wanted}"


def test_a_message_id_has_the_senders_domain():
    stamp = make_stamp(parse_mailbox("a@bücher.example").addr_spec, STAMP.date, "00ff")
    assert stamp == Stamp("<20261123091000.00ff@xn--bcher-kva.example>", STAMP.date)


def test_the_envelope_has_bcc_and_no_doubles():
    r = letter(cc=parse_list("DANA.ruiz@ACME.example, b@x.example"), bcc=parse_list("B@x.example, c@x.example"))
    assert envelope(r) == Envelope("ana@weber.example", ("dana.ruiz@acme.example", "b@x.example", "c@x.example"))
    with pytest.raises(BadData, match="no recipient"):
        envelope(letter(to=()))


def test_only_a_local_part_outside_ascii_needs_smtputf8():
    idn = letter(to=parse_list("Jörg <j@bücher.example>"))
    assert idn.to[0].addr_spec.isascii()
    assert compose(idn, STAMP).isascii()
    international = letter(bcc=parse_list("jörg@x.example"))
    assert not international.bcc[0].addr_spec.isascii()
    assert "jörg@xn--bcher-kva.example" in header(compose(letter(to=parse_list("jörg@bücher.example")), STAMP), "To")


# --- parts --------------------------------------------------------------------------------------------------------


def kinds(message: bytes) -> list[str]:
    import email

    return [part.get_content_type() for part in email.message_from_bytes(message).walk()]


def test_parts_are_nested_as_readers_expect():
    file = attach("cv.pdf", b"%PDF-1.7")
    both = letter(html="<p>x</p>")
    assert kinds(compose(letter(), STAMP)) == ["text/plain"]
    assert kinds(compose(letter(text=None, html="<p>x</p>"), STAMP)) == ["text/html"]
    assert kinds(compose(both, STAMP)) == ["multipart/alternative", "text/plain", "text/html"]
    assert kinds(compose(letter(attachments=(file,)), STAMP)) == ["multipart/mixed", "text/plain", "application/pdf"]
    assert kinds(compose(both._replace(attachments=(file, file)), STAMP)) == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
        "application/pdf",
    ]


@pytest.mark.parametrize(
    ("name", "fallback"),
    [
        ("Jörg – CV.pdf", "Jorg_CV.pdf"),
        ("履歴書.pdf", "attachment.pdf"),
        ('a "b".pdf', "a_b.pdf"),
        ("語", "attachment"),
        ("x" * 300 + ".pdf", "x" * 40 + ".pdf"),
    ],
)
def test_a_file_name_has_an_ascii_fallback_that_no_reader_prefers(name, fallback):
    message = compose(letter(attachments=(attach(name, b"%PDF-1"),)), STAMP)
    holds_rules(message)
    assert f'name="{fallback}"'.encode() in message
    assert all(reader(message).files[0][0] == name for reader in READERS)


def test_an_attached_text_is_base64_and_says_its_charset():
    data = "eins\r\nzwei\nß".encode()
    message = compose(letter(attachments=(attach("notes.txt", data), attach("latin.txt", b"\xe4"))), STAMP)
    assert b'Content-Type: text/plain; charset="utf-8"; name="notes.txt"' in message
    assert [file[2] for file in by_rust(message).files] == [data, b"\xe4"]
    assert message.count(b"Content-Transfer-Encoding: base64") == 2


# --- the strict reader --------------------------------------------------------------------------------------------

TAMPERED = [
    (b"Subject: Thank you", b"Subject: Thank You"),
    (b"From: Ana", b"Bcc: x@evil.example\r\nFrom: Ana"),
    (b"From: Ana", b"X-Mine: x\r\nFrom: Ana"),
    (b"From: Ana", b"To: a@x.example\r\nFrom: Ana"),
    (b"Dana Ruiz <", b"Dana Ruis <"),
    (b"dana.ruiz@", b"dana.ruis@"),
    (b"<dana.ruiz@acme.example>", b"<dana.ruiz@acme.example>, <x@evil.example>"),
    (b"MIME-Version: 1.0\r\n", b""),
    (b"From: Ana", b"Date: Mon, 23 Nov 2026 09:10:00 +0100\r\nFrom: Ana"),
    (b"MIME-Version:", b"Message-ID: <a@b.example>\r\nMIME-Version:"),
    (b"Subject: Thank you", b"Subject: Thank\nyou"),
    (b"Subject: Thank you", b"Subject: =?utf-8?Q?Thank?= you"),
    (b"Subject: Thank you", b"Subject: " + b"x" * 1000),
    (b'filename="cv.pdf"', b'filename="cv.exe"'),
    (b"base64\r\n\r\n", b"base64\r\n\r\nJVBERj"),
    (b"text/html;", b"text/plain;"),
    (b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: base64\r\nBcc: x@evil.example"),
]


@each_row(("old", "new"), TAMPERED)
def test_the_reader_refuses_a_message_that_says_something_else(old, new):
    r = letter(html="<p>x</p>", attachments=(attach("cv.pdf", b"%PDF-1.7"),))
    content, places = unstamped_of(r)
    assert old in content
    read_back(content, places, r)
    with pytest.raises(ComposingBug):
        read_back(content.replace(old, new, 1), places, r)


def test_the_reader_wants_attachments_at_their_places():
    r = letter(attachments=(attach("cv.pdf", b"%PDF-1.7"), attach("b.pdf", b"%PDF-1.7")))
    content, (first, second) = unstamped_of(r)
    read_back(content, [first, second], r)
    for places in ([first, second + 1], [second, first], [first - 2, second], [first]):
        with pytest.raises((ComposingBug, ValueError)):
            read_back(content, places, r)


def test_the_reader_wants_bcc_in_a_draft_and_nowhere_else():
    r = letter(bcc=DANA)
    with pytest.raises(ComposingBug):
        read_back(*unstamped_of(r), r, bcc=True)
    with pytest.raises(ComposingBug):
        read_back(*unstamped_of(r, bcc=True), r)
