"""Keep values apart from markup: a printed value leaves a mark in the text, and each mark is filled by its context.

A mark is a run of digits: ten at random that occur nowhere in the letter's sources, then six that number the value;
at random, so that no text can be made to hold one.  Digits pass through Markdown, its URL normaliser and letter-case
filters unchanged, and ten of them start no list.  The first digit of the ten stands nowhere else among them, so that
digits typed beside a mark cannot shift it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, groupby, pairwise
from typing import overload

from mailer.errors import BadData
from mailer.message.rendered import Span
from mailer.tuples import NamedTuple

_DIGITS = 6
MAX_MARKS = 10**_DIGITS

# RFC 3986 2.3
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Slot(NamedTuple):
    """Where value number ``number`` stands; ``prefix`` begins the lines after the first (text only)."""

    number: int
    context: str
    prefix: str = ""


Piece = str | Slot


class Prints(NamedTuple):
    """The values that were printed, by number: their texts, and the names that they came from."""

    texts: Sequence[str] = ()
    names: Sequence[str] = ()


class Marks:
    """The marks of one letter, distinct from everything its sources hold.

    ``cell`` stands before each cell of a table, and after the last of a row.
    """

    def __init__(self, *sources: str) -> None:
        self.nonce = next(n for n in _nonces() if not any(n in source for source in sources))
        self.cell = f"{self.nonce}|"

    def mark(self, index: int) -> str:
        """Return the mark of value number ``index``, which is below MAX_MARKS."""
        return f"{self.nonce}{index:0{_DIGITS}d}"

    def several(self, count: int) -> list[str]:
        """Return the marks of the first so many values."""
        return [self.mark(index) for index in range(count)]

    def pieces(self, text: str, context: str, prefix: str = "") -> list[Piece]:
        """Cut ``text`` at its marks."""
        first, *rest = text.split(self.nonce)
        pieces: list[Piece] = [first]
        for part in rest:
            number = part[:_DIGITS]
            if len(number) == _DIGITS and number.isascii() and number.isdigit():
                pieces += Slot(int(number), context, prefix), part[_DIGITS:]
            else:
                pieces.append(self.nonce + part)
        return [piece for piece in pieces if piece != ""]

    def held(self, text: str) -> bool:
        """Tell whether ``text`` holds a mark."""
        return self.nonce in text


def _nonces() -> Iterator[str]:
    while True:
        number = int.from_bytes(os.urandom(8), "big") % 10**9
        yield "8" + f"{number:09d}".replace("8", "0")


class Valued(str):
    """A text that knows its ``parts``: every second of them is the value of a slot."""

    parts: Sequence[str]
    slots: Sequence[Slot]
    values: Prints

    __slots__ = ("parts", "slots", "values")

    def __reduce__(self) -> tuple[object, ...]:
        # What stands between the values is that of many letters, and pickled with the first of them.
        return _joined, (self.parts, self.slots, self.values)

    @property
    def frame(self) -> tuple[str, ...]:
        """What stands before the first slot, between each two, and after the last."""
        return tuple(self.parts[::2])

    def spans(self, where: str) -> Iterator[Span]:
        """Yield which characters came from which value."""
        ends = list(accumulate(map(len, self.parts)))
        for slot, start, end in zip(self.slots, ends[::2], ends[1::2], strict=False):
            yield Span(where, start, end, self.values.names[slot.number])

    def changed(self, text: str, moved: Callable[[int], int]) -> Valued:
        """Return ``text`` with the same values; ``moved`` maps places in this text to the new one's, in order."""
        *ends, _ = accumulate(map(len, self.parts))
        cuts = pairwise([0, *map(moved, ends), len(text)])
        return _joined([text[start:end] for start, end in cuts], self.slots, self.values)


def _joined(parts: Sequence[str], slots: Sequence[Slot], values: Prints) -> Valued:
    text = Valued("".join(parts))
    text.parts, text.slots, text.values = parts, slots, values
    return text


class Spans(Sequence[Span]):
    """The values in a subject and in a text, found when they are asked for: sending does not."""

    __slots__ = ("_found", "_subject", "_text")

    def __init__(self, subject: str, text: str | None) -> None:
        self._subject, self._text = subject, text
        self._found: tuple[Span, ...] | None = None

    def __reduce__(self) -> tuple[object, ...]:
        return Spans, (self._subject, self._text)

    def _all(self) -> tuple[Span, ...]:
        if self._found is None:
            made = ("subject", self._subject), ("text", self._text)
            self._found = tuple(span for where, text in made if isinstance(text, Valued) for span in text.spans(where))
        return self._found

    @overload
    def __getitem__(self, at: int) -> Span: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Span]: ...
    def __getitem__(self, at: int | slice) -> Span | Sequence[Span]:
        return self._all()[at]

    def __iter__(self) -> Iterator[Span]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._all() == tuple(other)

    __hash__ = None  # type: ignore[assignment]


class Cut:
    """A text cut at its marks, to be filled as often as there are rows."""

    __slots__ = ("_numbers", "_parts", "_strict", "slots")

    def __init__(self, pieces: Iterable[Piece]) -> None:
        # Text and slot in turns, beginning and ending with text.
        self._parts = [""]
        self.slots: list[Slot] = []
        for piece in pieces:
            if isinstance(piece, str):
                self._parts[-1] += piece
            else:
                self.slots.append(piece)
                self._parts += "", ""
        self._numbers = [slot.number for slot in self.slots]
        self._strict = [(at, slot) for at, slot in enumerate(self.slots) if slot.context not in _LENIENT]

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Texts and slots in order, neighbouring texts joined."""
        first, *rest = self._parts[::2]
        pieces: list[Piece] = [first]
        for slot, text in zip(self.slots, rest, strict=True):
            pieces += slot, text
        return tuple([piece for piece in pieces if piece != ""])

    def reworded(self, worded: Callable[[str], str]) -> Cut:
        """The same slots between other texts."""
        # copy.copy() takes as long as all the rest.
        other = Cut.__new__(Cut)
        other._parts = list(map(worded, self._parts))
        other.slots, other._numbers, other._strict = self.slots, self._numbers, self._strict
        return other

    def fill(self, values: Prints) -> Valued:
        """Fill every slot as its context asks.  Raises BadData with the value's name as field."""
        return _joined(self._filled(values), self.slots, values)

    def _filled(self, values: Prints) -> list[str]:
        if not self.slots:
            return self._parts
        texts = values.texts
        parts = self._parts.copy()
        parts[1::2] = [texts[number] for number in self._numbers]
        for at, slot in self._strict if _is_harmless("".join(texts)) else enumerate(self.slots):
            try:
                parts[2 * at + 1] = _FILLERS[slot.context](texts[slot.number], slot)
            except BadData as error:
                raise error.at(field=values.names[slot.number]) from error
        return parts


def _is_harmless(text: str) -> bool:
    """Tell whether text stands in every lenient context as it is."""
    return not ("\n" in text or "&" in text or "<" in text or ">" in text)


def fill(pieces: Iterable[Piece], values: Prints) -> str:
    """Fill ``pieces`` once; see ``Cut.fill``."""
    return Cut(pieces).fill(values)


def merge(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Join neighbouring texts."""
    merged: list[Piece] = []
    for is_text, grouped in groupby(pieces, lambda piece: isinstance(piece, str)):
        run = list(grouped)
        merged += ["".join(map(str, run))] if is_text else run
    return tuple(piece for piece in merged if piece != "")


def target_pieces(marks: Marks, target: str, contexts: tuple[str, str]) -> list[Piece]:
    """Cut a link target at its marks: ``contexts`` are those of a target that is wholly one value, and of a part.

    Raises BadData where a value is part of the scheme.
    """
    pieces = marks.pieces(target, contexts[1])
    if len(pieces) == 1 and isinstance(pieces[0], Slot):
        return [pieces[0]._replace(context=contexts[0])]
    if len(pieces) > 1 and marks.held(_scheme(target)):
        hint = "Write the beginning out, such as https://."
        raise BadData("a value is part of the scheme of a link target", hint=hint)
    mailto = target[:7].lower() == "mailto:"
    return [piece._replace(prefix="@" if mailto else "") if isinstance(piece, Slot) else piece for piece in pieces]


def _scheme(target: str) -> str:
    """What stands before the first colon, if that ends a scheme (RFC 3986 3.1), also where HTML spells it."""
    from html import unescape

    found = re.match("([^:/?#]*):", unescape(target))
    return found[1] if found else ""


def escape(text: str) -> str:
    """Escape ``text`` to stand between the tags of HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_all(text: str) -> str:
    """Escape ``text`` to stand in an attribute of HTML too."""
    return escape(text).replace('"', "&quot;").replace("'", "&#x27;")


def checked_target(text: str) -> str:
    """Return a value that is a whole link target.  Raises BadData unless it is http, https or mailto."""
    from urllib.parse import urlsplit

    target = text.strip()
    try:
        parts = urlsplit(target)
        scheme = parts.scheme.lower()
        whole = scheme == "mailto" or bool(parts.netloc)
    except ValueError:
        scheme, whole = "", False
    if scheme not in ("http", "https", "mailto") or not whole or re.search(r"[\s\x00-\x1f]", target):
        raise BadData(
            f"the link target {text!r} is not an http, https or mailto address",
            hint="Write the whole address, such as https://example.org/page.",
        )
    return target


def _verbatim(text: str, _slot: Slot) -> str:
    return text


def _text(text: str, slot: Slot) -> str:
    return text.replace("\n", "\n" + slot.prefix) if "\n" in text else text


def _cell(text: str, _slot: Slot) -> str:
    return " ".join(text.split("\n")) if "\n" in text else text


def _html(text: str, _slot: Slot) -> str:
    escaped = escape(text)
    return escaped.replace("\n", "<br>\n") if "\n" in escaped else escaped


def _pre(text: str, _slot: Slot) -> str:
    return escape(text)


def _attribute(text: str, _slot: Slot) -> str:
    return re.sub(r"[\s`=]", lambda match: f"&#{ord(match[0])};", escape_all(text))


def _target(text: str, _slot: Slot) -> str:
    from urllib.parse import quote

    return quote(checked_target(text), safe="%:/?#[]@!$&'()*+,;=-._~")


def _target_attribute(text: str, slot: Slot) -> str:
    return escape_all(_target(text, slot))


def _target_part(text: str, slot: Slot) -> str:
    if _UNRESERVED.issuperset(text):
        return text
    from urllib.parse import quote

    return quote(text, safe=slot.prefix)


_LENIENT = frozenset({"verbatim", "text", "cell", "html", "pre"})
_FILLERS: dict[str, Callable[[str, Slot], str]] = {
    "verbatim": _verbatim,
    "text": _text,
    "cell": _cell,
    "html": _html,
    "pre": _pre,
    "attribute": _attribute,
    "target": _target,
    "target attribute": _target_attribute,
    "target part": _target_part,
}
