"""``mailer preview``: show what would be sent; no network, no secret, nothing recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mailer.cli.app import App, pass_app
from mailer.cli.job import run_letters
from mailer.cli.options import letter_options
from mailer.cli.problems import all_shown
from mailer.errors import NotReady
from mailer.sending.item import Item
from mailer.sending.request import Options

if TYPE_CHECKING:
    from mailer.message.rendered import Rendered

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


@click.command(
    "preview",
    short_help="Show what would be sent, without sending it.",
    epilog="Example: mailer preview letter.md --open",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("letter")
@click.option("--text", is_flag=True, help="Only the text part.")
@click.option("--html", is_flag=True, help="Only the HTML part.")
@click.option("--eml", is_flag=True, help="The whole mail, but for Date and Message-ID.")
@click.option("open_page", "--open", is_flag=True, help="Show it in the browser.")
@click.option("every", "--all", is_flag=True, help="With --each: every row, not only the first.")
@letter_options
@pass_app
def command(app: App, options: Options, open_page: bool, every: bool, **wanted: bool) -> int:
    """Show what would be sent: addresses, subject, text, attachments.

    Nothing is sent or recorded, and no password is needed.
    """
    forms = [name for name in ("text", "html", "eml") if wanted[name]]
    if len(forms) > 1:
        raise click.UsageError(f"give either --{' or --'.join(forms)}.")
    if every and options.each is None:
        raise click.UsageError("--all goes with --each.")
    if every and open_page:
        raise click.UsageError("--open shows one letter; give --row N.")
    return show(app, options, forms[0] if forms else None, open_page, every)


def show(app: App, options: Options, form: str | None, open_page: bool = False, every: bool = False) -> int:
    """Preview one letter, or every row's."""
    if options.each is not None and not every and options.row is None:
        options = options._replace(limit=1)

    def act(item: Item) -> int:
        from mailer.message.compose import compose_preview

        rendered = item.words()
        content = compose_preview(rendered)
        if options.json:
            app.output.json(as_json(item, len(content)))
        else:
            _print(app, item, form, content, mbox=every)
        if open_page:
            _open(app, rendered)
        return 0

    return run_letters(app, options, act, _BLANK)


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


def _open(app: App, rendered: Rendered) -> None:
    import os
    import tempfile
    from pathlib import Path

    from mailer.cli.launch import browse
    from mailer.message.preview import page

    handle, name = tempfile.mkstemp(prefix="mailer-preview-", suffix=".html")
    with os.fdopen(handle, "wb") as file:
        file.write(page(rendered).encode())
    address = Path(name).as_uri()
    fault = browse(address)
    app.output.note(f"Nothing opened it ({fault}): open {address} yourself" if fault else f"Opened {address}")
