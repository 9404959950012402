"""A template in another language than the letter asks for.

Warns of a template in another language than the one asked for: by the letter's Language, by a name such as
`runner-up.de`, else by MAILER_LANGUAGE.  Not reported: `de` for `de-AT`, a template that does not state its language.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailer.checks.problem import Problem
from mailer.letters.phrases import primary

if TYPE_CHECKING:
    from mailer.checks.case import Case


def check(case: Case) -> Iterator[Problem]:
    """One problem at most."""
    theirs = case.rendered.worded
    if case.template is None or not theirs:
        return
    from mailer.letters.template import in_language

    said = case.rendered.fields.get("language", "")
    asked = said or in_language(case.named)[1] or case.known.language
    if not asked or primary(theirs) == primary(asked):
        return
    by = "the letter says" if said else "is asked for"
    text = f"the template is in another language ({theirs}) than {by} ({asked})"
    file = f"{case.template.name}.{primary(asked)}.md"
    hint = f"Write a template {file}, or 'Language: {primary(theirs)}' if {theirs} is meant."
    yield case.in_header("language", "warn", "language", said, text, hint)
