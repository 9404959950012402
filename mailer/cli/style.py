"""How screens look: as wide as the terminal, wrapped between words, colours by meaning."""

from __future__ import annotations

import functools
import os
import shutil
import sys

import click

from mailer.characters import printable

_MOST = 100
# Stands for the Escape of our own colours until a terminal is written to; of any other text no Escape gets there.
ESCAPE = "\ufdd0"


@functools.lru_cache(maxsize=4)
def _columns(_environment: str | None, _streams: object) -> int:
    return min(_MOST, max(40, shutil.get_terminal_size((80, 24)).columns))


def width() -> int:
    """The columns to use: the terminal's, but no longer lines than one reads with ease."""
    return _columns(os.environ.get("COLUMNS"), sys.__stdout__)


def wrapped(text: str, indent: int = 0) -> list[str]:
    """Lines of a paragraph, indented; what a terminal must not get is made visible."""
    room, most, lines = " " * indent, width() - 1, []
    line = ""
    for word in printable(text).split():
        if line and indent + len(line) + 1 + len(word) > most:
            lines.append(room + line)
            line = ""
        line = f"{line} {word}" if line else word
        while indent + len(line) > most:
            lines.append(room + line[: most - indent])
            line = line[most - indent :]
    return [*lines, room + line] if line or not lines else lines


def style(text: str, *, fg: str | None = None, bold: bool = False, err: bool = False) -> str:
    """``text`` in colour where stdout, or with ``err`` stderr, is a terminal; never with NO_COLOR."""
    stream = sys.stderr if err else sys.stdout
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    if plain or stream is None or not stream.isatty():
        return text
    return click.style(text, fg=fg, bold=bold).replace("\x1b", ESCAPE)
