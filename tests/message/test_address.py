from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.characters import bad_in_header
from mailer.errors import BadData
from mailer.message.address import Mailbox, fold_duplicates, format_mailbox, parse_list, parse_mailbox
from mailer.message.given_names import family_and_given, first_name, turned
from tests.kit.rows import each_row

ACCEPTED = [
    ("dana@acme.example", "", "dana@acme.example"),
    ("<dana@acme.example>", "", "dana@acme.example"),
    ("Dana Ruiz <Dana.Ruiz@ACME.Example>", "Dana Ruiz", "Dana.Ruiz@acme.example"),
    ("Dana Ruiz<d@x.example>", "Dana Ruiz", "d@x.example"),
    ("  Dana   Ruiz   <d@x.example>  ", "Dana Ruiz", "d@x.example"),
    ('"Ruiz, Dana" <d@x.example>', "Ruiz, Dana", "d@x.example"),
    ('"a \\"b\\" \\\\ c" <d@x.example>', 'a "b" \\ c', "d@x.example"),
    ('Dana "Dee" Ruiz <d@x.example>', "Dana Dee Ruiz", "d@x.example"),
    ('"Dana"Ruiz <d@x.example>', "DanaRuiz", "d@x.example"),
    ("John Q. Public <j@x.example>", "John Q. Public", "j@x.example"),
    ("Dr. Ana Weber <a@x.example>", "Dr. Ana Weber", "a@x.example"),
    ("José Ñandú <j@x.example>", "José Ñandú", "j@x.example"),
    ("=?utf-8?B?SGFja2Vk?= <d@x.example>", "=?utf-8?B?SGFja2Vk?=", "d@x.example"),
    ("O'Brien <o'brien+tag@x.example>", "O'Brien", "o'brien+tag@x.example"),
    ('"a@b"@x.example', "", '"a@b"@x.example'),
    ("jörg@bücher.example", "", "jörg@xn--bcher-kva.example"),
    ("d@BÜCHER.example", "", "d@xn--bcher-kva.example"),
    ("d@straße.example", "", "d@xn--strae-oqa.example"),
    ("d@xn--bcher-kva.example", "", "d@xn--bcher-kva.example"),
    ("d@localhost", "", "d@localhost"),
    ("a" * 64 + "@x.example", "", "a" * 64 + "@x.example"),
]


@each_row(("text", "name", "addr_spec"), ACCEPTED)
def test_what_people_type_is_read(text, name, addr_spec):
    assert parse_mailbox(text) == Mailbox(addr_spec, name)


REFUSED = [
    ("", "no address"),
    ("Ruiz, Dana <d@x.example>", '"Ruiz, Dana" <d@x.example>'),
    ("b@y.example, Ruiz, Dana <d@x.example>", '"Ruiz, Dana" <d@x.example>'),
    ("Ruiz; Dana <d@x.example>", '"Ruiz; Dana" <d@x.example>'),
    ("a@x.example; b@y.example", "a@x.example, b@y.example"),
    ("Ana <a@x.example>; Bo <b@y.example>", "Ana <a@x.example>, Bo <b@y.example>"),
    ("Acme [EU] <d@x.example>", '"Acme [EU]" <d@x.example>'),
    ("dana@acme <d@x.example>", '"dana@acme" <d@x.example>'),
    ("Dana (HR) <d@x.example>", '"Dana (HR)" <d@x.example>'),
    ("d@x.example (Dana)", "comment"),
    ("mailto:d@x.example", "d@x.example"),
    ("<MAILTO:d@x.example>", "d@x.example"),
    ("Team: a@x.example, b@x.example;", "group"),
    ("undisclosed-recipients:;", "group"),
    ("<@a.example,@b.example:c@d.example>", "<c@d.example>"),
    ("< d@x.example>", "white space"),
    ("d @x.example", "white space"),
    ("d@x .example", "white space"),
    ('"a b"@x.example', "white space"),
    ("d\u00a0@x.example", "white space"),
    ("d\u200b@x.example", "U+200B"),
    ("d@x\ufeff.example", "U+FEFF"),
    ("d\u00ad@x.example", "U+00AD"),
    ("d\u202e@x.example", "a bidirectional control (U+202E)"),
    ("Da\u2066na <d@x.example>", "a bidirectional control (U+2066)"),
    ("Dana\u2028 <d@x.example>", "U+2028"),
    ("Dana\tRuiz <d@x.example>", "TAB"),
    ("Dana\r\nBcc: x <d@x.example>", "carriage return"),
    ("Dana\0 <d@x.example>", "NUL"),
    ("Dana\x85 <d@x.example>", "U+0085"),
    ("\udc80@x.example", "U+DC80"),
    ("a@x.example,", "comma"),
    (",a@x.example", "comma"),
    ("dana", "not an address"),
    ("@x.example", "not an address"),
    ("dana@", "not an address"),
    ("<>", "not an address"),
    ("Dana <>", "not an address"),
    ("Dana <d@x.example", "not an address"),
    ("Dana <d@x.example> x", "not an address"),
    ('"Dana <d@x.example>', "quotation mark"),
    ("<a@x.example> <b@x.example>", "commas"),
    ("a@x.example b@x.example", "white space"),
    ("a..b@x.example", "before the @"),
    (".a@x.example", "before the @"),
    ("a.@x.example", "before the @"),
    ("a@b@x.example", "before the @"),
    ("a" * 65 + "@x.example", "64 octets"),
    ("ä" * 33 + "@x.example", "64 octets"),
    ("a" * 5 + "@" + ".".join(["x" * 60] * 4) + ".example", "254 octets"),
    ("d@" + "x" * 64 + ".example", "63 characters"),
    ("d@a_b.example", "letters, digits and hyphens"),
    ("d@-a.example", "hyphen at its edge"),
    ("d@a-.example", "hyphen at its edge"),
    ("d@a.example.", "dot"),
    ("d@a..example", "dot"),
    ("d@[127.0.0.1]", "literal"),
    ("d@127.0.0.1", "number"),
    ("d@acme", "whole domain"),
    ("d@ｅｘ.example", "IDNA"),
    ("d@a☃b.example", "IDNA"),
    ("d@a。example", "IDNA"),
    ("=?utf-8?q?evil=40evil.example?=@acme.example", "encoded-word"),
]


@each_row(("text", "words"), REFUSED)
def test_what_breaks_a_rule_is_refused_with_what_to_write(text, words):
    with pytest.raises(BadData) as caught:
        parse_list(text)
    assert words in f"{caught.value.text} {caught.value.hint}"
    assert caught.value.hint
    assert not bad_in_header(caught.value.text + caught.value.hint)


def test_a_list_is_separated_by_commas():
    boxes = parse_list('Dana <d@x.example>, "Ruiz, Bo" <b@x.example>,c@x.example')
    assert boxes == (Mailbox("d@x.example", "Dana"), Mailbox("b@x.example", "Ruiz, Bo"), Mailbox("c@x.example"))
    with pytest.raises(BadData, match="one address"):
        parse_mailbox("a@x.example, b@x.example")


LOCALS = st.from_regex(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~äß語-]{1,8}(\.[a-zö0-9]{1,5}){0,2}", fullmatch=True)
# What looks like an encoded-word is refused.
LOCALS = LOCALS.filter(lambda local: "=?" not in local)
DOMAINS = st.sampled_from(["acme.example", "xn--bcher-kva.example", "a-b.c.example", "localhost"])
QUOTED = st.sampled_from(['"a,b"', '"a@b"', '"\\""', '"."', '"<>"'])
NAMES = st.text(max_size=40) | st.text(st.sampled_from(' ,;:<>()[]"\\@.=?aé'), max_size=20)
MAILBOXES = st.builds(
    lambda local, domain, name: Mailbox(f"{local}@{domain}", name),
    LOCALS.filter(lambda local: "=?" not in local) | QUOTED,
    DOMAINS,
    NAMES.filter(lambda name: not bad_in_header(name)),
)


@given(MAILBOXES)
def test_what_is_written_is_read_back(mailbox):
    assert parse_mailbox(format_mailbox(mailbox)) == mailbox


@given(st.lists(MAILBOXES, min_size=1, max_size=4))
def test_a_list_that_is_written_is_read_back(boxes):
    assert list(parse_list(", ".join(map(format_mailbox, boxes)))) == boxes


@given(st.text(max_size=60) | st.text(st.sampled_from(' ,;:<>()[]"\\@.aé-'), max_size=30))
def test_any_text_is_read_or_refused(text):
    try:
        boxes = parse_list(text)
    except BadData:
        return
    assert parse_list(", ".join(map(format_mailbox, boxes))) == boxes


@pytest.mark.parametrize("text", ['"\\' * 50_000, "<" * 100_000, '<"' * 50_000, "a," * 50_000 + "b <c@x.example>"])
def test_long_nonsense_is_refused_quickly(text):
    with pytest.raises(BadData):
        parse_list(text)


def test_parts_of_a_mailbox():
    mailbox = parse_mailbox("Jörg <Jörg@bücher.example>")
    assert (mailbox.local, mailbox.domain, mailbox.unicode_domain) == (
        "Jörg",
        "xn--bcher-kva.example",
        "bücher.example",
    )
    assert not mailbox.addr_spec.isascii()
    assert parse_mailbox("j@bücher.example").addr_spec.isascii()
    assert Mailbox("j@xn--0.example").unicode_domain == "xn--0.example"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Dana@acme.example", "dana@ACME.example", True),
        ("JÖRG@x.example", "jörg@x.example", True),
        ("jo\u0308rg@x.example", "jörg@x.example", True),
        ('"dana"@x.example', "dana@x.example", True),
        ("d@bücher.example", "d@xn--bcher-kva.example", True),
        ("straße@x.example", "strasse@x.example", False),
        ("dana.ruiz@x.example", "danaruiz@x.example", False),
    ],
)
def test_doubles_are_compared_caselessly(one, other, same):
    boxes = (parse_mailbox(one), parse_mailbox(other))
    assert fold_duplicates(boxes) == (boxes[:1] if same else boxes)


@each_row(
    ("name", "whole", "first"),
    [
        ("Dana Ruiz", "Dana Ruiz", "Dana"),
        ("Ruiz, Dana", "Dana Ruiz", "Dana"),
        ("Ruiz,Dana", "Dana Ruiz", "Dana"),
        ("de la Cruz, Ana María", "Ana María de la Cruz", "Ana"),
        ("Dr. Ana María Weber", "Dr. Ana María Weber", "Ana"),
        ("Prof. Dr. Jörg Müller", "Prof. Dr. Jörg Müller", "Jörg"),
        ("Weber, Dr. Ana", "Dr. Ana Weber", "Ana"),
        ("Dana Ruiz, PhD", "Dana Ruiz, PhD", "Dana"),
        ("Ruiz, Dana, M.D.", "Dana Ruiz, M.D.", "Dana"),
        ("Acme, Inc.", "Acme, Inc.", "Acme"),
        ("Dana", "Dana", "Dana"),
        ("", "", ""),
    ],
)
def test_family_given_is_turned_round(name, whole, first):
    assert turned(name) == whole
    assert first_name(name) == first


@each_row(
    ("name", "parts"),
    [
        ("Dana Ruiz", ("Ruiz", "Dana")),
        ("Ruiz, Dana", ("Ruiz", "Dana")),
        ("Dana Ruiz, Ph.D.", ("Ruiz", "Dana")),
        ("Dr. Anne Weber", ("Weber", "Anne")),
        ("Ana María de la Cruz", ("de la Cruz", "Ana María")),
        ("RUIZ Dana", ("RUIZ", "Dana")),
        ("山田 太郎", ("山田", "太郎")),
        ("김 민수", ("김", "민수")),
        ("김민수", ("김민수", "")),
        ("محمد علي", ("علي", "محمد")),
        ("Zoë", ("Zoë", "")),
        ("Dana R.", ("R.", "Dana")),
        ("", ("", "")),
    ],
)
def test_family_and_given_name(name, parts):
    assert family_and_given(name) == parts
