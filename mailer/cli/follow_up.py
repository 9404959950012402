"""``mailer follow-up``: the next letter to a person, in the thread, with what was said before in view."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailer.cli import book as books
from mailer.cli.app import App, app_command
from mailer.errors import BadData, Declined, NotReady, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mailer.people.book import Book
    from mailer.people.letters import Before, Thread
    from mailer.people.values import Person
    from mailer.sending.world import World
    from mailer.settings.settings import Settings

_CARD = ("language", "country", "time_zone")
_ANSWER = "‹your answer to them›"


@app_command("follow-up", "Write the next letter to someone, in the thread.", "mailer follow-up dana")
@click.argument("who")
@click.argument("file", required=False)
@click.option("--template", metavar="NAME", help="Use this template instead of the one in the plan.")
@click.option("sets", "--set", metavar="NAME=VALUE", multiple=True, help="Give a field a value; repeatable.")
@click.option("--new-thread", is_flag=True, help="Start a new thread.")
@click.option("--no-edit", is_flag=True, help="Do not open the editor.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask, even if they are on hold or not due yet.")
@books.ACCOUNT
@books.JSON
def command(
    app: App,
    who: str,
    file: str | None,
    template: str | None,
    sets: tuple[str, ...],
    new_thread: bool,
    no_edit: bool,
    yes: bool,
    account: str | None,
    as_json: bool,
) -> int:
    """Write the next letter to WHO into FILE (by default NAME-touch-N.md), and open the editor.

    The name, address, company and language come from their card; what was written before is below the line -- >8 --.
    If they have answered, it writes a plain reply to their message.
    """
    from mailer.sending.outside import without_outside

    with app.output.json_error(as_json), books.opened(app, account) as book:
        person = book.person(who)
        _may_be_written_to(app, book, person, yes)
        settings = without_outside(app, app.settings(account), ("MAILER_TEMPLATES",))
        letter = _Letter(app, book, settings, person, None if new_thread else book.thread(person))
        path = app.cwd / (file or f"{_slug(person)}-touch-{letter.number}.md")
        text = letter.text(path, template, sets)
        # Known first, so that no file is there that `forget` does not know.
        book.wrote(str(path.absolute()), "import")
        _write(path, text)
        told = letter.as_json(path)
    if as_json:
        app.output.json(told)
    else:
        app.output.line(str(path))
    return _edited(app, path, ask=not no_edit)


def _write(path: Path, text: str) -> None:
    from mailer.files import write_whole

    write_whole(path, text.encode())


def _edited(app: App, path: Path, *, ask: bool) -> int:
    from mailer.cli.new import edit, is_unfinished, say_next

    if ask and app.can_ask() and sys.stdout is not None and sys.stdout.isatty():
        edit(app, path)
    say_next(app, path, is_unfinished(path), "send")
    return 0


def _may_be_written_to(app: App, book: Book, person: Person, yes: bool) -> None:
    """Raise NotReady where they are stopped, Usage or Declined where they are held, BadData without an address."""
    from mailer.people.dates import said
    from mailer.people.values import pending_words

    name = book.handles([person])[person.id]
    if person.state == "stopped":
        is_theirs = person.hold and person.hold.cause == "elsewhere"
        hint = "The owner who was asked can lift it." if is_theirs else f"`mailer resume {name}` lifts it."
        raise NotReady(f"{books.name_of(person)}: {person.why[0]}", hint=hint)
    _must_have_address(person, name)
    if person.state == "held":
        if not yes and not app.can_ask():
            raise Usage(f"{books.name_of(person)}: {person.why[0]}", hint="Give --yes to write all the same.")
        app.output.note(f"{books.name_of(person)}: {person.why[0]}")
        _agreed(yes)
    elif person.pending:
        app.output.note(f"{books.name_of(person)}: {pending_words(person.pending)} (mailer outbox).")
        _agreed(yes or not app.can_ask())
    elif person.state == "waiting" and person.open:
        app.output.note(f"Due only on {said(person.open.day)}: {'; '.join(person.open.why)}.")
        _agreed(yes or not app.can_ask())


def _must_have_address(person: Person, name: str) -> None:
    if not any(box.state == "ok" for box in person.card.addresses):
        raise BadData(
            f"no address of {person.name} is known to work",
            hint=f"`mailer people edit {name}` adds one.",
            field="Address",
        )


def written(world: World, book: Book, settings: Settings, person: Person) -> str:
    """The letter of their open step with nobody there to ask, for a worker.  Raises MailerError."""
    from mailer.sending.outside import without_outside

    _must_have_address(person, book.handles([person])[person.id])
    settings = without_outside(world, settings, ("MAILER_TEMPLATES",))
    return _Letter(world, book, settings, person, book.thread(person)).words(Path(), None, ())


def _agreed(yes: bool) -> None:
    if not yes and not click.confirm("Write it now?", default=False, err=True):
        raise Declined("nothing was written")


class _Letter:
    """The letter file to one person."""

    def __init__(self, app: World, book: Book, settings: Settings, person: Person, thread: Thread | None) -> None:
        from mailer.message.address import Mailbox, format_mailbox

        self.app, self.book, self.settings, self.person, self.thread = app, book, settings, person, thread
        self.step = person.open if person.state in ("due", "waiting", "held") else None
        self.template: str | None = None
        alive = [box.address for box in person.card.addresses if box.state == "ok"]
        # An answer goes to the address from which they wrote.
        theirs = thread.address.casefold() if thread and person.state == "answered" else ""
        self.address = next((address for address in alive if address.casefold() == theirs), alive[0])
        self.to = format_mailbox(Mailbox(self.address, person.card.name))

    @property
    def number(self) -> int:
        """Which touch it is: the step's number, or one more than there were."""
        planned = self.step if self.person.card.plan else None
        return planned.step if planned else self.person.step or self._touches() + 1

    def _touches(self) -> int:
        return sum(entry.touch for entry in self.book.timeline(self.person))

    def as_json(self, path: Path) -> dict[str, object]:
        """The object of ``--json``."""
        answers = self.thread.in_reply_to if self.thread else None
        return {
            "file": str(path),
            "template": self.template,
            "to": [self.address],
            "in_reply_to": answers,
            "touch": self.number,
            "steps": self.person.steps,
            "error": None,
        }

    def text(self, path: Path, template: str | None, sets: Sequence[str]) -> str:
        """Its text.  Raises CannotWrite where the file exists, Usage where no template is known."""
        from mailer.files import refuse_existing

        refuse_existing(path, hint="Name another file: mailer follow-up WHO FILE.")
        return self.words(path, template, sets)

    def words(self, path: Path, template: str | None, sets: Sequence[str]) -> str:
        """The same, wherever it is to lie."""
        if self.person.state == "answered" and template is None:
            return self._reply(sets)
        asked = template or (self.step.template if self.step else "")
        if not asked:
            raise self._no_template()
        return f"{self._from_template(path, asked, sets).rstrip()}\n{self._before()}"

    def _no_template(self) -> Usage:
        name = self.book.handles([self.person])[self.person.id]
        if self.step:
            hint = f"Record it: mailer touch {name} --by call. Or name a template: --template check-in."
            return Usage(f"this step is not a letter: {self.step.reason}", hint=hint)
        why = "the plan is done" if self.person.state == "done" else "there is no plan"
        return Usage(f"{why} for {self.person.name}", hint="Name a template: --template check-in.")

    def _from_template(self, path: Path, asked: str, sets: Sequence[str]) -> str:
        from mailer.cli.new import given_values
        from mailer.cli.new_fields import Answers
        from mailer.letters import template as templates
        from mailer.letters.phrases import primary
        from mailer.render.fields import read_sets

        where = templates.folders(self.app.cwd, self.settings.templates_dir, self.settings.config_dir)
        wanted = read_sets(sets).get("language", "").strip() or templates.in_language(asked)[1]
        language = wanted or self.person.card.language or self.settings.language
        found = templates.load(asked, where, language, self.settings.language)
        self.template = found.name
        given = given_values(found, tuple(sets), None)
        own = self._known(primary(found.language))
        if language and primary(language) != primary(found.language):
            del own["language"]
        given = {**{name: value for name, value in own.items() if value}, **given}
        return Answers(self.app, found, path, given).letter(self.settings, None)

    def _known(self, language: str) -> dict[str, str]:
        from mailer.letters.foreign.subjects import reply_subject

        card = self.person.card
        known = {name: getattr(card, name) for name in _CARD}
        known |= {"to": self.to, "company": card.company, "position": card.position}
        if self.step and card.plan:
            # A plan without end repeats its step: its year tells which it is.
            number = self.step.step if self.person.steps else self.step.day.year
            known["step"] = f"{card.plan} {number}"
        known["when"] = self._when(language)
        if self.thread:
            known |= {"in_reply_to": self.thread.in_reply_to, "references": " ".join(self.thread.references)}
            # Gmail keeps a thread together by its subject, beside References.
            known["subject"] = reply_subject(self.thread.subject) if self.thread.subject else ""
        return known

    def _when(self, language: str) -> str:
        from mailer.people.when import when_words

        day = self.book.after_today(self.person)
        return when_words(day, self.book.today, language) if day else ""

    def _reply(self, sets: Sequence[str]) -> str:
        from mailer.letters.foreign.subjects import reply_subject
        from mailer.render.fields import read_sets

        if sets:
            raise Usage(
                f"{next(iter(read_sets(sets)))}: a bare reply has no fields", hint="Name a --template for them."
            )
        subject = reply_subject(self.thread.subject) if self.thread else "‹subject›"
        headers = {"To": self.to, "Subject": subject}
        if self.settings.sender is None:
            headers = {"From": "‹Name› <you@example.invalid>", **headers}
        if self.thread:
            headers |= {"In-Reply-To": self.thread.in_reply_to, "References": " ".join(self.thread.references)}
        lines = "".join(f"{name}: {value}\n" for name, value in headers.items())
        return f"{lines}\n{_ANSWER}\n\n-- >8 --\nEverything from the line above on is a comment.\n{self._before()}"

    def _before(self) -> str:
        """What was written and answered before, for the eyes of the writer."""
        found = self.book.before(self.person)
        note = self.person.card.note
        lines = [f"\nYour note: {note}\n"] if note else []
        if found:
            lines.append("\nWhat there was before, newest first:\n")
            lines += ["\n".join(_told(one)) + "\n" for one in reversed(found)]
        return "\n".join(lines)


def _told(one: Before) -> Iterator[str]:
    who = f"your {one.entry.kind}" if one.entry.touch else f"from them: {one.entry.kind}"
    text = one.subject or one.entry.text
    yield f"{one.entry.at:%Y-%m-%d} {who}{f': {text}' if text else ''}"
    for line in one.prose.split("\n") if one.prose else ():
        yield f"    {line}".rstrip()


def _slug(person: Person) -> str:
    """The person's name as a file name: ``dana-ruiz``."""
    from mailer.people.matching import plain

    def joined(text: str) -> str:
        return "-".join("".join(sign if sign.isalnum() else " " for sign in plain(text)).split())

    return joined(person.card.name)[:60].strip("-") or joined(person.name.partition("@")[0])[:60] or person.id
