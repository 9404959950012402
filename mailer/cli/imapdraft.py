"""``mailer draft --imap``: the letter as a draft in the mailbox itself, seen on every device."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mailer.cli.app import App, worst
from mailer.cli.job import Item, Job, failed, not_ready, opened
from mailer.cli.options import Options
from mailer.errors import MailerError

if TYPE_CHECKING:
    from mailer.imap import Place
    from mailer.imap.account import Account
    from mailer.ledger import Draft, Ledger
    from mailer.rendered import Rendered
    from mailer.settings import Server


def save_all(app: App, options: Options, blank: Mapping[str, Any]) -> int:
    """Save each letter in the Drafts folder; the exit code."""
    job = opened(app, options, blank)
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


@dataclass(slots=True)
class _Drafting:
    """The drafts of one run; ledger and mailbox are opened for the first letter that is ready."""

    app: App
    job: Job
    stack: ExitStack
    _open: tuple[Ledger, Server, Account] | None = None

    def save(self, item: Item) -> None:
        """Save one letter, and tell.  Raises MailerError."""
        if item.error is not None:
            raise item.error
        if item.blocked:
            raise not_ready(item)
        assert item.rendered is not None
        where, draft = self._saved(item.rendered)
        self._tell(item, where, draft)

    def _opened(self) -> tuple[Ledger, Server, Account]:
        from mailer.cli.mailbox import account
        from mailer.ledger import open_ledger

        if self._open is None:
            ledger = self.stack.enter_context(open_ledger(self.job.settings.ledger_path, clock=self.app.now))
            server, options = self.job.settings.server(), self.job.options
            can_ask = self.app.can_ask() and "-" not in (options.letter, options.each)
            box = account(self.app, server, can_ask=can_ask, verbose=options.verbose)
            self._open = ledger, server, self.stack.enter_context(box)
        return self._open

    def _saved(self, rendered: Rendered) -> tuple[str, Draft]:
        from mailer.cli.sealed import composer, digest_of, identity_of, new_letter, seal
        from mailer.drafts.imap import ImapDraft
        from mailer.imap import Lost
        from mailer.message import Stamp, compose_draft

        ledger, server, box = self._opened()
        folder = box.session.folder("drafts", server.drafts_folder)
        sealed, job = seal(rendered), self.job
        new = new_letter(self.app, job, sealed, identity_of(job, rendered), digest_of(job, rendered))
        draft = ledger.record_draft(new, box.login, folder.wire, composer(sealed, rendered.attachments))

        def placed(place: Place | None) -> None:
            if place:
                ledger.draft_placed(draft, place.uidvalidity, place.uid, len(message))

        try:
            message = compose_draft(rendered, Stamp(draft.message_id, draft.date))
            return ImapDraft(box, folder, draft, placed, self.app.output.note).save(message, ""), draft
        except MailerError as error:
            if not (isinstance(error, Lost) and error.begun):
                ledger.draft_refused(draft)
            raise

    def _tell(self, item: Item, where: str, draft: Draft) -> None:
        output, options = self.app.output, self.job.options
        if options.json:
            output.json(
                {
                    "status": "saved",
                    "row": item.row,
                    "id": draft.id,
                    "where": where,
                    **item.about(),
                    "message_id": draft.message_id,
                    "problems": [problem.as_json() for problem in item.problems],
                    "error": None,
                }
            )
        else:
            output.line(where)
            told = f"When you have sent it from there: mailer outbox resolve {draft.id}"
            output.note(told if options.each is None else f"row {item.row}: {told}")
        output.problems(item.problems, item.row)
