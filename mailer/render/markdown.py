"""One Markdown source (``markdown_parser``), two parts from one token stream: text to read and HTML.

Text: links as ``text <url>``, pictures as their words, lists, quotes, tables and code kept, emphasis dropped, what is
struck out as ``~text~``, a paragraph on one line (it is wrapped as format=flowed when composed, RFC 3676).  HTML:
inline styles only, no colours that a dark screen would fight, nothing loaded from elsewhere but the letter's pictures.
Lines below a last line ``-- `` are the letter's own signature.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from mailer.errors import BadData
from mailer.message.slots import Cut, Marks, Piece, Slot, Valued, escape, escape_all, merge, target_pieces

if TYPE_CHECKING:
    from markdown_it.token import Token

_FONT = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_STYLES = {
    "p": "margin:0 0 1em",
    "h1": "margin:0 0 .6em;font-size:1.4em;line-height:1.3",
    "h2": "margin:0 0 .6em;font-size:1.25em;line-height:1.3",
    "h3": "margin:0 0 .6em;font-size:1.1em;line-height:1.3",
    "h4": "margin:0 0 .6em;font-size:1em",
    "h5": "margin:0 0 .6em;font-size:1em",
    "h6": "margin:0 0 .6em;font-size:1em",
    "ul": "margin:0 0 1em;padding:0 0 0 1.6em",
    "ol": "margin:0 0 1em;padding:0 0 0 1.6em",
    "li": "margin:0 0 .3em",
    "blockquote": "margin:0 0 1em;padding:0 0 0 .9em;border-left:3px solid #888888",
    "pre": "margin:0 0 1em;padding:.6em .8em;border:1px solid #888888;border-radius:4px;"
    "font-family:Consolas,Menlo,monospace;font-size:.9em;white-space:pre-wrap",
    "code": "font-family:Consolas,Menlo,monospace;font-size:.95em",
    "hr": "margin:0 0 1em;border:0;border-top:1px solid #888888",
    "a": "word-break:break-word",
    "img": "max-width:100%;height:auto",
    "table": "margin:0;border-collapse:collapse;font-size:.95em",
    "th": "padding:.3em .6em;border:1px solid #888888;vertical-align:top",
    "td": "padding:.3em .6em;border:1px solid #888888;vertical-align:top",
}
# A table wider than a telephone is moved within it; a long word, such as an address, is rather broken.
_LONG_WORD = re.compile(r"[^\s-]{21}")
_BROKEN = ";overflow-wrap:anywhere"
_SCROLLED = '<div style="margin:0 0 1em;overflow-x:auto">\n'
_TABLE = frozenset({"table", "thead", "tbody", "tr", "th", "td"})
_RULE = "* * *"
_SIGNATURE = "\n\n-- \n"
_BELOW = '<div style="margin:0;opacity:.75">-- <br>\n'
_SIGNED = re.compile(r"(?:\A|\n)-- ?\n((?:[ \t]*[^\s`~][^\n]*(?:\n|\Z)){1,8})\s*\Z")
# Beyond that the parser is slow.
_BRACKETS = 5_000


class BothParts(NamedTuple):
    """The two parts of one Markdown text, with slots where values go; tables are still to be set in columns."""

    text: tuple[Piece, ...]
    html: tuple[Piece, ...]


def convert(source: str, marks: Marks) -> BothParts:
    """Both parts of ``source``, whose values stand as marks.  Raises BadData."""
    signed = _SIGNED.search(source)
    tokens = parsed(source[: signed.start()] if signed else source)
    text = _TextWriter(marks)
    text.write(tokens)
    html = [*_html_blocks(tokens, marks)]
    if signed:
        shown, tagged = _signature(signed[1], marks)
        text.out += [_SIGNATURE, *shown]
        html += [_BELOW, *tagged, "</div>\n"]
    return BothParts(merge(text.out), merge(html))


class Page(NamedTuple):
    """Both parts of a letter with slots where values go.

    The signature is the text's last ``tail`` characters that are no value's, and the last ``tail_slots`` values.
    Where ``columns`` is not "", the text holds tables to be set with it (``text_tables.aligned``).
    """

    text: Cut
    html: Cut
    tail: int
    tail_slots: int = 0
    columns: str = ""

    def tail_of(self, text: Valued) -> int:
        """How many characters of the filled text are its signature."""
        return self.tail + (sum(map(len, text.parts[-2 * self.tail_slots :: 2])) if self.tail_slots else 0)


def page(parts: BothParts, language: str, signature: str, marks: Marks) -> Page:
    """``parts`` as a whole letter: the HTML a document, the signature below ``-- `` in both (RFC 3676 4.3).

    The letter's own signature takes the place of ``signature``.
    """
    lang = f' lang="{escape_all(language)}"' if language else ""
    head = (
        f'<!DOCTYPE html>\n<html{lang}>\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="supported-color-schemes" content="light dark">\n</head>\n'
        '<body style="margin:0;padding:16px">\n'
        f'<div dir="auto" style="max-width:38em;font-family:{_FONT};font-size:16px;line-height:1.5;'
        'overflow-wrap:break-word">\n'
    )
    below = ""
    text = [*parts.text, "\n"]
    tail, slots = _tail(text)
    if signature and tail == 1:
        below = _BELOW + escape(signature).replace("\n", "<br>\n") + "</div>\n"
        text.insert(-1, _SIGNATURE + signature)
        tail += len(_SIGNATURE) + len(signature)
    columns = _columns(marks)
    has_table = any(columns in piece for piece in parts.text if isinstance(piece, str))
    whole = Cut([head, *parts.html, below, "</div>\n</body>\n</html>\n"])
    return Page(Cut(text), whole, tail, slots, columns if has_table else "")


def _tail(text: Sequence[Piece]) -> tuple[int, int]:
    """How many characters and slots of ``text`` are the letter's own signature, and the line end below it."""
    length, slots = 0, 0
    for piece in reversed(text):
        if isinstance(piece, Slot):
            slots += 1
        elif _SIGNATURE in piece:
            return length + len(piece) - piece.rindex(_SIGNATURE), slots
        else:
            length += len(piece)
    return 1, 0


def _columns(marks: Marks) -> str:
    """What stands before each cell of a table, and after the last of a row."""
    return marks.nonce + "|"


def _signature(lines: str, marks: Marks) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The lines of a signature, as text and as HTML."""
    from mailer.render.markdown_parser import parser

    text: list[Piece] = []
    html: list[Piece] = []
    for line in lines.strip().split("\n"):
        tokens = parser().parseInline(line.strip())[0].children or []
        text += ["\n"] * bool(text) + _text_inline(tokens, marks, "")
        html += ["<br>\n"] * bool(html) + [*_html_inline(tokens, marks)]
    return merge(text), merge(html)


def parsed(source: str, references: dict[str, dict[str, object]] | None = None) -> list[Token]:
    """The tokens of a Markdown source; ``references`` is filled with its definitions of links.  Raises BadData."""
    if source.count("[") > _BRACKETS:
        raise BadData(f"the text has more than {_BRACKETS:,} square brackets", hint="Attach it as a file.")
    from mailer.render.markdown_parser import DEEPEST, parser

    tokens = parser().parse(source, {"references": {} if references is None else references})
    if any(token.level >= DEEPEST for token in tokens):
        raise BadData("the text is nested too deeply", hint="Use fewer lists in lists and quotes in quotes.")
    return tokens


class _Container:
    """A quote, a list or a list item around a block: how its first and its other lines begin."""

    def __init__(self, first: str, rest: str, *, is_list: bool = False, number: int = 1) -> None:
        self.first, self.rest, self.is_list, self.number = first, rest, is_list, number
        self.used = False


class _TextWriter:
    def __init__(self, marks: Marks) -> None:
        self.marks = marks
        self.out: list[Piece] = []
        self.stack: list[_Container] = []
        self.before: list[_Container] | None = None
        self.row: list[list[Piece]] = []
        self.alignments: list[str] = []
        self.is_head = False
        self.columns = _columns(marks)

    def write(self, tokens: Sequence[Token]) -> None:
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
                self.row[-1] += _text_inline(token.children or [], self.marks, "", context="cell")
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
            self.out += _text_inline(token.children or [], self.marks, rest)
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


def _text_inline(tokens: Sequence[Token], marks: Marks, rest: str, context: str = "text") -> list[Piece]:
    out: list[Piece] = []
    links: list[tuple[int, str]] = []
    for token in tokens:
        if token.type == "link_open":
            links.append((len(out), str(token.attrs["href"])))
        elif token.type == "link_close":
            start, target = links.pop()
            out[start:] = _text_link(out[start:], target, marks)
        elif token.type == "image":
            out += _text_inline(token.children or [], marks, rest, context)
        elif token.type == "softbreak":
            out.append(" ")
        elif token.type == "hardbreak":
            out.append("\n" + rest)
        elif token.tag == "s":
            out.append("~")
        else:
            out += marks.pieces(token.content, context, rest)
    return out


def _text_link(label: list[Piece], target: str, marks: Marks) -> list[Piece]:
    """The label and its target; a label that is its target is told once."""
    words = "".join([piece if isinstance(piece, str) else marks.mark(piece.number) for piece in label])
    if target == "mailto:" + words:
        return label
    pieces = target_pieces(marks, target, ("target", "target part"))
    return pieces if target == words else [*label, " <" if label else "<", *pieces, ">"]


def _html_blocks(tokens: Sequence[Token], marks: Marks) -> Iterator[Piece]:
    for number, token in enumerate(tokens):
        if token.type == "inline":
            yield from _html_inline(token.children or [], marks)
        elif token.type in ("th_open", "td_open"):
            words = "".join(child.content for child in tokens[number + 1].children or ())
            yield _html_cell(token, _LONG_WORD.search(words) is not None)
        elif token.type in ("fence", "code_block"):
            yield f'<pre style="{_STYLES["pre"]}"><code>'
            yield from marks.pieces(escape(token.content), "pre")
            yield "</code></pre>\n"
        elif token.type == "hr":
            yield _tag("hr") + "\n"
        elif not token.hidden:
            yield from _html_block_tag(token)


def _html_block_tag(token: Token) -> Iterator[Piece]:
    if token.nesting < 0:
        yield f"</{token.tag}>\n" + ("</div>\n" if token.tag == "table" else "")
        return
    start = token.attrs.get("start")
    yield _SCROLLED if token.tag == "table" else ""
    yield _tag(token.tag, f' start="{start}"' if start is not None else "")
    if token.tag in ("ul", "ol", "blockquote", "table", "thead", "tbody", "tr"):
        yield "\n"


def _html_cell(token: Token, is_long: bool) -> str:
    side = str(token.attrs.get("style", "text-align:left"))
    return f'<{token.tag} style="{_STYLES[token.tag]};{side}{_BROKEN if is_long else ""}">'


def _html_inline(tokens: Sequence[Token], marks: Marks) -> Iterator[Piece]:
    for token in tokens:
        if token.type == "link_open":
            yield from _html_link(str(token.attrs["href"]), marks)
        elif token.type == "image":
            yield from _html_picture(token, marks)
        elif token.type == "softbreak":
            yield "\n"
        elif token.type == "hardbreak":
            yield "<br>\n"
        elif token.type == "code_inline":
            yield _tag("code")
            yield from marks.pieces(escape(token.content), "html")
            yield "</code>"
        elif token.nesting:
            yield f"<{'/' if token.nesting < 0 else ''}{token.tag}>"
        else:
            yield from marks.pieces(escape(token.content), "html")


def _html_link(target: str, marks: Marks) -> Iterator[Piece]:
    yield '<a href="'
    yield from target_pieces(marks, escape_all(target), ("target attribute", "target part"))
    yield f'" style="{_STYLES["a"]}">'


def _html_picture(token: Token, marks: Marks) -> Iterator[Piece]:
    yield '<img src="'
    yield from target_pieces(marks, escape_all(str(token.attrs["src"])), ("target attribute", "target part"))
    yield '" alt="'
    for piece in _text_inline(token.children or [], marks, "", context="attribute"):
        yield escape_all(piece) if isinstance(piece, str) else piece
    yield f'" style="{_STYLES["img"]}">'


def _tag(name: str, attributes: str = "") -> str:
    style = _STYLES.get(name)
    return f"<{name}{attributes}" + (f' style="{style}">' if style else ">")
