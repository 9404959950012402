"""The copy in Sent of what ``send`` sent: whatever comes of it, the letter is sent and the exit code stays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailer.errors import MailerError

if TYPE_CHECKING:
    from mailer.cli.app import App
    from mailer.imap.account import Account
    from mailer.ledger import Claim, Ledger
    from mailer.sentcopy import SentCopies
    from mailer.settings import Server
    from mailer.submission import Result


@dataclass(slots=True, eq=False, repr=False)
class Copying:
    """The copies of one run; ``password`` is that of sending.  To be closed after use."""

    app: App
    ledger: Ledger
    server: Server
    password: str
    verbose: int = 0
    _rule: str = ""
    _copies: SentCopies | None = None
    _account: Account | None = None
    _told: set[str] = field(default_factory=set)

    def of(self, result: Result) -> str:
        """What becomes of the copy of a letter that was just sent: the ``copy`` of its JSON object."""
        from mailer.sentcopy import rule

        self._rule = self._rule or rule(self.server)
        if result.claim is None or result.outcome is None:
            return "off"
        if result.claim.drafted:
            self.app.output.note("A draft of it still lies in your mailbox: delete it there, or it may go twice.")
        return self._rule if self._rule in ("off", "by-server") else self._tried(result.claim)

    def _tried(self, claim: Claim) -> str:
        letter = claim.id
        try:
            if self.ledger.letter(letter).copy == "saved":
                return "saved"
            # A process that dies meanwhile leaves it to be offered by the outbox.
            self.ledger.copied(letter, "failed")
            copy = self._opened().copy(claim.message_id, claim.content, self.app.now())
            self.ledger.copied(letter, copy)
        except MailerError as error:
            self._tell(error)
            return "failed"
        return copy

    def _opened(self) -> SentCopies:
        from mailer.cli.mailbox import account
        from mailer.sentcopy import SentCopies

        if self._copies is None:
            box = account(self.app, self.server, can_ask=False, known=self.password, verbose=self.verbose)
            self._account, self._copies = box, SentCopies(box, self.server.sent_folder, self._rule)
        return self._copies

    def _tell(self, error: MailerError) -> None:
        if error.text not in self._told:
            self._told.add(error.text)
            self.app.output.note(f"It is sent, but there is no copy in Sent: {error.text}.")
            self.app.output.note("  mailer outbox copy tries the copy again; the letter itself is never sent again.")

    def close(self) -> None:
        """End the session with the mailbox, if there is one."""
        if self._account:
            self._account.close()
