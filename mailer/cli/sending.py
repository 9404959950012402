"""One ``mailer send``: first every letter is looked at, then the question, then any is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

import click

from mailer.cli.app import App
from mailer.cli.connecting import Way, must_be_able_to_ask, show
from mailer.cli.job import Item, Job
from mailer.cli.report import Teller
from mailer.errors import Declined, FileChanged, MailerError, Usage
from mailer.sending.composed import Sealed, new_letter
from mailer.sending.copies import Copying
from mailer.sending.survey import Looked, Seen
from mailer.sending.values import Ready
from mailer.settings.values import is_loopback

if TYPE_CHECKING:
    from mailer.accounts.providers.table import Provider
    from mailer.cli.progress import Progress
    from mailer.ledger.ledger import Ledger
    from mailer.sending.quota import Allowance
    from mailer.sending.submitter import Submitter
    from mailer.sending.values import Result
    from mailer.settings.settings import Server

PATIENCE = 3.0
# Octets of attachments: larger ones make the window smaller, for it is kept in memory.
_IN_FLIGHT = 32 * 1024 * 1024


class Wish(NamedTuple):
    """What the options of ``send`` ask for; ``rate`` in letters a minute, 0 for no limit; ``limit`` 0 for none."""

    yes: bool
    again: bool
    to_myself: bool
    rate: float
    limit: int = 0


class Sending:
    """``run`` is all of it."""

    def __init__(
        self,
        app: App,
        job: Job,
        wish: Wish,
        ledger: Ledger,
        teller: Teller,
        looked: Looked,
        lots: Callable[[], Iterator[list[Item]]],
    ) -> None:
        self.app, self.job, self.wish = app, job, wish
        self.ledger, self.teller, self.looked, self.lots = ledger, teller, looked, lots
        self.provider: Provider | None = None
        self.allowance: Allowance | None = None
        self.cut_short = False
        self.way = Way(app, job)

    def run(self) -> int:
        """The exit code."""
        with closing(self.way):
            return self._run()

    def _run(self) -> int:
        try:
            self._look()
        except MailerError as error:
            return self._broken_off(error)
        if not self.looked.good:
            return self._tell_all(None)
        try:
            server = self._agreed()
        except Usage:
            raise
        except MailerError as error:
            return self._tell_all(error)
        return self._submit(server)

    def _broken_off(self, error: MailerError) -> int:
        """What was looked at cannot be kept, or the ledger not be read: no letter goes."""
        if self.job.options.json:
            self.app.output.json({"error": error.as_json()})
        self.teller.broke_off(error)
        return self.teller.end(self.job.table.letters if self.job.table else 0)

    def _look(self) -> None:
        table = self.job.table
        if table:
            table.watch()
        total = table.count if table and not self.wish.limit else None
        progress = self._progress("checked", total) if table and table.letters > 1 else None
        try:
            for lot in self._lots():
                if self.wish.yes and self.looked.good:
                    self.way.set_out()
                self.ledger.keep_reading()
                self.looked.look(lot)
                if progress:
                    progress.step({}, len(lot))
                if self.looked.good == self.wish.limit > 0:
                    break
        finally:
            self.ledger.stop_reading()
            if progress:
                progress.end()

    def _progress(self, verb: str, total: int | None) -> Progress:
        from mailer.cli.progress import Progress

        return Progress(self.app.output, verb, total)

    def _lots(self) -> Iterator[list[Item]]:
        """The letters; one by one where only so many are to be good."""
        return ([item] for lot in self.lots() for item in lot) if self.wish.limit else self.lots()

    def _agreed(self) -> Server:
        """The server, after the person has agreed and the secret was found.  Raises what keeps all letters back."""
        server = self.app.trusted(self.job.settings, self.job.options).submission_server()
        self._reckon(server)
        self.way.find_secret(server, asked=not self.wish.yes)
        if self.wish.yes:
            self._warn()
        else:
            self._ask()
            self.way.find_secret(server, asked=False)
        name = self.job.changed() or self.looked.changed_file()
        if name:
            raise FileChanged(f"{name} has changed since it was looked at", hint="Run the command again.", file=name)
        return server

    def _reckon(self, server: Server) -> None:
        """What the provider still takes of a batch."""
        first = self.looked.first
        if self.job.table is None or first is None or first.rendered is None or is_loopback(server.host):
            return
        from mailer.accounts.providers.table import provider_of_account
        from mailer.sending.quota import allowance

        self.provider = provider_of_account(server.host, first.rendered.sender.domain)
        account = self.job.settings.account or ""
        self.allowance = allowance(self.provider, self.ledger, account, self.app.now())

    def _rate(self) -> float:
        """Letters a minute: as asked for, else the provider's where the batch would go beyond it."""
        most = (self.provider and self.provider.limits.per_minute) or 0
        return self.wish.rate or (most if self.looked.good > most else 0.0)

    def _ask(self) -> None:
        must_be_able_to_ask(self.app)
        first = self.looked.first
        assert first is not None
        assert first.rendered is not None
        for line in self.looked.faults():
            self.app.output.note(line)
        show(self.app, first.rendered)
        self._warn()
        left = self.allowance.said() if self.allowance else ""
        if left:
            self.app.output.note(left)
        if not click.confirm(self.looked.question(), default=False, err=True):
            raise Declined("not sent", hint="Nothing was recorded either.")

    def _warn(self) -> None:
        """All warnings before anything goes; of none is anybody told only after it went."""
        for line in self.looked.problems():
            self.app.output.note(line)
        if self.looked.anew and self.job.options.each is not None:
            were = "was" if self.looked.anew == 1 else "were"
            note = f"{self.looked.anew} of {self.looked.good} {were} sent or refused before: --again sends them anew."
            self.app.output.note(note)

    def _tell_all(self, error: MailerError | None) -> int:
        """No letter goes, for ``error`` if there is one, and each says why."""
        for item, seen in self.looked.seen_again():
            if seen.may_go and error:
                self.teller.held_back(item, error)
            else:
                self.looked.tell(item, seen, self.teller)
        return self.teller.end()

    def _submit(self, server: Server) -> int:
        from mailer.sending.submitter import Submitter
        from mailer.sending.values import Pace

        copying = Copying(self.app, self.ledger, server, self.way.password, self.job.options.verbose)
        self.teller.host, self.teller.copied = server.host, copying.of
        default = 60.0 if self.job.options.each is not None else 0.0
        retry = default if server.retry_seconds is None else server.retry_seconds
        rate = self._rate()
        most = 1 if rate else max(1, _IN_FLIGHT // max(1, self.looked.largest))
        server = server._replace(window=min(server.window, most))
        submitter = Submitter(
            self.ledger,
            lambda without: self.way.session(server, without),
            Pace(server.window, rate, retry),
            again=self.wish.again,
            note=self.app.output.note,
            undisturbed=self.teller.undisturbed,
        )
        if self.looked.kinds.total() > 1:
            self.teller.progress = self._progress("settled", self.looked.kinds.total())
        with closing(copying), self.teller.undisturbed.listening():
            return self._through(submitter)

    def _through(self, submitter: Submitter) -> int:
        if self.wish.again:
            self.teller.reached = set()
        try:
            self._to_the_end(submitter)
        except BaseException as error:
            self._interrupted(submitter.stop(PATIENCE))
            if self.teller.doubtful and not isinstance(error, Exception):
                return 76
            raise
        if self.cut_short:
            self._keep_unreached()
        return self.teller.end(self.looked.kinds.total() if self.cut_short else 0)

    def _to_the_end(self, submitter: Submitter) -> None:
        try:
            for result in submitter.submit(self._ready()):
                self.teller.result(result)
                if not submitter.more_to_tell:
                    self.teller.flush()
        except MailerError as error:
            self._tell(submitter.stop(PATIENCE, error))
            self.teller.broke_off(error)

    def _tell(self, results: Iterator[Result]) -> None:
        for result in results:
            self.teller.result(result)

    def _interrupted(self, results: Iterator[Result]) -> None:
        """Record and tell what is known."""
        self._tell(results)
        self._keep_unreached()
        self.teller.end(self.looked.kinds.total())

    def _keep_unreached(self) -> None:
        """Where letters go anew, another run with --again would send once more what this one has sent."""
        reached = self.teller.reached
        for item, seen in self.looked.seen_again() if reached is not None else ():
            if seen.may_go and item.row not in (reached or ()):
                self.teller.not_reached(item)

    def _ready(self) -> Iterator[Ready]:
        """The letters that may go, as they were looked at; the others are told as they come.

        Where a file changed meanwhile nothing more is begun but what was in hand, which goes as it was looked at.
        """
        try:
            for item, seen in self.looked.seen_again():
                if self.job.table and self.job.table.changed():
                    raise FileChanged("the CSV changed since it was looked at", hint="Run the command again.")
                ready = self._one_ready(item, seen)
                if ready:
                    yield ready
        except MailerError as error:
            self.cut_short = True
            self.teller.broke_off(error)

    def _one_ready(self, item: Item, seen: Seen) -> Ready | None:
        if not seen.may_go or seen.sealed is None:
            self.looked.tell(item, seen, self.teller)
            self.teller.flush()
            return None
        double = seen.kind == "double"
        sealed = Sealed._make(seen.sealed)
        later = self.allowance and (self.allowance.later if double else self.allowance.take(len(sealed.people)))
        if later:
            self.teller.report(item, {"status": "deferred"}, later)
            return None
        try:
            files = sealed.opened(self.job.program.files)
        except MailerError as error:
            # One that is gone has changed too.
            changed = FileChanged(error.text, hint="Run the command again.", file=error.file)
            self.teller.held_back(item, changed)
            return None
        new = new_letter(self.app, self.job, sealed, files, seen.identity, seen.digest, seen.formerly)
        return Ready(item, new, duplicate=double)
