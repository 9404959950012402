"""Another letter to the same person, too soon after the last.

Blocks a letter from a template to somebody who got a letter of any kind within the last 28 days; on the 28th day it
may go. If they are on a plan with a shorter `gap`, that gap counts instead. Exempt are an answer to a message of theirs
(`In-Reply-To`), `runner-up` when the last letter was `thank-you`, and letters of your own, without a template.

After an earlier letter of the same file and template, and within one batch, it is a warning. Sending the same letter
again is not this check's business: `send` knows what it has sent. A copy (Cc, Bcc) does not count as a letter.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailer.checks.case import day
from mailer.checks.problem import Problem
from mailer.checks.text import plain

if TYPE_CHECKING:
    from mailer.checks.case import Case
    from mailer.checks.world import Other
    from mailer.message.address import Mailbox

# What may follow soon: the answer to an application comes when it comes.
_FOLLOWS = {("thank-you", "runner-up")}


def check(case: Case) -> Iterator[Problem]:
    """One problem at most, for the first such person."""
    if not case.named:
        return
    boxes = {box.key: box for box in case.rendered.to or case.recipients}
    for key in sorted(boxes):
        other = _last(case, key)
        if other and not (answers_theirs(case) or (other.template, case.named) in _FOLLOWS):
            yield _problem(case, boxes[key], other, gap_of(case, key))
            return


def _last(case: Case, key: str) -> Other | None:
    """The last letter to somebody, if it is not long ago; else a row of the same batch."""
    sent = [(other.sent, other) for other in case.letters_to(key) if other.sent]
    recent = [found for found in sent if _is_recent(case, found[1], key) and not is_this(case, found[1])]
    if recent:
        return max(recent, key=lambda found: found[0])[1]
    rows = case.batch.to(key) if case.batch is not None else ()
    return next((other for other in rows if not is_this(case, other)), None)


def _is_recent(case: Case, other: Other, key: str) -> bool:
    """Whether it was sent to them within the gap, by the calendar."""
    if other.sent is None or not (other.to is None or key in other.to):
        return False
    now = case.known.now
    return 0 <= (now.date() - other.sent.astimezone(now.tzinfo).date()).days < gap_of(case, key)


def gap_of(case: Case, key: str) -> int:
    """The days between two letters to somebody: the plan's, where those are fewer."""
    return min(case.known.gap, case.known.gaps.get(key, case.known.gap))


def answers_theirs(case: Case) -> bool:
    """Whether the letter replies to a message that is not one of ours."""
    thread = case.rendered.thread
    return thread is not None and not _is_ours(case, thread.in_reply_to)


def _is_ours(case: Case, message_id: str) -> bool:
    """Whether it is a letter that was sent from here, which nobody has answered by that."""
    return case.others is not None and case.others.holds(message_id)


def is_this(case: Case, other: Other) -> bool:
    """Whether it is this very letter: to the same people, of the same kind, about the same thing."""
    if other.template != case.named:
        return False
    about = (plain(other.company), plain(other.position)) == (plain(case.company), plain(case.position))
    if other.identity:
        from mailer.message.identity import identity

        others, step = (*case.rendered.cc, *case.rendered.bcc), case.rendered.fields.get("step", "")
        own = identity(
            case.rendered.to,
            others,
            template=case.named,
            company=case.company,
            position=case.position,
            step=step,
        )
        if step:
            return own == other.identity
        return own == other.identity or (about and other.keys == case.keys)
    return about and other.keys == case.keys


def _problem(case: Case, who: Mailbox, other: Other, gap: int) -> Problem:
    when = f"on {day(other.sent)}" if other.sent else f"in {other.what}"
    kind = f"a {other.template} letter" if other.template else "a letter"
    of = f" for {other.position}" if other.position else ""
    again = other.same_file and other.template == case.named
    level = "warn" if again or other.origin == "batch" else "block"
    said = f"{who.display_name or who.addr_spec} got {kind}{of} {when}"
    hint = f"Wait until {gap} days have passed, or answer a message of theirs with In-Reply-To."
    return case.in_header("repeat", level, "to", who.addr_spec, said, hint)
