"""Absences."""

from __future__ import annotations

import re
from datetime import date

from mailer.answers import machines
from mailer.answers.folding import folded, sentences
from mailer.answers.mail import Mail
from mailer.answers.phrases.lists import pattern
from mailer.answers.return_dates import last_day
from mailer.answers.signs import Sign, is_personal, sign
from mailer.answers.thread import About, about, is_recipient, letters_of, verdict
from mailer.answers.values import Confidence, Known, Origin, Verdict
from mailer.answers.writer import written

_AMERICAN = ("en-us", "en-ph")
_BRITISH = ("en-gb", "en-au", "en-nz", "en-ie", "en-in", "en-za", "en-sg", "en-hk")
_WEST, _EAST = (-10, -4), (1, 13)


def rule(mail: Mail, known: Known, _origin: Origin) -> list[Verdict]:
    """Somebody is out of office, on leave, ill or travelling, or their company is closed; and a machine says so.

    It takes both: the sign of a machine (Auto-Submitted, RFC 3834; Exchange's and other programs' fields; the subject
    that they write, such as *Automatic reply:*; a sentence such as *this is an automatic reply*) and the words of an
    absence, in one of fourteen languages.  Whoever writes *I am away next week, but yes* by hand has answered.  The
    last day away is read from the words; the person is held until the next working day after it, else for 14 days.
    """
    found = about(mail, known)
    if not found.someone or machines.is_of_mail_system(mail) or not _is_about_them(mail, found):
        return []
    text = written(mail, letters_of(mail, known, found)).text
    automatic = sign(mail, text, (found.letter.subject,) if found.letter else ())
    if not automatic:
        return []
    until = last_day(text, mail.date.date(), order_of(mail)) if mail.date else None
    because = _because(mail, text, automatic, until)
    if not because or not (automatic.is_certain or (until and not is_personal(mail, text))):
        return []
    confidence: Confidence = "sure" if found.is_in_thread or found.is_theirs else "likely"
    return [verdict("away", mail, found, because, text, confidence, until=until)]


def _is_about_them(mail: Mail, found: About) -> bool:
    """Another recipient's absence is not the person's."""
    return found.is_theirs or not is_recipient(mail.sender[1], found.letter)


def _because(mail: Mail, text: str, automatic: Sign, until: date | None) -> str:
    """The sentence that says so; without one the sign of a program that answers for people who are away."""
    said = next((one for one in sentences(text) if pattern("away").search(one.plain)), None)
    if said and (until or not _is_part_time(text)):
        return said.text
    if pattern("away").search(folded(mail.subject)) and not pattern("receipt").search(folded(text)):
        return f"Subject: {mail.subject}"
    if machines.is_unattended(mail) or pattern("receipt").search(folded(text)):
        return ""
    if until:
        return automatic.because
    return "" if not automatic.is_vacation or _is_part_time(text) else automatic.because


def _is_part_time(text: str) -> bool:
    return bool(pattern("part").search(folded(text)))


def order_of(mail: Mail) -> str:
    """Whether English numbers of a message are day and month or month and day: by its language, else by its zone."""
    said = f"{mail.fields.text('Content-Language')} {mail.fields.text('Accept-Language')}".lower()
    first = next(iter(re.findall(r"en-[a-z]{2}", said)), "")
    if first in _AMERICAN:
        return "mdy"
    if first in _BRITISH:
        return "dmy"
    offset = mail.date.utcoffset() if mail.date else None
    hours = offset.total_seconds() / 3600 if offset else 0.0
    if _WEST[0] <= hours <= _WEST[1]:
        return "mdy"
    return "dmy" if _EAST[0] <= hours <= _EAST[1] else ""
