"""Colleagues of people."""

from __future__ import annotations

import re

from mailer.answers.addresses import domain_of
from mailer.answers.folding import folded
from mailer.answers.mail import Mail
from mailer.answers.thread import about, has_subject_of, last_letter, letters_of, verdict
from mailer.answers.values import Known, Letter, Origin, Someone, Verdict
from mailer.answers.writer import written

_SHORTEST = 3


def rule(mail: Mail, known: Known, _origin: Origin) -> list[Verdict]:
    """Somebody else of a person's company writes: in the thread of a letter, or naming the person or its subject.

    The company is known by the domain of its addresses, and never by that of a mailbox provider.  It is shown, offered
    to be added, and the company is held for 14 days.
    """
    found = about(mail, known)
    if found.is_theirs or not mail.sender[1] or known.is_own(mail.sender[1]):
        return []
    there = known.people_at(domain_of(mail.sender[1]))
    own = written(mail, letters_of(mail, known, found))
    for someone in there:
        letter = last_letter(someone, mail, known)
        is_meant = found.is_in_thread and found.someone is not None and found.someone.number == someone.number
        if letter and (is_meant or _is_named(someone, letter, mail, own.text)):
            because = found.because if is_meant else f"{mail.sender[1]} names {someone.name or letter.subject}"
            found = found._replace(someone=someone, letter=(found.letter if is_meant else None) or letter)
            confidence = "sure" if is_meant else "likely"
            return [
                verdict("colleague", mail, found, because, own.words, confidence, other_address=mail.sender[1])  # type: ignore[arg-type]
            ]
    return []


def _is_named(someone: Someone, letter: Letter, mail: Mail, text: str) -> bool:
    """By a word of their name that is long enough to be one, or by the subject of the letter."""
    said = f"{folded(mail.subject)} {folded(text[:4_000])}"
    name = folded(someone.name)
    if re.search("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", name):
        return any(len(word) > 1 and word in said for word in (name.replace(" ", ""), *name.split()))
    words = [word for word in re.findall(r"[^\W\d_]+", name) if len(word) >= _SHORTEST]
    return any(re.search(rf"(?<!\w){re.escape(word)}s?(?!\w)", said) for word in words) or has_subject_of(mail, letter)
