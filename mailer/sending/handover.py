"""Letters on their way: handed over by the submitter, each told; what an interruption leaves is recorded."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from mailer.errors import MailerError
from mailer.sending.copies import Copying

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mailer.ledger.ledger import Ledger
    from mailer.sending.connections import Connector
    from mailer.sending.quota import Allowance
    from mailer.sending.reporter import Reporter
    from mailer.sending.several import Several
    from mailer.sending.submitter import Submitter
    from mailer.sending.values import Ready, Result
    from mailer.sending.world import World
    from mailer.settings.settings import Server

PATIENCE = 3.0
# Octets of attachments: larger ones make the window smaller, for it is kept in memory.
_IN_FLIGHT = 16 * 1024 * 1024


class Load(NamedTuple):
    """What is on its way: ``total`` letters, of which ``good`` are to go, at most at ``rate`` a minute (0: no limit).

    ``largest`` is about how many octets the largest attachments of a letter have.  ``is_batch``: deferred letters are
    tried again for a minute.  ``connections`` at most, 0 for ``auto``, None for what the settings say.
    """

    total: int
    good: int
    largest: int
    is_batch: bool
    again: bool = False
    rate: float = 0.0
    verbose: int = 0
    connections: int | None = None


class Handover:
    """A load of letters on its way; what they are is for the subclass to say.

    ``cut_short``: not all could be read.
    """

    def __init__(
        self,
        world: World,
        ledger: Ledger,
        load: Load,
        quota: Allowance | None,
        connector: Connector,
        server: Server,
        reporter: Reporter,
    ) -> None:
        self.world, self.ledger, self.load, self.quota = world, ledger, load, quota
        self.connector, self.server, self.reporter = connector, server, reporter
        self.cut_short = False
        self.is_doubtful = False

    def ready(self) -> Iterator[Ready]:
        """Yield the letters that may go; tell of the others as their turn comes."""
        raise NotImplementedError

    def keep_unreached(self) -> None:
        """Keep what a stopped run did not come to, where another run could not tell."""

    def run(self) -> None:
        """Submit the letters that may go; tell of the others as their turn comes."""
        submitter = self._submitter()
        copying = Copying(self.world, self.ledger, self.server, self.connector.password, self.load.verbose)
        self.ledger.goes_from(self.server.mailbox)
        self.reporter.begin(self.server.host, copying.of, self.load.total, self.load.again)
        with closing(copying), self.reporter.signals.listening():
            self._submit(submitter)

    def _submitter(self) -> Submitter:
        from mailer.sending.submitter import Submitter
        from mailer.sending.values import Pace

        server, load = self.server, self.load
        default = 60.0 if load.is_batch else 0.0
        retry = default if server.retry_seconds is None else server.retry_seconds
        rate = self.quota.rate(load.rate, load.good) if self.quota else load.rate
        fitting = max(1, _IN_FLIGHT // max(1, load.largest))
        window = min(server.window, 1 if rate else fitting)
        several = self._several(fitting, rate)
        return Submitter(
            self.ledger,
            partial(self.connector.session, server._replace(window=window), named=several.most > 1),
            Pace(window, rate, retry),
            again=load.again,
            several=several,
            letters=load.good,
            note=self.world.note,
            undisturbed=self.reporter.signals,
        )

    def _several(self, fitting: int, rate: float) -> Several:
        """How many connections, with so many letters of this size ``fitting`` into memory; a rate needs only one."""
        from mailer.sending.several import ON_A_SLOW_LINE, Several

        asked = self.server.connections if self.load.connections is None else self.load.connections
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
            self.keep_unreached()
        self.reporter.end(self.load.total if self.cut_short else 0)

    def _to_the_end(self, submitter: Submitter) -> None:
        try:
            for result in submitter.submit(self.ready()):
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
        self.keep_unreached()
        self.reporter.end(self.load.total)
