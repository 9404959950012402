"""``mailer draft --imap``: the letter as a draft in the mailbox itself, seen on every device."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from mailer.cli.app import App, worst
from mailer.cli.job import Item, Job, clash, failed, not_ready, opened
from mailer.cli.options import Options
from mailer.errors import MailerError

if TYPE_CHECKING:
    from mailer.imap.reconnecting import Account
    from mailer.imap.session import Place
    from mailer.ledger.ledger import Ledger
    from mailer.ledger.values import Draft
    from mailer.settings.settings import Server


def save_all(app: App, options: Options, blank: Mapping[str, Any]) -> int:
    """Save each letter in the Drafts folder; the exit code."""
    job = opened(app, options, blank, asks=True)
    if not isinstance(job, Job):
        return job
    with closing(job), ExitStack() as stack:
        drafting = _Drafting(app, job, stack)
        return worst({_settled(drafting, item, blank) for item in job.items()})


def _settled(drafting: _Drafting, item: Item, blank: Mapping[str, Any]) -> int:
    try:
        drafting.save(item)
    except MailerError as error:
        return failed(drafting.app, drafting.job.options, item._replace(error=error), blank)
    return 0


class _Row(NamedTuple):
    """A row that was drafted in this run, and its words; ``where`` is "" while nobody knows whether it lies there."""

    number: int | None
    digest: str
    draft: Draft
    where: str = ""


@dataclass(slots=True)
class _Drafting:
    """The drafts of one run, by identity; ledger and mailbox are opened for the first letter that is ready."""

    app: App
    job: Job
    stack: ExitStack
    _open: tuple[Ledger, Server, Account] | None = None
    _fault: MailerError | None = None
    _rows: dict[str, _Row] = field(default_factory=dict)

    def save(self, item: Item) -> None:
        """Save one letter, and tell.

        Raises MailerError; NotReady (1) where an earlier row is this letter in other words.
        """
        if item.error is not None:
            raise item.error
        if item.blocked:
            raise not_ready(item)
        from mailer.sending.composed import digest_of, identity_of

        assert item.rendered is not None
        identity, digest = identity_of(self.job, item.rendered), digest_of(self.job, item.rendered)
        before = self._rows.get(identity)
        if before and before.digest != digest:
            raise clash(before.number, self.job.template)
        if before and before.where:
            self._tell(item, "already-sent", before)
        else:
            self._tell(item, "saved", self._saved(item, identity, digest))

    def _opened(self) -> tuple[Ledger, Server, Account]:
        from mailer.ledger.ledger import open_ledger
        from mailer.sending.mailbox import account

        if self._open is None:
            server = self._server()
            ledger = self.stack.enter_context(open_ledger(self.job.settings.ledger_path, clock=self.app.now))
            options = self.job.options
            can_ask = self.app.can_ask() and "-" not in (options.letter, options.each)
            box = account(self.app, server, can_ask=can_ask, verbose=options.verbose)
            self._open = ledger, server, self.stack.enter_context(box)
        return self._open

    def _server(self) -> Server:
        """The servers of the settings; whether the folder is trusted is asked once, not for each row."""
        if self._fault:
            raise self._fault
        try:
            return self.app.trusted(self.job.settings, self.job.options).server()
        except MailerError as error:
            self._fault = error
            raise

    def _saved(self, item: Item, identity: str, digest: str) -> _Row:
        from mailer.drafts.imap import ImapDraft
        from mailer.imap.errors import Lost
        from mailer.message.compose import Stamp, compose_draft
        from mailer.sending.composed import formerly_of, new_letter, seal

        rendered = item.rendered
        assert rendered is not None
        ledger, server, box = self._opened()
        folder = box.session.folder("drafts", server.drafts_folder)
        sealed = seal(rendered)
        files, formerly = rendered.attachments, formerly_of(self.job, rendered)
        new = new_letter(self.app, self.job, sealed, files, identity, digest, formerly)
        draft = ledger.record_draft(new, box.login, folder.wire)
        row = self._rows[identity] = _Row(item.row, digest, draft)

        def placed(place: Place | None) -> None:
            if place:
                ledger.draft_placed(draft, place.uidvalidity, place.uid, len(message))

        try:
            message = compose_draft(rendered, Stamp(draft.message_id, draft.date))
            where = ImapDraft(box, folder, draft, placed, self.app.output.note).save(message, "")
        except MailerError as error:
            if not (isinstance(error, Lost) and error.begun):
                del self._rows[identity]
                ledger.draft_refused(draft)
            raise
        row = self._rows[identity] = row._replace(where=where)
        return row

    def _tell(self, item: Item, status: str, row: _Row) -> None:
        output, options = self.app.output, self.job.options
        if options.json:
            output.json(
                {
                    "status": status,
                    "row": item.row,
                    "id": row.draft.id,
                    "where": row.where,
                    **item.about(),
                    "message_id": row.draft.message_id,
                    "problems": [problem.as_json() for problem in item.problems],
                    "error": None,
                }
            )
        else:
            output.line(row.where)
            told = f"When you have sent it from there: mailer outbox resolve {row.draft.id}"
            told = told if item.row == row.number else f"the same draft as that of row {row.number}"
            output.note(told if options.each is None else f"row {item.row}: {told}")
        output.problems(item.problems, item.row)
