"""Text that readers re-wrap: format=flowed, DelSp=no (RFC 3676).

A logical line is one line of ``Rendered.text``.  A quotation is written ``> `` once for each level (``>`` alone where
the line is empty); a ``>`` that is not followed by a space is typed text, not a quotation.
"""

from __future__ import annotations

WIDTH = 72

_SIGNATURE = "-- "
_STUFFED = (" ", ">", "From ")
# What a line begins with that is stuffed or quoted, or ends with that goes.
_EDGES = " \t>F"


def flow(text: str) -> str:
    """Break logical lines into lines of at most WIDTH characters where words allow it.

    A line that begins with four spaces (code) is not broken; ``-- `` stays the mark of a signature; other spaces at
    a line's end go, since there they would join it to the next.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        is_long = len(line) > WIDTH
        if line.strip(_EDGES) != line or (is_long and _is_odd(line)):
            lines += _flow_line(line)
            continue
        while is_long and (end := line.rfind(" ", 0, WIDTH) + 1 or line.find(" ") + 1):
            lines.append(line[:end])
            line = line[end:]
            is_long = len(line) > WIDTH
        lines.append(line)
    return "\n".join(lines)


def wrapped(text: str) -> str:
    """Break ``text`` as ``flow`` does, and show it as a reader shows these lines: nothing is stuffed."""
    return "\n".join(piece for line in text.split("\n") for piece in _shown(line))


def _is_odd(line: str) -> bool:
    """Whether a piece of ``line`` may need stuffing, end in a run of spaces, or look like the mark of a signature."""
    return "  " in line or " >" in line or " From " in line or _SIGNATURE in line


def unflow(text: str) -> str:
    """Undo ``flow`` as a reader does: lines joined, stuffing taken out (RFC 3676 4.1 to 4.5)."""
    lines: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        if depth == open_depth and content != _SIGNATURE:
            lines[-1] += content
        else:
            lines.append(("> " * depth + content) if content else ("> " * depth).rstrip())
        open_depth = depth if content.endswith(" ") and content != _SIGNATURE else -1
    return "\n".join(lines)


def _flow_line(line: str) -> list[str]:
    depth, pieces = _cut(line)
    if depth:
        marks = ">" * depth
        return [f"{marks} {piece}" if piece else marks for piece in pieces]
    return [f" {piece}" if piece.startswith(_STUFFED) else piece for piece in pieces]


def _shown(line: str) -> list[str]:
    depth, pieces = _cut(line)
    return ["> " * depth + piece if piece else ("> " * depth).rstrip() for piece in pieces]


def _cut(line: str) -> tuple[int, list[str]]:
    """Cut a line into how deep it is quoted, and its words in pieces that fit."""
    depth = _depth(line) if line[:1] == ">" else 0
    content = line[2 * depth :]
    if content != _SIGNATURE:
        content = content.rstrip(" \t")
    return depth, [content] if content.startswith("    ") or len(content) <= WIDTH else _wrap(content)


def _depth(line: str) -> int:
    """How many quotation marks ``line`` begins with: ``> `` each, or ``>`` at its end."""
    depth = 0
    while line.startswith("> ", 2 * depth) or line[2 * depth :] == ">":
        depth += 1
    return depth


def _wrap(content: str) -> list[str]:
    """Pieces of at most WIDTH characters that end in a space; one long word, with its spaces, stays whole."""
    pieces: list[str] = []
    start, length = 0, len(content)
    while length - start > WIDTH:
        end = _last_break(content, start, start + WIDTH) or _first_break(content, start)
        pieces.append(content[start:end])
        start = end
    if start < length:
        pieces.append(content[start:])
    # A piece that happens to be "-- " would be taken for the mark of a signature.
    while _SIGNATURE in pieces:
        index = pieces.index(_SIGNATURE)
        pieces[index : index + 2] = ["".join(pieces[index : index + 2])]
    return pieces


def _last_break(content: str, start: int, end: int) -> int:
    """The end of the last run of spaces that ends before ``end``; 0 if there is none."""
    at = content.rfind(" ", start, end)
    while at >= 0 and content.startswith(" ", at + 1):
        at = content.rfind(" ", start, at)
    return at + 1


def _first_break(content: str, start: int) -> int:
    """The end of the first run of spaces, or of ``content``."""
    at = content.find(" ", start)
    while at >= 0 and content.startswith(" ", at + 1):
        at += 1
    return at + 1 or len(content)
