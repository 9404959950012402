"""Letters put into the Drafts folder of the mailbox, each once; the ledger knows where they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailer.errors import MailerError
from mailer.sending.item import Item, clash_error, not_ready_error
from mailer.sending.world import ledger_of
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from contextlib import ExitStack

    from mailer.imap.reconnecting import MailboxConnection
    from mailer.imap.session import Place
    from mailer.ledger.ledger import Ledger
    from mailer.ledger.values import Draft
    from mailer.message.rendered import Rendered
    from mailer.sending.composed import LetterKey
    from mailer.sending.job import Job
    from mailer.sending.world import World
    from mailer.settings.server import Server


class DraftedRow(NamedTuple):
    """A row that was drafted in this run, and its words; ``where`` is "" while nobody knows whether it lies there."""

    number: int | None
    digest: str
    draft: Draft
    where: str = ""


@dataclass(slots=True)
class Drafting:
    """The drafts of one run, by identity; ledger and mailbox are opened for the first letter that is ready."""

    world: World
    job: Job
    stack: ExitStack
    _open: tuple[Ledger, Server, MailboxConnection] | None = None
    _fault: MailerError | None = None
    _rows: dict[str, DraftedRow] = field(default_factory=dict)

    def save(self, item: Item, shown: Rendered | None = None) -> tuple[str, DraftedRow]:
        """Save one letter; "saved" or "already-sent", and the draft.  ``shown`` is what is to lie there in its place.

        Raises MailerError; NotReady (1) where an earlier row is this letter in other words.
        """
        from mailer.sending.composed import key_of

        rendered = item.words()
        if item.blocked:
            raise not_ready_error(item)
        key = key_of(self.job, rendered)
        before = self._rows.get(key.identity)
        if before and before.digest != key.digest:
            raise clash_error(before.number, self.job.template)
        if before and before.where:
            return "already-sent", before
        return "saved", self._saved(item.row, rendered, key, shown or rendered)

    def _opened(self) -> tuple[Ledger, Server, MailboxConnection]:
        from mailer.ledger.ledger import open_ledger
        from mailer.sending.mailbox import mailbox_of

        if self._open is None:
            server = self._server()
            ledger = self.stack.enter_context(open_ledger(ledger_of(self.job.settings), clock=self.world.now))
            options = self.job.options
            can_ask = self.world.can_ask() and not options.reads_stdin
            box = mailbox_of(self.world, server, can_ask=can_ask, verbose=options.verbose)
            self._open = ledger, server, self.stack.enter_context(box)
        return self._open

    def _server(self) -> Server:
        """The servers of the settings; whether the folder is trusted is asked once, not for each row."""
        if self._fault:
            raise self._fault
        try:
            return self.world.trusted(self.job.settings, self.job.options).server()
        except MailerError as error:
            self._fault = error
            raise

    def _saved(self, number: int | None, rendered: Rendered, key: LetterKey, shown: Rendered) -> DraftedRow:
        from mailer.drafts.imap import ImapDraft
        from mailer.imap.errors import Lost
        from mailer.message.compose import Stamp, compose_draft
        from mailer.sending.composed import compose_letter, new_letter

        ledger, server, box = self._opened()
        folder = box.session.folder("drafts", server.drafts_folder)
        new = new_letter(self.world, self.job, compose_letter(rendered), rendered.attachments, key)
        draft = ledger.record_draft(new, box.login, folder.wire)
        row = self._rows[key.identity] = DraftedRow(number, key.digest, draft)

        def placed(place: Place | None) -> None:
            if place:
                ledger.draft_placed(draft, place.uidvalidity, place.uid, len(message))

        try:
            message = compose_draft(shown, Stamp(draft.message_id, draft.date))
            where = ImapDraft(box, folder, draft, placed, self.world.note).save(message, "")
        except MailerError as error:
            if not (isinstance(error, Lost) and error.begun):
                del self._rows[key.identity]
                ledger.draft_refused(draft)
            raise
        row = self._rows[key.identity] = row._replace(where=where)
        return row
