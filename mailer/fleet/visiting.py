"""A visit to one owner's mailbox: what came back is read, and early in the owner's day that day is made.

What is done is in the owner's ledger before anything else follows, so that a visit that broke off is begun again, and
one too many changes nothing.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import date
from datetime import time as day_time
from typing import TYPE_CHECKING

from mailer.errors import BadSettings
from mailer.fleet.drafting import Drafts, Writer, ended
from mailer.fleet.jobs import OwnersWorld, Work, check_role
from mailer.sending.book import book_and_store
from mailer.settings.server import same_mailbox
from mailer.syncing.before_send import Looking
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.ledger.store import Store
    from mailer.people.book import Book
    from mailer.sending.world import World
    from mailer.settings.settings import Settings

# When an owner's day begins, by their clock: well before they look.
MORNING = day_time(5)
# Within so many seconds a mailbox is open: other mailboxes wait for their turn meanwhile.
SIGN_IN = 60.0
_LOCK = "SELECT pg_try_advisory_lock(hashtextextended(?, 0))"


class Visited(NamedTuple):
    """What came of a visit: how many messages were new, and of the ``day`` that was made, if it was its turn.

    ``due`` are how many are due, ``drafts`` and ``without`` of how many the letter is a draft now, or cannot be one.
    ``is_done``: nobody else was at it; ``fault`` is why it failed.
    """

    work: Work
    is_done: bool = True
    new: int = 0
    day: date | None = None
    due: int = 0
    drafts: int = 0
    without: int = 0
    fault: str = ""


def visit(
    base: World,
    accounts: Mapping[str, str],
    work: Work,
    made: date | None,
    write: Writer,
    ending: Callable[[], bool] = lambda: False,
) -> Visited:
    """Read what came back, and make the day if that of ``made`` is over.  Raises MailerError: it is tried again.

    ``ending`` tells when it is to break off.
    """
    world = OwnersWorld(base, work, accounts)
    settings = _settings(world, accounts, work)
    # Who visits is told by the connection that they hold; it is over with that.
    with book_and_store(world, settings) as (book, store):
        if not store.one(_LOCK, (f"visit {work.mailbox} of {work.role}/{work.owner}",))[0]:
            return Visited(work, is_done=False)
        reads = bool(work.mailbox and settings.value("MAILER_IMAP_HOST").text)
        visited = Visited(work, new=_read(world, settings, book, store, ending) if reads else 0)
        if book.now.time() < MORNING or (made and made >= book.today):
            return visited
        visited = visited._replace(day=book.today)
        return _make_day(world, settings, book, visited, Drafts(world, settings, book, store, write, ending))


def _settings(world: OwnersWorld, accounts: Mapping[str, str], work: Work) -> Settings:
    """The settings of the owner's mailbox.  Raises BadSettings where an account leads elsewhere."""
    settings = world.settings()
    mailbox = same_mailbox(work.mailbox)
    if mailbox and (mailbox not in accounts or settings.server().mailbox != mailbox):
        raise BadSettings(f"no account here leads to {work.mailbox}", hint="Add it with mailer login.")
    if work.mailbox:
        check_role(world, settings, work)
    return settings


def _read(world: World, settings: Settings, book: Book, store: Store, ending: Callable[[], bool]) -> int:
    """Read the mailbox from where it was left; how many messages were of interest.  Raises the first fault."""
    from mailer.people.known import LedgerKnown
    from mailer.sending.mailbox import mailbox_of
    from mailer.syncing.imap import Wanted, read_mailbox
    from mailer.syncing.positions import Positions, first_day
    from mailer.syncing.run import Run

    since = first_day(store, book.today)
    if since is None or settings.read("MAILER_SYNC") == "no":
        return 0
    server = world.trusted(settings).server()
    looking = _Looking(ending)
    # The other accounts here are other people's.
    known = LedgerKnown(store, _own(settings), (server.imap_host,))
    run = Run(book, known, looking)
    with mailbox_of(world, server, can_ask=False) as box:
        box.until = time.monotonic() + SIGN_IN
        _ = box.session
        box.until = math.inf
        read_mailbox(box.session, run, Positions(store, box.login, world.now()), Wanted(since, sent=server.sent_folder))
    if looking.fault:
        raise looking.fault
    return run.new


def _own(settings: Settings) -> Iterator[str]:
    if settings.sender:
        yield settings.sender.addr_spec
    for name in ("MAILER_SMTP_USERNAME", "MAILER_IMAP_USERNAME"):
        if "@" in settings.value(name).text:
            yield settings.value(name).text


class _Looking(Looking):
    """Listens, and breaks off where the worker ends: what was read is kept."""

    def __init__(self, ending: Callable[[], bool]) -> None:
        super().__init__()
        self._ending = ending

    def looked(self, messages: int) -> None:  # noqa: ARG002
        """Raises Later."""
        if self._ending():
            raise ended()


def _make_day(world: OwnersWorld, settings: Settings, book: Book, visited: Visited, drafts: Drafts) -> Visited:
    """Find who is due today; where the owner said so, put each one's letter into their Drafts folder."""
    due = [one for one in book.of_interest() if one.state == "due"]
    visited = visited._replace(due=len(due))
    wanted = world.trusted(settings, names=("MAILER_FOLLOW_UP",)).read("MAILER_FOLLOW_UP") == "draft"
    if not (wanted and visited.work.mailbox):
        return visited
    with closing(drafts):
        found = [drafts.save(one) for one in due if drafts.is_of(one, visited.work.mailbox)]
    return visited._replace(drafts=found.count("draft"), without=found.count("no-draft"))


Visit = Callable[[Work, date | None], Visited]
