"""One mailbox's work: what has come due of one owner, sent as ``outbox send`` does it, with what this machine knows.

The mailbox's account is looked for among those of this machine by what it submits through, for each owner may have
named it differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from mailer.errors import MailerError
from mailer.ledger.ledger import open_ledger
from mailer.sending.come_due import Asked, send_due
from mailer.sending.world import World, ledger_of
from mailer.settings import account_file
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.sending.reporter import Reporter
    from mailer.settings.settings import Settings

TASK = "work_mailbox"


class Work(NamedTuple):
    """A mailbox to work, and whose letters: of the ``owner`` of that name in a database's ``role``."""

    role: str
    owner: str
    mailbox: str


class OwnersWorld(World):
    """The world of a worker, with the ledger of somebody else and this machine's accounts, by their mailboxes."""

    __slots__ = ("_accounts", "work")

    def __init__(self, base: World, work: Work, accounts: Mapping[str, str]) -> None:
        super().__init__(base.note, base.environ, base.cwd, base.now, base.token)
        self.work = work
        self._accounts = accounts

    def settings(self, account: str | None = None, options: Mapping[str, str] | None = None) -> Settings:
        """The settings here that lead to the mailbox, else those of the account of that name."""
        account = self._accounts.get(self.work.mailbox, account) or None
        return super().settings(account, options).owned_by(self.work.owner, self.work.role)


def mailboxes(world: World) -> dict[str, str]:
    """The account of each mailbox that this machine has one for; "" is the one without a name."""
    found: dict[str, str] = {}
    base = world.settings()
    for name in (*account_file.names(base.config_dir), ""):
        # One account that is wrong keeps no other back.
        with suppress(MailerError):
            found[world.settings(name or None).server().mailbox] = name
    found.pop("", None)
    return found


def work_mailbox(base: World, accounts: Mapping[str, str], work: Work, asked: Asked, reporter: Reporter) -> int:
    """Send what has come due; how many letters are due still.  Raises CannotWrite, Later, BadSettings."""
    world = OwnersWorld(base, work, accounts)
    asked = asked._replace(mailbox=work.mailbox)
    with open_ledger(ledger_of(world.settings()), clock=world.now) as ledger:
        send_due(world, ledger, asked, reporter)
        return len(ledger.come_due(world.now(), work.mailbox))
