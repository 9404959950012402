"""An HTML body that the user wrote, cut at its marks: each value is filled as its place in the HTML asks.

The places are those of the HTML standard's tokenizer, as far as values may stand in them: text, and values of
attributes.  A value in a script, a style, a comment, a tag's name or an event handler is refused: no escaping
makes text safe there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailer.errors import BadData
from mailer.slots import Marks, Piece, merge, target_pieces

_MARKUP = re.compile(
    r"(?P<hidden><!--.*?(?:-->|\Z)|<(?P<raw>script|style)\b.*?(?:</(?P=raw)\s*>|\Z))"
    r"|(?P<tag></?[a-zA-Z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>)",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""(?P<name>[^\s=<>"'/]+)\s*=\s*(?P<value>"[^"]*"|'[^']*'|[^\s>"']+)""")
_TARGETS = {"href", "src", "action", "formaction", "cite", "background", "poster", "data", "longdesc", "xlink:href"}
_CODE = re.compile(r"on\w+|srcdoc|style", re.IGNORECASE)


def cut(source: str, marks: Marks) -> tuple[Piece, ...]:
    """``source`` with slots for its marks.  Raises BadData where no value may stand."""
    return merge(_pieces(source, marks))


def _pieces(source: str, marks: Marks) -> Iterator[Piece]:
    at = 0
    for match in _MARKUP.finditer(source):
        yield from marks.pieces(source[at : match.start()], "html")
        at = match.end()
        if not marks.held(match[0]):
            yield match[0]
        elif match["tag"]:
            yield from _tag(match[0], marks)
        else:
            raise _refused("a comment" if match[0].startswith("<!--") else f"a <{match['raw'].lower()}>")
    yield from marks.pieces(source[at:], "html")


def _tag(tag: str, marks: Marks) -> Iterator[Piece]:
    at = 0
    for match in _ATTRIBUTE.finditer(tag):
        yield _clean(tag[at : match.start("value")], marks)
        at = match.end()
        yield from _attribute(match["name"].lower(), match["value"], marks)
    yield _clean(tag[at:], marks)


def _attribute(name: str, value: str, marks: Marks) -> Iterator[Piece]:
    if not marks.held(value):
        yield value
        return
    if _CODE.fullmatch(name):
        raise _refused(f"the attribute {name}")
    quote = value[0] if value[0] in "\"'" else ""
    inside = value[1:-1] if quote else value
    yield quote
    if name in _TARGETS:
        yield from target_pieces(marks, inside, ("target attribute", "target part"))
    else:
        yield from marks.pieces(inside, "attribute")
    yield quote


def _clean(text: str, marks: Marks) -> str:
    if marks.held(text):
        raise _refused("a tag, outside an attribute's value")
    return text


def _refused(where: str) -> BadData:
    return BadData(f"a value stands in {where} of the HTML", hint="Put values in text or in attributes such as href.")
