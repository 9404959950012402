"""``mailer draft``: the letter as an unsent message, in a file or a Maildir."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mailer.cli.app import App, Item, Options, letter_options, pass_app, run_letters

if TYPE_CHECKING:
    from mailer.drafts import DraftStore
    from mailer.rendered import Rendered

_BLANK: dict[str, Any] = {"status": "invalid", "row": None, "where": None, "to": [], "subject": None}


@click.command(
    "draft",
    short_help="Save the letter where a mail program can open it.",
    epilog="Example: mailer draft letter.md -o dana.eml",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("letter")
@click.option("-o", "--output", "target", metavar="FILE.eml", help="The file; a folder gets a name of its own.")
@click.option("--maildir", metavar="DIR", help="Put it into this Maildir instead.")
@click.option("--force", is_flag=True, help="Write over a file that exists.")
@letter_options
@pass_app
def command(app: App, options: Options, target: str | None, maildir: str | None, force: bool) -> int:
    """Save the letter as a draft that a mail program can open, change and send.

    The .eml opens as an editable draft (X-Unsent); Bcc is kept; Date and Message-ID are left to the mail program.
    """
    if target is not None and maildir is not None:
        raise click.UsageError("give either -o or --maildir.")
    if target == "" or maildir == "":
        raise click.UsageError("the path is empty.")
    taken: set[str] = set()

    def act(item: Item) -> int:
        assert item.rendered is not None
        store, name = _store(app, options, item.rendered, target, maildir, force, taken)
        where = _save(store, item.rendered, name)
        _report(app, options, item, where)
        return 0

    return run_letters(app, options, act, _BLANK)


def _save(store: DraftStore, rendered: Rendered, name: str) -> str:
    from mailer.message import compose_draft

    return store.save(compose_draft(rendered), name)


def _store(
    app: App,
    options: Options,
    rendered: Rendered,
    target: str | None,
    maildir: str | None,
    force: bool,
    taken: set[str],
) -> tuple[DraftStore, str]:
    """Where this draft goes, and its name there."""
    from mailer.drafts import file_name
    from mailer.drafts.eml import EmlFile, EmlFolder, free_name
    from mailer.drafts.maildir import Maildir

    if maildir is not None:
        return Maildir(app.cwd / maildir), ""
    path = app.cwd / (target or "")
    first = (*rendered.to, *rendered.cc, *rendered.bcc)[0]
    if target is None or path.is_dir() or options.each is not None or target.endswith(("/", "\\")):
        name = free_name(path, file_name(first.addr_spec, rendered.subject), taken)
        return EmlFolder(path, force), name
    return EmlFile(path, force), ""


def _report(app: App, options: Options, item: Item, where: str) -> None:
    assert item.rendered is not None
    if options.json:
        app.output.json(
            {
                "status": "saved",
                "row": item.row,
                "where": where,
                "to": [box.addr_spec for box in item.rendered.to],
                "subject": item.rendered.subject,
                "problems": [problem.as_json() for problem in item.problems],
                "error": None,
            }
        )
    else:
        app.output.line(str(Path(where)))
    app.output.problems(item.problems, item.row)
