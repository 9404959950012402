"""Open the user's people for a command, and describe one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mailer.cli.app import App
from mailer.cli.style import BAD, LOOK, style
from mailer.sending.book import book_and_store

if TYPE_CHECKING:
    from datetime import date

    from mailer.ledger.store import Store
    from mailer.people.book import Book
    from mailer.people.values import Person

# The dates of fewer people are computed at once.
_SOON_DONE = 100
_Function = TypeVar("_Function", bound=Callable[..., Any])


@contextmanager
def opened(app: App, account: str | None = None, *, write: bool = True) -> Iterator[Book]:
    """The book of people, with the letters taken in that were sent since it was last opened.

    Without ``write`` a ledger is neither made nor changed where it can only be read.  Raises CannotWrite, Later.
    """
    with with_store(app, account, write=write) as (book, _):
        yield book


@contextmanager
def with_store(
    app: App, account: str | None = None, *, write: bool = True, trial: bool = False
) -> Iterator[tuple[Book, Store]]:
    """The same, and the database that it stands in.  A ``trial`` works on a copy in memory, of which nothing stays."""
    settings = app.trusted(app.settings(account), names=("MAILER_OWNER",))
    if click.get_current_context().meta.get("mailer.verbose"):
        app.output.note(f"ledger: {settings.ledger}")
    with book_and_store(app, settings, write=write, trial=trial) as found:
        found[0].watch = partial(_planning, app)
        yield found


def _planning(app: App, total: int) -> AbstractContextManager[Callable[[int], None]]:
    if total < _SOON_DONE:
        return nullcontext(lambda _more: None)
    from mailer.cli.progress import counted

    return counted(app.output, "dates of people computed", total)


def when(app: App, text: str | None, book: Book, option: str, *, past: bool = False) -> date | None:
    """The date of an option, echoed with its weekday.  Raises BadData."""
    if text is None:
        return None
    from mailer.people.typed import parse_date

    found = parse_date(text, book.today, past=past, field=option)
    app.output.note(f"{option}: {found:%A} {found.day} {found:%B %Y}")
    return found


COLOURS = {"due": LOOK, "answered": LOOK, "stopped": BAD}


def command(words: str) -> str:
    """What to type."""
    return style(f"mailer {words}", fg=LOOK)


def name_of(person: Person) -> str:
    """``Dana Ruiz, Acme Robotics``."""
    return ", ".join(part for part in (person.name, person.card.company) if part)


def touch_of(person: Person) -> str:
    """``touch 2 of 6``, ``touch 2``, or "" without a plan, or an open step."""
    if person.step is None or person.state in ("done", "none", "stopped") or not person.open:
        return ""
    return f"touch {person.step}" + (f" of {person.steps}" if person.steps else "")


def state_of(person: Person) -> str:
    """What is the matter with a person, in words."""
    from mailer.people.dates import count, said

    if person.state == "due" and person.open:
        late = f", {count(person.late, 'day')} late" if person.late else ""
        return f"due {'since ' if person.late else ''}{said(person.open.day)}{late}"
    if person.state == "waiting" and person.pending:
        from mailer.people.values import pending_words

        return pending_words(person.pending)
    if person.state == "waiting" and person.open:
        return f"next {said(person.open.day)}"
    if person.state == "answered" and person.hold:
        return f"answered: it is your turn since {said(person.hold.since.date())}"
    return {"done": "done", "none": "no plan"}.get(person.state, person.why[0] if person.why else person.state)


def what_to_type(person: Person, name: str) -> str:
    """What to type about somebody who is due, answered or is held; ``name`` is how to name them."""
    hold = person.hold
    if person.state in ("due", "waiting") and person.pending:
        return command("outbox send" if person.pending.waits_for_us else "outbox")
    if person.state == "due" and person.open:
        return command(f"follow-up {name}" if person.open.template else f"touch {name} --by call")
    if person.state == "answered" or hold is None:
        return f"{command(f'follow-up {name}')}, or {command(f'touch {name} --by call')}"
    if hold.asks:
        return f"{command(f'stop {name}')} if it is so, else {command(f'sync --undo e{hold.event}')}"
    if hold.cause in ("dead", "left") and person.state == "held":
        return f"{command(f'people edit {name}')} to add an address, then {command(f'resume {name}')}"
    return command(f"resume {name}")


def tell(app: App, person: Person, as_json: bool, said: str) -> int:
    """Tell of a person after a change."""
    if as_json:
        app.output.json(person.as_json())
    else:
        from mailer.cli.style import wrapped

        # What the next line says is not said twice.
        is_said = state_of(person).partition(":")[0] == said
        app.output.note(name_of(person) if is_said else f"{name_of(person)}: {said}")
        for line in wrapped(f"{state_of(person)}{f' ({touch_of(person)})' if touch_of(person) else ''}", 2):
            app.output.line(line)
    return 0


def ACCOUNT(function: _Function) -> _Function:  # noqa: N802 - it stands among decorators
    """Add the options of every command on people: --account, and -v, which `opened` reads."""
    said = click.option(
        "-v",
        "verbose",
        count=True,
        expose_value=False,
        callback=_loud,
        help="Show more detail on stderr; -vv for everything.",
    )
    return said(click.option("--account", metavar="NAME", help="The account to use.")(function))


def _loud(ctx: click.Context, _option: click.Parameter, times: int) -> int:
    ctx.meta["mailer.verbose"] = max(times, ctx.meta.get("mailer.verbose", 0))
    return times


JSON = click.option("as_json", "--json", is_flag=True, help="Print JSON.")
