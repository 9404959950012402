"""Values kept apart from markup: a printed value leaves a mark in the text, and each mark is filled by its context.

A mark is a run of digits: ten at random that occur nowhere in the letter's sources, then six that number the value;
at random, so that no text can be made to hold one.  Digits pass through Markdown, its URL normaliser and letter-case
filters unchanged, and ten of them start no list.  The first digit of the ten stands nowhere else among them, so that
digits typed beside a mark cannot shift it.
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from mailer.errors import BadData
from mailer.rendered import Span

MAX_MARKS = 1_000_000


class Slot(NamedTuple):
    """Where value number ``number`` stands; ``prefix`` begins the lines after the first (text only)."""

    number: int
    context: str
    prefix: str = ""


Piece = str | Slot


class Print(NamedTuple):
    """A value as printed: its text, and the name it came from."""

    text: str
    name: str


class Marks:
    """The marks of one letter, distinct from everything its sources hold."""

    def __init__(self, *sources: str) -> None:
        self.nonce = next(n for n in _nonces() if not any(n in source for source in sources))
        self._pattern = re.compile(self.nonce + r"([0-9]{6})")

    def mark(self, index: int) -> str:
        """The mark of value number ``index``, which is below MAX_MARKS."""
        return f"{self.nonce}{index:06d}"

    def pieces(self, text: str, context: str, prefix: str = "") -> list[Piece]:
        """``text`` cut at its marks."""
        parts = self._pattern.split(text)
        pieces: list[Piece] = list(parts)
        pieces[1::2] = [Slot(int(index), context, prefix) for index in parts[1::2]]
        return [piece for piece in pieces if piece != ""]

    def held(self, text: str) -> bool:
        """Whether ``text`` holds a mark."""
        return self.nonce in text


def _nonces() -> Iterator[str]:
    while True:
        number = int.from_bytes(os.urandom(8), "big") % 10**9
        yield "8" + f"{number:09d}".replace("8", "0")


def fill(pieces: Iterable[Piece], values: Sequence[Print]) -> str:
    """The text with every slot filled as its context asks.  Raises BadData with the value's name as field."""
    return "".join([piece if type(piece) is str else _filled(piece, values[piece[0]]) for piece in pieces])  # type: ignore[arg-type, index]


def fill_spans(pieces: Iterable[Piece], values: Sequence[Print], where: str) -> tuple[str, list[Span]]:
    """Like ``fill``, and which characters came from which value."""
    parts: list[str] = []
    spans: list[Span] = []
    at = 0
    for piece in pieces:
        if isinstance(piece, str):
            part = piece
        else:
            value = values[piece.number]
            part = _filled(piece, value)
            spans.append(Span(where, at, at + len(part), value.name))
        parts.append(part)
        at += len(part)
    return "".join(parts), spans


def _filled(slot: Slot, value: Print) -> str:
    try:
        return _FILLERS[slot.context](value.text, slot)
    except BadData as error:
        raise error.at(field=value.name) from error


def merge(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """The same pieces, neighbouring texts joined."""
    merged: list[Piece] = []
    for piece in pieces:
        if merged and isinstance(piece, str) and isinstance(merged[-1], str):
            merged[-1] += piece
        elif piece != "":
            merged.append(piece)
    return tuple(merged)


def target_pieces(marks: Marks, target: str, contexts: tuple[str, str]) -> list[Piece]:
    """A link target cut at its marks: ``contexts`` are those of a target that is wholly one value, and of a part."""
    pieces = marks.pieces(target, contexts[1])
    if len(pieces) == 1 and isinstance(pieces[0], Slot):
        return [pieces[0]._replace(context=contexts[0])]
    mailto = target[:7].lower() == "mailto:"
    return [piece._replace(prefix="@" if mailto else "") if isinstance(piece, Slot) else piece for piece in pieces]


def checked_target(text: str) -> str:
    """A value that is a whole link target.  Raises BadData unless it is http, https or mailto."""
    target = text.strip()
    try:
        parts = urlsplit(target)
        scheme = parts.scheme.lower()
        whole = scheme == "mailto" or bool(parts.netloc)
    except ValueError:
        scheme, whole = "", False
    if scheme not in ("http", "https", "mailto") or not whole or re.search(r"[\s\x00-\x1f]", target):
        raise BadData(
            f"the link target {text!r} is no http, https or mailto address",
            hint="Write the whole address, such as https://example.org/page.",
        )
    return target


def _verbatim(text: str, _slot: Slot) -> str:
    return text


def _text(text: str, slot: Slot) -> str:
    return text.replace("\n", "\n" + slot.prefix) if "\n" in text else text


def _html(text: str, _slot: Slot) -> str:
    escaped = html.escape(text, quote=False)
    return escaped.replace("\n", "<br>\n") if "\n" in escaped else escaped


def _pre(text: str, _slot: Slot) -> str:
    return html.escape(text, quote=False)


def _attribute(text: str, _slot: Slot) -> str:
    return re.sub(r"[\s`=]", lambda match: f"&#{ord(match[0])};", html.escape(text))


def _target(text: str, _slot: Slot) -> str:
    return quote(checked_target(text), safe="%:/?#[]@!$&'()*+,;=-._~")


def _target_attribute(text: str, slot: Slot) -> str:
    return html.escape(_target(text, slot))


def _target_part(text: str, slot: Slot) -> str:
    return quote(text, safe=slot.prefix)


_FILLERS: dict[str, Callable[[str, Slot], str]] = {
    "verbatim": _verbatim,
    "text": _text,
    "html": _html,
    "pre": _pre,
    "attribute": _attribute,
    "target": _target,
    "target attribute": _target_attribute,
    "target part": _target_part,
}
