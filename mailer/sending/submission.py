"""From the preflight to the submitter: each letter that was checked, as it was checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.errors import FileChanged, MailerError
from mailer.sending.composed import new_letter
from mailer.sending.handover import Handover, Load
from mailer.sending.values import Ready, Result

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mailer.ledger.values import NewLetter
    from mailer.sending.composed import ComposedLetter
    from mailer.sending.connections import Connector
    from mailer.sending.preflight import Candidate, Preflight
    from mailer.sending.quota import Allowance
    from mailer.sending.reporter import Reporter
    from mailer.sending.request import SendOptions
    from mailer.sending.world import World
    from mailer.settings.settings import Server


class Submission(Handover):
    """The letters of a preflight on their way; ``cut_short`` where a file changed before all were."""

    def __init__(
        self,
        world: World,
        preflight: Preflight,
        options: SendOptions,
        quota: Allowance | None,
        connector: Connector,
        server: Server,
        reporter: Reporter,
    ) -> None:
        asked = preflight.job.options
        load = Load(
            total=preflight.kinds.total(),
            good=preflight.good,
            largest=preflight.largest,
            is_batch=asked.each is not None,
            again=options.again,
            rate=options.rate,
            connections=options.connections,
            verbose=asked.verbose,
        )
        super().__init__(world, preflight.ledger, load, quota, connector, server, reporter)
        self.preflight = preflight

    def keep_unreached(self) -> None:
        """Where letters go anew, another run with --again would send once more what this one has sent."""
        for candidate in self.preflight.candidates() if self.load.again else ():
            if candidate.composed:
                self.reporter.unreached(candidate.item)

    def ready(self) -> Iterator[Ready]:
        """Yield the letters that may go, as they were checked; tell of the others as they come.

        Where a file changed meanwhile nothing more is begun but what was in hand, which goes as it was checked.
        """
        try:
            for candidate in self.preflight.unchanged():
                if candidate.composed is None:
                    self.preflight.tell(candidate, self.reporter)
                    self.reporter.flush()
                else:
                    yield from self._one_ready(candidate, candidate.composed)
        except MailerError as error:
            self.cut_short = True
            self.reporter.broke_off(error)

    def _one_ready(self, candidate: Candidate, composed: ComposedLetter) -> Iterator[Ready]:
        """Yield it, if it may go; nothing of it is held while the next one is read."""
        item, is_duplicate = candidate.item._replace(told=self.preflight.told), candidate.kind == "duplicate"
        if self.quota:
            later = self.quota.later if is_duplicate else self.quota.take(len(composed.people))
            if later:
                self.reporter.result(Result(item, "deferred", error=later))
                return
        try:
            new = opened(self.world, self.preflight, candidate, composed)
        except FileChanged as changed:
            self.reporter.held_back(item, changed)
        else:
            yield Ready(item, new, duplicate=is_duplicate)


def opened(
    world: World, preflight: Preflight, candidate: Candidate, composed: ComposedLetter, when: datetime | None = None
) -> NewLetter:
    """The letter as the ledger takes it, dated now or ``when``.  Raises FileChanged where an attachment has changed."""
    job = preflight.job
    try:
        files = composed.opened(job.program.files) if composed.files else ()
    except MailerError as error:
        # One that is gone has changed too.
        raise FileChanged(error.text, hint="Run the command again.", file=error.file) from error
    return new_letter(world, job, composed, files, candidate.key, when)
