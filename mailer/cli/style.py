"""How screens look: as wide as the terminal, wrapped between words, in columns, colours by meaning."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator, Sequence

import click

from mailer.characters import printable

_MOST, _NARROWEST = 100, 40
_LEAST, _WIDEST = 8, 200
# What makes the marks of ``links`` what the terminal understands, once there is a link.
FOLLOW: list[Callable[[str], str]] = []
# What is wrong, and what is to be looked at.  Both can be read on black and on white; yellow, green and cyan cannot.
BAD, LOOK = "red", "magenta"
# Stands for the Escape of our own colours until a terminal is written to; of any other text no Escape gets there.
ESCAPE = "\ufdd0"


@functools.lru_cache(maxsize=4)
def _size(_environment: str | None, _streams: object) -> os.terminal_size:
    from shutil import get_terminal_size

    return get_terminal_size((80, 24))


def width(most: int = _MOST) -> int:
    """The columns to use: the terminal's, but no longer lines than one reads with ease."""
    return min(most, max(_NARROWEST, _size(os.environ.get("COLUMNS"), sys.__stdout__).columns))


def height() -> int:
    """The lines of the terminal."""
    from shutil import get_terminal_size

    return get_terminal_size((80, 24)).lines


def columns(text: str) -> int:
    """How many columns of a terminal ``text`` takes: an ideograph takes two."""
    # Up to the combining marks each sign takes one.
    if text.isascii() or max(text) < "\u0300":
        return len(text)
    from mailer.message.text_tables import columns_of

    return columns_of(text)


def cut(text: str, most: int) -> str:
    """``text`` in at most as many columns, with … where it was longer."""
    if columns(text) <= most:
        return text
    return _beginning(text, most - 1).rstrip() + "…"


def _beginning(text: str, most: int) -> str:
    """As much of ``text`` as goes into so many columns, at least one sign."""
    end = min(len(text), most)
    while end > 1 and columns(text[:end]) > most:
        end -= 1
    return text[: max(1, end)]


def wrapped(text: str, indent: int = 0) -> list[str]:
    """Lines of a paragraph, indented; what a terminal must not get is made visible."""
    room, lines = " " * indent, []
    words = printable(text).split()
    line = " ".join(words)
    if len(line) < _NARROWEST - indent and line.isascii():
        return [room + line]
    most = width() - 1 - indent
    if columns(line) <= most:
        return [room + line]
    line = ""
    for word in words:
        if line and columns(line) + 1 + columns(word) > most:
            lines.append(room + line)
            line = ""
        line = f"{line} {word}" if line else word
        while columns(line) > most:
            part = _beginning(line, most)
            lines.append(room + part)
            line = line[len(part) :]
    return [*lines, room + line] if line else lines


def style(text: str, *, fg: str | None = None, bold: bool = False, err: bool = False) -> str:
    """``text`` in colour where stdout, or with ``err`` stderr, is a terminal; never with NO_COLOR."""
    stream = sys.stderr if err else sys.stdout
    if not (fg or bold):
        return text
    if stream is None or not stream.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return click.style(text, fg=fg, bold=bold).replace("\x1b", ESCAPE)


def on_terminal() -> bool:
    """Whether somebody looks at stdout."""
    return sys.stdout is not None and sys.stdout.isatty()


def tabbed(fields: Sequence[str]) -> str:
    """The fields in one line, for another program."""
    return "\t".join(" ".join(printable(field).split()) for field in fields)


def aligned(head: Sequence[str], rows: Sequence[Sequence[str]], narrow: Sequence[int]) -> Iterator[str]:
    """The rows below their head; where they are too wide, the columns ``narrow`` are, the widest first."""
    plain = [[" ".join(printable(field).split()) for field in row] for row in (head, *rows)]
    widths = [max(map(columns, column)) for column in zip(*plain, strict=True)]
    room = width(_WIDEST) - 1 - 2 * (len(widths) - 1)
    while sum(widths) > room and max(widths[at] for at in narrow) > _LEAST:
        widths[max(narrow, key=lambda at: widths[at])] -= 1
    for number, row in enumerate(plain):
        line = "  ".join(_filled(field, most) for field, most in zip(row, widths, strict=True)).rstrip()
        yield style(line, bold=True) if number == 0 else line


def cell(field: str, most: int) -> str:
    """A field that takes so many columns of a terminal, cut where it is longer."""
    return _filled(" ".join(printable(field).split()), most)


def _filled(field: str, most: int) -> str:
    shown = cut(field, most)
    return shown + " " * (most - columns(shown))
