"""What ``mailer sync`` prints: a line for each event, and at the end how much was read."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from mailer.characters import printable
from mailer.cli.progress import Progress
from mailer.cli.style import BAD, LOOK, style
from mailer.people.dates import count, said

if TYPE_CHECKING:
    from mailer.cli.app import App
    from mailer.errors import MailerError
    from mailer.people.book import Book
    from mailer.people.events import Event
    from mailer.people.values import Person
    from mailer.syncing.run import Run

_COLOURS = {
    **dict.fromkeys(("answer", "colleague", "left", "challenge"), LOOK),
    **dict.fromkeys(("dead", "bounced", "complaint", "stop", "unfinished"), BAD),
}
_WORDS = {
    "answer": "answered",
    "away": "away",
    "dead": "the address does not exist",
    "bounced": "the letter came back",
    "complaint": "reported your letter as spam",
    "challenge": "wants a click before the letter is let through",
    "left": "no longer there",
    "automatic": "an automatic message",
    "stop": "asks not to be written to again",
    "colleague": "somebody of the same company wrote",
    "read": "a read receipt",
    "delayed": "the letter is still on its way",
    "list": "list mail",
    "unfinished": "your letter went with a line left in it that was to be written",
}


class Report:
    """Prints events as they are recorded; ``as_json`` as objects."""

    def __init__(self, app: App, book: Book, as_json: bool) -> None:
        self._output, self._book, self._as_json = app.output, book, as_json
        self._progress: Progress | None = None
        self._fault: MailerError | None = None

    def begin(self, where: str, total: int | None) -> None:
        """Show a bar for a folder or file."""
        self.stop()
        self._progress = Progress(self._output, f"{printable(where)}:", total)

    def looked(self, messages: int) -> None:
        """Move the bar."""
        if self._progress:
            self._progress.step({}, messages)

    def stop(self) -> None:
        """Take the bar away."""
        if self._progress:
            self._progress.end()
            self._progress = None

    def event(self, number: int) -> None:
        """Print what was recorded."""
        event = self._book.event(number)
        if event is None:
            return
        if self._as_json:
            self._output.json(event.as_json())
        else:
            self._output.line(self._told(event))

    def _told(self, event: Event) -> str:
        """One line: who, what, what follows, why, and what to type."""
        person = self._book.person(event.person) if event.person else None
        who = person.name if person else event.address or event.sender
        until = f" until {said(event.until)}" if event.until else ""
        perhaps = "perhaps " if event.confidence == "likely" else ""
        subject = f", “{event.subject}”" if event.subject and event.kind in ("answer", "colleague", "stop") else ""
        what = style(f"{perhaps}{_WORDS.get(event.kind, event.kind)}{until}", fg=_COLOURS.get(event.kind))
        effect = event.effect.removeprefix("answered: ") if event.kind == "answer" else event.effect
        effect = f"; {effect}" if effect else ""
        # Strangers wrote most of it.
        told = printable(" ".join(f"{subject}{effect} ({event.because})".split()))
        gap = "" if told.startswith((",", ";")) else " "
        typed = style(printable(_to_type(event, self._name(person))), fg=LOOK)
        return f"{style(printable(' '.join(who.split())), bold=True)}: {what}{gap}{told}  {typed}".rstrip()

    def _name(self, person: Person | None) -> str:
        return self._book.handles([person])[person.id] if person else ""

    def failed(self, error: MailerError) -> None:
        """Say what could not be read."""
        self._fault = self._fault or error
        self._output.error(error)

    def note(self, text: str) -> None:
        """Say what is good to know."""
        self._output.note(text)

    def nobody(self, text: str) -> None:
        """Say that there is nothing to look for."""
        if self._as_json:
            self._output.json(self._summary(0, 0, 0))
        else:
            self._output.note(text)

    def interrupted(self, run: Run, *, trial: bool) -> None:
        """Say what is kept of a run that was interrupted."""
        self.stop()
        kept = "nothing was to be recorded" if trial else "what it says is kept, and `mailer sync` goes on from there"
        self._output.note(f"\n{count(run.read, 'message')} looked at, {count(run.new, 'new event')}: {kept}.")

    def end(self, run: Run, *, trial: bool) -> None:
        """Say how much was read."""
        if self._as_json:
            self._output.json(self._summary(run.read, run.new, run.folders))
            return
        events = f"{count(run.new, 'event')}{' would be recorded' if trial else ''}" if run.new else "nothing new"
        own = f", {run.kinds['own']:,} of your own" if run.kinds["own"] else ""
        bad = f", {run.kinds['unreadable']:,} not understood" if run.kinds["unreadable"] else ""
        looked = f"{run.read:,} {'message' if run.read == 1 else 'messages'} looked at"
        self._output.note(f"{looked}: {events}{own}{bad}.")

    def _summary(self, read: int, new: int, folders: int) -> dict[str, object]:
        error = self._fault.as_json() if self._fault else None
        return {"read": read, "new": new, "folders": folders, "error": error}


def _to_type(event: Event, name: str) -> str:
    """What to type next."""
    is_likely = event.confidence == "likely"
    if event.kind == "answer":
        return f"mailer follow-up {name}"
    if event.kind in ("stop", "complaint"):
        return (
            f"mailer stop {name}, or mailer sync --undo {event.id}" if is_likely else f"mailer sync --undo {event.id}"
        )
    if event.kind in ("dead", "left") and name:
        return f"mailer people edit {name}"
    if event.kind == "colleague" and event.address:
        return f"mailer people add {quote(event.address)}"
    if event.kind in ("bounced", "challenge"):
        return "mailer outbox"
    return f"mailer people show {name}" if name else ""
