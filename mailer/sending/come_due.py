"""Send the letters that were put off and have come due, each once; the user agreed when they queued it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from mailer.errors import BadSettings, MailerError
from mailer.ledger.queued import largest
from mailer.ledger.values import Claim
from mailer.sending.book import take_in
from mailer.sending.connections import Connector
from mailer.sending.item import Item
from mailer.sending.kept_back import looking
from mailer.sending.quota import Allowance, quota_of
from mailer.sending.request import Options
from mailer.sending.submission import Handover, Load
from mailer.sending.values import Ready, Result
from mailer.sending.world import others_of
from mailer.settings.server import same_mailbox
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from mailer.ledger.ledger import Ledger
    from mailer.ledger.values import Queued
    from mailer.people.second_look import SecondLook
    from mailer.sending.reporter import Reporter
    from mailer.sending.resolve import Drafted
    from mailer.sending.world import World
    from mailer.settings.server import Server
    from mailer.settings.settings import Settings

# So many letters are read, and looked at, before the first of them goes.
_AT_ONCE = 8
# Seconds after which those that are left are looked at again: at a low rate a stop may come meanwhile.
_FRESH = 1.0


class Asked(NamedTuple):
    """What has come due, of ``account`` or ``mailbox`` only if one is named; ``rate`` in letters a minute, 0: no limit.

    ``ending`` tells when no further letter is to be begun.  ``among_many`` mailboxes that are
    worked at the same time: over one connection, and what is deferred waits for the next time.
    """

    account: str | None = None
    rate: float = 0.0
    json: bool = False
    verbose: int = 0
    mailbox: str = ""
    ending: Callable[[], bool] = lambda: False
    among_many: bool = False

    def options(self, account: str | None) -> Options:
        """The options of a letter that goes over an account."""
        return Options("", account=account, json=self.json, verbose=self.verbose)


def send_due(world: World, ledger: Ledger, asked: Asked, reporter: Reporter) -> int:
    """Send what has come due, an account after the other; how many letters that were.  Raises what interrupts it."""
    due = ledger.accounts_due(world.now(), asked.mailbox)
    found = [(name, account) for name, account in due if asked.account in (None, account)]
    for account, names in groupby(found, key=itemgetter(1)):
        # A run that left letters in doubt tells of them, and was stopped all the same.
        if asked.ending() or reporter.signals.stopped:
            break
        _send_of_account(world, ledger, asked, account, [name for name, _ in names], reporter)
    return len(found)


def _send_of_account(
    world: World, ledger: Ledger, asked: Asked, account: str, names: list[str], reporter: Reporter
) -> None:
    options = asked.options(account or None)
    # With a mailbox that is asked for all are of it; they are read as their turn comes.
    letters = ledger.all_queued(names[:1] if asked.mailbox else names)
    try:
        settings = _settings(world, account)
        server = world.trusted(settings, options).submission_server()
        letters = list(_of_mailbox(server, letters, reporter))
        if not letters:
            return
        names = names if asked.mailbox else [letter.id for letter in letters]
        _look_first(world, settings, options, ledger, names)
        take_in(world, settings, ledger, alone=None if asked.among_many else False)
        connector = Connector(world, options)
        connector.find_secret(server, later=False)
        domain = letters[0].sender.rpartition("@")[2]
        elsewhere = others_of(settings)
        quota = quota_of(server, domain, ledger, account, world.now(), elsewhere)
        look = looking(world, settings, ledger, elsewhere)
    except MailerError as error:
        for letter in ledger.all_queued(names):
            reporter.held_back(item_of(letter), error)
        return
    load = Load(
        total=len(names),
        good=len(names),
        largest=largest(ledger.store, letters[0].mailbox),
        is_batch=len(names) > 1 and not asked.among_many,
        rate=asked.rate,
        verbose=asked.verbose,
        connections=server.connections or 1 if asked.among_many else None,
    )
    which = Which(names, settings, look, asked.ending)
    Due(world, ledger, load, quota, connector, server, reporter, which).run()
    take_in(world, settings, ledger, alone=None if asked.among_many else len(names) == 1)


def _settings(world: World, account: str) -> Settings:
    """The settings as they were when the letters were put off: those that hold here, if they are of the account."""
    settings = world.settings()
    return settings if (settings.account or "") == account else world.settings(account or None)


def _of_mailbox(server: Server, letters: Sequence[Queued], reporter: Reporter) -> Iterator[Queued]:
    """Yield the letters that were to go from this mailbox; of the others it is told."""
    here = server.mailbox
    for letter in letters:
        if same_mailbox(letter.mailbox) == here:
            yield letter
            continue
        text = f"it is queued to go from {letter.mailbox}, and the settings here lead to {here}"
        hint = f"Run this where it was queued; or mailer outbox drop {letter.id}, and send it from here."
        reporter.held_back(item_of(letter), BadSettings(text, hint=hint))


def _look_first(world: World, settings: Settings, options: Options, ledger: Ledger, names: Sequence[str]) -> None:
    if not settings.value("MAILER_IMAP_HOST").text:
        return
    from mailer.sending.inbox import look_for

    look_for(
        world, settings, options, lambda: [address for letter in ledger.all_queued(names) for address in letter.to]
    )


def item_of(letter: Queued) -> Item:
    """The letter as a result names it."""
    return Item(None, to=letter.to, subject=letter.subject)


class Which(NamedTuple):
    """The ids of the letters, and whose; ``look`` looks at some again, ``ending`` tells when none is to be begun."""

    names: Sequence[str]
    settings: Settings
    look: Callable[[Sequence[Queued]], SecondLook]
    ending: Callable[[], bool]


class Due(Handover):
    """Letters that have come due, on their way."""

    def __init__(
        self,
        world: World,
        ledger: Ledger,
        load: Load,
        quota: Allowance | None,
        connector: Connector,
        server: Server,
        reporter: Reporter,
        which: Which,
    ) -> None:
        super().__init__(world, ledger, load, quota, connector, server, reporter)
        self._names, self._settings, self._look, self._ending = which

    def transaction(self) -> AbstractContextManager[None]:
        """One commit of the run, beside those of others who send what is put off."""
        return self.ledger.of_queued()

    def kept_back(self, letter: str) -> MailerError | None:
        """Whatever came while it waited keeps it back, as it would have before its turn."""
        letters = self.ledger.all_queued([letter])
        return self._look(letters).at(letters[0]) if letters else None

    def ready(self) -> Iterator[Ready]:
        """Yield the letters that may go; each is looked at again just before."""
        from mailer.sending.resolve import Drafted

        with closing(Drafted(self.world, self.ledger, self._settings, self.load.verbose)) as drafted:
            for at in range(0, len(self._names), _AT_ONCE):
                # Another process may have taken one meanwhile, or the user let it go.
                letters = self.ledger.all_queued(self._names[at : at + _AT_ONCE])
                look, until = self._look(letters), time.monotonic() + _FRESH
                for number, letter in enumerate(letters):
                    if self._ending():
                        return
                    if time.monotonic() > until:
                        look, until = self._look(letters[number:]), time.monotonic() + _FRESH
                    if not self._went(letter, drafted) and not self._stays(letter, look):
                        yield Ready(item_of(letter), queued=letter.id)

    def _went(self, letter: Queued, drafted: Drafted) -> bool:
        """Whether it lay in the mailbox as a draft too, and was sent from there."""
        claim = Claim("already-sent", letter.id, letter.message_id)
        went = letter.drafted and drafted.went(claim)
        if went:
            self.reporter.result(Result(item_of(letter), "already-sent", claim))
        return went

    def _stays(self, letter: Queued, look: SecondLook) -> bool:
        error = look.at(letter)
        if error:
            self.reporter.held_back(item_of(letter), error)
            return True
        later = self.quota.take(letter.people) if self.quota else None
        if later:
            self.reporter.result(Result(item_of(letter), "deferred", error=later))
        return later is not None
