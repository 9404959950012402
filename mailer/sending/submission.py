"""From the preflight to the submitter: each letter handed over once, and told; what an interruption leaves is recorded.

``Submission`` feeds the ``Submitter`` and tells its results.
"""

from __future__ import annotations

from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from mailer.errors import FileChanged, MailerError
from mailer.sending.composed import new_letter
from mailer.sending.copies import Copying
from mailer.sending.values import Ready, Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mailer.sending.composed import ComposedLetter
    from mailer.sending.connections import Connector
    from mailer.sending.preflight import Candidate, Preflight
    from mailer.sending.quota import Allowance
    from mailer.sending.reporter import Reporter
    from mailer.sending.request import SendOptions
    from mailer.sending.several import Several
    from mailer.sending.submitter import Submitter
    from mailer.sending.world import World
    from mailer.settings.settings import Server

PATIENCE = 3.0
# Octets of attachments: larger ones make the window smaller, for it is kept in memory.
_IN_FLIGHT = 16 * 1024 * 1024


class Submission:
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
        self.world, self.preflight, self.options, self.quota = world, preflight, options, quota
        self.connector, self.server, self.reporter = connector, server, reporter
        self.cut_short = False
        self.is_doubtful = False

    def run(self) -> None:
        """Submit the letters that may go; tell of the others as their turn comes."""
        preflight, reporter, server = self.preflight, self.reporter, self.server
        submitter = self._submitter()
        verbose = preflight.job.options.verbose
        copying = Copying(self.world, preflight.ledger, server, self.connector.password, verbose)
        reporter.begin(server.host, copying.of, preflight.kinds.total(), self.options.again)
        with closing(copying), reporter.signals.listening():
            self._submit(submitter)

    def _submitter(self) -> Submitter:
        from mailer.sending.submitter import Submitter
        from mailer.sending.values import Pace

        preflight, server = self.preflight, self.server
        default = 60.0 if preflight.job.options.each is not None else 0.0
        retry = default if server.retry_seconds is None else server.retry_seconds
        asked = self.options.rate
        rate = self.quota.rate(asked, preflight.good) if self.quota else asked
        fitting = max(1, _IN_FLIGHT // max(1, preflight.largest))
        window = min(server.window, 1 if rate else fitting)
        several = self._several(fitting, rate)
        return Submitter(
            preflight.ledger,
            partial(self.connector.session, server._replace(window=window), named=several.most > 1),
            Pace(window, rate, retry),
            again=self.options.again,
            several=several,
            letters=preflight.good,
            note=self.world.note,
            undisturbed=self.reporter.signals,
        )

    def _several(self, fitting: int, rate: float) -> Several:
        """How many connections, with so many letters of this size ``fitting`` into memory; a rate needs only one."""
        from mailer.sending.several import ON_A_SLOW_LINE, Several

        asked = self.server.connections if self.options.connections is None else self.options.connections
        most = self.quota.connections(asked) if self.quota else asked or ON_A_SLOW_LINE
        return Several(1 if rate and not asked else min(most, fitting), measured=not asked)

    def _submit(self, submitter: Submitter) -> None:
        """Submit, tell, and end the report; an interruption is raised again unless it left letters in doubt."""
        try:
            self._to_the_end(submitter)
        except BaseException as error:
            self._interrupted(submitter.stop(PATIENCE))
            if self.is_doubtful and not isinstance(error, Exception):
                return
            raise
        if self.cut_short:
            self._keep_unreached()
        self.reporter.end(self.preflight.kinds.total() if self.cut_short else 0)

    def _to_the_end(self, submitter: Submitter) -> None:
        try:
            for result in submitter.submit(self._ready()):
                self.is_doubtful |= result.state == "in-doubt" and result.outcome is not None
                self.reporter.result(result)
                if len(submitter.done) <= 1:
                    self.reporter.flush()
        except MailerError as error:
            self._tell_each(submitter.stop(PATIENCE, error))
            self.reporter.broke_off(error)

    def _tell_each(self, results: Iterable[Result]) -> None:
        for result in results:
            self.is_doubtful |= result.state == "in-doubt" and result.outcome is not None
            self.reporter.result(result)

    def _interrupted(self, results: Iterable[Result]) -> None:
        """Record and tell what is known."""
        self._tell_each(results)
        self._keep_unreached()
        self.reporter.end(self.preflight.kinds.total())

    def _keep_unreached(self) -> None:
        """Where letters go anew, another run with --again would send once more what this one has sent."""
        for candidate in self.preflight.candidates() if self.options.again else ():
            if candidate.composed:
                self.reporter.unreached(candidate.item)

    def _ready(self) -> Iterator[Ready]:
        """Yield the letters that may go, as they were checked; tell of the others as they come.

        Where a file changed meanwhile nothing more is begun but what was in hand, which goes as it was checked.
        """
        table = self.preflight.job.table
        try:
            for candidate in self.preflight.candidates():
                if table and table.changed():
                    raise FileChanged("the CSV changed since it was looked at", hint="Run the command again.")
                if candidate.composed is None:
                    self.preflight.tell(candidate, self.reporter)
                    self.reporter.flush()
                elif ready := self._one_ready(candidate, candidate.composed):
                    yield ready
        except MailerError as error:
            self.cut_short = True
            self.reporter.broke_off(error)

    def _one_ready(self, candidate: Candidate, composed: ComposedLetter) -> Ready | None:
        item, is_duplicate = candidate.item._replace(told=self.preflight.told), candidate.kind == "duplicate"
        if self.quota:
            later = self.quota.later if is_duplicate else self.quota.take(len(composed.people))
            if later:
                self.reporter.result(Result(item, "deferred", error=later))
                return None
        job = self.preflight.job
        try:
            files = composed.opened(job.program.files) if composed.files else ()
        except MailerError as error:
            # One that is gone has changed too.
            changed = FileChanged(error.text, hint="Run the command again.", file=error.file)
            self.reporter.held_back(item, changed)
            return None
        return Ready(item, new_letter(self.world, job, composed, files, candidate.key), duplicate=is_duplicate)
