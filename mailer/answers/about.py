"""Whom and which letter a machine's message is about: by a Message-ID of ours in it, else by the addresses it names."""

from __future__ import annotations

from collections.abc import Iterable

from mailer.answers.addresses import key
from mailer.answers.mail import Mail
from mailer.answers.values import Class, Known, Letter, Someone, Verdict

LINE = 200


def line(text: str) -> str:
    """One line of at most 200 characters."""
    return " ".join(text.split())[:LINE]


def by_letter(mail: Mail, known: Known) -> Letter | None:
    """The letter of the user's that a message answers or encloses."""
    ids = [*mail.ids, mail.message_id] if mail.message_id else mail.ids
    return next(iter(known.letters(ids)), None) if ids else None


def recipient(names: Iterable[str], known: Known, letter: Letter | None, alone: bool = True) -> str:
    """Which of a letter's recipients is meant: by name, else, if ``alone`` will do, the only one; or else a person."""
    candidates = [name for name in names if name]
    sent = {key(address): address for address in letter.to} if letter else {}
    for address in candidates:
        if key(address) in sent:
            return sent[key(address)]
    for address in candidates:
        if not known.is_own(address) and known.person_of(address):
            return address
    return letter.to[0] if alone and letter and len(letter.to) == 1 else ""


def verdict(
    kind: Class, because: str, mail: Mail, known: Known, address: str, letter: Letter | None, text: str = ""
) -> Verdict:
    """A verdict about one address: ``sure`` where a letter of ours is named."""
    someone = known.person_of(address)
    about = letter or known.last_letter_to(address, mail.date)
    return Verdict(
        kind=kind,
        because=line(because),
        confidence="sure" if letter else "likely",
        person=someone.number if someone else _only(letter),
        address=address,
        letter=about.number if about else None,
        text=line(text),
    )


def verdicts_for(kind: Class, because: str, mail: Mail, known: Known, names: Iterable[str]) -> list[Verdict]:
    """A verdict for each named address that is a recipient of ours."""
    letter = by_letter(mail, known)
    named = list(names)
    found = [recipient([name], known, letter) for name in named] or [recipient([], known, letter)]
    return [verdict(kind, because, mail, known, address, letter) for address in dict.fromkeys(found) if address]


def someone_of(mail: Mail, known: Known) -> tuple[Someone | None, Letter | None]:
    """Whose message it is: the sender's, if they are known, else the person's whose letter it answers."""
    letter = by_letter(mail, known)
    address = mail.sender[1]
    someone = known.person_of(address) if address and not known.is_own(address) else None
    number = _only(letter)
    return someone or (known.person(number) if number is not None else None), letter


def _only(letter: Letter | None) -> int | None:
    return letter.people[0] if letter and len(letter.people) == 1 else None
