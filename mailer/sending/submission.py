"""Letters on their way: the submitter hands them over, each result is told, what an interruption leaves is recorded.

``Submission`` takes each letter that was checked, as it was checked, from the preflight to the submitter.
"""

from __future__ import annotations

from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from mailer.errors import FileChanged, MailerError
from mailer.sending.composed import new_letter
from mailer.sending.copies import Copying
from mailer.sending.values import Ready, Result
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime

    from mailer.ledger.ledger import Ledger
    from mailer.ledger.values import NewLetter
    from mailer.sending.composed import ComposedLetter, LetterKey
    from mailer.sending.connections import Connector
    from mailer.sending.preflight import Candidate, Preflight
    from mailer.sending.quota import Allowance
    from mailer.sending.reporter import Reporter
    from mailer.sending.request import SendOptions
    from mailer.sending.several import Several
    from mailer.sending.submitter import Submitter
    from mailer.sending.world import World
    from mailer.settings.server import Server


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

    def transaction(self) -> AbstractContextManager[None]:
        """One commit of the run: letters settled, marked, and claimed."""
        return self.ledger.transaction()

    def kept_back(self, letter: str) -> MailerError | None:
        """Why a letter that has waited to be tried again, by its id, must not go as things stand now."""
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
            transaction=self.transaction,
            kept_back=self.kept_back,
        )

    def _several(self, fitting: int, rate: float) -> Several:
        """How many connections, with so many letters of this size ``fitting`` into memory; a rate needs only one."""
        from mailer.sending.several import ON_A_SLOW_LINE, Several

        asked = self.server.connections if self.load.connections is None else self.load.connections
        most = self.quota.connections(asked) if self.quota else asked or ON_A_SLOW_LINE
        return Several(1 if rate and not asked else min(most, fitting), measured=not asked)

    def _submit(self, submitter: Submitter) -> None:
        """Submit, tell, and end the report; an interruption is raised again.

        A command that left letters in doubt ends with what says so.
        """
        try:
            self._to_the_end(submitter)
        except BaseException as error:
            self._interrupted(submitter.stop(PATIENCE))
            if self.is_doubtful and self.reporter.signals.to_the_end and not isinstance(error, Exception):
                return
            raise
        # The sum is told whole, and the file of rows that did not go is kept.
        with self.reporter.signals:
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

    def kept_back(self, letter: str) -> MailerError | None:
        """Whoever is stopped meanwhile gets nothing; a hold is for the question that was answered."""
        from mailer.sending.kept_back import stopped_meanwhile

        return stopped_meanwhile(self.world, self.preflight.job.settings, self.ledger, letter)

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
            for candidate in self.preflight.candidates():
                self.preflight.refuse_changed_table()
                if candidate.composed is None:
                    self.preflight.tell(candidate, self.reporter)
                    self.reporter.flush()
                else:
                    yield from self._one_ready(candidate, candidate.letter())
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
            new = opened(self.world, self.preflight, candidate.key, composed)
        except FileChanged as changed:
            self.reporter.held_back(item, changed)
        else:
            yield Ready(item, new, duplicate=is_duplicate)


def opened(
    world: World, preflight: Preflight, key: LetterKey, composed: ComposedLetter, when: datetime | None = None
) -> NewLetter:
    """The letter as the ledger takes it, dated now or ``when``.  Raises FileChanged where an attachment has changed."""
    job = preflight.job
    try:
        files = composed.opened(job.program.files) if composed.files else ()
    except MailerError as error:
        # One that is gone has changed too.
        raise FileChanged(error.text, hint="Run the command again.", file=error.file) from error
    return new_letter(world, job, composed, files, key, when)
