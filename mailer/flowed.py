"""Text that readers re-wrap: format=flowed, DelSp=no (RFC 3676).

A logical line is one line of ``Rendered.text``.  A quotation is written ``> `` once for each level (``>`` alone where
the line is empty); a ``>`` that is not followed by a space is typed text, not a quotation.
"""

from __future__ import annotations

import re

WIDTH = 72

_SIGNATURE = "-- "
_QUOTE = re.compile(r"(?:>(?: |$))+")
# Up to WIDTH characters to the end; else up to WIDTH that end in a space; else one long word with its spaces.
_PIECE = re.compile(rf".{{1,{WIDTH}}}+\Z|.{{0,{WIDTH - 1}}} (?! )|.+?(?: (?! )|\Z)", re.DOTALL)
_STUFFED = (" ", ">", "From ")


def flow(text: str) -> str:
    """Logical lines to lines of at most WIDTH characters where words allow it.

    A line that begins with four spaces (code) is not broken; ``-- `` stays the mark of a signature; other spaces at
    a line's end go, since there they would join it to the next.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        if len(line) <= WIDTH and not line.endswith((" ", "\t")) and not line.startswith(_STUFFED):
            lines.append(line)
        else:
            lines += _flow_line(line)
    return "\n".join(lines)


def unflow(text: str) -> str:
    """What a reader shows of flowed text: lines joined, stuffing taken out (RFC 3676 4.1 to 4.5)."""
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
    match = _QUOTE.match(line)
    quote = match[0] if match else ""
    content = line[len(quote) :]
    if content != _SIGNATURE:
        content = content.rstrip(" \t")
    pieces = [content] if content.startswith("    ") or len(content) <= WIDTH else _wrap(content)
    if quote:
        marks = ">" * quote.count(">")
        return [f"{marks} {piece}" if piece else marks for piece in pieces]
    return [f" {piece}" if piece.startswith(_STUFFED) else piece for piece in pieces]


def _wrap(content: str) -> list[str]:
    pieces: list[str] = _PIECE.findall(content)
    # A piece that happens to be "-- " would be taken for the mark of a signature.
    while _SIGNATURE in pieces:
        index = pieces.index(_SIGNATURE)
        pieces[index : index + 2] = ["".join(pieces[index : index + 2])]
    return pieces
