"""``mailer preview``: show what would be sent; no network, no secret, nothing recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mailer.cli.app import App, app_command
from mailer.cli.job import failed, run_together
from mailer.cli.open_page import open_page as open_it
from mailer.cli.options import letter_options
from mailer.cli.problems import all_shown
from mailer.cli.progress import watched
from mailer.errors import MailerError, NotReady
from mailer.sending.item import Item
from mailer.sending.request import Options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.pages.letters import Leaves

_BLANK: dict[str, Any] = {
    "row": None,
    "from": None,
    "to": [],
    "cc": [],
    "bcc": [],
    "reply_to": [],
    "subject": None,
    "text": None,
    "html": None,
    "attachments": [],
    "size": None,
}


@app_command("preview", "Show what would be sent, without sending it.", "mailer preview letter.md --open")
@click.argument("letter")
@click.option("--text", is_flag=True, help="Show only the text part.")
@click.option("--html", is_flag=True, help="Show only the HTML part.")
@click.option("--eml", is_flag=True, help="Print the whole mail, with placeholders for Date and Message-ID.")
@click.option(
    "open_page",
    "--open",
    is_flag=True,
    help="Show it in the browser; with --each, all rows on one page.",
)
@click.option("every", "--all", is_flag=True, help="With --each: show every row, not only the first.")
@letter_options
def command(app: App, options: Options, open_page: bool, every: bool, **wanted: bool) -> int:
    """Show what would be sent: addresses, subject, text, attachments.

    Nothing is sent or recorded, and no password is needed.
    """
    forms = [name for name in ("text", "html", "eml") if wanted[name]]
    if len(forms) > 1:
        raise click.UsageError(f"give either --{' or --'.join(forms)}.")
    if every and options.each is None:
        raise click.UsageError("--all needs --each.")
    return show(app, options, forms[0] if forms else None, open_page, every)


def show(app: App, options: Options, form: str | None, open_page: bool = False, every: bool = False) -> int:
    """Preview one letter, or every row's.  With ``open_page`` all are on one page, for which rows are not printed."""
    is_batch = options.each is not None and options.row is None
    if is_batch and not (every or open_page):
        options = options._replace(limit=1)
    told = options.json or every or not is_batch
    leaves = _leaves() if open_page else None

    def act(items: Iterator[Item]) -> Iterator[int]:
        for item in watched(app.output, "looked at", items, quiet=options.json or told):
            try:
                yield _shown(app, options, item, form, leaves, told=told, every=every)
            except MailerError as error:
                yield failed(app, options, item._replace(error=error), _BLANK)
        if leaves is not None and leaves.letters:
            open_it(app, "preview", leaves.page(_named(options.letter)))

    return run_together(app, options, act, _BLANK)


def _leaves() -> Leaves:
    from mailer.pages.letters import Leaves

    return Leaves()


def _named(letter: str) -> str:
    from pathlib import Path

    return Path(letter).name if letter != "-" else "standard input"


def _shown(
    app: App, options: Options, item: Item, form: str | None, leaves: Leaves | None, *, told: bool, every: bool
) -> int:
    """Print a letter where it is to be printed, and give it its place on the page; its exit code."""
    from mailer.message.compose import compose_preview

    if item.error is not None or item.rendered is None:
        if leaves is not None:
            leaves.add(item.row, None, item.problems, 0, item.error)
        return failed(app, options, item, _BLANK)
    content = compose_preview(item.rendered)
    if leaves is not None:
        leaves.add(item.row, item.rendered, item.problems, len(content))
    if options.json:
        app.output.json(as_json(item, len(content)))
    elif told:
        _print(app, item, form, content, mbox=every)
    return 0


def as_json(item: Item, size: int) -> dict[str, Any]:
    """The JSON object of one previewed letter."""
    from mailer.message.address import format_mailbox

    rendered = item.words()
    boxes = {name: [format_mailbox(box) for box in getattr(rendered, name)] for name in ("to", "cc", "bcc", "reply_to")}
    return {
        "row": item.row,
        "from": format_mailbox(rendered.sender),
        **boxes,
        "subject": rendered.subject,
        "text": rendered.text,
        "html": rendered.html,
        "attachments": [
            {"filename": file.filename, "media_type": file.media_type, "size": file.size, "sha256": file.digest}
            for file in rendered.attachments
        ],
        "size": size,
        "problems": [problem.as_json() for problem in item.problems],
        "error": None,
    }


def _print(app: App, item: Item, form: str | None, content: bytes, mbox: bool) -> None:
    from mailer.message import preview

    rendered = item.words()
    output = app.output
    if form == "eml":
        output.write(_mbox_entry(content) if mbox else content)
    elif form == "text":
        if mbox:
            output.line(f"── row {item.row} ──")
        output.write(preview.shown_text(rendered).encode())
    elif form == "html":
        if rendered.html is None:
            raise NotReady("the letter has no HTML part", hint="Give it 'Content-Type: text/markdown' or a template.")
        output.write(rendered.html.encode())
    else:
        if mbox:
            output.line(f"── row {item.row} ──")
        for line in preview.terminal(rendered, len(content)):
            output.line(line)
        output.line("")
        for line in all_shown(item.problems, err=False):
            output.line(line)
    if form:
        output.problems(item.problems, item.row)


def _mbox_entry(content: bytes) -> bytes:
    """One message of an mbox (mboxrd, RFC 4155): LF line ends, ``From `` lines quoted."""
    lines = content.replace(b"\r\n", b"\n")
    if b"From " in lines:
        import re

        lines = re.sub(rb"(?m)^(>*From )", rb">\1", lines)
    return b"From mailer@localhost Sat Jan  1 00:00:00 2000\n" + lines + b"\n"
