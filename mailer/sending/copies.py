"""After ``send``: put a copy in Sent and delete the draft.  If that fails, the letter is still sent and exits 0.

The letter's result is printed before the mailbox is asked, because the mailbox may be slow; it has 30 seconds.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mailer.errors import Later, MailerError
from mailer.settings.server import same_mailbox
from mailer.settings.values import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.imap.reconnecting import MailboxConnection
    from mailer.ledger.ledger import Ledger
    from mailer.ledger.values import Claim, DraftLocation
    from mailer.sending.sent_folder import SentCopies
    from mailer.sending.values import Result
    from mailer.sending.world import World
    from mailer.settings.server import Server


# For sign-in, looking, APPEND and the draft together.
_SECONDS = 30.0


class Copying:
    """The copies of one run; ``password`` is that of sending.  To be closed after use."""

    def __init__(self, world: World, ledger: Ledger, server: Server, password: str, verbose: int = 0) -> None:
        self.world, self.ledger, self.server = world, ledger, server
        self.password, self.verbose = password, verbose
        self._rule = ""
        self._until = 0.0
        self._before: Callable[[], object] = int
        self._copies: SentCopies | None = None
        self._account: MailboxConnection | None = None
        self._told: set[str] = set()
        self._fault: MailerError | None = None

    def of(self, result: Result, before: Callable[[], object]) -> str:
        """What becomes of the copy of a letter that was just sent: the ``copy`` of its JSON object.

        ``before`` is called before the mailbox is asked, which may take a while.
        A mailbox that broke off, or at which the run was interrupted, is not asked for the letters after it.
        """
        self._rule = self._rule or rule(self.server)
        self._before, self._until = before, time.monotonic() + _SECONDS
        if result.claim is None or result.outcome is None:
            return "off"
        try:
            return self._done(result.claim)
        except (KeyboardInterrupt, SystemExit):
            self._fault = Later("the run was interrupted")
            raise

    def _done(self, claim: Claim) -> str:
        copy = self._rule if self._rule in ("off", "by-server") else self._tried(claim)
        if claim.drafted or claim.kind not in ("new", "retry"):
            self._take_draft_away(claim.id)
        return copy

    def _tried(self, claim: Claim) -> str:
        letter = claim.id
        try:
            if self.ledger.letter(letter).copy == "saved":
                return "saved"
            # A process that dies meanwhile leaves it to be offered by the outbox.
            self.ledger.copied(letter, "failed")
            copy = self._opened().copy(claim.message_id, self.ledger.content(letter), self.world.now())
            self.ledger.copied(letter, copy)
        except MailerError as error:
            self._keep(error)
            self._tell(error)
            return "failed"
        return copy

    def _opened(self) -> SentCopies:
        from mailer.sending.sent_folder import SentCopies

        box = self._mailbox()
        if self._copies is None:
            self._copies = SentCopies(box, self.server.sent_folder, self._rule)
        return self._copies

    def _mailbox(self) -> MailboxConnection:
        from mailer.sending.mailbox import mailbox_of

        if self._fault:
            raise self._fault
        self._before()
        if self._account is None:
            self._account = mailbox_of(
                self.world, self.server, can_ask=False, known=self.password, verbose=self.verbose
            )
        self._account.until = self._until
        return self._account

    def _take_draft_away(self, letter: str) -> None:
        """The draft that this letter was, out of the mailbox, where it still is what was put there."""
        try:
            known = self.ledger.draft_of(letter)
        except MailerError:
            # Few letters lie there; that the ledger fails is told of by itself.
            return
        try:
            if known:
                self._take_away(letter, *known)
        except MailerError as error:
            self._keep(error)
            self._leave_draft(f"in your mailbox: {error.text}")

    def _take_away(self, letter: str, login: str, lying: DraftLocation) -> None:
        from mailer.drafts.imap import take_away

        box = self._mailbox() if self.server.imap_host else None
        if box is None or same_mailbox(box.login) != same_mailbox(login):
            self._leave_draft(f"in the mailbox {login}")
        elif take_away(box, lying):
            self.ledger.draft_gone(letter)
        else:
            self._leave_draft("in your mailbox if it was changed or moved there")

    def _leave_draft(self, where: str) -> None:
        self.world.note(f"It is sent; a draft of it still lies {where}. Delete it there, or it may go twice.")

    def _keep(self, error: MailerError) -> None:
        from mailer.imap.errors import Lost

        if isinstance(error, Lost):
            self._fault = error

    def _tell(self, error: MailerError) -> None:
        if error.text not in self._told:
            self._told.add(error.text)
            self.world.note(f"It is sent, but there is no copy in Sent: {error.text}.")
            self.world.note("  mailer outbox copy tries the copy again; the letter itself is never sent again.")

    def close(self) -> None:
        """End the session with the mailbox, if there is one."""
        if self._account:
            self._account.close()


def rule(server: Server) -> str:
    """What to do after a 250: "off", "by-server", "look", or "wait": look twice, the server may be slow to file it.

    Judged by the host that submits, not by the address: many domains are a provider's.
    """
    files = _files_sent(server.host)
    if server.save_sent == "no" or (server.save_sent == "auto" and not server.imap_host):
        return "by-server" if server.save_sent == "auto" and files == "yes" else "off"
    if files == "yes":
        return "by-server" if server.save_sent == "auto" else "wait"
    return "wait" if files == "unsure" else "look"


def _files_sent(host: str) -> str:
    if is_loopback(host):
        return "no"
    from mailer.accounts.providers.table import provider_for_host

    provider = provider_for_host(host)
    return provider.files_sent if provider else "no"
