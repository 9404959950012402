"""Which person and which letter a person's message is about."""

from __future__ import annotations

from datetime import date

from mailer.answers.about import by_letter, line
from mailer.answers.addresses import domain_of, key
from mailer.answers.folding import folded
from mailer.answers.mail import Mail
from mailer.answers.names import fits
from mailer.answers.values import Class, Confidence, Known, Letter, Someone, Verdict
from mailer.letters.foreign.subjects import reply_subject
from mailer.tuples import NamedTuple

_LETTERS = 10


class About(NamedTuple):
    """``someone`` is whose message it is, ``because`` what tells so; ``letter`` what it answers.

    ``is_in_thread``: it names a Message-ID of ours.  ``is_theirs``: it is from an address of the person, or from
    somebody of their name.
    """

    someone: Someone | None
    letter: Letter | None
    because: str
    is_in_thread: bool
    is_theirs: bool


def about(mail: Mail, known: Known) -> About:
    """Whose message it is: its sender's, somebody's of that name at their company, or that of the letter it answers."""
    letter = by_letter(mail, known)
    address = mail.sender[1]
    if not address or known.is_own(address):
        return About(None, letter, "", bool(letter), is_theirs=False)
    if someone := known.person_of(address):
        return About(someone, letter or last_letter(someone, mail, known), _because(mail, letter), bool(letter), True)
    if letter and (someone := _of_letter(letter, mail, known)):
        return About(someone, letter, _because(mail, letter), True, fits(*mail.sender, someone.name))
    for someone in known.people_at(domain_of(address)):
        last = last_letter(someone, mail, known)
        if last and fits(*mail.sender, someone.name):
            return About(someone, last, f"From: {mail.sender[0]} <{address}>", False, is_theirs=True)
    return About(None, letter, _because(mail, letter), bool(letter), is_theirs=False)


def letters_of(mail: Mail, known: Known, found: About) -> list[Letter]:
    """The letters whose words a message may quote."""
    named = list(known.letters(mail.ids)) if mail.ids else []
    last = [found.letter] if found.letter and found.letter not in named else []
    return [*last, *named][:_LETTERS]


def last_letter(someone: Someone, mail: Mail, known: Known) -> Letter | None:
    """The last letter to any address of a person, before the message."""
    found = [letter for one in someone.addresses if (letter := known.last_letter_to(one, mail.date))]
    return max(found, key=lambda letter: letter.at, default=None)


def is_recipient(address: str, letter: Letter | None) -> bool:
    """Whether a letter went to an address, as To, Cc or Bcc."""
    return bool(letter) and key(address) in {key(one) for one in (letter.to if letter else ())}


def has_subject_of(mail: Mail, letter: Letter | None) -> bool:
    """Whether a message has the subject of a letter, whatever stands before it."""
    if not letter or not letter.subject.strip():
        return False
    return folded(reply_subject(letter.subject).removeprefix("Re: ")) in folded(mail.subject)


def verdict(
    kind: Class,
    mail: Mail,
    found: About,
    because: str,
    text: str,
    confidence: Confidence = "sure",
    until: date | None = None,
    other_address: str = "",
) -> Verdict:
    """A verdict about the person that a message is about."""
    return Verdict(
        kind=kind,
        because=line(because),
        confidence=confidence,
        person=found.someone.number if found.someone else None,
        address=mail.sender[1],
        letter=found.letter.number if found.letter else None,
        text=line(text),
        until=until,
        other_address=other_address,
    )


def _of_letter(letter: Letter, mail: Mail, known: Known) -> Someone | None:
    """Of several whom a letter named the one of that name or domain."""
    people = [someone for number in letter.people if (someone := known.person(number))]
    named = [someone for someone in people if fits(*mail.sender, someone.name)]
    domain = domain_of(mail.sender[1])
    near = [someone for someone in people if any(domain_of(address) == domain for address in someone.addresses)]
    return next(iter((*named, *near, *people)), None)


def _because(mail: Mail, letter: Letter | None) -> str:
    if letter and letter.message_id in mail.answers_to:
        return f"In-Reply-To: {letter.message_id}"
    return f"it names {letter.message_id}" if letter else f"From: {mail.sender[1]}"
