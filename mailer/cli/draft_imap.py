"""``mailer draft --imap``: save a letter in the Drafts folder of the mailbox."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

from mailer.cli.app import App, worst
from mailer.cli.job import failed, opened
from mailer.errors import MailerError
from mailer.sending.imap_drafts import Drafting
from mailer.sending.item import Item
from mailer.sending.job import Job
from mailer.sending.request import Options

if TYPE_CHECKING:
    from mailer.sending.imap_drafts import DraftedRow


def save_all(app: App, options: Options, blank: Mapping[str, Any]) -> int:
    """Save each letter in the Drafts folder; the exit code."""
    job = opened(app, options, blank, asks=True)
    if not isinstance(job, Job):
        return job
    with closing(job), ExitStack() as stack:
        drafting = Drafting(app, job, stack)
        return worst({_settled(app, options, drafting, item, blank) for item in job.items()})


def _settled(app: App, options: Options, drafting: Drafting, item: Item, blank: Mapping[str, Any]) -> int:
    try:
        status, row = drafting.save(item)
        _tell(app, options, item, status, row)
    except MailerError as error:
        return failed(app, options, item._replace(error=error), blank)
    return 0


def _tell(app: App, options: Options, item: Item, status: str, row: DraftedRow) -> None:
    output = app.output
    if options.json:
        draft = {"status": status, "row": item.row, "id": row.draft.id, "where": row.where, **item.about()}
        output.json({**draft, "message_id": row.draft.message_id, **item.as_json()})
    else:
        output.line(row.where)
        told = f"When you have sent it from there: mailer outbox resolve {row.draft.id}"
        told = told if item.row == row.number else f"the same draft as that of row {row.number}"
        output.note(told if options.each is None else f"row {item.row}: {told}")
    output.problems(item.problems, item.row)
