"""What Markdown makes of signs that were meant as they stand, and markup that nothing is made of (for ``format``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from mailer.checks.problem import Problem
from mailer.checks.text import pattern
from mailer.message.slots import Valued
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from markdown_it.token import Token

    from mailer.checks.case import Case

_MOST = 12
_JINJA = r"(?s)\{\{(?:(?!\{\{).)*?\}\}|\{%(?:(?!\{%).)*?%\}|\{#(?:(?!\{#).)*?#\}"
_CODE_SPAN = r"(`+)[^`].*?(?<!`)\1(?!`)"
_TAG = (
    r"(?i)<!--|</?(?:a|b|i|u|s|p|br|hr|em|strong|div|span|font|ul|ol|li|table|tr|td|th|h[1-6]|img|center|small|big|sub|sup"
    r"|del|ins|strike|mark|style|script|html|body|blockquote)(?:\s[^<>]*)?/?>(?! (?:elements?|tags?)\b)"
)
_PATH = r"(?<!\S)(?:[A-Za-z]:\\|\\\\)\S*"
_ESCAPE = r"\\(?:[!-/:-@\[-`{-~]|\Z)"
_NO_LINK = r"\[[^\[\]\n]+\]\([^()\n]*[ \t][^()\n]*\)"
_DUNDER = frozenset(
    {"init", "main", "name", "file", "all", "doc", "str", "repr", "call", "new", "del"}
    | {"enter", "exit", "iter", "next", "len", "eq", "hash", "slots", "dict", "version"}
    | {"pycache"}
)
_PROSE = r"[^\W\d_]\S*(?:\s+\S+){3}"
_CODE_SIGNS = r"[{}()=<>|$\\]|;$"
_COMMENT = frozenset({"//", "#", "COMMENT"})
_MARKUP = (
    r"\*\*[^\s*][^*\n]*\*\*|(?<![\w*])\*[^\s*](?:[^*\n]*[^\s*])?\*(?![\w*])|(?<!\w)__[^\s_][^_\n]*__(?!\w)|~~[^\s~][^~\n]*~~"
    r"|\[[^\]\n]+\]\((?:https?:|mailto:)[^()\n]*\)|&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,6}|#[xX][0-9a-fA-F]{1,6});|"
)


# Each piece of markup begins with one of them.
_SIGNS = "*_~[&<"


class Finding(NamedTuple):
    """What becomes of a line of a Markdown text, counted from 0."""

    line: int
    words: str
    said: str
    hint: str


def check(case: Case) -> Iterator[Problem]:
    """What is swallowed of the letter's own Markdown, and markup in values."""
    rendered = case.rendered
    if rendered.flowed:
        for finding in islice(findings(rendered.prose), _MOST):
            yield _told(case, finding)
    if isinstance(rendered.html, Valued):
        yield from _values(case, rendered.html)


def _told(case: Case, finding: Finding) -> Problem:
    typed, ours = case.letter.prose, case.prose_from == "letter"
    line = None
    if ours:
        line = case.letter.prose_line + typed.count("\n", 0, max(typed.find(case.rendered.prose), 0)) + finding.line
    shown = case.rendered.prose.split("\n")[finding.line]
    field = "" if ours else "prose"
    return Problem("format", "warn", "body", line, finding.said, finding.hint, False, finding.words, shown, field)


def _values(case: Case, page: Valued) -> Iterator[Problem]:
    """Markup in values, which are text: once for each."""
    for name, text in dict.fromkeys(zip(page.values.names, page.values.texts, strict=True)):
        if not any(map(text.__contains__, _SIGNS)):
            continue
        match = pattern(_MARKUP + _TAG.removeprefix("(?i)")).search(text)
        if match and match[0].strip("_") not in _DUNDER:
            said = f"the value of {name} holds {match[0]}, which arrives as typed: a value is text, no markup"
            hint = "Take the signs out of the value, or put them round it in the letter."
            yield case.in_value("format", "warn", name, match[0], said, hint)


@lru_cache(maxsize=64)
def findings(source: str) -> tuple[Finding, ...]:
    """What becomes of the text, in the order of its lines."""
    from mailer.errors import BadData
    from mailer.render.markdown import parsed

    if "{" in source:
        source = pattern(_JINJA).sub(lambda found: re.sub(r"[^\n]", "8", found[0]), source)
    references: dict[str, dict[str, object]] = {}
    try:
        tokens = parsed(source, references)
    except BadData:
        return ()
    lines = source.split("\n")
    found = [finding for at, token in enumerate(tokens) for finding in _of_token(tokens, at, lines)]
    return tuple(sorted([*found, *_unused(tokens, references, lines)]))


def _of_token(tokens: Sequence[Token], at: int, lines: Sequence[str]) -> Iterator[Finding]:
    judge = _JUDGES.get(tokens[at].type)
    if judge and tokens[at].map:
        yield from judge(tokens, at, lines)


def _heading(tokens: Sequence[Token], at: int, lines: Sequence[str]) -> Iterator[Finding]:
    start, end = tokens[at].map or (0, 0)
    sign, title = tokens[at].markup, tokens[at + 1].content
    if sign in ("-", "="):
        rule = lines[end - 1].strip(" \t>")
        if "\n" in title or abs(len(rule) - len(title)) > 2:
            said = f"the text above the line {rule} becomes a heading, and the line vanishes"
            yield Finding(end - 1, rule, said, "Leave a blank line above it.")
    elif sign == "#" and title[:1].isdigit():
        said = "the line becomes a heading, and its # vanishes"
        yield Finding(start, lines[start].strip(), said, f"Write \\# {title.split(' ')[0]} to keep it.")


def _numbers(tokens: Sequence[Token], at: int, _lines: Sequence[str]) -> Iterator[Finding]:
    items = [token for token in _items(tokens, at) if token.map]
    typed = [int(token.info) for token in items]
    if len(typed) == 1 and typed[0] != 1:
        words = items[0].info + items[0].markup
        hint = f"Write {items[0].info}\\{items[0].markup} to keep it."
        yield Finding((items[0].map or [0])[0], words, f"{words} begins a list", hint)
    elif len(set(typed)) > 1:
        for token, number, counted in zip(items, typed, range(typed[0], typed[0] + len(typed)), strict=True):
            if number != counted:
                words = token.info + token.markup
                said = f"{words} becomes {counted}{token.markup}, as the items of a list are counted"
                hint = f"Write {typed[0]}\\{token.markup} and {number}\\{token.markup}, each in its own paragraph."
                yield Finding((token.map or [0])[0], words, said, hint)
                return


def _items(tokens: Sequence[Token], at: int) -> Iterator[Token]:
    level = tokens[at].level
    for token in tokens[at + 1 :]:
        if token.level == level:
            return
        if token.type == "list_item_open" and token.level == level + 1:
            yield token


def _bullets(tokens: Sequence[Token], at: int, lines: Sequence[str]) -> Iterator[Finding]:
    sign, line = tokens[at].markup, (tokens[at].map or [0])[0]
    if sign in ("+", "*") and len(list(islice(_items(tokens, at), 2))) == 1:
        said = f"the {sign} that the line begins with becomes the dash of a list"
        yield Finding(line, lines[line].strip(), said, f"Write \\{sign} to keep it.")


def _indented(tokens: Sequence[Token], at: int, lines: Sequence[str]) -> Iterator[Finding]:
    words = tokens[at].content.strip()
    if pattern(_PROSE).match(words) and not pattern(f"(?m){_CODE_SIGNS}").search(words):
        line = (tokens[at].map or [0])[0]
        said = "a line that begins with four blanks or a tab becomes code"
        yield Finding(
            line, lines[line].strip(), said, "Take the blanks out; if it is code, put a line ``` above and below."
        )


def _fence(tokens: Sequence[Token], at: int, lines: Sequence[str]) -> Iterator[Finding]:
    start, end = tokens[at].map or (0, 0)
    sign = tokens[at].markup
    last = lines[end - 1].strip(" \t>") if end - start > 1 else ""
    if not (last.startswith(sign) and not last.strip(sign[0])):
        said = f"everything below {sign} becomes code, as no other {sign} ends it"
        yield Finding(start, sign, said, f"Write {sign} below the code; as a line across, write ---.")


def _quotation(tokens: Sequence[Token], at: int, lines: Sequence[str]) -> Iterator[Finding]:
    start, end = tokens[at].map or (0, 0)
    if end - start == 1 and tokens[at + 2].type == "inline" and tokens[at + 2].content[:1].isdigit():
        said = "the > that the line begins with makes it a quotation"
        yield Finding(start, lines[start].strip(), said, "Write \\> to keep it.")


def _inline(tokens: Sequence[Token], at: int, _lines: Sequence[str]) -> Iterator[Finding]:
    token = tokens[at]
    first = (token.map or [0])[0]
    text = token.content
    if "`" in text:
        text = pattern(_CODE_SPAN).sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    for number, line in enumerate(text.split("\n")):
        for words, said, hint in _in_line(line, token):
            yield Finding(first + number, words, said, hint)
    if tokens[at - 1].type == "paragraph_open":
        yield from _joined(token.content, first)


def _in_line(line: str, token: Token) -> Iterator[tuple[str, str, str]]:
    if "<" in line and (tag := pattern(_TAG).search(line)):
        said = f"HTML in Markdown arrives as typed: {tag[0]}"
        yield tag[0], said, "Write Markdown, such as **bold**, or the whole letter as Content-Type: text/html."
    for path in pattern(_PATH).findall(line) if "\\" in line else ():
        if pattern(_ESCAPE).search(path):
            yield path, f"a backslash of {path} vanishes", f"Put it in backquotes: `{path}`."
    children = token.children or ()
    link = pattern(_NO_LINK).search(line) if "](" in line else None
    if link and any("](" in child.content for child in children if child.type == "text"):
        said = f"{link[0]} is not a link, because its address holds a blank, and arrives as typed"
        yield link[0], said, "Write %20 for a blank, or put < and > round the address."
    if "![](" in line and any(child.type == "image" and not child.content for child in children):
        said = "the picture has no words: nothing of it is in the text part"
        yield "![](", said, "Write what it shows between the brackets."
    name = re.search(r"(?<!\w)__(\w+?)__(?!\w)", line) if "__" in line else None
    if name and name[1] in _DUNDER and any(child.markup == "__" for child in children):
        yield name[0], f"the underscores of {name[0]} vanish", f"Put it in backquotes: `{name[0]}`."


def _joined(paragraph: str, first: int) -> Iterator[Finding]:
    """The first line that ends early, and is joined with the next one all the same."""
    from mailer.render.markdown_parser import ends_early, kept_breaks

    kept, at = kept_breaks(paragraph), -1
    for number, (line, after) in enumerate(pairwise(paragraph.split("\n"))):
        at += len(line) + 1
        is_broken = at in kept or line.endswith(("  ", "\\"))
        words = line.strip()
        if not is_broken and ends_early(words, after.strip()) and not words.endswith((".", ",", ";", ":", "!", "?")):
            hint = "End it with two blanks or a backslash, or leave a blank line between them."
            yield Finding(first + number, words, "the line and the next one become one", hint)
            return


def _unused(
    tokens: Sequence[Token], references: dict[str, dict[str, object]], lines: Sequence[str]
) -> Iterator[Finding]:
    """Definitions of links that nothing refers to: they are shown nowhere."""
    if not references:
        return
    used = {child.meta.get("label") for token in tokens for child in token.children or ()}
    for label, definition in references.items():
        span = definition.get("map")
        if label not in used and label not in _COMMENT and isinstance(span, list):
            words = lines[span[0]].strip()
            said = f"the line {words} vanishes: it defines a link, and nothing refers to it"
            yield Finding(
                span[0], words, said, f"Write \\{words} to keep it." if words.startswith("[") else "Refer to it."
            )


_JUDGES: dict[str, Callable[[Sequence[Token], int, Sequence[str]], Iterator[Finding]]] = {
    "heading_open": _heading,
    "ordered_list_open": _numbers,
    "bullet_list_open": _bullets,
    "code_block": _indented,
    "fence": _fence,
    "blockquote_open": _quotation,
    "inline": _inline,
}
