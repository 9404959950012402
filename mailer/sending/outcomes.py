"""How a letter ended, in words: what went wrong, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from mailer.errors import InDoubt, Later, MailerError, NotReady, Refused

if TYPE_CHECKING:
    from datetime import tzinfo

    from mailer.sending.values import Result
    from mailer.transport.replies import Reply
    from mailer.transport.values import Outcome

_UNFIT = {
    "size": "Send a smaller attachment, or a link to it.",
    "smtputf8": "Write to an address of plain letters, or send through a server that offers SMTPUTF8.",
    "format": "This is a fault of the message; please report it.",
}
_ASK_SENT = "Look for it in your Sent folder, then: mailer outbox resolve {id} --sent, or --not-sent to send it again."
_LOOK_WHETHER_IT_CAME = "It is not recorded: check whether it arrived, and run the same command again if it did not."


def error_of(result: Result, host: str, zone: tzinfo | None = None) -> MailerError | None:
    """What went wrong with a letter, in words; None where nothing did.

    ``zone`` is the user's, None for that of this machine.
    """
    if result.error is not None:
        return result.error
    if result.state == "sent":
        whole = not (result.claim and result.claim.refusals) and not (result.outcome and result.outcome.refused)
        return None if whole else _partly(result, host)
    if result.state == "not-ready":
        return _other_words(result, zone)
    maker = _MAKERS.get(result.state)
    return maker(result, host) if maker else None


def unfit_error(outcome: Outcome) -> Refused:
    """The error of a letter that this server cannot be given."""
    return Refused(outcome.text, hint=_UNFIT.get(outcome.phase, ""))


def day(moment: datetime, zone: tzinfo | None) -> str:
    """``12 May``, with the year where it is not this one's; in a zone, None for this machine's."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%B}{_year(local)}"


def moment_words(moment: datetime) -> str:
    """``Monday 30 November, 09:10``, with the year where it is not this one's; in the zone that it is in."""
    return f"{moment:%A} {moment.day} {moment:%B}{_year(moment)}, {moment:%H:%M}"


def _year(moment: datetime) -> str:
    return "" if moment.year == datetime.now(moment.tzinfo).year else f" {moment.year}"


def _explained(reply: Reply, host: str, phase: str) -> tuple[str, str]:
    meaning, advice = _meant(reply, host, phase)
    return f"{reply.line}: {meaning}", advice


def _meant(reply: Reply, host: str, phase: str) -> tuple[str, str]:
    from mailer.transport.explain import explain

    meaning, advice = explain(reply, host, phase)
    return meaning, f"{advice[:1].upper()}{advice[1:]}."


def _partly(result: Result, host: str) -> MailerError:
    parts = [(spec, *_explained(reply, host, "rcpt")) for spec, reply in result.refused.items()]
    text = "sent, but not to " + "; ".join(f"{spec} ({words})" for spec, words, _ in parts)
    final = any(reply.permanent for reply in result.refused.values())
    return (Refused if final else Later)(text, hint=parts[0][2])


def _refused(result: Result, host: str) -> MailerError:
    reply = _reply(result)
    if result.outcome is None:
        words = reply.line if reply else result.claim.remark if result.claim else ""
        said = f": {words}" if words else ""
        return Refused(f"the server refused this letter before{said}", hint="Fix it, then --again sends it.")
    if reply is None:
        return Refused(f"refused: {result.outcome.text}")
    words, advice = _explained(reply, host, result.outcome.phase)
    return Refused(f"refused: {words}", hint=advice)


def _unfit(result: Result, _host: str) -> MailerError:
    assert result.outcome is not None
    return unfit_error(result.outcome)


def _deferred(result: Result, host: str) -> MailerError:
    if result.outcome is None:
        return Later("another mailer is sending this letter right now", hint="Run the command again when it is done.")
    reply = _reply(result)
    if reply is None:
        return Later(f"not sent: {result.outcome.text}", hint="Nothing was lost: run the same command again.")
    meaning, advice = _meant(reply, host, result.outcome.phase)
    return Later(f"not now: {reply.line}: {meaning.removeprefix('not now; ')}", hint=advice)


def _in_doubt(result: Result, _host: str) -> MailerError:
    why = f" ({result.outcome.text})" if result.outcome and result.outcome.text else ""
    name = result.claim.id if result.claim else ""
    hint = _ASK_SENT.format(id=name) if name else _LOOK_WHETHER_IT_CAME
    return InDoubt(f"in doubt: the server may have the letter{why}", hint=hint)


def _other_words(result: Result, zone: tzinfo | None) -> MailerError:
    if result.claim and result.claim.kind == "queued-other-words":
        drop = f"mailer outbox drop {result.claim.id}"
        return NotReady("queued with other words", hint=f"Those go; to send these instead, first: {drop}.")
    when = f" on {day(result.claim.sent, zone)}" if result.claim and result.claim.sent else ""
    alone = "" if getattr(result.tag, "row", None) is None else "; with --row, this one alone"
    return NotReady(f"sent{when} with other words", hint=f"--again sends it{alone}.")


def _reply(result: Result) -> Reply | None:
    if result.outcome is None:
        return result.claim.reply if result.claim else None
    return result.outcome.reply or next(iter(result.outcome.refused.values()), None)


_MAKERS: dict[str, Callable[[Result, str], MailerError]] = {
    "refused": _refused,
    "not-sent": _unfit,
    "deferred": _deferred,
    "in-doubt": _in_doubt,
}


def status_of(error: MailerError) -> str:
    """The JSON ``status`` of a letter that ``error`` kept back."""
    return {1: "not-ready", 65: "invalid", 66: "invalid"}.get(error.code, "not-sent")
