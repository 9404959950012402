"""What a delivery report means for each of the user's letters and people: dead, bounced, delayed or nothing."""

from __future__ import annotations

from dataclasses import replace

from mailer.answers import authentication, prose, reasons
from mailer.answers.about import by_letter, recipient, verdict
from mailer.answers.addresses import domain_of, key
from mailer.answers.mail import Mail
from mailer.answers.reports import Failure, Report, is_by, report
from mailer.answers.values import Class, Known, Letter, Origin, Verdict

_FAILED = ("failed", "failure", "fail", "bounced", "")
_DELAYED = ("delayed", "delay", "deferred")


def judged(mail: Mail, known: Known, origin: Origin) -> list[Verdict]:
    """A verdict for each recipient whom the report names and who is one of the user's.

    Without a Message-ID of ours it is only likely, unless the account's own server vouches for the recipient's server
    or for itself.
    """
    found = report(mail)
    if not found or not is_by(mail, bool(known.person_of(mail.sender[1]))):
        return []
    letter = by_letter(mail, known)
    verdicts: dict[str, Verdict] = {}
    for failure, address in _ours(found, known, letter):
        kind = kind_of(failure)
        if key(address) not in verdicts or kind == "dead":
            text = failure.words or prose.deciding(failure.near) or failure.because
            told = verdict(kind, failure.because, mail, known, address, letter, text)
            sure = letter or _is_vouched_for(mail, known, origin, address)
            verdicts[key(address)] = replace(told, confidence="sure" if sure else "likely")
    return list(verdicts.values()) or _of_nobody(mail, known, found, letter)


def _of_nobody(mail: Mail, known: Known, found: Report, letter: Letter | None) -> list[Verdict]:
    """The letter is ours, and to which of its recipients it did not get, nobody can tell: no address is struck out."""
    if not letter:
        return []
    first = found.failures[0]
    kind = kind_of(first)
    address = next(iter(first.addresses), "")
    return [verdict("bounced" if kind == "dead" else kind, first.because, mail, known, address, letter, first.words)]


def _is_vouched_for(mail: Mail, known: Known, origin: Origin, address: str) -> bool:
    theirs = domain_of(mail.sender[1])
    own = {domain_of(named) for named in mail.to if known.is_own(named)}
    return theirs in {*own, domain_of(address)} and bool(authentication.passed(mail, known, origin))


def _ours(found: Report, known: Known, letter: Letter | None) -> list[tuple[Failure, str]]:
    """The failures of the user's recipients.

    Servers name recipients otherwise than the letter did, where one address is another's: then whoever else is named in
    the report is meant, and at last the only recipient that the letter has.
    """
    named = [(failure, recipient(failure.addresses, known, letter, alone=False)) for failure in found.failures]
    ours = [(failure, address) for failure, address in named if address]
    if ours:
        return ours
    first = found.failures[0]
    others = found.named if letter or (first.addresses and found.declared) else (*found.named, *found.to)
    address = recipient(others, known, letter)
    return [(first, address)] if address else []


def kind_of(failure: Failure) -> Class:
    """The class of what happened at one recipient.

    Delivered, relayed and expanded are no failures (RFC 3464 2.3.3): nobody wrote, and nothing is to be done.
    """
    if failure.action in _DELAYED:
        return "delayed"
    if failure.action not in _FAILED:
        return "automatic"
    closest = (failure.words, failure.near, prose.coded(failure.said), failure.said)
    said = reasons.meant(closest, failure.status)
    return "dead" if said.reason == "gone" and said.lasting else "bounced"
