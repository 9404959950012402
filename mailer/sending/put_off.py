"""Put letters off: kept with their bytes, all in one transaction, until their time has come.

``come_due`` sends them then.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from mailer.errors import FileChanged, MailerError, Refused
from mailer.ledger.values import Claim, NewLetter, Terms
from mailer.sending.submission import opened
from mailer.sending.values import STATES, Result

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.sending.item import Item
    from mailer.sending.preflight import Candidate, Preflight
    from mailer.sending.reporter import Reporter
    from mailer.sending.world import World
    from mailer.settings.server import Server

# So many letters are kept together: what waits for that is in memory.
_LOT = 32


def put_off(
    world: World, preflight: Preflight, until: datetime, server: Server, reporter: Reporter, *, again: bool
) -> None:
    """Keep every letter that may go, or none of them; then tell of each.

    Raises what keeps all back: CannotWrite, Later, FileChanged for the CSV.
    """
    when = until.astimezone(preflight.job.zone) if preflight.job.zone else until
    terms = Terms(until, server.mailbox, preflight.job.options.allow)
    changed: dict[int, FileChanged] = {}
    with reporter.signals.listening():
        with preflight.ledger.transaction():
            letters = _opened(world, preflight, when, changed)
            claims: list[Claim] = []
            while lot := list(islice(letters, _LOT)):
                claims += preflight.ledger.put_off(lot, terms, again=again)
        reporter.begin(server.host, lambda _result, _before: "off", preflight.kinds.total(), again)
        _tell(preflight, reporter, iter(claims), changed)
        reporter.end()


def _opened(world: World, preflight: Preflight, when: datetime, changed: dict[int, FileChanged]) -> Iterator[NewLetter]:
    """Yield the letters that may go, dated ``when``; those of which a file has changed are noted by their place."""
    for place, candidate in enumerate(preflight.candidates()):
        preflight.refuse_changed_table()
        if candidate.composed is None or candidate.kind == "duplicate":
            continue
        try:
            yield opened(world, preflight, candidate.key, candidate.letter(), when)
        except FileChanged as error:
            changed[place] = error


def _tell(preflight: Preflight, reporter: Reporter, claims: Iterator[Claim], changed: dict[int, FileChanged]) -> None:
    for place, candidate in enumerate(preflight.candidates()):
        item = candidate.item._replace(told=preflight.told)
        if candidate.composed is None:
            preflight.tell(candidate, reporter)
        elif place in changed:
            reporter.held_back(item, changed[place])
        elif candidate.kind == "duplicate":
            _tell_duplicate(preflight, reporter, candidate, item)
        else:
            claim = next(claims)
            reporter.result(Result(item, "queued" if claim.goes else STATES[claim.kind], claim))


def _tell_duplicate(preflight: Preflight, reporter: Reporter, candidate: Candidate, item: Item) -> None:
    key = candidate.key
    claim = preflight.ledger.peek(key.identity, key.digest, formerly=key.formerly)
    error: MailerError | None = None
    if claim.kind not in STATES:
        error = Refused("the same letter, in a row before this one, is not kept")
    reporter.result(Result(item, STATES.get(claim.kind, "not-sent"), claim, error=error))
