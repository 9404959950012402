"""Warn of signs that no font shows, or that each font shows in its own way, as a paste from Word leaves them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailer.checks.problem import Problem

if TYPE_CHECKING:
    from mailer.checks.case import Case

_KINDS = {
    "private": "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd",
    "break": "\x0b\x0c\x1c-\x1f",
    "control": "\x01-\x08\x0e-\x1b\x7f-\x84\x86-\x9f",
    "soft": "\xad",
    "object": "\ufff9-\ufffc",
}
_ANY = re.compile(f"[{''.join(_KINDS.values())}]")
_SAID = {
    "private": ("exists in one font only, others show a box", "Type the character you mean, such as - or •."),
    "break": ("is the line break of a word processor", "Break the line with Enter."),
    "control": ("is a control sign, often from a wrong encoding", "Take it out, or type the character you mean."),
    "soft": (
        "is a soft hyphen, which some programs show as a hyphen",
        "Take it out: lines break by themselves.",
    ),
    "object": ("stands for an object that was not copied along", "Take it out."),
}
_BESIDE = 30


def check(case: Case) -> Iterator[Problem]:
    """Yield one warning for each kind in the body, and one for the subject and for each name."""
    seen: set[str] = set()
    for match in _ANY.finditer(case.body.raw):
        kind = _kind(match[0])
        if kind not in seen:
            seen.add(kind)
            start, end = _word_around(case.body.raw, *match.span())
            yield case.in_body("leftover", "warn", start, end, _says(match), _SAID[kind][1])
    rendered = case.rendered
    named = [(where, box.display_name) for where in ("to", "cc", "bcc") for box in getattr(rendered, where)]
    for where, text in (("subject", rendered.subject), *named):
        found = None if text.isascii() else _ANY.search(text)
        if found:
            yield case.in_header("leftover", "warn", where, text, _says(found), _SAID[_kind(found[0])][1])


def _says(match: re.Match[str]) -> str:
    return f"U+{ord(match[0]):04X} {_SAID[_kind(match[0])][0]}"


def _kind(sign: str) -> str:
    return next(kind for kind, signs in _KINDS.items() if re.match(f"[{signs}]", sign))


def _word_around(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a place to the word it stands in, by which it is found in the file."""
    before = re.search(r"\S*\Z", text[max(0, start - _BESIDE) : start])
    after = re.match(r"\S*", text[end : end + _BESIDE])
    return start - len(before[0] if before else ""), end + len(after[0] if after else "")
