"""An HTML body that the user wrote, cut at its marks: each value is filled as its place in the HTML asks.

The places are those of the HTML standard's tokenizer (13.2.5), as far as values may stand in them: text, and values
of attributes.  A value in a script, a style, a comment, a tag's name or an event handler is refused: no escaping
makes text safe there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailer.errors import BadData
from mailer.message.html_tokens import ATTRIBUTE, END, LITERAL, OPEN, RAW, end_of_comment, end_of_raw
from mailer.message.slots import Cut, Marks, Piece, target_pieces

# With a value behind it this would be read as a character reference.
_BEGUN = re.compile(r"&(#?\w*)\Z")
_TARGETS = {"href", "src", "action", "formaction", "cite", "background", "poster", "data", "longdesc", "ping"} | {
    "srcset",
    "manifest",
    "codebase",
    "xlink:href",
}
_CODE = re.compile(r"on\w+|srcdoc|style", re.IGNORECASE)


def cut(source: str, marks: Marks) -> Cut:
    """``source`` with slots for its marks.  Raises BadData where no value may stand."""
    return Cut(_Cutter(source, marks).pieces())


class _Cutter:
    def __init__(self, source: str, marks: Marks) -> None:
        self.source, self.marks = source, marks
        self.preformatted = 0

    def pieces(self) -> Iterator[Piece]:
        at = 0
        while found := OPEN.search(self.source, at):
            yield from self._text(self.source[at : found.start()])
            if found["tag"]:
                pieces, at = self._tag(found)
                yield from pieces
                name = found["tag"].lower()
                if name in RAW or name in LITERAL:
                    start, at = at, end_of_raw(self.source, at, name)
                    raw = self.source[start:at]
                    yield from self.marks.pieces(raw, "pre") if name in LITERAL else [self._clean(raw, f"a <{name}>")]
            else:
                end = end_of_comment(self.source, found)
                yield self._clean(self.source[found.start() : end], "a comment")
                at = end
        yield from self._text(self.source[at:])

    def _text(self, text: str) -> list[Piece]:
        pieces = self.marks.pieces(text, "pre" if self.preformatted else "html")
        if any(isinstance(piece, str) and piece.endswith("<") for piece in pieces[:-1]):
            raise _refused_error("a tag's name")
        return _unbegun(pieces)

    def _tag(self, found: re.Match[str]) -> tuple[list[Piece], int]:
        pieces: list[Piece] = [self._clean(found[0], "a tag's name")]
        at = found.end()
        while not (end := END.match(self.source, at)):
            attribute = ATTRIBUTE.match(self.source, at)
            if not attribute:
                return [*pieces, self._clean(self.source[at:], "a tag that is not closed")], len(self.source)
            pieces += self._attribute(attribute)
            at = attribute.end()
        if found["tag"].lower() in ("pre", "/pre"):
            self.preformatted = int(found["tag"][0] != "/")
        return [*pieces, end[0]], end.end()

    def _attribute(self, found: re.Match[str]) -> Iterator[Piece]:
        value = found["value"]
        if value is None or not self.marks.held(value):
            yield self._clean(found[0], "a tag, outside an attribute's value")
            return
        name = found["name"].lower()
        yield self._clean(found[0][: found.start("value") - found.start()], "a tag, outside an attribute's value")
        if _CODE.fullmatch(name):
            raise _refused_error(f"the attribute {name}")
        quote = value[0] if value[0] in "\"'" else ""
        if quote and (len(value) == 1 or value[-1] != quote):
            raise _refused_error(f"the attribute {name}, whose quotation mark is not closed,")
        yield quote
        yield from self._value(name, value[1:-1] if quote else value)
        yield quote

    def _value(self, name: str, value: str) -> list[Piece]:
        if name not in _TARGETS:
            return _unbegun(self.marks.pieces(value, "attribute"))
        return _unbegun(target_pieces(self.marks, value.strip(), ("target attribute", "target part")))

    def _clean(self, text: str, where: str) -> str:
        if self.marks.held(text):
            raise _refused_error(where)
        return text


def _unbegun(pieces: list[Piece]) -> list[Piece]:
    """The pieces, with no character reference before a value that the value would be part of."""
    before = [_BEGUN.sub(r"&amp;\1", piece) if isinstance(piece, str) else piece for piece in pieces[:-1]]
    return [*before, *pieces[-1:]]


def _refused_error(where: str) -> BadData:
    return BadData(f"a value stands in {where} of the HTML", hint="Put values in text or in attributes such as href.")
