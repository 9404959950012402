"""Markdown as people type it in letters: CommonMark with GFM's tables and strike-through, without raw HTML.

It differs from CommonMark where that would take a sign or a line break out of what was meant as it stands:

* a bare link or address is never emphasised, nor is a lone ``*`` between letters or digits (``5*3*2``);
* lines of a greeting, a close, an address or a list with ``•`` stay lines;
* ``--`` below a line underlines nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache, lru_cache
from itertools import accumulate, pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.lheading import lheading
from markdown_it.rules_inline import StateInline

# A list in a list is two deeper.
DEEPEST = 100
# What a line that was not wrapped, but ended, is no longer than.
SHORT = 45
_WRAPPED = 60
# Words of a greeting, or of a line of an address.
_FEW = 6
_LINK = r"""(?i)(?:https?://|ftp://|www\.)[^\s<>]*[^\s<>*_~.,;:!?'")\]]|[\w.+*~-]+@(?:[\w-]+\.)+[\w-]*[^\W_]"""
# Beside an underscore, what is inside a name: "src/_foo_/bar", "__init__.py".
_IN_A_NAME = r"[^\W_][./\\@=]\Z"
_NAME_GOES_ON = r"[./\\@=][^\W_]"
# Not in the regular expression: signs so far from each other make a set that takes long to compile.
_BULLETS = (*"•●○◦‣▪▫■□➢➤→✓✔·\uf0b7\uf0a7\uf0d8\uf076", "o\t")
_ITEM = re.compile(r"\(?(?:\d{1,2}|[a-zA-Z])\)\s|[-–—]+\s*\Z")
_DASHED = re.compile(r"[–—]\s")
_DASHES = re.compile(r"[-–—]+\Z")
_TARGET = re.compile(r"\]\([^()]*\)|<[^<>]*>")
_UNDERLINE = re.compile(r"[ \t]*(?:--?|=)[ \t]*\Z")


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        """Whether a link is made of it; one to a file is, so that the check ``format`` finds it."""
        return super().validateLink(url) or url.lower().startswith("file:")


@cache
def parser() -> MarkdownIt:
    """The parser; what is deeper than ``DEEPEST`` is left out by it."""
    made = _Parser("commonmark", {"html": False, "maxNesting": DEEPEST + 1, "store_labels": True})
    made.enable(["table", "strikethrough"])
    made.inline.ruler.before("newline", "kept_break", _kept_break)
    made.inline.ruler.before("strikethrough", "literal", _literal)
    made.block.ruler.at("lheading", _underlined, {"alt": []})
    return made


def _literal(state: StateInline, silent: bool) -> bool:
    """Signs of emphasis that are none here."""
    sign, start = state.src[state.pos], state.pos
    if sign not in "*_~":
        return False
    end = start
    while end < state.posMax and state.src[end] == sign:
        end += 1
    if not _is_literal(state.src, start, end):
        return False
    if not silent:
        state.pending += state.src[start:end]
    state.pos = end
    return True


def _is_literal(text: str, start: int, end: int) -> bool:
    starts, ends = _links(text)
    link = bisect_right(starts, start) - 1
    if link >= 0 and start < ends[link]:
        return True
    before, after = text[start - 1 : start], text[end : end + 1]
    if text[start] == "*":
        inside = before.isalnum() and after.isalnum()
        return inside and (end - start == 1 or (before.isdigit() and after.isdigit()))
    if text[start] == "_":
        return bool(
            re.search(_IN_A_NAME, text[max(0, start - 2) : start]) or re.match(_NAME_GOES_ON, text[end : end + 2])
        )
    return end - start > 2


@lru_cache(maxsize=4)
def _links(text: str) -> tuple[list[int], list[int]]:
    """Where bare links and addresses start, and where they end."""
    if "://" not in text and "@" not in text and "www." not in text.lower():
        return [], []
    spans = [match.span() for match in re.finditer(_LINK, text)]
    return [start for start, _ in spans], [end for _, end in spans]


def _kept_break(state: StateInline, silent: bool) -> bool:
    """A line end that is kept without two blanks or a backslash."""
    text, at = state.src, state.pos
    if text[at] != "\n" or at not in kept_breaks(text):
        return False
    if not silent:
        state.pending = state.pending.rstrip(" ")
        state.push("hardbreak", "br", 0)
    at += 1
    while at < state.posMax and text[at] in " \t":
        at += 1
    state.pos = at
    return True


@lru_cache(maxsize=4)
def kept_breaks(paragraph: str) -> frozenset[int]:
    """Where lines of a paragraph end that are meant to: wrapping would not have ended them there."""
    raw = paragraph.split("\n")
    lines = [_TARGET.sub("]", line).strip() for line in raw]
    dashed = sum(1 for line in lines if _DASHED.match(line)) > 1
    kept = [at for at, (line, after) in enumerate(pairwise(lines)) if _is_meant(line, after, at, dashed)]
    if any(not _is_item(lines[at + 1]) for at in kept) and all(len(line) <= SHORT for line in lines):
        kept = list(range(len(lines) - 1))
    ends = list(accumulate(len(line) + 1 for line in raw))
    return frozenset(ends[at] - 1 for at in kept)


def _is_meant(line: str, after: str, number: int, dashed: bool) -> bool:
    if _is_item(after) or _DASHES.match(line) or (dashed and _DASHED.match(after)):
        return True
    if not ends_early(line, after) or _is_item(line):
        return False
    if line.endswith("!") and _are_names(after):
        return len(line.split()) < _FEW
    if len(line.split()) > _FEW or line.endswith((".", ";", ":", "!", "?")):
        return False
    if line.endswith(","):
        return number == 0 or _begins_anew(after)
    return _begins_anew(line) and _begins_anew(after)


def _is_item(line: str) -> bool:
    """Whether it begins as an item of a list does that is none of Markdown's."""
    return line.startswith(_BULLETS) or _ITEM.match(line) is not None


def ends_early(line: str, after: str) -> bool:
    """Whether ``line`` is short, and the first word of the line after it would have fitted into it."""
    return len(line) <= SHORT and len(line) + len(after.split(" ", 1)[0]) < _WRAPPED


def _are_names(line: str) -> bool:
    """Whether it may be the name below "Thanks!"."""
    words = line.split()
    return len(words) < _FEW and all(word[0].isupper() for word in words) and not line.endswith(("!", "?", ":", ","))


def _begins_anew(line: str) -> bool:
    first = line.lstrip("\"'“„‚‘«([*_")[:1]
    return first.isupper() or first.isdigit() or first in ("+", "†")


def _underlined(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A heading of a line and its underline, which is no single or double dash."""
    for number in range(start + 1, end):
        if state.isEmpty(number):
            break
        if _UNDERLINE.match(state.src, state.bMarks[number] + state.tShift[number], state.eMarks[number]):
            return False
    return lheading(state, start, end, silent)
