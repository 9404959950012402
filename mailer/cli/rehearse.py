"""``mailer rehearse``: the letter over a real SMTP connection to a server in this process, and what arrived."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mailer.cli.app import App, Item, Options, letter_options, not_ready, pass_app, run_together
from mailer.errors import InDoubt, Later, MailerError, Refused

if TYPE_CHECKING:
    from mailer.message import Stamp
    from mailer.transport.outgoing import Outcome, Outgoing
    from mailer.transport.rehearsal import Received, Rehearsal
    from mailer.transport.replies import Reply

BLANK: dict[str, Any] = {
    "status": "invalid",
    "row": None,
    "id": None,
    "to": [],
    "subject": None,
    "message_id": None,
    "refused": {},
    "reply": None,
    "copy": "off",
    "received": None,
}
_INVENTED = "you@example.invalid"


@click.command(
    "rehearse",
    short_help="Send it over real SMTP to a server in this process.",
    epilog="Example: mailer rehearse letter.md; without LETTER, a worked example.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("letter", default=lambda: str(files("mailer") / "data" / "example.md"))
@letter_options
@pass_app
def command(app: App, options: Options) -> int:
    """Send the letter over a real SMTP connection to a server inside this process, and show what arrived.

    Nothing leaves this machine; no account is needed and nothing is recorded.  Without LETTER, the worked example.
    """
    from mailer.address import Mailbox

    run = _Run(app, options)
    code = run_together(app, options, run.submit, BLANK, sender=Mailbox(_INVENTED, "Your Name"))
    run.summary()
    return code


@dataclass(slots=True)
class _Run:
    """One rehearsal: letters on their way, and what arrived."""

    app: App
    options: Options
    received: list[Received] = field(default_factory=list)
    folder: Path | None = None
    flying: dict[str, tuple[Item, Stamp]] = field(default_factory=dict)
    codes: list[int] = field(default_factory=list)
    arrived: int = 0
    number: int = 0
    told: int = 0

    def submit(self, items: Iterator[Item]) -> Iterator[int]:
        """Start the server, sign in, send; the exit code of each letter as it settles."""
        from mailer.transport.rehearsal import Rehearsal
        from mailer.transport.smtp import Server, open_session

        with Rehearsal(self.received.append) as server:
            there = Server(server.host, server.port, security="none")
            log = self.app.output.note if self.options.verbose else None
            with open_session(there, log=log) as session:
                for outcome in session.submit(self.letters(items), lambda _ids: None):
                    yield from self.failures()
                    yield self.settle(outcome)
                yield from self.failures()

    def letters(self, items: Iterator[Item]) -> Iterator[Outgoing]:
        """What is fit to go, composed as it is asked for; the rest is told at once."""
        for item in items:
            try:
                yield self._outgoing(item)
            except MailerError as error:
                self.codes.append(self._tell(replace(item, error=error)))

    def failures(self) -> Iterator[int]:
        """Exit codes of the letters that were not fit."""
        while self.codes:
            yield self.codes.pop(0)

    def _outgoing(self, item: Item) -> Outgoing:
        from mailer.message import compose, envelope, make_stamp
        from mailer.transport.outgoing import Outgoing

        if item.error is not None:
            raise item.error
        assert item.rendered is not None
        if item.blocked:
            raise not_ready(item)
        stamp = make_stamp(item.rendered.sender, self.app.now(), self.app.token())
        content = compose(item.rendered, stamp)
        self.number += 1
        name = f"rehearsal-{self.number}"
        self.flying[name] = item, stamp
        return Outgoing(name, envelope(item.rendered), content)

    def settle(self, outcome: Outcome) -> int:
        """Tell of one letter that was submitted."""
        item, stamp = self.flying.pop(outcome.id)
        received = self.server.received.pop(0) if outcome.state == "sent" and self.server.received else None
        path = self._keep(received, outcome.id) if received else None
        self.arrived += received is not None
        return self._tell(replace(item, error=_error(outcome)), outcome, stamp, received, path)

    def _keep(self, received: Received, name: str) -> Path:
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix="mailer-rehearsal-"))
        path = self.folder / f"{name}.eml"
        path.write_bytes(received.content)
        return path

    def _tell(
        self,
        item: Item,
        outcome: Outcome | None = None,
        stamp: Stamp | None = None,
        received: Received | None = None,
        path: Path | None = None,
    ) -> int:
        output, rendered = self.app.output, item.rendered
        status = outcome.state if outcome else "not-ready" if item.blocked else "invalid"
        to = [box.addr_spec for box in rendered.to] if rendered else []
        subject = rendered.subject if rendered else None
        if self.options.json:
            output.json(
                {
                    **BLANK,
                    "status": status,
                    "row": item.row,
                    "id": outcome.id if outcome else None,
                    "to": to,
                    "subject": subject,
                    "message_id": stamp.message_id if stamp else None,
                    "refused": {spec: reply_json(reply) for spec, reply in outcome.refused.items()} if outcome else {},
                    "reply": reply_json(outcome.reply) if outcome and outcome.reply else None,
                    "received": _received_json(received, path),
                    "problems": [problem.as_json() for problem in item.problems],
                    "error": item.error.as_json() if item.error else None,
                }
            )
        else:
            output.line("\t".join([status, ",".join(to), subject or "", outcome.id if outcome else ""]))
            if received and path and self.options.each is None:
                self._show(received, path)
        if item.error:
            output.row_error(item.error, item.row, self.options.each)
        output.problems(item.problems, item.row)
        return item.error.code if item.error else 0

    def _show(self, received: Received, path: Path) -> None:
        from mailer.preview import printable
        from mailer.readback import arrived

        note = self.app.output.note
        note("\nThis is what arrived, read back from the bytes that the server received:\n")
        note(f"  MAIL FROM:<{received.mail_from}>")
        for spec in received.rcpt_to:
            note(f"  RCPT TO:<{spec}>")
        for line in arrived(received.content):
            note(f"  {printable(line)}".rstrip())
        note(f"\nKept as {path}")

    def summary(self) -> None:
        """Where the mails are, at the end of a batch."""
        if self.options.each is not None and not self.options.json:
            where = f", kept in {self.folder}" if self.folder else ""
            self.app.output.note(f"{self.arrived} arrived{where}")


def reply_json(reply: Reply) -> dict[str, Any]:
    """The JSON object of a server's reply."""
    return {"code": reply.code, "status": reply.status, "text": reply.text}


def _received_json(received: Received | None, path: Path | None) -> dict[str, Any] | None:
    if received is None:
        return None
    told = {"mail_from": received.mail_from, "rcpt_to": list(received.rcpt_to), "bytes": len(received.content)}
    return {**told, "path": str(path)}


def _error(outcome: Outcome) -> MailerError | None:
    kinds: dict[str, type[MailerError]] = {"refused": Refused, "deferred": Later, "in-doubt": InDoubt}
    kind = kinds.get(outcome.state)
    return kind(outcome.text or (outcome.reply.text if outcome.reply else outcome.state)) if kind else None
