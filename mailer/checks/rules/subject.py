"""A subject that is empty, shouts, is too long for a phone, or is not true about the thread.

Blocks an empty subject.  Warns of shouting (capitals, rows of exclamation marks), of a subject longer than a phone
shows (60 characters; a template's own may have 90), of `Re:` in a letter that answers nothing, and of `Re: Re:`.
Names and companies in capitals (`SAP`, `IKEA`) do not count as shouting.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailer.checks.case import own_values
from mailer.checks.problem import Problem
from mailer.checks.text import pattern

if TYPE_CHECKING:
    from mailer.checks.case import Case

SHOWN = 60
_MOST_OF_TEMPLATE = 90
_PREFIX = r"(?i)\s*(?:re|aw|antw|sv|vs|odp|rif|res|回复)(?:\[\d+\])?\s*:"
_TWICE = r"(?i)\s*(?:(?:re|aw|antw|sv|vs)(?:\[\d+\])?\s*:\s*){2,}|\s*(?:re|aw)\[\d+\]\s*:"
_MARKS = r"!\s*!|[!?]{2,}|!.*!"
_CAPITALS = r"\b[^\W\d_]{4,}\b"
_MAY_SHOUT = r"[^\W\d_a-z]{4}"


def check(case: Case) -> Iterator[Problem]:
    """Empty, or else everything that is wrong with it."""
    subject = case.rendered.subject
    if not subject.strip():
        yield _problem(case, "block", "", "the subject is empty", "Say in a few words what the letter is about.")
        return
    answers = case.rendered.thread is not None
    prefix = pattern(_PREFIX).match(subject) if ":" in subject else None
    if prefix and not answers:
        said = f"{prefix[0].strip()} says that this is an answer, but it answers no mail"
        hint = "Take it out, or name the mail with In-Reply-To."
        yield _problem(case, "warn", prefix[0].strip(), said, hint)
    twice = pattern(_TWICE).match(subject) if ":" in subject else None
    if twice:
        yield _problem(case, "warn", twice[0].strip(), "one Re: is enough", "Keep the first one.")
    if not (prefix and answers):
        yield from _shouting(case, subject)
        yield from _length(case, subject)


def _shouting(case: Case, subject: str) -> Iterator[Problem]:
    marks = pattern(_MARKS).search(subject) if "!" in subject or "?" in subject else None
    if marks:
        yield _problem(case, "warn", marks[0], "the subject shouts", "One mark is enough, none is better.")
        return
    if not pattern(_MAY_SHOUT).search(subject):
        return
    text = subject
    for value in own_values(case.rendered.fields):
        text = text.replace(value, " ")
    letters = [char for char in text if char.isalpha()]
    loud = [word for word in pattern(_CAPITALS).findall(text) if word.isupper()]
    capitals = sum(char.isupper() for char in letters)
    if (len(loud) > 1 and capitals >= 0.7 * len(letters)) or (loud and len(letters) > 6 and capitals == len(letters)):
        yield _problem(case, "warn", loud[0], "the subject shouts", "Write it in small letters.")


def _length(case: Case, subject: str) -> Iterator[Problem]:
    # A template's own subject is long by the value in it, and says what it is about without its end.
    if len(subject) > (SHOWN if case.template is None or case.headers.get("subject") else _MOST_OF_TEMPLATE):
        said = f"the subject has {len(subject)} characters, a telephone shows about {SHOWN}"
        yield _problem(case, "warn", subject[SHOWN:], said, "Put first what matters, and leave out the rest.")


def _problem(case: Case, level: str, words: str, text: str, hint: str) -> Problem:
    return case.in_header("subject", level, "subject", words, text, hint)
