"""The values of a run: letters that may go, how they ended, and what a connection must offer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from mailer.errors import MailerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Protocol

    from mailer.ledger.values import Claim, NewLetter
    from mailer.message.compose import Content
    from mailer.transport.replies import Reply
    from mailer.transport.values import Outcome, Outgoing

    class Session(Protocol):
        """What a signed-in connection offers here (``transport.smtp.SmtpSession``)."""

        @property
        def given_up(self) -> frozenset[str]: ...  # noqa: D102
        def submit(  # noqa: D102
            self,
            letters: Iterable[Outgoing],
            before_content: Callable[[Sequence[str]], None],
            meanwhile: Callable[[], bool],
        ) -> Iterator[Outcome]: ...
        def abandon(self, why: str = ..., patience: float = ...) -> list[Outcome]: ...  # noqa: D102
        def quit(self) -> None: ...  # noqa: D102
        def close(self) -> None: ...  # noqa: D102


STATES = {
    "already-sent": "already-sent",
    "other-words": "not-ready",
    "refused": "refused",
    "in-doubt": "in-doubt",
    "busy": "deferred",
}


Fate = Literal["unfit", "cut", "later", "told"]
_UNFIT = frozenset({"size", "smtputf8", "format"})


class Ready(NamedTuple):
    """A letter that may be claimed: ``tag`` is the caller's, ``compose(message_id, date)`` makes its message.

    A ``double`` of a letter that came before it in the same run shares that one's fate and is never claimed.
    """

    tag: Any
    new: NewLetter
    compose: Callable[[str, datetime], Content]
    double: bool = False


class Result(NamedTuple):
    """How it ended: ``state`` is that of the JSON; ``error`` is what kept it from the server, if anything did."""

    tag: Any
    state: str
    claim: Claim | None = None
    outcome: Outcome | None = None
    error: MailerError | None = None

    @property
    def refused(self) -> Mapping[str, Reply]:
        """The recipients that were refused, in this run or for good before it."""
        before = self.claim.refusals if self.claim else {}
        now = self.outcome.refused if self.outcome else {}
        return {**before, **now} if before else now


class Pace(NamedTuple):
    """``window`` letters in flight, ``rate`` letters a minute (0: no limit), ``retry`` seconds for deferred letters."""

    window: int = 8
    rate: float = 0.0
    retry: float = 0.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic


class Held(NamedTuple):
    """A letter of this run; ``cuts``: how often a connection ended while it was in hand."""

    tag: Any
    claim: Claim
    outcome: Outcome | None = None
    cuts: int = 0


def settled(held: Held, outcome: Outcome) -> Result:
    """How a letter ended that was offered; one that some have got already is sent, whatever the others say."""
    if held.claim.kind != "partial" or outcome.state != "refused":
        return Result(held.tag, outcome.state, held.claim, outcome)
    refused = {address: outcome.reply for address in held.claim.pending if outcome.reply}
    return Result(held.tag, "sent", held.claim, outcome._replace(refused={**refused, **outcome.refused}))


def sent_unrecorded(error: MailerError, name: str) -> MailerError:
    """The error of a letter that was sent, which the ledger does not take."""
    hint = f"Then it will stand in the outbox as in doubt: mailer outbox resolve {name} --sent."
    return type(error)(f"the letter was sent, but {error.text}", hint=f"{error.hint} {hint}".strip())


def is_unfit(outcome: Outcome) -> bool:
    """Whether the letter was not offered, because this server cannot take it."""
    return outcome.state == "refused" and outcome.phase in _UNFIT


def is_blameless(outcome: Outcome) -> bool:
    """Whether the connection ended before this letter's turn: unbegun, or 421 to its MAIL, as after so many letters."""
    return outcome.phase == "queue" or (
        outcome.phase == "mail" and outcome.reply is not None and outcome.reply.code == 421
    )
