"""Answers of people."""

from __future__ import annotations

from mailer.answers.addresses import domain_of
from mailer.answers.mail import Mail
from mailer.answers.thread import About, about, is_recipient, letters_of, verdict
from mailer.answers.values import Confidence, Known, Origin, Verdict
from mailer.answers.writer import written


def rule(mail: Mail, known: Known, _origin: Origin) -> list[Verdict]:
    """A person has answered: in the thread of a letter, or from an address of the person after a letter to them.

    A new address of theirs counts where the name in From is theirs; somebody else at their company is a colleague.
    Whatever they say is an answer, even a no. It is your turn until you write back or get in touch some other way.
    """
    found = about(mail, known)
    if not found.someone or not found.letter or (not found.is_theirs and _is_colleague(mail, known, found)):
        return []
    own = written(mail, letters_of(mail, known, found))
    is_sure = found.is_theirs or (found.is_in_thread and not is_recipient(mail.sender[1], found.letter))
    other = "" if known.person_of(mail.sender[1]) else mail.sender[1]
    text = own.words or own.text
    confidence: Confidence = "sure" if is_sure else "likely"
    return [verdict("answer", mail, found, found.because, text, confidence, other_address=other)]


def _is_colleague(mail: Mail, known: Known, found: About) -> bool:
    there = known.people_at(domain_of(mail.sender[1]))
    return any(found.someone and found.someone.number == one.number for one in there)
