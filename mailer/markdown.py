"""One Markdown source (CommonMark, no raw HTML), two parts from one token stream: text to read and HTML.

Text: links as ``text <url>``, lists, quotes and code kept, emphasis dropped, a paragraph on one line (it is
wrapped as format=flowed when composed, RFC 3676).  HTML: inline styles only, no colours that a dark screen
would fight, no images, nothing loaded from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from mailer.errors import BadData
from mailer.slots import Cut, Marks, Piece, escape, escape_all, merge, target_pieces

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
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
}
_RULE = "* * *"
# A list in a list is two deeper.
_DEEPEST = 100
# Beyond that the parser is slow.
_BRACKETS = 5_000


class Parts(NamedTuple):
    """The two parts of one Markdown text, with slots where values go."""

    text: tuple[Piece, ...]
    html: tuple[Piece, ...]


def convert(source: str, marks: Marks) -> Parts:
    """Both parts of ``source``, whose values stand as marks.  Raises BadData."""
    tokens = _parsed(source)
    text = _TextWriter(marks)
    text.write(tokens)
    return Parts(merge(text.out), merge(_html_blocks(tokens, marks)))


class Page(NamedTuple):
    """Both parts of a letter with slots where values go; its text's last ``tail`` characters stand below it."""

    text: Cut
    html: Cut
    tail: int


def page(parts: Parts, language: str, signature: str) -> Page:
    """``parts`` as a whole letter: the HTML a document, the signature below ``-- `` in both (RFC 3676 4.3)."""
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
    if signature:
        lines = "<br>\n".join(escape(line) for line in signature.split("\n"))
        below = f'<div style="margin:0;opacity:.75">-- <br>\n{lines}</div>\n'
    whole = Cut([head, *parts.html, below, "</div>\n</body>\n</html>\n"])
    tail = f"\n\n-- \n{signature}\n" if signature else "\n"
    return Page(Cut([*parts.text, tail]), whole, len(tail))


def _parsed(source: str) -> list[Token]:
    if source.count("[") > _BRACKETS:
        raise BadData(f"the text has more than {_BRACKETS:,} square brackets", hint="Attach it as a file.")
    tokens = _parser().parse(source)
    if any(token.level >= _DEEPEST for token in tokens):
        raise BadData("the text is nested too deeply", hint="Use fewer lists in lists and quotes in quotes.")
    return tokens


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # What is deeper is left out by the parser.
    return MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST + 1})


class _Container:
    """A quote, a list or a list item around a block: how its first and its other lines begin."""

    def __init__(self, first: str, rest: str, *, is_list: bool = False) -> None:
        self.first, self.rest, self.is_list = first, rest, is_list
        self.used = False


class _TextWriter:
    def __init__(self, marks: Marks) -> None:
        self.marks = marks
        self.out: list[Piece] = []
        self.stack: list[_Container] = []
        self.before: list[_Container] | None = None

    def write(self, tokens: Sequence[Token]) -> None:
        hidden = False
        for token in tokens:
            kind = token.type
            if kind in ("bullet_list_open", "ordered_list_open"):
                self.stack.append(_Container("", "", is_list=True))
            elif kind == "list_item_open":
                self._open(f"{token.info}{token.markup} " if token.info else "- ")
            elif kind == "blockquote_open":
                self.stack.append(_Container("> ", "> "))
            elif kind in ("paragraph_open", "heading_open"):
                hidden = token.hidden
            elif token.nesting == 0:
                self._leaf(token, hidden)
            elif kind not in ("paragraph_close", "heading_close"):
                self._close(kind)

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


def _text_inline(tokens: Sequence[Token], marks: Marks, rest: str) -> list[Piece]:
    out: list[Piece] = []
    links: list[tuple[int, str]] = []
    for token in tokens:
        if token.type == "link_open":
            links.append((len(out), str(token.attrs["href"])))
        elif token.type == "link_close":
            start, target = links.pop()
            out[start:] = _text_link(out[start:], target, marks)
        elif token.type == "image":
            label = _text_inline(token.children or [], marks, rest)
            out += _text_link(label, str(token.attrs["src"]), marks)
        elif token.type == "softbreak":
            out.append(" ")
        elif token.type == "hardbreak":
            out.append("\n" + rest)
        else:
            out += marks.pieces(token.content, "text", rest)
    return out


def _text_link(label: list[Piece], target: str, marks: Marks) -> list[Piece]:
    """The label and its target; a label that is its target is told once."""
    words = "".join([piece if isinstance(piece, str) else marks.mark(piece.number) for piece in label])
    if target == "mailto:" + words:
        return label
    pieces = target_pieces(marks, target, ("target", "target part"))
    return pieces if target == words else [*label, " <" if label else "<", *pieces, ">"]


def _html_blocks(tokens: Sequence[Token], marks: Marks) -> Iterator[Piece]:
    for token in tokens:
        if token.type == "inline":
            yield from _html_inline(token.children or [], marks)
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
        yield f"</{token.tag}>\n"
        return
    start = token.attrs.get("start")
    yield _tag(token.tag, f' start="{start}"' if start is not None else "")
    if token.tag in ("ul", "ol", "blockquote"):
        yield "\n"


def _html_inline(tokens: Sequence[Token], marks: Marks) -> Iterator[Piece]:
    for token in tokens:
        if token.type == "link_open":
            yield from _html_link(str(token.attrs["href"]), marks)
        elif token.type == "image":
            yield from _html_link(str(token.attrs["src"]), marks)
            yield from _html_inline(token.children or [], marks)
            yield "</a>"
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


def _tag(name: str, attributes: str = "") -> str:
    style = _STYLES.get(name)
    return f"<{name}{attributes}" + (f' style="{style}">' if style else ">")
