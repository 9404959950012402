"""``mailer rehearse --year``: a year of letters in a minute, with the user's own commands and a world of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mailer.cli.app import App
from mailer.cli.output import Output
from mailer.cli.style import LOOK, style, wrapped
from mailer.errors import NotReady

if TYPE_CHECKING:
    from datetime import date

    from mailer.people.book import Book
    from mailer.people.values import Entry, Person
    from mailer.transport.rehearsal import Received, Rehearsal

_DATA = Path(__file__).parents[1] / "data"
_NAME, _HOUR = "Dana Ruiz", (9, 10)
# What comes back, after the letter of which step.
_MARGIN = "2026-11-30  →  "
_AWAY, _BOUNCE, _ANSWER = 2, 3, 4


class _Unheard(Output):
    """Keeps what a command would print."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def write(self, data: bytes) -> None:
        self.said.append(data.decode())

    def note(self, text: str) -> None:
        self.said.append(text)


class _World(App):
    """A world in which nobody sits at the terminal and nothing is the user's."""

    def can_ask(self) -> bool:
        return False


def show_year(app: App, name: str, as_json: bool) -> int:
    """Play the year for somebody of that name, and print its time line."""
    from mailer.transport.rehearsal import Rehearsal

    with tempfile.TemporaryDirectory(prefix="mailer-year-") as folder, Rehearsal() as server:
        year = _Year(app, Path(folder), name or _NAME, server)
        year.play()
        with year.book() as book:
            person = book.person(year.address)
            for entry in book.timeline(person):
                _print(app, entry, year.labels.get(entry.at.date(), entry.kind), as_json)
            if not as_json:
                _print_end(app, person, server.received)
    return 0


class _Year:
    """The letters of a year, each written, sent and told as a user would."""

    def __init__(self, app: App, folder: Path, name: str, server: Rehearsal) -> None:
        self.folder, self.name, self.received = folder, name, server.received
        self.address = "dana.ruiz@acme.example"
        self.now = app.now().replace(hour=_HOUR[0], minute=_HOUR[1], second=0, microsecond=0)
        self.labels: dict[date, str] = {}
        self.has_bounced = False
        environ = {
            "MAILER_DATA_DIR": str(folder / "data"),
            "MAILER_CONFIG_DIR": str(folder / "config"),
            "MAILER_SMTP_HOST": server.host,
            "MAILER_SMTP_PORT": str(server.port),
            "MAILER_SMTP_SECURITY": "none",
            "MAILER_FROM": "Jo Novak <jo@novak.example>",
            "MAILER_SAVE_SENT": "no",
        }
        self.unheard = _Unheard()
        self.world = _World(environ, folder, lambda: self.now, app.token, self.unheard)

    @contextmanager
    def book(self) -> Iterator[Book]:
        """The people of this year."""
        from mailer.cli import book as books

        with books.opened(self.world) as book:
            yield book

    def play(self) -> None:
        """From the no to the last letter of the plan."""
        import tomllib

        words: dict[str, str] = tomllib.loads((_DATA / "year.toml").read_text(encoding="utf-8"))
        self._begin()
        while (person := self._person()).open:
            self._on(person.open.day)
            self.labels[self.now.date()] = f"touch {person.step} of {person.steps}, {person.open.reason}"
            file = "runner-up.md" if person.step == 1 else self._follow_up(person, words)
            self._send(file)
            self._comes_back(person.step or 0, words)

    def _begin(self) -> None:
        example = (_DATA / "example.md").read_text(encoding="utf-8")
        head, _, prose = example.partition("\n\n")
        lines = [line for line in head.split("\n") if not line.startswith(("From:", "To:", "When:"))]
        to = f"To: {self.name} <{self.address}>\nRefused-On: {self.now.date()}"
        (self.folder / "runner-up.md").write_text("\n".join([*lines, to]) + f"\n\n{prose}", encoding="utf-8")
        card = (
            "--name",
            self.name,
            "--company",
            "Acme Robotics",
            "--position",
            "Data Engineer",
            "--plan",
            "gracious-six",
        )
        self._mailer("people", "add", self.address, *card, "--refused-on", self.now.date().isoformat())

    def _person(self) -> Person:
        with self.book() as book:
            return book.person(self.address)

    def _on(self, day: date) -> None:
        self.now = datetime.combine(max(day, self.now.date()), self.now.timetz())

    def _mailer(self, *args: str) -> None:
        from mailer.cli.main import cli

        code = cli.main(args=list(args), prog_name="mailer", standalone_mode=False, obj=self.world)
        if code:
            raise NotReady(
                f"the year stopped at mailer {args[0]} on {self.now.date()}", hint=" ".join(self.unheard.said)
            )

    def _follow_up(self, person: Person, words: dict[str, str]) -> str:
        assert person.open is not None
        template = person.open.template
        news = ("--set", f"news={words['news']}") if template == "your-news" else ()
        file = f"{self.now.date()}.md"
        (self.folder / file).unlink(missing_ok=True)
        self._mailer("follow-up", self.address, file, "--no-edit", "--yes", *news)
        self._fill(file, words[template])
        return file

    def _fill(self, file: str, prose: str) -> None:
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        example = next(line for line in text.split("\n") if line.startswith("‹"))
        path.write_text(text.replace(example, prose.strip()), encoding="utf-8")

    def _send(self, file: str) -> None:
        # It is sent on its day, whatever the checks think of the hour.
        self._mailer("send", file, "--yes", "--again")

    def _comes_back(self, step: int, words: dict[str, str]) -> None:
        """An out-of-office, a bounce after which the letter goes once more, and an answer that gets its reply."""
        happens: Callable[[], None] | None = {
            _AWAY: self._away,
            _BOUNCE: self._bounced,
            _ANSWER: lambda: self._answered(words["answer"]),
        }.get(step)
        if happens:
            self.now += timedelta(hours=2)
            happens()

    def _away(self) -> None:
        until = self.now.date() + timedelta(days=13)
        self._reads("away", until=f"{until.day} {until:%B %Y}")

    def _bounced(self) -> None:
        if self.has_bounced:
            return
        self.has_bounced = True
        self._reads("bounced")
        self.now += timedelta(days=3)

    def _reads(self, which: str, **more: str) -> None:
        """A mail comes back, and is read as `mailer sync` reads one."""
        import tomllib
        from email.utils import format_datetime

        from mailer.answers.mail import read

        mails: dict[str, str] = tomllib.loads((_DATA / "year_mails.toml").read_text(encoding="utf-8"))
        letter = read(self.received[-1].content)
        known = {"name": self.name, "address": self.address, "letter": letter.message_id, "subject": letter.subject}
        mail = mails[which].format(date=format_datetime(self.now), **known, **more).lstrip()
        (self.folder / f"{which}.eml").write_text(mail, encoding="utf-8")
        self._mailer("sync", f"{which}.eml")

    def _answered(self, words: str) -> None:
        self._reads("answer")
        self.now += timedelta(days=1)
        self.labels[self.now.date()] = "your reply"
        self._mailer("follow-up", self.address, "answer.md", "--no-edit")
        self._fill("answer.md", words)
        self._send("answer.md")


def _print(app: App, entry: Entry, label: str, as_json: bool) -> None:
    if as_json:
        app.output.json(entry.as_json())
        return
    arrow, colour = ("→", None) if entry.touch else ("←", LOOK)
    first, *rest = wrapped(f"{label if entry.touch else entry.kind}: {entry.text}", len(_MARGIN))
    app.output.line(style(f"{entry.at:%Y-%m-%d}  {arrow}  {first.strip()}", fg=colour))
    for line in rest:
        app.output.line(style(line, fg=colour))


def _print_end(app: App, person: Person, received: list[Received]) -> None:
    app.output.note(
        f"\n{person.name}: {len(received)} letters went over SMTP to a server in this process, in one thread; the plan"
        f" is {'done' if person.state == 'done' else person.state}.\nNothing left this machine, and nothing of yours"
        " was touched."
    )
