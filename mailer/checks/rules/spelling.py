"""Spelling and grammar mistakes in English letters, if `letter-mailer[grammar]` is installed.

Only hints, and none about style or a template's own text.  The names of the people, the company and the position are
known words, and a capitalised word that no dictionary has counts as a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from mailer.checks.problem import Problem
from mailer.checks.text import words_of

if TYPE_CHECKING:
    from mailer.checks.case import Case

_MOST = 20
_KINDS = frozenset({"Spelling", "Typo", "Agreement", "Grammar", "Repetition", "Malapropism", "Eggcorn", "Nonstandard"})


def check(case: Case) -> Iterator[Problem]:
    """One hint a finding, in the prose that the writer typed."""
    if case.language != "en" or not is_there():
        return
    text = case.body.prose
    known = _names(case)
    for lint in _linter().lint(text, language=_plain_text())[:_MOST]:
        start, end = lint.span.start, lint.span.end
        words = set(words_of(text[start:end]))
        if lint.lint_kind not in _KINDS or case.value_at("text", start, end) or words & known:
            continue
        if text[start : start + 1].isupper() and lint.lint_kind == "Spelling":
            continue
        ways = [way.replacement_text for way in lint.suggestions if way.replacement_text][:3]
        hint = f"Perhaps: {', '.join(ways)}." if ways else "Read it again."
        said = lint.message.rstrip(".")
        problem = case.in_body("spelling", "hint", start, end, said[:1].lower() + said[1:], hint)
        if problem.line is not None or case.template is None:
            yield problem


@cache
def is_there() -> bool:
    """Whether the library is installed."""
    return find_spec("harper") is not None


@cache
def _linter() -> Any:  # noqa: ANN401 - harper has no types
    import harper  # type: ignore[import-not-found, unused-ignore]

    return harper.Linter()


@cache
def _plain_text() -> Any:  # noqa: ANN401
    import harper

    return harper.Language.PLAINTEXT


def _names(case: Case) -> set[str]:
    boxes = (*case.recipients, case.rendered.sender)
    said = (case.company, case.position, *(box.display_name for box in boxes), *case.rendered.fields.values())
    return {word for text in said for word in words_of(text)}
