"""``mailer rehearse``: send a letter to a server in this process, and show what arrived."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mailer.cli.app import App, app_command
from mailer.cli.job import BLANK as NOTHING
from mailer.cli.job import run_together
from mailer.cli.options import letter_options
from mailer.errors import InDoubt, Later, MailerError, NotReady, Refused
from mailer.files import cannot_write
from mailer.sending.item import Item
from mailer.sending.outcomes import status_of
from mailer.sending.request import Options

if TYPE_CHECKING:
    from mailer.sending.rehearsal import Settled
    from mailer.transport.rehearsal import Received
    from mailer.transport.values import Outcome

BLANK: dict[str, Any] = {**NOTHING, "received": None}
_INVENTED = "you@example.invalid"


def _example() -> str:
    return str(Path(__file__).parents[1] / "data" / "example.md")


@app_command("rehearse", "Send a letter to a test server on this machine.", "mailer rehearse letter.md")
@click.argument("letter", default=lambda: _example())
@click.option("--year", is_flag=True, help="Play the whole year of a plan; LETTER is then somebody's name.")
@letter_options
def command(app: App, options: Options, year: bool) -> int:
    """Send the letter over a real SMTP connection to a server inside this process, and show what arrived.

    Nothing leaves this machine, no account is needed, nothing is recorded.  Without LETTER it sends an example.
    """
    if year:
        from mailer.cli.rehearse_year import show_year

        return show_year(app, "" if options.letter == _example() else options.letter, options.json)
    from mailer.message.address import Mailbox

    teller = _Teller(app, options)
    try:
        code = run_together(app, options, teller.rehearsed, BLANK, sender=Mailbox(_INVENTED, "Your Name"), ledger="no")
        teller.summary()
    finally:
        teller.forget_untold()
    return code


@dataclass(slots=True)
class _Teller:
    """Tells of the letters of one rehearsal, and keeps what arrived."""

    app: App
    options: Options
    folder: Path | None = None
    arrived: int = 0
    told: int = 0
    is_shown: bool = False

    def rehearsed(self, items: Iterator[Item]) -> Iterator[int]:
        """Rehearse; yield the exit code of each letter as it settles."""
        from mailer.sending.rehearsal import rehearse

        for item, settled in rehearse(self.app, items, verbose=self.options.verbose):
            yield self._settle(item, settled) if settled else self._tell(item)

    def _settle(self, item: Item, settled: Settled) -> int:
        """Tell of one letter that was submitted."""
        error, path = _error(settled.outcome), None
        if settled.received:
            self.arrived += 1
            try:
                path = self._keep(settled.received, settled.outcome.id)
            except OSError as fault:
                error = cannot_write(Path(fault.filename or tempfile.gettempdir()), fault)
        return self._tell(item._replace(error=error), settled, path)

    def _keep(self, received: Received, name: str) -> Path:
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix="mailer-rehearsal-"))
        path = self.folder / f"{name}.eml"
        path.write_bytes(received.content)
        return path

    def _tell(self, item: Item, settled: Settled | None = None, path: Path | None = None) -> int:
        self.told += 1
        if self.options.json:
            # Even half a line may have been read by somebody.
            self.is_shown = self.is_shown or path is not None
            self.app.output.json(_as_json(item, settled, path))
        else:
            self._line(item, settled, path)
        if item.blocked and item.error:
            self.app.output.problems_of(item)
            hint = item.error.hint
            self.app.output.row_error(NotReady("not ready, so it was not sent", hint=hint), item.row, self.options.each)
        else:
            if item.error:
                self.app.output.row_error(item.error, item.row, self.options.each)
            self.app.output.problems_of(item)
        return item.error.code if item.error else 0

    def _line(self, item: Item, settled: Settled | None, path: Path | None) -> None:
        facts = _facts(item, settled)
        line = [facts["status"], ",".join(item.to), item.subject or "", facts["id"] or ""]
        self.app.output.line("\t".join(line))
        if settled and settled.received and self.options.each is None:
            self._show(settled.received, path)

    def _show(self, received: Received, path: Path | None) -> None:
        from mailer.characters import printable
        from mailer.message.parse import arrived

        note = self.app.output.note
        note("\nThis is what arrived, read back from the bytes that the server received:\n")
        note(f"  MAIL FROM:<{received.mail_from}>")
        for spec in received.rcpt_to:
            note(f"  RCPT TO:<{spec}>")
        for line in arrived(received.content):
            note(f"  {printable(line)}".rstrip())
        if path:
            self.is_shown = True
            note(f"\nKept as {path}")

    def summary(self) -> None:
        """Where the mails are, at the end of a batch."""
        if self.options.each is not None and not self.options.json:
            where = f", kept in {self.folder}" if self.folder else ""
            self.is_shown = True
            self.app.output.note(f"{self.arrived} of {self.told} arrived{where}")

    def forget_untold(self) -> None:
        """Leave nothing behind that nobody was told of, as where the rehearsal was interrupted."""
        if self.folder and not self.is_shown:
            import shutil

            shutil.rmtree(self.folder, ignore_errors=True)


def _facts(item: Item, settled: Settled | None) -> dict[str, Any]:
    """What the line and the JSON object both say."""
    status = settled.outcome.state if settled else status_of(item.error) if item.error else "sent"
    return {"status": status, "id": settled.outcome.id if settled else None}


def _as_json(item: Item, settled: Settled | None, path: Path | None) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    if settled:
        outcome = settled.outcome
        answer = {
            "message_id": settled.stamp.message_id,
            "refused": {address: refusal.as_json() for address, refusal in outcome.refused.items()},
            "reply": (outcome.reply.as_json() if outcome.reply else None),
            "received": _received_json(settled.received, path),
        }
    return {**BLANK, **item.as_json(), **_facts(item, settled), **answer}


def _received_json(received: Received | None, path: Path | None) -> dict[str, Any] | None:
    if received is None:
        return None
    told = {"mail_from": received.mail_from, "rcpt_to": list(received.rcpt_to), "bytes": len(received.content)}
    return {**told, "path": str(path) if path else None}


def _error(outcome: Outcome) -> MailerError | None:
    kinds: dict[str, type[MailerError]] = {"refused": Refused, "deferred": Later, "in-doubt": InDoubt}
    kind = kinds.get(outcome.state)
    return kind(outcome.text or (outcome.reply.text if outcome.reply else outcome.state)) if kind else None
