"""``mailer draft``: save a letter unsent, in a file, a Maildir or a link."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mailer.cli.app import App, app_command
from mailer.cli.job import run_letters
from mailer.cli.options import letter_options
from mailer.sending.item import Item
from mailer.sending.request import Options

if TYPE_CHECKING:
    from mailer.drafts.store import DraftStore
    from mailer.message.rendered import Rendered

_BLANK: dict[str, Any] = {"status": "invalid", "row": None, "where": None, "to": [], "subject": None}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the drafts of one run go; ``taken``: the file names that it has used."""

    cwd: Path
    target: str | None
    maildir: str | None
    force: bool
    many: bool
    taken: set[str] = field(default_factory=set)

    def store(self, rendered: Rendered) -> tuple[DraftStore, str]:
        """The store for this draft, and the draft's name there."""
        from mailer.drafts.eml import EmlFile, EmlFolder, free_name
        from mailer.drafts.maildir import Maildir
        from mailer.drafts.store import file_name, is_folder

        if self.maildir is not None:
            return Maildir(self.cwd / self.maildir), ""
        path = self.cwd / (self.target or "")
        if self.target is None or is_folder(path) or self.many or self.target.endswith(("/", "\\")):
            first = (*rendered.to, *rendered.cc, *rendered.bcc)[0]
            name = free_name(path, file_name(first.addr_spec, rendered.subject), self.taken)
            return EmlFolder(path, self.force), name
        return EmlFile(path, self.force), ""


@app_command("draft", "Save a letter as a draft for your mail program.", "mailer draft letter.md -o dana.eml --open")
@click.argument("letter")
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE.eml",
    help="The file to write; - is stdout, in a folder it names the file itself.",
)
@click.option("--maildir", metavar="DIR", help="Save it in this Maildir instead.")
@click.option("--imap", is_flag=True, help="Save it in the Drafts folder of your mailbox.")
@click.option("--mailto", "link", is_flag=True, help="Print a mailto: link instead, if the letter fits.")
@click.option("--open", "open_it", is_flag=True, help="Open the draft in your mail program.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@letter_options
def command(
    app: App,
    options: Options,
    target: str | None,
    maildir: str | None,
    imap: bool,
    link: bool,
    open_it: bool,
    force: bool,
) -> int:
    """Save a letter as a draft that your mail program can open, change and send.

    The .eml opens for editing in most mail programs. It keeps Bcc, and leaves Date and Message-ID to the program.
    With --imap, an earlier draft of the same letter is replaced; mailer outbox lists the draft.
    """
    _refuse_nonsense(options, (target is not None, maildir is not None, imap, link), target, maildir, open_it)
    if target == "-":
        return run_letters(app, options, lambda item: _print(app, options, item), _BLANK)
    if imap:
        from mailer.cli.draft_imap import save_all

        return save_all(app, options, _BLANK)
    place = _Place(app.cwd, target, maildir, force, options.each is not None)

    def act(item: Item) -> int:
        where = _link(item.words()) if link else _save(place, item.words())
        _report(app, options, item, where)
        if open_it:
            _open(app, where, link)
        return 0

    return run_letters(app, options, act, _BLANK)


def _refuse_nonsense(
    options: Options, places: tuple[bool, bool, bool, bool], target: str | None, maildir: str | None, open_it: bool
) -> None:
    if sum(places) > 1:
        raise click.UsageError("give one of -o, --maildir, --imap and --mailto.")
    if target == "" or maildir == "":
        raise click.UsageError("the path is empty.")
    if target == "-" and (options.json or open_it):
        raise click.UsageError("-o - puts the draft on stdout, and does not work with --json or --open.")
    if target == "-" and options.each is not None and options.row is None:
        raise click.UsageError("-o - writes one letter; give --row N, or name a folder.")
    if open_it and (maildir is not None or places[2]):
        raise click.UsageError("--open is for files and links; in a mailbox or Maildir your mail program shows it.")
    if open_it and options.each is not None and options.row is None:
        raise click.UsageError("--open shows one letter; give --row N.")


def _print(app: App, options: Options, item: Item) -> int:
    from mailer.message.compose import compose_draft

    app.output.write(compose_draft(item.words()))
    _tell(app, options, item)
    return 0


def _save(place: _Place, rendered: Rendered) -> str:
    from mailer.message.compose import compose_draft

    store, name = place.store(rendered)
    return store.save(compose_draft(rendered), name)


def _link(rendered: Rendered) -> str:
    from mailer.drafts.mailto import mailto
    from mailer.message.preview import shown_text

    return mailto(rendered, shown_text(rendered))


def _open(app: App, where: str, link: bool) -> None:
    from mailer.cli.launch import browse, open_file

    fault = browse(where) if link else open_file(Path(where))
    if fault:
        app.output.note(f"Nothing opened it ({fault}): open {'the link' if link else where} yourself")


def _report(app: App, options: Options, item: Item, where: str) -> None:
    if options.json:
        app.output.json({**_BLANK, **item.as_json(), "status": "saved", "where": where})
    else:
        app.output.line(where)
    _tell(app, options, item)


def _tell(app: App, options: Options, item: Item) -> None:
    app.output.problems_of(item)
    if options.each is None and item.to:
        app.output.note(f"When you have sent it: mailer touch {item.to[0]} --by letter")
