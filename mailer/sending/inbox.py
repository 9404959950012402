"""The mailbox of an account, as reading it needs it: what is known of the user, and a look before a follow-up goes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailer.errors import BadSettings, MailerError
from mailer.sending.world import is_there, ledger_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mailer.answers.values import Known
    from mailer.ledger.store import Store
    from mailer.sending.job import Job
    from mailer.sending.request import Options
    from mailer.sending.world import World
    from mailer.settings.settings import Settings

_ADDRESS = re.compile(r"[^\s<>,;:\"()]+@[^\s<>,;:\"()]+")
_WRITTEN_TO = """
    SELECT key FROM addresses a JOIN people p ON p.id = a.person
    WHERE plan <> '' OR EXISTS (SELECT 1 FROM touches t WHERE t.person = p.id)
"""


def known_to(settings: Settings, store: Store) -> Known:
    """What ledger and settings know of letters, people and the user's own addresses."""
    from mailer.people.known import LedgerKnown

    host = settings.value("MAILER_IMAP_HOST").text
    return LedgerKnown(store, own_addresses(settings), (host,))


def own_addresses(settings: Settings) -> Iterator[str]:
    """The user's own addresses, as far as the settings and the accounts say them."""
    from mailer.accounts.sign_in import list_accounts

    try:
        if settings.sender:
            yield settings.sender.addr_spec
    except BadSettings:
        pass
    names = [settings.value(f"MAILER_{protocol}_USERNAME").text for protocol in ("SMTP", "IMAP")]
    for account in list_accounts(settings.config_dir):
        names += [account.sender.rpartition("<")[2].rstrip("> "), account.username, account.imap_username]
    yield from {name for name in names if "@" in name}


def look_first(world: World, job: Job) -> None:
    """Look into the mailbox before the letters of a job go; see `look_for`."""
    look_for(world, job.settings, job.options, lambda: _addresses(job))


def look_for(world: World, settings: Settings, options: Options, addresses: Callable[[], Iterable[str]]) -> None:
    """Look into the mailbox before letters go to people who may have answered; it keeps no letter back by itself.

    Nothing is looked at for strangers, without a mailbox, or with MAILER_SYNC=no.  What went wrong is a note.
    """
    try:
        if is_there(settings.ledger) and settings.read("MAILER_SYNC") != "no":
            _look(world, settings, options, addresses)
    except MailerError as error:
        _tell(world, error)


def _look(world: World, settings: Settings, options: Options, addresses: Callable[[], Iterable[str]]) -> None:
    from mailer.ledger.ledger import open_ledger
    from mailer.sending.book import default_plan, of_ledger
    from mailer.sending.mailbox import mailbox_of
    from mailer.syncing.before_send import look
    from mailer.syncing.positions import Positions, first_day

    with open_ledger(ledger_of(settings), clock=world.now) as ledger:
        book = of_ledger(world, settings, ledger.store)
        if book.has_news():
            book.follow(default_plan(world, settings))
        since = first_day(ledger.store, book.today)
        if since is None or not _may_have_answered(ledger.store, addresses()):
            return
        server = world.trusted(settings, options).server()
        with mailbox_of(world, server, can_ask=False, verbose=options.verbose) as box:
            positions = Positions(ledger.store, box.login, world.now())
            found = look(box, book, known_to(settings, ledger.store), positions, since, server.sent_folder)
        for event in filter(None, map(book.event, found.events)):
            name = book.person(event.person).name if event.person else event.address
            world.note(f"{name}: {event.kind}, read just now ({event.because})")
        if found.fault:
            _tell(world, found.fault)


def _tell(world: World, error: MailerError) -> None:
    world.note(f"Could not check whether they have answered: {error.text}.")


def _may_have_answered(store: Store, addresses: Iterable[str]) -> bool:
    """Whether one of the addresses is that of somebody who is on a plan, or was written to."""
    from mailer.people.rows import address_key

    known = {key for (key,) in store.each(_WRITTEN_TO)}
    return bool(known) and any(address_key(address) in known for address in addresses)


def _addresses(job: Job) -> Iterator[str]:
    """The addresses in the letter's To, in what was set, and in the rows: more of them than it goes to, perhaps."""
    header = job.letter.get("to")
    texts = [header.value if header else "", *job.program.compiled.sets.values()]
    yield from (found for text in texts for found in re.findall(_ADDRESS, text))
    if job.table:
        for row in job.table.chosen():
            yield from (found for text in row.values.values() for found in re.findall(_ADDRESS, text))
