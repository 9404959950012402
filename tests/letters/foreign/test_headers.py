"""A stranger's headers, as a good mail program shows them."""

import time
from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.letters.foreign.headers import split
from tests.kit.rows import each_row


def fields(name: str, value: bytes | str, more: bytes = b""):
    octets = value.encode() if isinstance(value, str) else value
    return split(more + name.encode() + b": " + octets + b"\r\nX-Last: yes\r\n\r\nbody")[0]


@each_row(
    ("value", "text"),
    [
        ("Réponse à votre candidature", "Réponse à votre candidature"),
        ("Réponse à".encode("cp1252"), "Réponse à"),
        (b"=?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n aus Wien", "Grüße aus Wien"),
        (b"=?utf-8?Q?Gr=C3=BC?=\r\n =?utf-8?Q?=C3=9Fe?=\r\n\taus Wien", "Grüße aus Wien"),
        (b"=?utf-8?Q?=C3?=\r\n =?UTF-8?Q?=BC?= b", "ü b"),
        (b"=?utf-8?B?w?= =?utf-8?B?7w=?=", "ü"),
        (b"=?utf-8?B?4oI?= =?utf-8?Q?=AC?=", "€"),
        (b"=?utf-8*de?Q?=C3=BC?=", "ü"),
        (b"a=?utf-8?Q?b?=c", "abc"),
        (b"=?utf-8?Q?How are you??=", "How are you?"),
        (b"=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),
        (b"=?iso-8859-1?Q?=8010_=96_ok?=", "€10 – ok"),
        (b"=?GB2312?B?" + b64encode("朱镕基".encode("gbk")) + b"?=", "朱镕基"),
        (b"=?ks_c_5601-1987?B?" + b64encode("똠방".encode("cp949")) + b"?=", "똠방"),
        (b"=?iso-2022-jp?B?GyRCLSEbKEI=?=", "①"),
        (b"\x1b$B-!\x1b(B", "①"),
        (b"=?undefined?Q?a?= =?punycode?Q?b?=", "ab"),
        (b"=?utf-8?X?a?= =?utf-8?Q?b", "=?utf-8?X?a?= =?utf-8?Q?b"),
        (b"=?utf-8?Q?a=00b=0Ac?=", "ab c"),
        (b"a =? b ?= c", "a =? b ?= c"),
    ],
)
def test_unstructured(value, text):
    assert fields("Subject", value).text("Subject") == text


def test_octets_without_charset_have_that_of_the_mail():
    found = fields("Subject", "Ответ".encode("koi8-r"), b"Content-Type: text/plain; charset=koi8-r\r\n")
    assert found.text("Subject") == "Ответ"


DANA = [("Dana Ruiz", "dana@acme.example")]
TURNED = [("Ruiz, Dana", "dana@acme.example")]
BARE = [("", "dana@acme.example")]


@each_row(
    ("value", "boxes"),
    [
        ("Dana Ruiz <dana@acme.example>", DANA),
        ("jobs@acme.example <dana@acme.example>", [("jobs@acme.example", "dana@acme.example")]),
        ('"jobs@acme.example" <dana@acme.example>', [("jobs@acme.example", "dana@acme.example")]),
        ("=?utf-8?Q?Ruiz,_Dana?= <dana@acme.example>", TURNED),
        ("=?utf-8?Q?Ruiz=2C?= =?utf-8?Q?_Dana?= <dana@acme.example>", TURNED),
        ('"=?utf-8?Q?Ruiz=2C_Dana?=" <dana@acme.example>', TURNED),
        ('"Ruiz, Dana" <dana@acme.example>', TURNED),
        ("Ruiz, Dana <dana@acme.example>", TURNED),
        ('"Ruiz, Dana <dana@acme.example>', TURNED),
        ("dana@acme.example (Dana Ruiz)", DANA),
        ("Dana Ruiz (HR) <dana@acme.example>", [("Dana Ruiz (HR)", "dana@acme.example")]),
        ("=?utf-8?Q?Dana_Ruiz?=<dana@acme.example>", DANA),
        ("=?utf-8?Q?Dana_Ruiz_<x@y.example>?= <dana@acme.example>", [("Dana Ruiz <x@y.example>", "dana@acme.example")]),
        ("Team: a@b.example, Dana Ruiz <dana@acme.example>;", [("", "a@b.example"), *DANA]),
        ("a@b.example; dana@acme.example", [("", "a@b.example"), *BARE]),
        ("<@x.example,@y.example:dana@acme.example>", BARE),
        ("Dana Ruiz <dana@acme.example", DANA),
        ("Dana Ruiz < dana@acme.example >", DANA),
        ("Jörg Müller <j@bücher.example>", [("Jörg Müller", "j@bücher.example")]),
        ("Jörg <j@acme.example>".encode("cp1252"), [("Jörg", "j@acme.example")]),
        ("=?utf-8?Q?=FF?= <dana@acme.example>", BARE),
        ("=?utf-8?X?a?= <dana@acme.example>", BARE),
        ('"a b"@acme.example', [("", '"a b"@acme.example')]),
        ("(" * 500 + " <dana@acme.example>", BARE),
        ("(" * 500 + "Dana Ruiz" + ")" * 500 + "<dana@acme.example>", DANA),
        ("undisclosed-recipients:;", []),
        ("", []),
    ],
)
def test_mailboxes(value, boxes):
    assert fields("From", value).mailboxes("From") == boxes


def test_the_first_field_of_a_name_counts_and_lines_that_are_none_do_not():
    found = split(b">From x\r\nnonsense\r\nFROM : a@b.example\r\nFrom: c@d.example\r\n\r\n")[0]
    assert found.mailboxes("from") == [("", "a@b.example")]


@pytest.mark.parametrize(
    "unit",
    [
        b"=?utf-8?q?a?= ",
        b"=?a",
        b"(",
        b'"',
        b'"\\',
        b"<",
        b"a@",
        b",",
        b" \r\n ",
        b"\r\n ",
        b":",
        b"=?a?B?",
        b"x\r\nA:",
        b"=?utf-8?b?dw?= ",
        b"\x1b$B",
        b"=?b?q?=?b?q?",
        b"a)",
        b"(a",
    ],
)
def test_four_megabytes_are_read_at_once(unit):
    began = time.process_time()
    found = fields("Subject", unit * (3_900_000 // len(unit)))
    found.text("Subject")
    found.mailboxes("Subject")
    assert time.process_time() - began < 10


def test_what_stands_below_a_huge_field_is_read():
    assert fields("Subject", b"=?utf-8?q?a?= " * 280_000).text("X-Last") == "yes"


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_octets(octets):
    found = fields("From", octets)
    assert isinstance(found.text("From"), str)
    for name, address in found.mailboxes("From"):
        assert isinstance(name + address, str)


@settings(deadline=None)
@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zs", "Zl", "Zp"]), min_size=1, max_size=40)
)
def test_what_we_write_is_read_back(text):
    from mailer.message.encoded_words import encoded_words

    assert fields("Subject", "\r\n ".join(encoded_words(text))).text("Subject") == text
