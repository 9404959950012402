"""``mailer people import``: show people of other programs as a plan, then bring in all or none; undo it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailer.cli import book as books
from mailer.cli.app import App, app_command
from mailer.cli.import_plan import ImportPlan
from mailer.cli.progress import watched
from mailer.cli.style import wrapped
from mailer.errors import Declined, FileChanged, Usage, did_you_mean
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.people.book import Book
    from mailer.people.importing import Outcome, Place
    from mailer.people.reading import Source


class _Options(NamedTuple):
    dry_run: bool
    yes: bool
    as_json: bool


@app_command(
    "import",
    "Import people from vCard files, CSV and TSV.",
    "mailer people import contacts.vcf --dry-run;"
    " mailer people import tracker.csv --map name=Contact --map refused-on='Date of no'",
)
@click.argument("files", nargs=-1, metavar="FILE...", type=click.Path(path_type=Path))
@click.option(
    "maps",
    "--map",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="Which column holds what: name, first, last, address, company, position, refused-on, plan, language,"
    " country, time-zone, note, url. An empty COLUMN leaves the field out.",
)
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--encoding", metavar="NAME", help="The encoding of the files; by default UTF-8.")
@click.option("--undo", "is_undo", is_flag=True, help="Undo the last import.")
@books.ACCOUNT
@books.JSON
def command(
    app: App,
    files: tuple[Path, ...],
    maps: tuple[str, ...],
    dry_run: bool,
    yes: bool,
    encoding: str | None,
    is_undo: bool,
    account: str | None,
    as_json: bool,
) -> int:
    """Import people from vCard 2.1 to 4.0, folders of .vcf, and tables from LinkedIn, Google, Outlook and others.

    It first shows who would be new, changed, the same or skipped, then asks, and imports all of it or nothing.
    """
    if is_undo:
        if files or maps or dry_run:
            raise click.UsageError("give --undo alone.")
        return _undo(app, account, as_json)
    if not files:
        raise click.UsageError("name a file to import.")
    mapped, codec = _mapped(maps), _encoding(encoding)
    with app.output.json_error(as_json), books.opened(app, account, write=not dry_run) as book:
        from mailer.people.reading import Source, files_of

        source = Source(files_of([app.cwd / each for each in files]), codec, mapped)
        return _import(app, book, source, _Options(dry_run, yes, as_json))


def _mapped(maps: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    from mailer.people.columns import ALIASES, FIELDS

    found = []
    for each in maps:
        typed, equals, column = each.partition("=")
        field = typed.strip().casefold().replace("_", "-").replace(" ", "-")
        field = ALIASES.get(field, field)
        if not equals:
            raise click.UsageError(f"--map {each}: write it as FIELD=COLUMN.")
        if field not in FIELDS:
            hint = did_you_mean(field, FIELDS)
            raise click.UsageError(f"--map {each}: there is no field {typed.strip()!r}. {hint}")
        found.append((field, column.strip()))
    return tuple(found)


def _encoding(name: str | None) -> str:
    import codecs

    if name is None:
        return ""
    try:
        codec = codecs.lookup(name).name.removesuffix("-sig")
        "a".encode(codec)
    except (LookupError, UnicodeError):
        raise click.UsageError(f"--encoding {name}: there is no such encoding. Try utf-8, latin-1 or cp1252.") from None
    return codec


def _import(app: App, book: Book, source: Source, options: _Options) -> int:
    with ImportPlan() as plan:
        if options.yes and not options.dry_run:
            _read(app, book, source, {}, plan, options, keep=True)
            is_kept = plan.does_something
        else:
            is_kept = _plan_and_ask(app, book, source, plan, options)
        if options.as_json:
            plan.print_json(app, is_kept=is_kept)
        elif options.yes or options.dry_run:
            plan.show(app, len(source.files) > 1)
    if is_kept:
        for file in source.files:
            book.wrote(str(file.absolute()), "import")
    if is_kept and not options.as_json:
        app.output.note("`mailer people import --undo` takes it back.")
    return 0


def _plan_and_ask(app: App, book: Book, source: Source, plan: ImportPlan, options: _Options) -> bool:
    """Show what would become of each row; where the user agrees, do it.  Whether it was done."""
    before = _stamps(source)
    asked = _read(app, book, source, {}, plan, options, keep=False)
    if options.dry_run:
        return False
    answers = _ask(app, asked) if asked and app.can_ask() else {}
    if answers:
        plan.clear()
        _read(app, book, source, answers, plan, options, keep=False)
    if not options.as_json:
        plan.show(app, len(source.files) > 1)
    if not plan.does_something:
        return False
    if not app.can_ask():
        raise Usage("nobody can be asked here", hint="Give --yes to import without a question, or --dry-run.")
    if not click.confirm(f"Import this ({plan.told})?", default=False, err=True):
        raise Declined("nothing was imported")
    if _stamps(source) != before:
        raise FileChanged("a file was changed while you were asked", hint="Run the command again.")
    plan.clear()
    _read(app, book, source, answers, plan, options, keep=True)
    return True


def _stamps(source: Source) -> list[tuple[int, ...]]:
    from mailer.files import stamp

    return [stamp(each) for each in source.files]


def _read(
    app: App, book: Book, source: Source, answers: dict[Place, bool], plan: ImportPlan, options: _Options, *, keep: bool
) -> list[Outcome]:
    """Bring the people in, or only try; those about whom the user must be asked."""
    import functools

    from mailer.people.reading import people

    asked: list[Outcome] = []

    def tell(outcome: Outcome) -> None:
        plan.add(outcome)
        if outcome.asks:
            asked.append(outcome)

    found = people(source, book.today, functools.cache(book.plan_exists))
    book.bring_in(watched(app.output, "read", found, quiet=options.as_json), answers, tell, keep=keep)
    return asked


def _ask(app: App, asked: list[Outcome]) -> dict[Place, bool]:
    """Whether each of these is the person whom it may be; without an answer it is skipped."""
    answers: dict[Place, bool] = {}
    for outcome in asked:
        row = outcome.row
        boxes = ", ".join(box.address for box in row.card.addresses) or "no address"
        app.output.note("\n".join(wrapped(f"Line {row.line}: {row.card.name}, {row.card.company or '–'}, {boxes}")))
        question = f"Is this {outcome.asks}? (yes, no: somebody else, skip)"
        answer = click.prompt(question, type=click.Choice(["y", "n", "s"]), default="s", err=True)
        if answer != "s":
            answers[row.file, row.line] = answer == "y"
    return answers


def _undo(app: App, account: str | None, as_json: bool) -> int:
    with app.output.json_error(as_json), books.opened(app, account, write=False) as book:
        done = book.undo_import()
    counts = Counter(one.what for one in done.people)
    if as_json:
        rows = [one._asdict() for one in done.people]
        app.output.json(
            {"at": done.at, **{what: counts[what] for what in ("removed", "restored", "kept")}, "rows": rows}
        )
        return 0
    for one in done.people:
        why = f", because {one.why}" if one.why else ""
        app.output.line("\n".join(wrapped(f"{one.what}: {one.person} {one.name}{why}")))
    when = _day(done.at, book.now)
    app.output.note(f"The import of {when} is undone: {', '.join(f'{counts[what]} {what}' for what in counts)}.")
    return 0


def _day(at: str, now: datetime) -> str:
    found = now.fromisoformat(at).astimezone(now.tzinfo)
    return f"{found:%H:%M} today" if found.date() == now.date() else f"{found.day} {found:%B %Y, %H:%M}"
