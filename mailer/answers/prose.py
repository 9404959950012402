"""Delivery reports in running text: whether a text is one, what it says about whom, and where the letter begins."""

from __future__ import annotations

import re
from functools import cache

from mailer.answers import machines
from mailer.answers.addresses import key, within
from mailer.answers.mail import Mail
from mailer.answers.wording.patterns import pattern, says
from mailer.letters.foreign.subjects import reply_subject

# Fields that stand in the header of a letter on its way, and in nothing that a mail system says itself.
_FIELD = (
    r"^(?:Received|Return-Path|DKIM-Signature|DomainKey-Signature|X-Received|X-Google-[\w-]{1,40}|ARC-[\w-]{1,40}|Message-ID"
    r"|MIME-Version)[ \t]{0,4}:"
)
_CODE = re.compile(r"(?<![\w.:#])[45]\d\d[ -](?:#?[45]\.\d{1,3}\.\d{1,3}\b|\S)|(?<![\d.])[45]\.\d\.\d{1,3}\b(?!\.)")
# "To:", "From:" and the like, as reports name the letter.
_FIELD_LINE = re.compile(
    r"[ \t>]{0,40}(?:to|from|cc|sender|an|von|absender|[àa]|de|para|da|per|til|fra|aan|van|do|od|från|till|кому|от|宛先"
    r"|差出人)[ \t]{0,20}:",
    re.IGNORECASE,
)
_FORWARD = re.compile(r"\s*(?:fwd?|wg|tr|rv|rif|i|enc|doorst|vs|pd|vb|转发|轉寄|転送|전달)\s?[:：]", re.IGNORECASE)
# A line that begins with an address, or with a server's reply about it.
_ABOUT = re.compile(
    r"[ \t>*\"'(\[<-]{0,40}(?:(?:final-|original-)?recipient[^:\n]{0,20}:[ \t<]{0,9}(?:rfc822;\s?)?)?"
    r"(?:[45]\d\d[ -](?:[45]\.\d\.\d{1,3} )?<?)?[^\s@<>:]{1,64}@",
    re.IGNORECASE,
)
_LONGEST = 200


def cut(text: str) -> tuple[str, str]:
    """What the mail system says, and the letter's copy below it."""
    found = _copy().search(text)
    if not found:
        return text, ""
    return text[: found.start()], text[found.start("field") if found["field"] else found.end() :]


@cache
def _copy() -> re.Pattern[str]:
    said = f"^[ \\t>*=_-]{{0,80}}(?:{pattern('reports.copy').pattern})[^\\n]{{0,200}}$"
    return re.compile(f"(?im)(?P<field>{_FIELD})|{said}")


def is_report(mail: Mail, said: str, has_copy: bool, declared: bool) -> bool:
    """Whether a mail system wrote it, in words of failure, about a letter.

    Whoever answers within a thread is a person, also one whose mailbox is called postmaster.  Of what other machines
    send (absences, receipts) only that is a report which is entitled so, or which gives a server's code.
    """
    words, coded = f"{mail.subject}\n{said}", has_code(said)
    by_header = bool(machines.submitted(mail)) or machines.null_path(mail)
    if declared or machines.is_mailer_daemon(mail) or "x-failed-recipients" in mail.fields.names():
        # In whatever language: what comes from there is a report.
        return by_header or declared or has_copy or coded
    if not says("reports.failed", words) and not (machines.is_daemon(mail) and (coded or says("reasons.gone", words))):
        return False
    if not machines.is_daemon(mail) and "x-mlserver" not in mail.fields.names():
        return (by_header and coded) or (is_titled(mail) and (by_header or has_copy or coded))
    return by_header or ((has_copy or coded) and not _is_answer(mail))


def is_titled(mail: Mail) -> bool:
    """Whether its subject is that of a report, and neither an answer's nor a forward's."""
    return not _is_answer(mail) and says("reports.failed", mail.subject) and not _FORWARD.match(mail.subject)


def _is_answer(mail: Mail) -> bool:
    return "in-reply-to" in mail.fields.names() or not reply_subject(mail.subject).endswith(f": {mail.subject}")


def has_code(text: str) -> bool:
    """Whether a server's reply code stands in a text (RFC 5321 4.2, RFC 3463)."""
    return bool(_CODE.search(text))


def action(subject: str, said: str) -> str:
    """What RFC 3464 2.3.3 would call it."""
    words = f"{subject}\n{said}"
    if says("reports.delivered", words) and not says("reports.failed", words):
        return "delivered"
    return "delayed" if is_delay(subject, said) else "failed"


def is_delay(subject: str, said: str) -> bool:
    """Whether it only says that the letter is on its way."""
    words = f"{subject}\n{said}"
    return says("reports.delayed", words) and not says("reports.over", words)


def failed(said: str) -> list[str]:
    """The addresses that a report names, those of the letter's To and From only where there are no others."""
    plain = "\n".join(line for line in said.split("\n") if not _FIELD_LINE.match(line))
    return within(plain) or within(said)


def about(said: str, names: tuple[str, ...]) -> str:
    """What is said of one recipient: from a line that names them to the next that is about somebody else."""
    keys = {key(name) for name in names}
    found: list[str] = []
    wanted = False
    for line in said.split("\n"):
        named = {key(address) for address in within(line)} if "@" in line else set()
        if named & keys:
            wanted = True
        elif named and _ABOUT.match(line):
            wanted = False
        if wanted:
            found.append(line.strip())
    return "\n".join(found)


def coded(said: str) -> str:
    """The lines that a server's reply code stands in, and what each is continued with."""
    lines = said.split("\n")
    return "\n".join(line for at, line in enumerate(lines) if has_code(line) or (at and has_code(lines[at - 1])))


def deciding(said: str) -> str:
    """The line that decided: the first with a code, else the first."""
    lines = [line.strip() for line in said.split("\n") if line.strip()]
    return (next((line for line in lines if has_code(line)), "") or next(iter(lines), ""))[:_LONGEST]
