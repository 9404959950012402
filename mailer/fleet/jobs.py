"""One mailbox's work: what has come due of one owner, sent as ``outbox send`` does it, with what this machine knows.

The mailbox's account is looked for among those of this machine by what it submits through, for each owner may have
named it differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from mailer.errors import BadSettings, MailerError
from mailer.ledger.ledger import open_ledger
from mailer.sending.come_due import Asked, send_due
from mailer.sending.world import World, ledger_of
from mailer.settings import account_file
from mailer.settings.server import same_mailbox
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.sending.reporter import Reporter
    from mailer.settings.settings import Settings

TASK = "work_mailbox"
# Of the functions in the database that workers need: one more with each change of these.
VERSION = 2


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
        account = self._accounts.get(same_mailbox(self.work.mailbox), account) or None
        return super().settings(account, options).owned_by(self.work.owner, self.work.role)


def mailboxes(world: World) -> dict[str, str]:
    """The account of each mailbox that this machine has one for; "" is the one without a name.

    Letters that an earlier version put off stand under the mailbox as it was set: it is named in that way too.  Of
    several for one mailbox it is one that is kept for some roles, if there is one.
    """
    found: dict[str, str] = {}
    kept: set[str] = set()
    base = world.settings()
    for name in (*account_file.names(base.config_dir), ""):
        # One account that is wrong keeps no other back.
        with suppress(MailerError):
            settings = world.settings(name or None)
            server = settings.server()
            mailbox = server.mailbox
            if mailbox not in kept:
                found |= {mailbox: name, server.mailbox_as_set: name}
            if settings.value("MAILER_WORKS_FOR").text:
                kept.add(mailbox)
    found.pop("", None)
    return found


def check_role(world: World, settings: Settings, work: Work) -> None:
    """Raise BadSettings where the account is kept for other roles: who queues a letter says from which mailbox."""
    roles = world.trusted(settings, names=("MAILER_WORKS_FOR",)).read("MAILER_WORKS_FOR")
    if roles and work.role not in roles:
        text = f"the account of {work.mailbox} does not work for the role {work.role}"
        raise BadSettings(text, hint=f"MAILER_WORKS_FOR there names {', '.join(roles)}.", field="MAILER_WORKS_FOR")


def work_mailbox(base: World, accounts: Mapping[str, str], work: Work, asked: Asked, reporter: Reporter) -> bool:
    """Send what has come due; whether there is more still.  Raises CannotWrite, Later, BadSettings."""
    world = OwnersWorld(base, work, accounts)
    asked = asked._replace(mailbox=work.mailbox)
    settings = world.settings()
    check_role(world, settings, work)
    with open_ledger(ledger_of(settings), clock=world.now) as ledger:
        send_due(world, ledger, asked, reporter)
        return ledger.is_due(world.now(), work.mailbox)
