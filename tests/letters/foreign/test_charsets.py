"""Charsets as senders mean them."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.letters.foreign.charsets import codec_of, decoded, guessed
from tests.kit.rows import each_row


def iso_2022_jp(text: str) -> bytes:
    """Two-octet signs of code page 932, vendors' ones too, in seven bits."""
    octets = b"\x1b$B"
    for char in text:
        lead, trail = char.encode("cp932")
        row = (lead - (0x70 if lead < 0xA0 else 0xB0)) * 2 - (trail < 0x9F)
        cell = trail - 0x7E if trail >= 0x9F else trail - (0x1F if trail < 0x7F else 0x20)
        octets += bytes((row, cell))
    return octets + b"\x1b(B"


def euc_jp(text: str) -> bytes:
    return bytes(octet | 0x80 for octet in iso_2022_jp(text)[3:-3])


@each_row(
    ("label", "octets", "text"),
    [
        ("gb2312", "朱镕基".encode("gbk"), "朱镕基"),
        ("GB_2312-80", "㐀".encode("gb18030"), "㐀"),
        ("x-gbk", "你好".encode("gbk"), "你好"),
        ("ks_c_5601-1987", "똠방각하".encode("cp949"), "똠방각하"),
        ("euc-kr", "펲시콜라".encode("cp949"), "펲시콜라"),
        ("iso-8859-1", b"\x80 \x93a\x94 \x96", "€ “a” –"),
        ("latin1", b"caf\xe9 \x92", "café ’"),
        ("us-ascii", "café".encode(), "café"),
        ("us-ascii", b"caf\xe9", "café"),
        ("iso-8859-9", b"\xfe\x80", "ş€"),
        ("shift_jis", "①㈱髙～".encode("cp932"), "①㈱髙～"),
        ("x-sjis", "テスト".encode("cp932"), "テスト"),
        ("windows-31j", "№".encode("cp932"), "№"),
        ("iso-2022-jp", iso_2022_jp("①㈱髙～日本"), "①㈱髙～日本"),
        ("iso-2022-jp", b"a " + iso_2022_jp("日本") + b" b\x1b(I1\x1b(B", "a 日本 bｱ"),
        ("euc-jp", b"a " + euc_jp("①㈱日本") + b" b", "a ①㈱日本 b"),
        ("iso-8859-8-i", "שלום".encode("iso8859-8"), "שלום"),
        ("logical", "שלום".encode("iso8859-8"), "שלום"),
        ("windows-874", "ก".encode("cp874"), "ก"),
        ("iso-8859-11", "ก€".encode("cp874"), "ก€"),
        ("big5", "碁恒".encode("big5hkscs"), "碁恒"),
        ("koi8-ru", "їжак".encode("koi8-u"), "їжак"),
        ("iso_8859-2:1987", "ł".encode("iso8859-2"), "ł"),
        ('"utf-8"', "ü".encode(), "ü"),
        ("utf8", b"\xef\xbb\xbfa\xff", "a\ufffd"),
        ("utf-7", b"+AOk-", "é"),
        ("x-unknown", "é".encode(), "é"),
        ("x-unknown", b"\xe9", "é"),
    ],
)
def test_what_senders_mean(label, octets, text):
    assert decoded(octets, label) == text


@each_row(
    "label",
    [
        "idna",
        "punycode",
        "undefined",
        "unicode_escape",
        "raw_unicode_escape",
        "rot13",
        "base64",
        "zlib",
        "mbcs",
        "oem",
        "\x00",
        "utf-8\x00",
        "",
        " ",
        "a" * 5000,
        "../../os",
        "utf-8\n",
        "x-user-defined",
        "ü",
        "iso-8859-99",
        "cp99999",
    ],
)
def test_a_label_that_means_no_charset_is_harmless(label):
    assert codec_of(label) is None
    assert decoded(b"a\xc3\xa9", label) == "aé"


@settings(deadline=None)
@given(st.text(max_size=60), st.binary(max_size=80))
def test_nothing_raises(label, octets):
    assert isinstance(decoded(octets, label), str)
    assert isinstance(guessed(octets, label), str)


@settings(deadline=None)
@given(
    st.sampled_from(["gb2312", "ks_c_5601-1987", "iso-8859-1", "shift_jis", "iso-2022-jp", "euc-jp", "utf-7", "big5"]),
    st.binary(max_size=80),
)
def test_any_octets_of_known_charsets(label, octets):
    assert isinstance(decoded(octets, label), str)


@pytest.mark.parametrize("unit", [b"\x1b$B", b"\x1b$B!!\x1b(B", b"\x1b$(D!!", b"\x1b"])
def test_many_escapes_are_read_in_a_time_that_grows_with_them(unit):
    began = time.process_time()
    decoded(unit * (1_000_000 // len(unit)), "iso-2022-jp")
    assert time.process_time() - began < 10
