"""Which letter this is, and the digest of its words: what counts as the same letter."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailer.message.address import Mailbox


def _digest(*parts: str) -> str:
    # Each part carries its length, so that no two lists of parts are the same octets.
    octets = [part.encode("utf-8", "surrogatepass") for part in parts]
    return hashlib.sha256(b"".join(b"%d:%s," % (len(part), part) for part in octets)).hexdigest()


def identity(
    to: Iterable[Mailbox],
    others: Iterable[Mailbox] = (),
    *,
    template: str = "",
    company: str = "",
    position: str = "",
    subject: str = "",
    step: str = "",
) -> str:
    """Which letter this is, as 64 hex digits: equal for two letters to the same people about the same thing.

    ``step`` is the step of a plan, such as "once-a-year 2027", which may be the same letter a year later.

    The people are ``to``, or ``others`` (Cc and Bcc) where there is no To.  With a template, company and
    position tell letters apart; a letter on its own (``template`` empty) is told apart by its rendered subject.
    Blanks around a value are no part of it.
    """
    return keyed(_people(to, others), template, company, position, subject, step)


def formerly(
    to: Iterable[Mailbox],
    others: Iterable[Mailbox] = (),
    *,
    template: str = "",
    company: str = "",
    position: str = "",
    subjects: Iterable[str] = (),
) -> tuple[str, ...]:
    """By which keys earlier versions may have recorded the letter; ``subjects``: as they may have written it."""
    people = _people(to, others)
    subjects = ("",) if template else dict.fromkeys(subjects)
    return tuple([earlier_key(people, template, company, position, subject) for subject in subjects])


def _people(to: Iterable[Mailbox], others: Iterable[Mailbox]) -> set[str]:
    return {box.key for box in to} or {box.key for box in others}


def keyed(people: Iterable[str], template: str, company: str, position: str, subject: str, step: str = "") -> str:
    """The identity of a letter to these ``people``, who are addresses in caseless form."""
    return exact_key(people, template, company.strip(), position.strip(), subject.strip(), step)


def exact_key(people: Iterable[str], template: str, company: str, position: str, subject: str, step: str = "") -> str:
    """The same, with blanks around the values, as earlier versions had it."""
    about = ("template", template, company, position) if template else ("alone", subject)
    return _digest(*about, *([f"step {step}"] if step else []), *sorted(people))


def earlier_key(people: Iterable[str], template: str, company: str, position: str, subject: str) -> str:
    """The same without any blank: where they stood in a subject is not known any more."""
    company, position, subject = ("".join(text.split()) for text in (company, position, subject))
    return exact_key(people, template, company, position, subject)


def content_digest(subject: str, text: str, attachments: Iterable[str] = ()) -> str:
    """The words of a letter, as 64 hex digits: rendered subject, text without signature, digests of its attachments.

    A letter of HTML alone has its HTML as ``text``.
    """
    return _digest(subject, text, *attachments)
