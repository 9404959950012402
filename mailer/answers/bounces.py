"""What a delivery report means for each of the user's letters and people: dead, bounced, delayed or nothing."""

from __future__ import annotations

from mailer.answers import prose, reasons
from mailer.answers.about import by_letter, recipient, verdict
from mailer.answers.addresses import key
from mailer.answers.mail import Mail
from mailer.answers.reports import Failure, report
from mailer.answers.values import Class, Known, Letter, Verdict

_FAILED = ("failed", "failure", "fail", "bounced", "")
_DELAYED = ("delayed", "delay", "deferred")


def judged(mail: Mail, known: Known) -> list[Verdict]:
    """A verdict for each recipient whom the report names and who is one of the user's."""
    found = report(mail)
    if not found:
        return []
    letter = by_letter(mail, known)
    verdicts: dict[str, Verdict] = {}
    for failure, address in _ours(found.failures, found.named, found.declared, known, letter):
        kind = kind_of(failure)
        if key(address) not in verdicts or kind == "dead":
            text = failure.words or prose.deciding(failure.near) or failure.because
            verdicts[key(address)] = verdict(kind, failure.because, mail, known, address, letter, text)
    return list(verdicts.values())


def _ours(
    failures: tuple[Failure, ...], named: tuple[str, ...], declared: bool, known: Known, letter: Letter | None
) -> list[tuple[Failure, str]]:
    """The failures of the user's recipients.

    Servers name recipients otherwise than the letter did, where one address is another's: then whoever else is named in
    the report is meant, and at last the only recipient that the letter has.
    """
    found = [(failure, recipient(failure.addresses, known, letter, alone=False)) for failure in failures]
    ours = [(failure, address) for failure, address in found if address]
    if ours or not failures:
        return ours
    first = failures[0]
    if declared and len(failures) > 1 and not letter:
        return []
    address = recipient(named, known, letter)
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
