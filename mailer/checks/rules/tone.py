"""Words that you would regret a week later.

Warns, with the words and a calmer wording, of arguing with the decision, of blame, pleading, chains of apologies, rows
of exclamation marks, gush, phrases that stand in every such letter ("continued success", "future opportunities"), and
of "to whom it may concern".  The phrases are in a word list for each language.  Not reported: one apology, one
exclamation mark, a phrase with "not" before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from mailer.checks.case import LANGUAGES
from mailer.checks.problem import Problem
from mailer.checks.text import Phrases, listed

if TYPE_CHECKING:
    from mailer.checks.case import Case
    from mailer.checks.text import Text

_KINDS = {
    "argue": "argues with the decision",
    "blame": "blames",
    "plead": "pleads",
    "gush": "gushes",
    "stock": "is in every such letter",
    "nobody": "greets nobody",
}
# Longer phrases that mean something else than the shorter ones in them.
_INNOCENT = "innocent"
_DENIED = frozenset(
    {"not", "no", "never", "don't", "didn't", "wasn't", "isn't", "nicht", "kein", "keine", "nie", "pas"}
)
_DENIED |= {"jamais", "nunca", "sin", "ohne", "sans"}
_MARKS = re.compile(r"!\s*!|[!?]*!\?[!?]*|\?!")
_MANY_MARKS, _MANY_APOLOGIES = 3, 3


def check(case: Case) -> Iterator[Problem]:
    """Phrases, then apologies and exclamation marks."""
    phrases, apologies = _phrases(case.language)
    for start, end, (kind, calmer) in phrases.find(case.body):
        if kind != _INNOCENT and not _is_denied(case.body, start):
            words = case.body.raw[start:end]
            yield case.in_body("tone", "warn", start, end, f"{words!r} {_KINDS[kind]}", f"Calmer: {calmer}.")
    yield from _apologies(case, apologies)
    yield from _marks(case)


@cache
def _phrases(language: str) -> tuple[Phrases[tuple[str, str]], Phrases[None]]:
    """The phrases, each with its kind and a calmer one; and the apologies."""
    lines = listed(language) if language in LANGUAGES else {}
    found = [(kind, line.partition(" : ")) for kind in (*_KINDS, _INNOCENT) for line in lines.get(f"tone: {kind}", ())]
    phrases = [(phrase, (kind, calmer)) for kind, (phrase, _, calmer) in found]
    apologies = [(line, None) for line in lines.get("tone: apology", ())]
    return Phrases(phrases), Phrases(apologies)


def _is_denied(text: Text, start: int) -> bool:
    before = [token.word for token in text.tokens if start - 24 < token.start < start and token.end <= start]
    return not _DENIED.isdisjoint(before[-2:])


def _apologies(case: Case, apologies: Phrases[None]) -> Iterator[Problem]:
    found = list(apologies.find(case.body))
    if len(found) >= _MANY_APOLOGIES:
        start, end, _ = found[-1]
        said = f"the letter apologises {len(found)} times"
        yield case.in_body("tone", "warn", start, end, said, "Once is enough.")


def _marks(case: Case) -> Iterator[Problem]:
    text = case.body.own
    if "!" not in text:
        return
    row = _MARKS.search(text)
    if row:
        yield case.in_body("tone", "warn", *row.span(), f"{row[0]!r} shouts", "Calmer: one full stop.")
    elif text.count("!") >= _MANY_MARKS:
        at = text.rfind("!")
        said = f"the letter has {text.count('!')} exclamation marks"
        yield case.in_body("tone", "warn", at, at + 1, said, "Calmer: full stops.")
