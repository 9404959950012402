"""Write the text part of a Markdown letter.

Links as ``text <url>``, pictures as their words, lists, quotes, tables and code kept, emphasis dropped, what is struck
out as ``~text~``, a paragraph on one line (it is wrapped as format=flowed when composed, RFC 3676).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.message.slots import target_pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

    from mailer.message.slots import Marks, Piece

_TABLE = frozenset({"table", "thead", "tbody", "tr", "th", "td"})
_RULE = "* * *"


class _Container:
    """A quote, a list or a list item around a block: how its first and its other lines begin."""

    def __init__(self, first: str, rest: str, *, is_list: bool = False, number: int = 1) -> None:
        self.first, self.rest, self.is_list, self.number = first, rest, is_list, number
        self.used = False


class TextWriter:
    """Writes blocks; ``out`` is what it wrote."""

    def __init__(self, marks: Marks) -> None:
        self.marks = marks
        self.out: list[Piece] = []
        self.stack: list[_Container] = []
        self.before: list[_Container] | None = None
        self.row: list[list[Piece]] = []
        self.alignments: list[str] = []
        self.is_head = False
        self.columns = marks.cell

    def write(self, tokens: Sequence[Token]) -> None:
        """Write the blocks of these tokens."""
        hidden = False
        for token in tokens:
            kind = token.type
            if kind in ("bullet_list_open", "ordered_list_open"):
                start = token.attrs.get("start", 1)
                self.stack.append(_Container("", "", is_list=True, number=int(start)))
            elif kind == "list_item_open":
                self._open(self._bullet(token))
            elif kind == "blockquote_open":
                self.stack.append(_Container("> ", "> "))
            elif token.tag in _TABLE:
                self._table(token)
            elif kind in ("paragraph_open", "heading_open"):
                hidden = token.hidden
            elif token.nesting == 0 and self.row:
                self.row[-1] += text_inline(token.children or [], self.marks, "", context="cell")
            elif token.nesting == 0:
                self._leaf(token, hidden)
            elif kind not in ("paragraph_close", "heading_close"):
                self._close(kind)

    def _bullet(self, token: Token) -> str:
        """How an item begins; the items of a list are counted, whatever numbers were typed."""
        if not token.info:
            return "- "
        number = self.stack[-1].number
        self.stack[-1].number += 1
        return f"{number}{token.markup} "

    def _table(self, token: Token) -> None:
        """A table's lines, each cell behind a mark that ``text_tables.aligned`` takes out."""
        if token.type in ("th_open", "td_open"):
            self.row.append([])
            self.alignments += [str(token.attrs.get("style", "")).removeprefix("text-align:")] * (token.tag == "th")
        elif token.type == "table_open":
            self._begin(tight=False)
            self.alignments, self.is_head = [], True
        elif token.type == "tr_close":
            self._end_row(self.row)
            self.row = []
        elif token.type == "thead_close":
            self._end_row([[alignment] for alignment in self.alignments])

    def _end_row(self, cells: Sequence[Sequence[Piece]]) -> None:
        if not self.is_head:
            self.out.append("\n" + "".join(container.rest for container in self.stack))
        self.is_head = False
        for cell in cells:
            self.out += self.columns, *cell
        self.out.append(self.columns)

    def _open(self, bullet: str) -> None:
        self.stack.append(_Container(bullet, " " * len(bullet)))

    def _close(self, kind: str) -> None:
        if kind == "list_item_close" and not self.stack[-1].used:
            self._begin(tight=True)
        self.stack.pop()

    def _leaf(self, token: Token, hidden: bool) -> None:
        self._begin(tight=hidden and token.type == "inline")
        rest = "".join(container.rest for container in self.stack)
        if token.type == "inline":
            self.out += text_inline(token.children or [], self.marks, rest)
        elif token.type == "hr":
            self.out.append(_RULE)
        else:
            code = "    " + token.content.rstrip("\n").replace("\n", f"\n{rest}    ")
            self.out += self.marks.pieces(code, "text", rest + "    ")

    def _begin(self, tight: bool) -> None:
        """The break after the block before, and how this one's first line begins."""
        common = []
        for ours, theirs in zip(self.stack, self.before or [], strict=False):
            if ours is not theirs:
                break
            common.append(ours)
        if self.before is not None:
            inside = any(container.is_list for container in common)
            blank = "".join(container.rest for container in common).rstrip()
            self.out.append("\n" if tight and inside else f"\n{blank}\n")
        self.out.append("".join(c.rest if c.used else c.first for c in self.stack))
        for container in self.stack:
            container.used = True
        self.before = list(self.stack)


def text_inline(tokens: Sequence[Token], marks: Marks, rest: str, context: str = "text") -> list[Piece]:
    """What stands within one block; ``rest`` begins its other lines."""
    out: list[Piece] = []
    links: list[tuple[int, str]] = []
    for token in tokens:
        if token.type == "link_open":
            links.append((len(out), str(token.attrs["href"])))
        elif token.type == "link_close":
            start, target = links.pop()
            out[start:] = _link(out[start:], target, marks)
        elif token.type == "image":
            out += text_inline(token.children or [], marks, rest, context)
        elif token.type == "softbreak":
            out.append(" ")
        elif token.type == "hardbreak":
            out.append("\n" + rest)
        elif token.tag == "s":
            out.append("~")
        elif marks.nonce in token.content:
            out += marks.pieces(token.content, context, rest)
        else:
            out.append(token.content)
    return out


def _link(label: list[Piece], target: str, marks: Marks) -> list[Piece]:
    """The label and its target; a label that is its target is told once."""
    words = "".join([piece if isinstance(piece, str) else marks.mark(piece.number) for piece in label])
    if target == "mailto:" + words:
        return label
    pieces = target_pieces(marks, target, ("target", "target part"))
    return pieces if target == words else [*label, " <" if label else "<", *pieces, ">"]
