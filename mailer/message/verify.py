"""A strict reader of what ``mailer.message.compose`` writes, and of nothing else.

It shares no code with the writer: a header that could be read in two ways, stands twice or was not asked for is a
ComposingBug, and the message does not leave.
"""

from __future__ import annotations

import re
from binascii import Error as BinasciiError
from binascii import a2b_base64, a2b_qp
from collections.abc import Sequence
from functools import cache, lru_cache

from mailer.message.rendered import Rendered

_LINE_OCTETS = 998
_WORD_OCTETS = 75

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDR_SPEC = r'(?:"(?:[^"\\]|\\.)+"|[^\s"(),:;<>@\[\]\\]+)@[a-z0-9.-]+'
_ENCODED_WORD = r"=\?utf-8\?([QB])\?([!->@-~]+)\?="
_MAILBOX = rf"""(?x)(?:(?:"(?P<quoted>(?:[^"\\]|\\.)*)"[ ]
          | (?P<encoded>=\?\S+\?=(?:[ ]=\?\S+\?=)*)[ ]
          | (?P<phrase>{_ATOM}(?:[ ]{_ATOM})*)[ ])?<(?P<addr>{_ADDR_SPEC})>
        | (?P<bare>{_ADDR_SPEC}))"""
_PLAIN = rf"({_ATOM}(?: {_ATOM})*) <([A-Za-z0-9._+-]+@[a-z0-9.-]+)>"
_PARAMETER = r"""; (?P<key>[a-z]+)(?:\*(?P<section>[0-9]+))?(?P<extended>\*)?=(?:"([^"\\]*)"|([^ ;"]+))"""
_MULTIPART = r'multipart/([a-z]+); boundary="([!#-~]{1,70})"'
_PERCENT = r"%([0-9A-F]{2})"
_TEXT_PART = ("Content-Type", "Content-Transfer-Encoding")
_FILE_PART = ("Content-Type", "Content-Disposition", "Content-Transfer-Encoding")


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


class ComposingBug(RuntimeError):
    """A composed message does not read back as what went into it."""


def read_back(content: bytes, places: Sequence[int], r: Rendered, *, bcc: bool = False) -> None:
    """Raise ComposingBug unless every header block of ``content`` says what ``r`` says, once, and nothing else.

    ``content`` lacks its Date and Message-ID; ``places`` are where the body of each attachment will go.  Bcc is
    there if ``bcc``, and only then.
    """
    end = content.find(b"\r\n\r\n")
    fields = _fields(content[:end])
    names = ["From"]
    _expect("From", _listed(fields.get("From", "")), (r.sender,))
    if r.to:
        names.append("To")
        _expect("To", _mailboxes(fields.get("To", "")), r.to)
    if r.cc or r.bcc or r.reply_to:
        for name, boxes in (("Cc", r.cc), ("Bcc", r.bcc if bcc else ()), ("Reply-To", r.reply_to)):
            if boxes:
                names.append(name)
                _expect(name, _listed(fields.get(name, "")), boxes)
    if r.subject:
        names.append("Subject")
        _expect("Subject", _text(fields.get("Subject", "")), r.subject)
    if r.thread:
        ids = [r.thread.in_reply_to, *(r.thread.references or (r.thread.in_reply_to,))]
        names += "In-Reply-To", "References"
        _expect("the thread", [fields.get("In-Reply-To"), *fields.get("References", "").split(" ")], ids)
    is_single = not r.attachments and (r.text is None or r.html is None)
    names += ("MIME-Version", *_TEXT_PART) if is_single else ("MIME-Version", "Content-Type")
    _expect("the list of headers", list(fields), names)
    _compare_parts(content, end + 4, places, fields, r)


def _expect(what: str, seen: object, wanted: object) -> None:
    if seen != wanted:
        raise ComposingBug(f"{what} reads back as {seen!r}, not {wanted!r}")


def _fields(block: bytes) -> dict[str, str]:
    """Unfolded header fields (RFC 5322 2.2.3), each name once."""
    text = block.decode()
    if len(block) > _LINE_OCTETS and max(map(len, block.split(b"\r\n"))) > _LINE_OCTETS:
        raise ComposingBug(f"a header line is longer than {_LINE_OCTETS} octets")
    lines = text.replace("\r\n ", " ").split("\r\n")
    try:
        fields = dict([line.split(": ", 1) for line in lines])
    except ValueError:
        fields = {}
    if len(fields) < len(lines) or "" in fields.values() or not "".join(lines).isprintable():
        _refuse_malformed(lines)
    return fields


def _refuse_malformed(lines: Sequence[str]) -> None:
    names = [line.partition(": ")[0] for line in lines]
    for line, name in zip(lines, names, strict=True):
        if line in (name, f"{name}: ") or _hides_line_end(line) or names.count(name) > 1:
            raise ComposingBug(f"a header line is not well formed or stands twice: {line!r}")


def _hides_line_end(line: str) -> bool:
    return any(char < " " or "\x7f" <= char <= "\x9f" or char in "\u2028\u2029" for char in line)


@lru_cache(maxsize=64)
def _part_type(block: bytes) -> str:
    """The media type of a part with text, whose header block is well formed."""
    fields = _fields(block)
    _expect("the headers of a text part", tuple(fields), _TEXT_PART)
    return fields["Content-Type"].partition(";")[0]


@lru_cache(maxsize=64)
def _file_type(block: bytes) -> tuple[str, str]:
    """The file name and the media type of an attachment, whose header block is well formed."""
    fields = _fields(block)
    _expect("the headers of an attachment", tuple(fields), _FILE_PART)
    return _file_name(fields["Content-Disposition"]), fields["Content-Type"].partition(";")[0]


def _mailboxes(value: str) -> tuple[tuple[str, str], ...]:
    """``(addr-spec, name)`` of each mailbox."""
    plain = _pattern(_PLAIN).fullmatch(value)
    return ((plain[2], _text(plain[1])),) if plain else _parsed(value)


# Those that all letters of a batch have.
_listed = lru_cache(maxsize=64)(_mailboxes)


def _parsed(value: str) -> tuple[tuple[str, str], ...]:
    boxes: list[tuple[str, str]] = []
    start = 0
    while True:
        match = _pattern(_MAILBOX).match(value, start)
        if not match:
            raise ComposingBug(f"not a list of mailboxes: {value!r}")
        boxes.append((match["addr"] or match["bare"], _name(match)))
        start = match.end() + 2
        if match.end() == len(value):
            return tuple(boxes)
        if value[match.end() : start] != ", ":
            raise ComposingBug(f"not a list of mailboxes: {value!r}")


def _name(match: re.Match[str]) -> str:
    if match["quoted"] is not None:
        _expect("an encoded-word inside quotes", "=?" in match["quoted"], False)
        return re.sub(r"\\(.)", r"\1", match["quoted"])
    return _text(match["encoded"] or match["phrase"] or "")


def _text(value: str) -> str:
    """Unstructured text or a phrase: a run of encoded-words (RFC 2047), or plain words."""
    if "=?" not in value:
        return value
    words = value.split(" ")
    return "".join([_decoded(word, last=index == len(words)) for index, word in enumerate(words, 1)])


def _decoded(word: str, *, last: bool) -> str:
    match = _pattern(_ENCODED_WORD).fullmatch(word)
    if not match or len(word) > _WORD_OCTETS or (not last and match[1] == "B" and match[2].endswith("=")):
        raise ComposingBug(f"not an encoded-word of ours: {word!r}")
    try:
        octets = a2b_qp(match[2], header=True) if match[1] == "Q" else a2b_base64(match[2], strict_mode=True)
        return octets.decode()
    except (BinasciiError, UnicodeDecodeError) as error:
        raise ComposingBug(f"an encoded-word does not hold whole characters: {word!r}") from error


def _compare_parts(content: bytes, start: int, places: Sequence[int], fields: dict[str, str], r: Rendered) -> None:
    content_type = fields["Content-Type"]
    if r.attachments:
        boundary = _boundary(content_type, "mixed")
        end = _compare_text(content, _opened(content, start, boundary), boundary, r)
        _compare_files(content, end, boundary, places, r)
    elif content_type.startswith("multipart/"):
        _compare_alternative(content, start, content_type, r)
    else:
        _expect("the media type", [content_type.partition(";")[0]], [*_text_types(r)])


def _compare_text(content: bytes, start: int, outer: bytes, r: Rendered) -> int:
    """The first part of a multipart/mixed; the place of the delimiter behind it."""
    end = content.find(b"\r\n\r\n", start)
    kinds = _text_types(r)
    if len(kinds) == 1:
        _expect("the media type", _part_type(content[start:end]), kinds[0])
        return content.find(b"\r\n" + outer, end + 2)
    fields = _fields(content[start:end])
    _expect("the headers of the alternatives", list(fields), ["Content-Type"])
    return _compare_alternative(content, end + 4, fields["Content-Type"], r) + 2


def _compare_alternative(content: bytes, start: int, content_type: str, r: Rendered) -> int:
    boundary = _boundary(content_type, "alternative")
    position = _opened(content, start, boundary)
    line = b"\r\n" + boundary
    for kind in _text_types(r):
        end = content.find(b"\r\n\r\n", position)
        _expect("the media type", _part_type(content[position:end]), kind)
        position = content.find(line, end + 2) + len(line) + 2
    _expect("the end of the alternatives", content[position - 2 : position + 2], b"--\r\n")
    return position


def _compare_files(content: bytes, position: int, boundary: bytes, places: Sequence[int], r: Rendered) -> None:
    for attachment, place in zip(r.attachments, places, strict=True):
        start = _opened(content, position + 2, boundary)
        end = content.find(b"\r\n\r\n", start)
        _expect("an attachment", _file_type(content[start:end]), (attachment.filename, attachment.media_type))
        _expect("the place of an attachment", place, end + 4)
        position = place
    _expect("the end of the parts", content[position:], b"\r\n" + boundary + b"--\r\n")


def _opened(content: bytes, start: int, boundary: bytes) -> int:
    _expect("a delimiter", content.startswith(boundary + b"\r\n", start), True)
    return start + len(boundary) + 2


def _boundary(content_type: str, subtype: str) -> bytes:
    match = _pattern(_MULTIPART).fullmatch(content_type)
    if not match or match[1] != subtype:
        raise ComposingBug(f"not multipart/{subtype}: {content_type!r}")
    return b"--" + match[2].encode("ascii")


def _text_types(r: Rendered) -> Sequence[str]:
    if r.html is None:
        return ("text/plain",)
    return ("text/html",) if r.text is None else ("text/plain", "text/html")


def _file_name(disposition: str) -> str:
    kind, _, rest = disposition.partition(";")
    found = [match for match in re.finditer(_PARAMETER, f";{rest}") if match["key"] == "filename"]
    _expect("the disposition", (kind, "".join(match[0] for match in found)), ("attachment", f";{rest}"))
    if not found[0]["extended"]:
        return found[0][4]
    _expect("the sections of a file name", [int(match["section"] or 0) for match in found], list(range(len(found))))
    value = "".join(match[5] for match in found).removeprefix("utf-8''")
    return re.sub(_PERCENT, lambda match: chr(int(match[1], 16)), value).encode("latin-1").decode()
