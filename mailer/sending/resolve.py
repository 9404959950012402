"""Looking in the mailbox for what became of a letter: in doubt, or saved there as a draft."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailer.errors import Declined, InDoubt, Later, MailerError, Usage
from mailer.settings.server import same_mailbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mailer.imap.reconnecting import MailboxConnection
    from mailer.ledger.ledger import Ledger
    from mailer.ledger.values import Claim, Record
    from mailer.sending.world import World
    from mailer.settings.settings import Settings


# A mailbox that says nothing keeps no letter back for longer.
_SECONDS = 30.0


def look_up(world: World, ledger: Ledger, letter: str, settings: Settings, verbose: int) -> str:
    """Look for a letter in Sent, or among all mail where there is such a folder, and settle it; where it was found.

    Raises InDoubt (76), for a draft Later (75), if it is not there; Usage for a letter that is settled.
    """
    from mailer.ledger.settling import settled_error
    from mailer.sending.mailbox import mailbox_of
    from mailer.sending.sent_folder import found_sent

    record = ledger.letter(letter)
    waiting = next((waiting for waiting in ledger.outbox() if waiting.id == record.id), None)
    state = waiting.state if waiting else record.state
    if state not in ("in-doubt", "draft"):
        raise settled_error(letter, state, waits=waiting is not None)
    server = world.trusted(settings).server()
    with mailbox_of(world, server, can_ask=world.can_ask(), verbose=verbose) as box:
        # Among all mail a draft would be taken for the letter that came of it.
        found = found_sent(box.session, server.sent_folder, record.message_id, everywhere=not record.login)
    if found is None:
        raise _not_found(record.id, state, box.login)
    ledger.resolve(letter, sent=True)
    return f"{found.name} ({box.login})"


def _not_found(letter: str, state: str, login: str) -> MailerError:
    if state == "draft":
        return Later(
            f"{letter} is not in Sent ({login}): it is still a draft",
            hint=f"If it was sent in another way: mailer outbox resolve {letter} --sent; if never: --not-sent.",
        )
    return InDoubt(
        f"{letter} is not in Sent ({login}): it stays in doubt",
        hint=f"It may come late: look again in some minutes. Where you know: mailer outbox resolve {letter} "
        "--sent, or --not-sent to send it again.",
    )


def copy_again(
    world: World, ledger: Ledger, letters: Iterable[Record], settings: Settings, verbose: int
) -> Iterator[Record]:
    """Try the copies of sent letters of one account again; each as it is saved.  Raises MailerError where one fails."""
    from mailer.sending.mailbox import mailbox_of
    from mailer.sending.sent_folder import SentCopies

    server = world.trusted(settings).server()
    with mailbox_of(world, server, can_ask=world.can_ask(), verbose=verbose) as box:
        copies = SentCopies(box, server.sent_folder, "look")
        for record in letters:
            copies.copy(record.message_id, ledger.content(record.id), record.sent or world.now())
            ledger.copied(record.id, "saved")
            yield record


def uncopied(ledger: Ledger, letters: Sequence[str]) -> dict[str, list[Record]]:
    """The letters whose copy failed, or those of ``letters``, by account.

    A run that died has tried no copy of what it sent last.  Raises Usage for a letter that has its copy, or never went.
    """
    found: dict[str, list[Record]] = {}
    for letter in letters or [waiting.id for waiting in ledger.outbox() if waiting.copy == "failed"]:
        record = ledger.letter(letter)
        if record.copy != "failed" and (record.copy or record.state != "sent"):
            hint = "`mailer outbox` lists the letters without a copy."
            raise Usage(f"the copy of letter {letter} did not fail", hint=hint)
        found.setdefault(record.account, []).append(record)
    return found


@dataclass(slots=True, eq=False, repr=False)
class Drafted:
    """Whether letters that lie in the mailbox as drafts were sent from there, asked once each.  To be closed."""

    world: World
    ledger: Ledger
    settings: Settings
    verbose: int = 0
    _account: MailboxConnection | None = None
    _asked: set[str] = field(default_factory=set)
    _silent: bool = False

    def went(self, claim: Claim) -> bool:
        """True if the draft of this letter was found in Sent; it is then settled as sent."""
        from mailer.sending.sent_folder import found_sent

        if self._silent or claim.id in self._asked:
            return False
        self._asked.add(claim.id)
        try:
            box, setting = self._opened()
            if same_mailbox(self.ledger.letter(claim.id).login) != same_mailbox(box.login):
                return False
            found = found_sent(box.session, setting, claim.message_id, everywhere=False)
            if found:
                self.ledger.resolve(claim.id, sent=True)
        except Declined:
            raise
        except MailerError as error:
            self._silent = True
            self.world.note(
                f"Its draft may have been sent from your mail program, which could not be checked: {error.text}."
            )
            return False
        if found:
            self.world.note(f"{claim.id} was sent from your mail program: it lies in {found.name} ({box.login}).")
        return found is not None

    def _opened(self) -> tuple[MailboxConnection, str]:
        from mailer.sending.mailbox import mailbox_of

        server = self.world.trusted(self.settings).server()
        if self._account is None:
            self._account = mailbox_of(self.world, server, can_ask=False, verbose=self.verbose)
        self._account.until = time.monotonic() + _SECONDS
        return self._account, server.sent_folder

    def close(self) -> None:
        """End the session with the mailbox, if there is one."""
        if self._account:
            self._account.close()
