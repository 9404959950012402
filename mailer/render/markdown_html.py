"""Write the HTML part of a Markdown letter: inline styles only, no colours that a dark screen would fight."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from mailer.message.slots import merge, target_pieces
from mailer.render.markdown_text import text_inline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

    from mailer.message.slots import Marks, Piece

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


def html_pieces(tokens: Sequence[Token], marks: Marks) -> list[Piece]:
    """The blocks of a source, with slots where values go."""
    return _cut([*_blocks(tokens, marks)], marks)


def html_line(tokens: Sequence[Token], marks: Marks) -> list[Piece]:
    """What stands within one block."""
    return _cut([*_inline(tokens, marks)], marks)


def _cut(pieces: list[Piece], marks: Marks) -> list[Piece]:
    """Cut what holds values in running text at its marks, all of it together."""
    merged = merge(pieces)
    return [one for piece in merged for one in (marks.pieces(piece, "html") if isinstance(piece, str) else (piece,))]


def _blocks(tokens: Sequence[Token], marks: Marks) -> Iterator[Piece]:
    for number, token in enumerate(tokens):
        if token.type == "inline":
            yield from _inline(token.children or [], marks)
        elif token.type in ("th_open", "td_open"):
            words = "".join(child.content for child in tokens[number + 1].children or ())
            yield _cell(token, _LONG_WORD.search(words) is not None)
        elif token.type in ("fence", "code_block"):
            yield f'<pre style="{_STYLES["pre"]}"><code>'
            yield from marks.pieces(_escaped(token.content), "pre")
            yield "</code></pre>\n"
        elif token.type == "hr":
            yield _tag("hr") + "\n"
        elif not token.hidden:
            yield from _block_tag(token)


def _block_tag(token: Token) -> Iterator[Piece]:
    if token.nesting < 0:
        yield f"</{token.tag}>\n" + ("</div>\n" if token.tag == "table" else "")
        return
    start = token.attrs.get("start")
    yield _SCROLLED if token.tag == "table" else ""
    yield _tag(token.tag, f' start="{start}"' if start is not None else "")
    if token.tag in ("ul", "ol", "blockquote", "table", "thead", "tbody", "tr"):
        yield "\n"


def _cell(token: Token, is_long: bool) -> str:
    side = str(token.attrs.get("style", "text-align:left"))
    return f'<{token.tag} style="{_STYLES[token.tag]};{side}{_BROKEN if is_long else ""}">'


def _inline(tokens: Sequence[Token], marks: Marks) -> Iterator[Piece]:
    for token in tokens:
        if token.type == "link_open":
            yield from _link(str(token.attrs["href"]), marks)
        elif token.type == "image":
            yield from _picture(token, marks)
        elif token.type == "softbreak":
            yield "\n"
        elif token.type == "hardbreak":
            yield "<br>\n"
        elif token.type == "code_inline":
            yield _tag("code")
            yield _escaped(token.content)
            yield "</code>"
        elif token.nesting:
            yield f"<{'/' if token.nesting < 0 else ''}{token.tag}>"
        else:
            yield _escaped(token.content)


def _link(target: str, marks: Marks) -> Iterator[Piece]:
    yield '<a href="'
    yield from target_pieces(marks, escape(target), ("target attribute", "target part"))
    yield f'" style="{_STYLES["a"]}">'


def _picture(token: Token, marks: Marks) -> Iterator[Piece]:
    yield '<img src="'
    yield from target_pieces(marks, escape(str(token.attrs["src"])), ("target attribute", "target part"))
    yield '" alt="'
    for piece in text_inline(token.children or [], marks, "", context="attribute"):
        yield escape(piece) if isinstance(piece, str) else piece
    yield f'" style="{_STYLES["img"]}">'


def _tag(name: str, attributes: str = "") -> str:
    style = _STYLES.get(name)
    return f"<{name}{attributes}" + (f' style="{style}">' if style else ">")


def _escaped(text: str) -> str:
    return escape(text, quote=False)
