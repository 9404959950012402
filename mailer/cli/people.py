"""``mailer people``: list people; show, add, edit and merge them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mailer.cli import book as books
from mailer.cli import forget, people_export, people_import, people_list
from mailer.cli.app import HELP, App, app_command, pass_app
from mailer.cli.links import link
from mailer.cli.main import Group
from mailer.cli.style import style, wrapped
from mailer.errors import BadData, Declined, Usage

if TYPE_CHECKING:
    from mailer.people.values import Entry

_Function = TypeVar("_Function", bound=Callable[..., Any])


class _People(Group):
    """Words that are no subcommand filter the list."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:  # noqa: ANN401
        if args and args[0] not in self.commands:
            return "list", self.commands["list"], args
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        hidden = {**self.commands}
        self.commands = {name: one for name, one in hidden.items() if name != "list"}
        super().format_commands(ctx, formatter)
        self.commands = hidden


@click.group(
    "people",
    cls=_People,
    invoke_without_command=True,
    subcommand_metavar="[WORDS]... | COMMAND [ARGS]...",
    short_help="List the people you keep in touch with; show, add and change them.",
    epilog="Example: mailer people acme; mailer people show dana",
    context_settings={**HELP, "ignore_unknown_options": True},
)
@books.ACCOUNT
@books.JSON
@pass_app
@click.pass_context
def command(ctx: click.Context, app: App, account: str | None, as_json: bool) -> int:
    """List the people who match all WORDS, those you have something to do about first.

    Case and accents do not matter.
    """
    if ctx.invoked_subcommand is None:
        return _list(app, (), account, as_json)
    ctx.meta["people"] = (account, as_json)
    return 0


@command.command("list", epilog="Example: mailer people list acme", context_settings=HELP)
@click.argument("words", nargs=-1)
@books.ACCOUNT
@books.JSON
@pass_app
@click.pass_context
def listed(ctx: click.Context, app: App, words: tuple[str, ...], account: str | None, as_json: bool) -> int:
    """List the people who match all WORDS."""
    before = ctx.meta.get("people", (None, False))
    return _list(app, words, account or before[0], as_json or before[1])


def _list(app: App, words: tuple[str, ...], account: str | None, as_json: bool) -> int:
    with app.output.json_error(as_json), books.opened(app, account, write=False) as book:
        people = book.people(words)
        if as_json:
            for one in people:
                app.output.json(one.as_json())
        elif people:
            app.output.lines(people_list.lines(people, book.today))
    if not people and not as_json and not words:
        app.output.note("Nobody is in your book yet: mailer people add, or send a letter.")
    return 0


@app_command("show", "Show one person's card and time line.", "mailer people show dana", of=command)
@click.argument("who")
@click.option("open_page", "--open", is_flag=True, help="Show it in the browser, with what comes next.")
@books.ACCOUNT
@books.JSON
def show(app: App, who: str, open_page: bool, account: str | None, as_json: bool) -> int:
    """Show WHO's card and all contacts with them, newest last."""
    with app.output.json_error(as_json), books.opened(app, account, write=False) as book:
        person = book.person(who)
        line = book.timeline(person)
        if open_page:
            from mailer.cli.people_pages import open_person

            open_person(app, book, person)
    if as_json:
        app.output.json({**person.as_json(), "timeline": [entry.as_json() for entry in line]})
        return 0
    from mailer.people.card import written

    app.output.line(style(f"{books.name_of(person)} ({person.id})", bold=True))
    boxes = [box.address for box in person.card.addresses]
    for text in written(person.card).splitlines():
        box = next((box for box in boxes if text.startswith(f"Address: {box}")), "")
        shown = "\n".join(wrapped(text, 2))
        app.output.line(shown.replace(box, link(box, f"mailto:{box}"), 1) if box else shown)
    app.output.line("")
    told = "; ".join(part for part in (books.touch_of(person), books.state_of(person)) if part)
    app.output.line("\n".join(wrapped(told)))
    if person.open and person.state in ("due", "waiting", "held"):
        app.output.line("\n".join(wrapped("; ".join(person.open.why), 2)))
    if line:
        app.output.line("")
    for entry in line:
        _entry(app, entry)
    return 0


def _entry(app: App, entry: Entry) -> None:
    because = f" [{entry.because}]" if entry.because else ""
    kind = f"{entry.kind}{', likely' if entry.confidence == 'likely' else ''}"
    what = f"{kind}: {entry.text}" if entry.text else kind
    letter = f" (letter {entry.letter})" if entry.letter else ""
    arrow = "→" if entry.touch else "←"
    app.output.line("\n".join(wrapped(f"{entry.at:%Y-%m-%d} {arrow} {entry.id} {what}{letter}{because}")))
    if entry.sender:
        app.output.line("\n".join(wrapped(f"From {entry.sender}; Subject: {entry.subject}", 11)))


def _card_options(function: _Function) -> _Function:
    for name, metavar, words in reversed(
        (
            ("--name", "NAME", "Their name."),
            ("--company", "NAME", "Their company."),
            ("--position", "TEXT", "The position you talked about."),
            ("--refused-on", "DATE", "The day you were turned down."),
            ("--plan", "NAME", "The plan to follow, or none."),
            ("--language", "CODE", "The language to write to them in, such as de."),
            ("--country", "CC", "Their country, or a region such as DE-BY."),
            ("--time-zone", "ZONE", "Their time zone, such as Europe/Berlin."),
            ("--note", "TEXT", "What to remember."),
        )
    ):
        function = click.option(name, metavar=metavar, help=words)(function)
    return function


@app_command(
    "add",
    "Add a person.",
    "mailer people add dana.ruiz@acme.example --name 'Dana Ruiz' --company 'Acme Robotics'",
    of=command,
)
@click.argument("address", required=False)
@_card_options
@books.ACCOUNT
@books.JSON
def add(app: App, address: str | None, account: str | None, as_json: bool, **given: str | None) -> int:
    """Add a person; on a terminal, mailer asks for what is missing."""
    from mailer.people.card import card_of

    with app.output.json_error(as_json), books.opened(app, account) as book:
        values = {name.replace("_", "-"): value for name, value in given.items() if value is not None}
        if address is not None:
            values["address"] = address
        if app.can_ask():
            _ask(values)
        if not (values.get("name") or values.get("address")):
            raise Usage("say who it is", hint="Give an address, or --name.")
        refused = books.when(app, values.pop("refused-on", None) or None, book, "--refused-on", past=True)
        card = card_of(values, refused, book.plan_exists)
        return books.tell(app, book.add(card), as_json, "written down")


def _ask(values: dict[str, str]) -> None:
    for name, question in (
        ("address", "Address (may be empty)"),
        ("name", "Name"),
        ("company", "Company (may be empty)"),
        ("position", "Position you talked about (may be empty)"),
        ("refused-on", "Day you were turned down (may be empty)"),
    ):
        if name not in values:
            values[name] = click.prompt(question, default="", show_default=False, err=True).strip()
    if "plan" not in values and values.get("refused-on"):
        values["plan"] = click.prompt("Plan", default="gracious-six", err=True).strip()


@app_command("edit", "Change a card in your editor.", "mailer people edit dana", of=command)
@click.argument("who")
@books.ACCOUNT
def edit(app: App, who: str, account: str | None) -> int:
    """Edit WHO's card in your editor. If a line cannot be read, nothing changes."""
    from mailer.people.card import read, written

    with books.opened(app, account) as book:
        person = book.person(who)
        if not app.can_ask():
            raise Usage("nobody can edit here", hint="Run it on a terminal.")
        before = written(person.card, blank=True)
        after = click.edit(before, extension=".txt")
        if after is None or after == before:
            app.output.note("Nothing was changed.")
            return 0
        card = read(after, book.today, book.plan_exists)
        return books.tell(app, book.change(person, card), False, "changed")


@app_command("merge", "Merge two people into one.", "mailer people merge dana p7", of=command)
@click.argument("who")
@click.argument("other")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@books.ACCOUNT
@books.JSON
def merge(app: App, who: str, other: str, yes: bool, account: str | None, as_json: bool) -> int:
    """Merge OTHER into WHO; where their cards differ, WHO's is kept."""
    with app.output.json_error(as_json), books.opened(app, account) as book:
        one, two = book.person(who), book.person(other)
        if one.id == two.id:
            raise BadData(f"{who!r} and {other!r} are the same person", hint="Name two people.")
        if not yes:
            if not app.can_ask():
                raise Usage("nobody can be asked here", hint="Give --yes to merge without a question.")
            question = f"Make one of {books.name_of(one)} ({one.id}) and {books.name_of(two)} ({two.id})?"
            if not click.confirm(question, default=False, err=True):
                raise Declined("nothing was merged")
        return books.tell(app, book.merge(one, two), as_json, f"{two.id} is part of it now")


command.add_command(people_import.command)
command.add_command(people_export.command)
command.add_command(forget.command)
