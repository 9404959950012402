"""A strict reader of what ``mailer.message`` writes, and of nothing else.

It shares no code with the writer: a header that could be read in two ways, stands twice or was not asked for is a
ComposingBug, and the message does not leave.
"""

from __future__ import annotations

import re
from binascii import Error as BinasciiError
from binascii import a2b_base64, a2b_qp
from functools import lru_cache

from mailer.address import Mailbox
from mailer.rendered import Rendered

_LINE_OCTETS = 998
_WORD_OCTETS = 75

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDR_SPEC = r'(?:"(?:[^"\\]|\\.)+"|[^\s"(),:;<>@\[\]\\]+)@[a-z0-9.-]+'
_ENCODED_WORD = re.compile(r"=\?utf-8\?([QB])\?([!->@-~]+)\?=")
_MAILBOX = re.compile(
    rf"""(?:(?:"(?P<quoted>(?:[^"\\]|\\.)*)"[ ]
          | (?P<encoded>=\?\S+\?=(?:[ ]=\?\S+\?=)*)[ ]
          | (?P<phrase>{_ATOM}(?:[ ]{_ATOM})*)[ ])?<(?P<addr>{_ADDR_SPEC})>
        | (?P<bare>{_ADDR_SPEC}))""",
    re.VERBOSE,
)
_MULTIPART = re.compile(r'multipart/(alternative|mixed); boundary="([!#-~]{1,70})"')
_PARAMETER = re.compile(r"""; (?P<key>[a-z]+)(?:\*(?P<section>[0-9]+))?(?P<extended>\*)?=(?:"([^"\\]*)"|([^ ;"]+))""")
_PERCENT = re.compile(r"%([0-9A-F]{2})")
_ALWAYS = frozenset({"From", "MIME-Version", "Content-Type"})
_STAMPED = frozenset({"Date", "Message-ID"})
_TEXT_PART = frozenset({"Content-Type", "Content-Transfer-Encoding"})
_FILE_PART = _TEXT_PART | {"Content-Disposition"}


class ComposingBug(RuntimeError):
    """A composed message does not read back as what went into it."""


def read_back(content: bytes, r: Rendered, *, draft: bool = False) -> None:
    """Raise ComposingBug unless every header block of ``content`` says what ``r`` says, once, and nothing else."""
    end = content.find(b"\r\n\r\n")
    fields = _fields(content[:end])
    _compare_names(fields, r, draft)
    for name, boxes in _address_lists(r, draft):
        if boxes:
            _expect(name, _mailboxes(fields[name]), [(box.display_name, box.addr_spec) for box in boxes])
    if r.subject:
        _expect("Subject", _text(fields["Subject"]), r.subject)
    if r.thread:
        _expect("In-Reply-To", fields["In-Reply-To"], r.thread.in_reply_to)
        _expect("References", tuple(fields["References"].split(" ")), r.thread.references or (r.thread.in_reply_to,))
    _compare_parts(content, end + 4, fields, r)


def _expect(what: str, seen: object, wanted: object) -> None:
    if seen != wanted:
        raise ComposingBug(f"{what} reads back as {seen!r}, not {wanted!r}")


def _address_lists(r: Rendered, draft: bool) -> tuple[tuple[str, tuple[Mailbox, ...]], ...]:
    return (
        ("From", (r.sender,)),
        ("To", r.to),
        ("Cc", r.cc),
        ("Bcc", r.bcc if draft else ()),
        ("Reply-To", r.reply_to),
    )


def _compare_names(fields: dict[str, str], r: Rendered, draft: bool) -> None:
    wanted = {name for name, boxes in _address_lists(r, draft) if boxes} | _ALWAYS
    wanted |= {"X-Unsent"} if draft and "X-Unsent" in fields else _STAMPED
    if r.subject:
        wanted.add("Subject")
    if r.thread:
        wanted |= {"In-Reply-To", "References"}
    if not fields.get("Content-Type", "").startswith("multipart/"):
        wanted.add("Content-Transfer-Encoding")
    _expect("the set of headers", fields.keys(), wanted)


def _fields(block: bytes) -> dict[str, str]:
    """Unfolded header fields (RFC 5322 2.2.3), each name once."""
    text = block.decode()
    if len(text) > _LINE_OCTETS and max(map(len, block.split(b"\r\n"))) > _LINE_OCTETS:
        raise ComposingBug(f"a header line is longer than {_LINE_OCTETS} octets")
    lines = text.replace("\r\n ", " ").split("\r\n")
    fields: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(": ")
        if not colon or not value or (not line.isprintable() and _hides_line_end(line)) or name in fields:
            raise ComposingBug(f"a header line is not well formed or stands twice: {line!r}")
        fields[name] = value
    return fields


def _hides_line_end(line: str) -> bool:
    return any(char < " " or "\x7f" <= char <= "\x9f" or char in "\u2028\u2029" for char in line)


@lru_cache(maxsize=512)
def _part_fields(block: bytes) -> dict[str, str]:
    return _fields(block)


@lru_cache(maxsize=512)
def _mailboxes(value: str) -> list[tuple[str, str]]:
    boxes: list[tuple[str, str]] = []
    start = 0
    while True:
        match = _MAILBOX.match(value, start)
        if not match:
            raise ComposingBug(f"not a list of mailboxes: {value!r}")
        boxes.append((_name(match), match["addr"] or match["bare"]))
        start = match.end() + 2
        if match.end() == len(value):
            return boxes
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
    match = _ENCODED_WORD.fullmatch(word)
    if not match or len(word) > _WORD_OCTETS or (not last and match[1] == "B" and match[2].endswith("=")):
        raise ComposingBug(f"not an encoded-word of ours: {word!r}")
    try:
        octets = a2b_qp(match[2], header=True) if match[1] == "Q" else a2b_base64(match[2], strict_mode=True)
        return octets.decode()
    except (BinasciiError, UnicodeDecodeError) as error:
        raise ComposingBug(f"an encoded-word does not hold whole characters: {word!r}") from error


def _compare_parts(content: bytes, start: int, fields: dict[str, str], r: Rendered) -> None:
    content_type = fields["Content-Type"]
    if r.attachments:
        boundary = _boundary(content_type, "mixed")
        end = _compare_text(content, _opened(content, start, boundary), boundary, r)
        _compare_files(content, end, boundary, r)
    elif content_type.startswith("multipart/"):
        _compare_alternative(content, start, content_type, r)
    else:
        _expect("the media type", content_type.partition(";")[0], _text_types(r)[0])


def _compare_text(content: bytes, start: int, outer: bytes, r: Rendered) -> int:
    """The first part of a multipart/mixed; the place of the delimiter behind it."""
    end = content.find(b"\r\n\r\n", start)
    fields = _part_fields(content[start:end])
    kinds = _text_types(r)
    if len(kinds) == 1:
        _expect("the headers of a text part", fields.keys(), _TEXT_PART)
        _expect("the media type", fields["Content-Type"].partition(";")[0], kinds[0])
        return content.find(b"\r\n" + outer, end + 2)
    _expect("the headers of the alternatives", list(fields), ["Content-Type"])
    return _compare_alternative(content, end + 4, fields["Content-Type"], r) + 2


def _compare_alternative(content: bytes, start: int, content_type: str, r: Rendered) -> int:
    boundary = _boundary(content_type, "alternative")
    position = _opened(content, start, boundary)
    for kind in _text_types(r):
        end = content.find(b"\r\n\r\n", position)
        fields = _part_fields(content[position:end])
        _expect("the headers of a text part", fields.keys(), _TEXT_PART)
        _expect("the media type", fields["Content-Type"].partition(";")[0], kind)
        position = content.find(b"\r\n" + boundary, end + 2) + len(boundary) + 4
    _expect("the end of the alternatives", content[position - 2 : position + 2], b"--\r\n")
    return position


def _compare_files(content: bytes, position: int, boundary: bytes, r: Rendered) -> None:
    for attachment in r.attachments:
        start = _opened(content, position + 2, boundary)
        end = content.find(b"\r\n\r\n", start)
        fields = _part_fields(content[start:end])
        _expect("the headers of an attachment", fields.keys(), _FILE_PART)
        _expect("a file name", _file_name(fields["Content-Disposition"]), attachment.filename)
        _expect("a media type", fields["Content-Type"].partition(";")[0], attachment.media_type)
        _expect("an attachment's octets", content.startswith(attachment.encoded, end + 4), True)
        position = end + 4 + len(attachment.encoded)
    _expect("the end of the parts", content[position:], b"\r\n" + boundary + b"--\r\n")


def _opened(content: bytes, start: int, boundary: bytes) -> int:
    _expect("a delimiter", content.startswith(boundary + b"\r\n", start), True)
    return start + len(boundary) + 2


def _boundary(content_type: str, subtype: str) -> bytes:
    match = _MULTIPART.fullmatch(content_type)
    if not match or match[1] != subtype:
        raise ComposingBug(f"not multipart/{subtype}: {content_type!r}")
    return b"--" + match[2].encode("ascii")


def _text_types(r: Rendered) -> list[str]:
    kinds = [("text/plain", r.text is not None or r.html is None), ("text/html", r.html is not None)]
    return [kind for kind, there in kinds if there]


@lru_cache(maxsize=256)
def _file_name(disposition: str) -> str:
    kind, _, rest = disposition.partition(";")
    found = [match for match in _PARAMETER.finditer(f";{rest}") if match["key"] == "filename"]
    _expect("the disposition", (kind, "".join(match[0] for match in found)), ("attachment", f";{rest}"))
    if not found[0]["extended"]:
        return found[0][4]
    _expect("the sections of a file name", [int(match["section"] or 0) for match in found], list(range(len(found))))
    value = "".join(match[5] for match in found).removeprefix("utf-8''")
    return _PERCENT.sub(lambda match: chr(int(match[1], 16)), value).encode("latin-1").decode()
