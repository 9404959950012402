"""HTML cut into tags and text, as the HTML standard's tokenizer does (13.2.5); the time is that of the length."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Literal

from mailer.tuples import NamedTuple

OPEN = re.compile(r"<(?:(?P<comment>!--)|(?P<bogus>[!?]|/(?![a-zA-Z]))|(?P<tag>/?[a-zA-Z][^\s/>]*))")
ATTRIBUTE = re.compile(
    r"""[\s/]*(?P<name>[^\s/>][^\s/>=]*)(?:\s*=\s*(?P<value>"[^"]*(?:"|\Z)|'[^']*(?:'|\Z)|[^\s>"'][^\s>]*|(?=>)))?"""
)
END = re.compile(r"[\s/]*>")
# "<!-->" and "<!--->" are whole comments.
_SHORT_COMMENT = re.compile(r"-?>")
_COMMENT_END = re.compile(r"--!?>")
RAW = frozenset({"script", "style", "xmp", "iframe", "noembed", "noframes", "plaintext"})
LITERAL = frozenset({"textarea", "title"})


class Token(NamedTuple):
    """A piece of HTML: a tag by ``name`` with its attributes, or ``text``, which is that of a raw element by ``name``.

    Texts and attributes are as they are shown, without character references.
    """

    kind: Literal["text", "open", "close", "raw"]
    name: str
    text: str = ""
    attributes: Mapping[str, str] = {}


def tokens(source: str) -> Iterator[Token]:
    """The tags and texts of ``source``; comments, and a last tag that is not closed, are left out."""
    at = 0
    while found := OPEN.search(source, at):
        if found.start() > at:
            yield Token("text", "", unescape(source[at : found.start()]))
        if not found["tag"]:
            at = end_of_comment(source, found)
            continue
        attributes, at = _attributes(source, found.end())
        if at < 0:
            return
        name = found["tag"].lower()
        if name.startswith("/"):
            yield Token("close", name[1:])
            continue
        yield Token("open", name, attributes=attributes)
        if name in RAW or name in LITERAL:
            stop = end_of_raw(source, at, name)
            yield Token("raw", name, unescape(source[at:stop]) if name in LITERAL else source[at:stop])
            at = stop
    if at < len(source):
        yield Token("text", "", unescape(source[at:]))


def _attributes(source: str, at: int) -> tuple[dict[str, str], int]:
    """The attributes that stand from ``at`` on, and where the tag ends; -1 if it does not."""
    found: dict[str, str] = {}
    while not (end := END.match(source, at)):
        attribute = ATTRIBUTE.match(source, at)
        if not attribute:
            return found, -1
        value = attribute["value"] or ""
        if value[:1] in ("'", '"'):
            value = value[1:-1] if len(value) > 1 and value[-1] == value[0] else value[1:]
        found.setdefault(attribute["name"].lower(), unescape(value))
        at = attribute.end()
    return found, end.end()


def end_of_raw(source: str, at: int, name: str) -> int:
    """Where the text of a raw element ends that begins at ``at``."""
    end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(source, at)
    return end.start() if end and name != "plaintext" else len(source)


def end_of_comment(source: str, found: re.Match[str]) -> int:
    """Where a comment ends, or what the standard reads as one."""
    at = found.end()
    if found["bogus"]:
        end = source.find(">", at)
        return end + 1 if end >= 0 else len(source)
    closed = _SHORT_COMMENT.match(source, at) or _COMMENT_END.search(source, at)
    return closed.end() if closed else len(source)
