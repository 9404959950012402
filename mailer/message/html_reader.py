"""Read the tags and words of an HTML page into lines: what each element does to the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from mailer.message.html_lines import Flow, Prefix, Table
from mailer.message.html_tokens import RAW, Token
from mailer.tuples import NamedTuple

_PARAGRAPHS = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol", "dl"} | {"table", "hr", "figure"}
)
_LINES = frozenset(
    {"div", "li", "dt", "dd", "tr", "td", "th", "section", "article", "header", "footer"}
    | {"main", "aside", "nav", "address", "body", "html", "center", "form", "fieldset"}
    | {"caption", "figcaption", "summary", "details", "legend", "tbody", "thead", "tfoot"}
    | {"option"}
)
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"} | {"track", "wbr"}
)
_UNSEEN = frozenset(["template", "object", "audio", "video", "canvas", "datalist", "xml"])
_HIDDEN = re.compile(
    r"(?i)(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden|max-height\s*:\s*0(?:px)?\s*(?:;|\Z))"
)
_TIGHT = re.compile(r"(?i)(?:^|;)\s*margin\s*:\s*0[a-z]*(?:\s+0[a-z]*)*\s*(?:!important\s*)?(?:;|\Z)")
_NO_BULLET = re.compile(r"(?i)list-style(?:-type)?\s*:[^;]*\bnone\b")
_DEEPEST = 50
_RULE = "* * *"


class _Link(NamedTuple):
    target: str
    flow: Flow
    lines: int
    pieces: int


class Reader:
    """Takes the tokens of a page; ``text`` is what they say."""

    def __init__(self) -> None:
        self.flow = Flow()
        self.tables: list[Table] = []
        self.cells: list[Token | None] = []
        self.links: list[_Link] = []
        self.lists: list[Prefix] = []
        self.preformatted = 0
        self.fresh = False
        self.is_tight = False
        self.hidden = ""
        self.depth = 0

    def text(self) -> str:
        """Return the text that was read."""
        while self.tables:
            self._close_table()
        return self.flow.text() + "\n"

    def take(self, token: Token) -> None:
        """Read one token."""
        if self.hidden:
            self._take_hidden(token)
        elif token.kind == "text":
            self._words(token.text)
        elif token.kind == "raw":
            if token.name not in RAW - {"xmp", "plaintext"} and token.name != "title":
                self._preformatted(token.text)
        elif token.kind == "open":
            self._open(token)
        else:
            self._close(token.name)
        self.fresh = token.kind == "open" and token.name == "pre"

    def _take_hidden(self, token: Token) -> None:
        if self.hidden == "p" and token.kind == "open" and token.name in _PARAGRAPHS:
            # Nothing closes a paragraph as surely as the next one.
            self.hidden = ""
            self._open(token)
        elif token.name == self.hidden:
            self.depth += {"open": 1, "close": -1}.get(token.kind, 0)
            self.hidden = self.hidden if self.depth else ""

    def _words(self, text: str) -> None:
        if not self.preformatted:
            self.flow.words(text)
        else:
            self._preformatted(text[1:] if self.fresh and text.startswith("\n") else text)

    def _preformatted(self, text: str) -> None:
        for number, line in enumerate(text.replace("\r\n", "\n").split("\n")):
            if number and self.flow.current:
                self.flow.end_line()
            elif number and self.flow.lines:
                self.flow.empty_line()
            if line:
                self.flow.put(line)

    def _open(self, token: Token) -> None:
        name = token.name
        if name in _UNSEEN or _is_hidden(token.attributes):
            self.hidden, self.depth = ("", 0) if name in _VOID else (name, 1)
            return
        if name == "p":
            self.is_tight = bool(_TIGHT.search(token.attributes.get("style", "")))
        if name in _PARAGRAPHS:
            self.flow.block(self._gap(name))
        elif name in _LINES:
            self.flow.block(1)
        opened = _OPENED.get(name)
        if opened:
            opened(self, token)

    def _close(self, name: str) -> None:
        closed = _CLOSED.get(name)
        if closed:
            closed(self)
        if name in _PARAGRAPHS:
            self.flow.block(self._gap(name))
        elif name in _LINES:
            self.flow.block(1)

    def _gap(self, name: str) -> int:
        return 1 if (name == "p" and self.is_tight) or (name in ("ul", "ol") and self.lists) else 2

    def _break(self, _token: Token) -> None:
        self.flow.line_break()

    def _rule(self, _token: Token) -> None:
        self.flow.put(_RULE)
        self.flow.block(2)

    def _picture(self, token: Token) -> None:
        if words := token.attributes.get("alt", ""):
            self.flow.words(words)

    def _struck(self, _token: Token) -> None:
        self.flow.put("~")

    def _close_struck(self) -> None:
        self._append("~")

    def _quoted(self, _token: Token) -> None:
        self.flow.put("“")

    def _close_quoted(self) -> None:
        self._append("”")

    def _append(self, sign: str) -> None:
        if self.flow.current:
            self.flow.current.append(sign)

    def _open_link(self, token: Token) -> None:
        self._close_link()
        target = token.attributes.get("href", "").strip()
        self.links.append(_Link(target, self.flow, len(self.flow.lines), max(len(self.flow.current), 1)))

    def _close_link(self) -> None:
        if not self.links:
            return
        link = self.links.pop()
        if link.flow is not self.flow or not link.target or link.target.lower().startswith(("#", "javascript:")):
            return
        pieces = self.flow.current[link.pieces :] if len(self.flow.lines) == link.lines else ()
        label = "".join(pieces).strip()
        if _is_said(label, link.target):
            return
        blank, self.flow.blank = self.flow.blank, True
        self.flow.put(f"<{link.target}>")
        self.flow.blank = blank

    def _open_list(self, token: Token) -> None:
        made = Prefix(token.name, "", "")
        start = token.attributes.get("start", "1")
        made.number = int(start) if token.name == "ol" and re.fullmatch(r"-?\d{1,9}", start) else None
        if token.name == "ol" and made.number is None:
            made.number = 1
        if _NO_BULLET.search(token.attributes.get("style", "")):
            made.name = ""
        self.lists.append(made)

    def _close_list(self) -> None:
        self._close_item()
        if self.lists:
            self.lists.pop()

    def _open_item(self, token: Token) -> None:
        self._close_item()
        bullet = "- "
        if self.lists:
            inner = self.lists[-1]
            if re.fullmatch(r"-?\d{1,9}", token.attributes.get("value", "")) and inner.number is not None:
                inner.number = int(token.attributes["value"])
            bullet = "" if not inner.name else "- " if inner.number is None else f"{inner.number}. "
            inner.number = None if inner.number is None else inner.number + 1
        self._prefix(Prefix(f"li{len(self.lists)}", bullet, " " * len(bullet)))

    def _close_item(self) -> None:
        self._unprefix(f"li{len(self.lists)}")

    def _open_quote(self, _token: Token) -> None:
        self._prefix(Prefix("blockquote", "> ", "> "))

    def _close_quote(self) -> None:
        self.flow.end_line()
        self._unprefix("blockquote")

    def _prefix(self, prefix: Prefix) -> None:
        if len(self.flow.prefixes) < _DEEPEST:
            self.flow.prefixes.append(prefix)

    def _unprefix(self, name: str) -> None:
        """End the last prefix of that name, and what is open in it."""
        names = [prefix.name for prefix in self.flow.prefixes]
        if name in names:
            self.flow.end_line()
            last = len(names) - 1 - names[::-1].index(name)
            del self.flow.prefixes[last:]

    def _open_pre(self, _token: Token) -> None:
        self.preformatted += 1

    def _open_code(self, _token: Token) -> None:
        if self.preformatted and not self.flow.current:
            self._prefix(Prefix("pre", "    ", "    "))

    def _close_pre(self) -> None:
        self.preformatted = max(self.preformatted - 1, 0)
        self.flow.end_line()
        self._unprefix("pre")

    def _open_table(self, token: Token) -> None:
        if len(self.tables) < _DEEPEST:
            self.tables.append(Table(self.flow, token.attributes))
            self.cells.append(None)

    def _open_row(self, _token: Token) -> None:
        self._close_cell()
        if self.tables:
            self.tables[-1].rows.append([])

    def _open_cell(self, token: Token) -> None:
        self._close_cell()
        if self.tables:
            self.cells[-1] = token
            self.flow = Flow()

    def _close_cell(self) -> None:
        if self.tables and (cell := self.cells[-1]):
            text, self.flow = self.flow.text(), self.tables[-1].outer
            self.tables[-1].add(text, cell)
            self.cells[-1] = None

    def _close_table(self) -> None:
        if self.tables:
            self._close_cell()
            self.cells.pop()
            self.tables.pop().close()


def _is_hidden(attributes: Mapping[str, str]) -> bool:
    return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style", "")))


def _is_said(label: str, target: str) -> bool:
    """Tell whether a link's text is its target."""
    bare = re.sub(r"(?i)\A(?:https?://|mailto:)", "", target).rstrip("/")
    said = re.sub(r"(?i)\A(?:https?://|mailto:)", "", label).rstrip("/")
    if target.lower().startswith("tel:"):
        return re.sub(r"\D", "", label) == re.sub(r"\D", "", target)
    return said == bare


_OPENED: dict[str, Callable[[Reader, Token], None]] = {
    "br": Reader._break,
    "hr": Reader._rule,
    "img": Reader._picture,
    "a": Reader._open_link,
    "s": Reader._struck,
    "del": Reader._struck,
    "strike": Reader._struck,
    "q": Reader._quoted,
    "ul": Reader._open_list,
    "ol": Reader._open_list,
    "li": Reader._open_item,
    "blockquote": Reader._open_quote,
    "pre": Reader._open_pre,
    "code": Reader._open_code,
    "table": Reader._open_table,
    "tr": Reader._open_row,
    "td": Reader._open_cell,
    "th": Reader._open_cell,
}
_CLOSED: dict[str, Callable[[Reader], None]] = {
    "a": Reader._close_link,
    "s": Reader._close_struck,
    "del": Reader._close_struck,
    "strike": Reader._close_struck,
    "q": Reader._close_quoted,
    "ul": Reader._close_list,
    "ol": Reader._close_list,
    "li": Reader._close_item,
    "blockquote": Reader._close_quote,
    "pre": Reader._close_pre,
    "tr": Reader._close_cell,
    "td": Reader._close_cell,
    "th": Reader._close_cell,
    "table": Reader._close_table,
}
