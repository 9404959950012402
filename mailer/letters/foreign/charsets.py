"""Octets of a stranger's mail as text: charset labels as browsers and mail programs read them (WHATWG Encoding).

Labels mean what senders mean by them, the superset: gb2312 is GB 18030, ks_c_5601 is code page 949, iso-8859-1 is
windows-1252.  Python has the codecs; what it lacks are labels and Japanese with vendor signs, which are read here.
(The package webencodings has the labels, but reads iso-2022-jp and euc-jp as strictly as Python.)  Only codecs of text
are used, so that no label can be a trap: idna, punycode, undefined, unicode_escape.
"""

from __future__ import annotations

import re
from functools import lru_cache

# By label without its punctuation; "x" before it is nothing.
_LABELS = {
    **dict.fromkeys(("utf8", "unicode11utf8", "unicode20utf8", "unknown8bit", "usascii", "ascii", "default"), ""),
    **dict.fromkeys(("gb231280", "csgb2312", "gb2312", "gbk", "cp936", "windows936", "ms936", "chinese"), "gb18030"),
    **dict.fromkeys(("ksc5601", "ksc56011987", "ksc56011989", "csksc56011987", "cseuckr", "isoir149"), "cp949"),
    **dict.fromkeys(("windows31j", "cswindows31j", "sjis", "mskanji", "csshiftjis", "shiftjis"), "cp932"),
    **dict.fromkeys(("eucjp", "cseucpkdfmtjapanese", "ujis"), "euc-jp"),
    **dict.fromkeys(("iso2022jp", "csiso2022jp", "iso2022jp1", "iso2022jp2", "cp50220", "cp50221"), "iso-2022-jp"),
    **dict.fromkeys(("big5", "cnbig5", "xbig5", "csbig5", "cp950"), "big5hkscs"),
    **dict.fromkeys(("visual", "logical", "csiso88598e", "csiso88598i"), "iso8859-8"),
    **dict.fromkeys(("koi", "koi8"), "koi8-r"),
    **dict.fromkeys(("mac", "macroman", "macintosh", "csmacintosh"), "mac-roman"),
    **dict.fromkeys(("maccyrillic", "macukrainian"), "mac-cyrillic"),
    **dict.fromkeys(("unicode", "csunicode", "unicodefeff", "ucs2", "iso10646ucs2"), "utf-16-le"),
    "unicodefffe": "utf-16-be",
    "koi8ru": "koi8-u",
    "csisolatin9": "iso8859-15",
    "suneugreek": "iso8859-7",
    "dos874": "cp874",
}
# What senders mean by codecs that Python takes at their word.
_MEANT = {
    "ascii": "",
    "utf-8": "",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "euc_jp": "euc-jp",
    "iso2022_jp": "iso-2022-jp",
}
_LABEL = r"[A-Za-z0-9][A-Za-z0-9._:()+-]{0,39}"
_TEXT = (
    r"iso8859-\d+|cp\d+|koi8-[rtu]|mac-[a-z]+|utf-(?:7|16(?:-[bl]e)?|32(?:-[bl]e)?)"
    r"|gb18030|hz|johab|kz1048|ptcp154|hp-roman8|\w*(?:jis|2022|euc|big5)\w*"
)
_ESCAPES = rb"\x1b(\([A-J]|\$\([A-D]|\$[@AB]|\.[AF])"
_EUC_PAIRS = rb"((?:[\xa1-\xfe]{2})+)|\x8e([\xa1-\xdf])|(\x8f[\xa1-\xfe]{2})"


def decoded(octets: bytes, label: str) -> str:
    """The text; U+FFFD for what the charset does not have, the best guess where nobody knows the charset."""
    codec = codec_of(label)
    if codec is None:
        return guessed(octets)
    if codec == "":
        return _utf8(octets) if "ascii" not in label.lower() else guessed(octets)
    if codec == "iso-2022-jp":
        return _iso_2022_jp(octets)
    return _euc_jp(octets) if codec == "euc-jp" else octets.decode(codec, "replace")


def guessed(octets: bytes, label: str = "") -> str:
    """Octets without a charset: UTF-8 if they are that, else ``label``'s (the whole mail's), else windows-1252."""
    if b"\x1b$" in octets:
        return _iso_2022_jp(octets)
    try:
        return octets.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError:
        return octets.decode((label and codec_of(label)) or "cp1252", "replace")


@lru_cache(maxsize=256)
def codec_of(label: str) -> str | None:
    """The codec that a label means, "" for UTF-8; None for a label that means no charset."""
    label = re.sub(r":19\d\d$", "", label.strip(" \t\"'"))
    if not re.fullmatch(_LABEL, label):
        return None
    plain = re.sub(r"[^a-z0-9]", "", label.lower()).removeprefix("x")
    if plain in _LABELS:
        return _LABELS[plain]
    numbered = re.fullmatch(r"(?:cs)?(iso8859|cp|windows|ibm)(\d{1,5})[ei]?", plain)
    kind = {"iso8859": "iso8859-", None: ""}.get(numbered[1] if numbered else None, "cp")
    return _python_codec(kind + numbered[2] if numbered else label)


def _python_codec(label: str) -> str | None:
    import codecs

    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    return _MEANT.get(name, name if re.fullmatch(_TEXT, name) else None)


def _utf8(octets: bytes) -> str:
    return octets.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")


def _iso_2022_jp(octets: bytes) -> str:
    """RFC 1468, with the vendors' signs in rows 13 and 89 to 92, which Python's codec refuses."""
    first, *others = re.split(_ESCAPES, octets)
    runs = zip([b"(B", *others[::2]], [first, *others[1::2]], strict=True)
    return "".join([_designated(run, charset) for charset, run in runs if run])


def _designated(octets: bytes, charset: bytes) -> str:
    if charset in (b"$@", b"$B"):
        return _pairs(octets)
    if charset == b"(I":
        return bytes([octet | 0x80 for octet in octets]).decode("cp932", "replace")
    if charset in (b"(B", b"(J"):
        return guessed(octets) if not octets.isascii() else octets.decode("ascii")
    return (b"\x1b" + charset + octets).decode("iso2022_jp_ext", "replace")


def _pairs(octets: bytes) -> str:
    """Two octets a character (JIS X 0208), by way of code page 932; control characters stand between them."""
    pieces = re.split(rb"([^\x21-\x7e]+)", octets)
    return "".join(
        _shifted(piece) if at % 2 == 0 else piece.decode("ascii", "replace") for at, piece in enumerate(pieces)
    )


def _shifted(octets: bytes) -> str:
    shifted = bytearray()
    for row, cell in zip(octets[::2], octets[1::2], strict=False):
        lead = (row + 1 >> 1) + (0x70 if row < 0x5F else 0xB0)
        trail = cell + (0x1F if cell < 0x60 else 0x20) if row % 2 else cell + 0x7E
        shifted += bytes((lead, trail))
    return shifted.decode("cp932", "replace") + ("\ufffd" if len(octets) % 2 else "")


def _euc_jp(octets: bytes) -> str:
    def read(match: re.Match[bytes]) -> bytes:
        if match[1]:
            return _shifted(bytes(octet & 0x7F for octet in match[1])).encode()
        return (match[2].decode("cp932", "replace") if match[2] else match[0].decode("euc_jp", "replace")).encode()

    return re.sub(_EUC_PAIRS, read, octets).decode("utf-8", "replace")
