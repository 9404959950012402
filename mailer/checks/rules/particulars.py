"""Nothing that only this letter could say.

Blocks prose that another letter to somebody else already has, in the folder or in the ledger; it compares runs of four
words, with the names left out.  Warns of prose that could be about any company (generic phrases only; no name, number,
thing or event of theirs), and of more than three questions.

Within a batch nothing blocks: prose that all rows share is one warning; prose from a column that another row has too is
a warning, and so is prose that earlier letters of the same file had.  A letter to the same recipient counts as a
version of this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailer.checks.case import LANGUAGES
from mailer.checks.problem import Problem
from mailer.checks.text import folded, listed, name_words, word_set, words_of

if TYPE_CHECKING:
    from mailer.checks.case import Case
    from mailer.checks.world import Other

ALIKE = 0.5
_MOST_QUESTIONS = 3
_ENOUGH = 3
_QUESTION = re.compile(r"\?(?=[\s\"”»)'’]|$)")
_PROPER = re.compile(r"(?<=[\w,;] )(?!I\b|I')[A-ZÄÖÜÉÀÁÍÓÚÑ][\w'’-]+")
_HINT = "Write what you saw, heard or learned there: a name, a number, a thing."


def beside(case: Case) -> Iterator[Problem]:
    """Prose that is another's: the part of the check that looks at other letters."""
    # Whose prose has words besides names has words.
    if (case.own and case.own.length) or case.prose.ordered:
        yield from _shared(case)


def check(case: Case) -> Iterator[Problem]:
    """Prose that is nobody's in particular, and questions."""
    words = case.prose.ordered
    if not words:
        if case.template is None or case.template.wants_prose:
            yield case.whole("particulars", "warn", "there are no words of your own in the letter", _HINT)
        return
    if _is_generic(case, words):
        said = "these words could be about any company"
        start = len(case.prose.raw) - len(case.prose.raw.lstrip())
        end = min(len(case.prose.raw), (case.prose.raw.find("\n", start) + 1 or len(case.prose.raw) + 1) - 1)
        yield case.in_prose("particulars", "warn", start, end, said, _HINT)
    questions = len(_QUESTION.findall(case.prose.own))
    if questions > _MOST_QUESTIONS:
        at = [match.start() for match in _QUESTION.finditer(case.prose.own)][_MOST_QUESTIONS]
        said = f"the letter asks {questions} questions"
        yield case.in_prose("particulars", "warn", at, at + 1, said, "Keep the one that matters most.")


def _shared(case: Case) -> Iterator[Problem]:
    whole_batch = case.rows > 1 and case.prose_from != "column" and "{{" not in case.letter.prose
    if whole_batch and case.first:
        hint = "Give each row words of its own, in a column 'prose'."
        yield case.whole("particulars", "warn", f"{case.rows} letters share the same words", hint)
    if case.own is None:
        return
    found = _same(case, whole_batch)
    if found:
        level = "warn" if found.same_file or found.origin == "batch" else "block"
        said = f"{found.what} has nearly the same words"
        start = len(case.prose.raw) - len(case.prose.raw.lstrip())
        end = min(len(case.prose.raw), (case.prose.raw.find("\n", start) + 1 or len(case.prose.raw) + 1) - 1)
        yield case.in_prose("particulars", level, start, end, said, "Write what is true of this company only.")


def _same(case: Case, whole_batch: bool) -> Other | None:
    """The other letter whose prose this one has; one that blocks comes first."""
    assert case.own is not None
    best: Other | None = None
    for index in (case.others, None if whole_batch else case.batch):
        for _, others in index.like(case.own, ALIKE) if index is not None else ():
            for other in others:
                if other.keys & case.keys or (whole_batch and other.same_file):
                    continue
                if not other.same_file and other.origin != "batch":
                    return other
                best = best or other
                if other.origin == "batch":
                    # All of a batch are the same to it.
                    return best
    return best


def _is_generic(case: Case, words: list[str]) -> bool:
    if case.language not in LANGUAGES:
        return False
    names = (case.company, case.position, *(box.display_name for box in (*case.recipients, case.rendered.sender)))
    own = {word for name in names for word in name_words(name)}
    generic = word_set(case.language, "generic")
    unsaid = set(words) - generic
    special = 0
    for word in unsaid:
        # As soon as there are enough the others need no look.
        if (word[0].isdigit() or (len(word) > 2 and not _is_said(word, generic))) and folded(word) not in own:
            special += _ENOUGH if word[0].isdigit() else 1
            if special >= _ENOUGH:
                return False
    return case.language == "de" or not any(
        _is_theirs(case, found[0], own) for found in _PROPER.finditer(case.prose.own)
    )


def _is_said(word: str, generic: frozenset[str]) -> bool:
    return word.removesuffix("'s") in generic or word.partition("'")[2] in generic


def _is_theirs(case: Case, word: str, own: set[str]) -> bool:
    days = [name for kind in ("months", "weekdays") for line in listed(case.language)[kind] for name in line.split()]
    return not any(
        folded(part) in own or part in days or part in word_set(case.language, "generic") for part in words_of(word)
    )
