"""People who are no longer there."""

from __future__ import annotations

import re

from mailer.answers.addresses import domain_of, key, within
from mailer.answers.folding import Sentence, folded, sentences
from mailer.answers.mail import Mail
from mailer.answers.phrases.lists import pattern
from mailer.answers.signs import sign
from mailer.answers.thread import About, about, is_recipient, letters_of, verdict
from mailer.answers.values import Known, Origin, Verdict
from mailer.answers.writer import written

_IMPERSONAL = 700


def rule(mail: Mail, known: Known, _origin: Origin) -> list[Verdict]:
    """Somebody is no longer with the company, or their address is no longer in use; and a machine says so.

    The sign of a machine is the same as for an absence.  Without one the text must be impersonal and come from the very
    address: *Dana Ruiz no longer works here, please write to …*, with no *I* in it; then it is ``likely``.  Whoever
    writes by hand that they have left has answered.  The address is struck out; a successor's is shown and never
    written to by itself.
    """
    found = about(mail, known)
    if not found.someone or (not found.is_theirs and is_recipient(mail.sender[1], found.letter)):
        return []
    text = written(mail, letters_of(mail, known, found)).text
    said = _departure(text, mail, found)
    if not said:
        return []
    if sign(mail, text, (found.letter.subject,) if found.letter else ()):
        confidence = "sure" if found.is_in_thread or found.is_theirs else "likely"
    elif known.person_of(mail.sender[1]) and _is_impersonal(text):
        confidence = "likely"
    else:
        return []
    other = _successor(text, mail, known, found)
    return [verdict("left", mail, found, said.text, text, confidence, other_address=other)]  # type: ignore[arg-type]


def _departure(text: str, mail: Mail, found: About) -> Sentence | None:
    """The sentence that says so, of the sender; in an absence that names another who has left it is not about them."""
    said = sentences(text)
    for one in said:
        if pattern("left").search(one.plain) or pattern("address").search(one.plain):
            absent = any(pattern("away").search(other.plain) and _me(other.plain) for other in said if other is not one)
            if not absent or _me(one.plain) or _names(one.plain, mail, found) or pattern("address").search(one.plain):
                return one
    return None


def _me(plain: str) -> bool:
    return bool(pattern("me").search(plain))


def _names(plain: str, mail: Mail, found: About) -> bool:
    name = found.someone.name if found.someone else mail.sender[0]
    return any(len(word) > 2 and word in plain for word in folded(name).split())


def _is_impersonal(text: str) -> bool:
    return len(text) <= _IMPERSONAL and not _me(folded(text)) and not re.search(r"[?？]", text)


def _successor(text: str, mail: Mail, known: Known, found: About) -> str:
    """The first address that is neither the user's nor the person's; one of their company before another."""
    theirs = {key(mail.sender[1]), *(key(one) for one in (found.someone.addresses if found.someone else ()))}
    others = [one for one in within(text) if key(one) not in theirs and not known.is_own(one)]
    near = [one for one in others if domain_of(one) == domain_of(mail.sender[1])]
    return next(iter((*near, *others)), "")
