"""``mailer outbox send``: send queued letters that have come due, and report each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.cli.app import App
from mailer.cli.report import TerminalReporter
from mailer.people.dates import count
from mailer.sending.outcomes import moment_words
from mailer.sending.world import is_there

if TYPE_CHECKING:
    from mailer.ledger.ledger import Ledger
    from mailer.sending.come_due import Asked


_NOTHING = "Nothing has come due."


class DueReporter(TerminalReporter):
    """Tells of letters of one account after the other, and sums up once."""

    def end(self, letters: int = 0) -> None:  # noqa: ARG002 - a batch needs it
        """Take the bar away."""
        if self.progress:
            self.progress.end()
            self.progress = None

    def sum_up(self) -> None:
        """Tell how many ended how, and what to do about the rest."""
        note = self.app.output.note
        note(f"{', '.join(f'{number} {state}' for state, number in self.states.most_common())}.")
        if self.states["deferred"]:
            note("Run the same command again for what is deferred: nothing goes twice.")
        if self.states.keys() - {"sent", "already-sent", "deferred"}:
            note("mailer outbox says what to do about the others.")
        if self.states["sent"]:
            note("mailer log shows what was sent.")


def send_queued(app: App, asked: Asked) -> int:
    """Send what has come due; the most serious exit code of it."""
    from mailer.ledger.ledger import open_ledger

    with app.output.json_error(asked.json):
        path = app.ledger(asked.account)
        if asked.verbose:
            app.output.note(f"ledger: {path}")
        if not is_there(path):
            app.output.note(_NOTHING)
            return 0
        with open_ledger(path, clock=app.now) as ledger:
            return _send(app, asked, ledger)


def _send(app: App, asked: Asked, ledger: Ledger) -> int:
    from mailer.sending.come_due import send_due

    reporter = DueReporter(app, asked.options(asked.account))
    found = send_due(app, ledger, asked, reporter)
    app.stopped = reporter.signals.stopped
    if found:
        reporter.sum_up()
        return reporter.exit_code
    following = ledger.next_due(app.now())
    then = ""
    if following:
        moment, letters = following
        there = moment.astimezone(app.settings(asked.account).timezone)
        then = f" {count(letters, 'letter')} {'waits' if letters == 1 else 'wait'}"
        then += f"{', the next' if letters > 1 else ''} until {moment_words(there)}."
    app.output.note(f"{_NOTHING}{then}")
    return 0
