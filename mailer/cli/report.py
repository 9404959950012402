"""Print what became of each letter that ``send`` settled, and how the run ended."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailer.cli.app import App, worst
from mailer.cli.job import BLANK
from mailer.errors import CannotWrite, Later, MailerError
from mailer.sending.item import Item
from mailer.sending.outcomes import error_of, moment_words, status_of
from mailer.sending.reporter import Reporter

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.cli.progress import Progress
    from mailer.letters.table import Row
    from mailer.sending.failed_rows import FailedRows
    from mailer.sending.plan import Plan
    from mailer.sending.request import Options
    from mailer.sending.values import Result

_FAILED = frozenset({"invalid", "not-ready", "refused", "not-sent"})
_NOT_THE_ROWS_FAULT = frozenset({73, 75, 77, 78})


class RowsTold:
    """Rows that were told of, in a bit for each; a letter that is no row's has the first."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, row: int | None) -> None:
        """One more, in whatever order they come."""
        at, bit = divmod(row or 0, 8)
        self._bits.extend(bytes(max(0, at + 1 - len(self._bits))))
        self._bits[at] |= 1 << bit

    def __contains__(self, row: int | None) -> bool:
        at, bit = divmod(row or 0, 8)
        return at < len(self._bits) and bool(self._bits[at] >> bit & 1)


class TerminalReporter(Reporter):
    """Tells of letters on the screen, and remembers how they ended.

    ``failed`` takes the rows that did not go, ``progress`` is told of each letter; ``reached``, where it is kept, the
    rows that were told of.  ``copied`` makes the copy in Sent, and calls its second argument before that takes time.
    """

    def __init__(self, app: App, options: Options) -> None:
        super().__init__(to_the_end=True)
        self.app, self.options = app, options
        self.failed: FailedRows | None = None
        self.host = ""
        self.copied: Callable[[Result, Callable[[], object]], str] = lambda _result, _before: "off"
        self.codes: set[int] = set()
        self.states: Counter[str] = Counter()
        self.reached: RowsTold | None = None
        self.stand_still = 0
        self.progress: Progress | None = None
        self._result: Result | None = None
        self._said: MailerError | None = None

    def checking(self, letters: int | None) -> None:
        """Begin to show how many letters are checked."""
        self.progress = self._progress("checked", letters)

    def checked(self, letters: int) -> None:
        """Show that so many more are checked; 0 when all are."""
        if self.progress and letters:
            self.progress.step({}, letters)
        elif self.progress:
            self.progress.end()
            self.progress = None

    def _progress(self, verb: str, letters: int | None) -> Progress:
        from mailer.cli.progress import Progress

        return Progress(self.app.output, verb, letters)

    def warn(self, plan: Plan) -> None:
        """Tell all warnings before anything goes; of none is anybody told only after it went."""
        if plan.problems or plan.groups or plan.anew:
            from mailer.cli.problems import warning_lines

            if lines := warning_lines(plan):
                self.app.note("\n".join(lines))

    def begin(self, host: str, copy: Callable[[Result, Callable[[], object]], str], letters: int, again: bool) -> None:
        """Begin to show how letters settle."""
        self.host, self.copied = host, copy
        self.reached = RowsTold() if again else None
        if letters > 1:
            self.progress = self._progress("settled", letters)

    def result(self, result: Result) -> None:
        """Tell of a letter that the ledger or the server settled, once; its copy in Sent is made after that.

        Only JSON, which has both in one object, waits for the copy.
        """
        if result is self._result:
            return
        copy, stop = self._copied(result) if self.options.json else ("off", None)
        told = {"status": result.state, "id": (result.claim and result.claim.id) or None}
        if self.options.json:
            told |= _details(result) | {"copy": copy}
        item: Item = result.tag
        if result.state in ("already-sent", "already-queued"):
            item = item._replace(problems=())
        # These stay as they are until --again is given.
        self.stand_still += result.state in ("not-ready", "refused") and result.outcome is None
        error = error_of(result, self.host, self.zone)
        with self.signals:
            self._result = result
            self._report(item, told, error)
        if stop:
            raise stop
        if result.state == "sent" and not self.options.json:
            self._tell_of_copy(self.copied(result, self.flush))

    def _tell_of_copy(self, copy: str) -> None:
        if copy == "saved" and self.options.each is None:
            self.app.output.note("A copy is in your Sent folder.")

    def _copied(self, result: Result) -> tuple[str, BaseException | None]:
        """What became of the copy; an interruption meanwhile waits until the letter is told."""
        if result.state != "sent":
            return "off", None
        try:
            return self.copied(result, int), None
        except (KeyboardInterrupt, SystemExit) as stop:
            return "failed", stop

    def flush(self) -> None:
        """Hand over what was told."""
        with suppress(CannotWrite):
            self.app.output.flush()

    def held_back(self, item: Item, error: MailerError) -> None:
        """Tell of a letter that ``error`` kept back."""
        with self.signals:
            self._report(item, {"status": status_of(error)}, error)

    def broke_off(self, error: MailerError) -> None:
        """What ended the run before its end."""
        self.codes.add(error.code)
        if error is not self._said:
            self.app.output.error(error)

    def cannot_begin(self, error: MailerError) -> None:
        """What was checked cannot be kept, or the ledger not be read: no letter goes."""
        if self.options.json:
            self.app.output.json({"error": error.as_json()})
        self.broke_off(error)

    def _report(self, item: Item, told: dict[str, Any], error: MailerError | None) -> None:
        """One settled letter: its line or object, then the words about it."""
        self.codes.add(error.code if error else 0)
        self.states[told["status"]] += 1
        # A stdout that is full says nothing about the letter.
        with suppress(CannotWrite):
            self._print(item, told, error)
        if error and error is not self._said:
            self.app.output.row_error(error, item.row, self.options.each)
        self._said = error
        if item.problems and not item.told:
            self.app.output.problems_of(item)
        if self.reached is not None:
            self.reached.add(item.row)
        if self.failed and item.source and error and told["status"] in _FAILED:
            self._keep_row(self.failed, item.source, error)
        if self.progress:
            self.progress.step(self.states)

    def _print(self, item: Item, told: dict[str, Any], error: MailerError | None) -> None:
        if self.options.json:
            self.app.output.json({**BLANK, **told, **item._replace(error=error).as_json()})
        else:
            line = [told["status"], ",".join(item.to), item.subject or "", told.get("id") or ""]
            self.app.output.line("\t".join(line))

    def unreached(self, item: Item) -> None:
        """A row that was to go anew and that a stopped run did not come to: only this run knows which these are."""
        if self.reached is not None and item.row in self.reached:
            return
        with suppress(CannotWrite):
            if self.failed and item.source:
                self.failed.add(item.source, Later("the run was stopped before it", hint="--again sends it."))

    def _keep_row(self, failed: FailedRows, row: Row, error: MailerError) -> None:
        if error.code in _NOT_THE_ROWS_FAULT or error.name in ("declined", "changed"):
            return
        try:
            failed.add(row, error)
        except CannotWrite as fault:
            self._failed_rows_lost(fault)

    def _failed_rows_lost(self, fault: CannotWrite) -> None:
        self.failed = None
        self.codes.add(fault.code)
        self.app.output.error(fault)

    def end(self, letters: int = 0) -> None:
        """Tell the summary; ``letters`` is how many there were for a run that was stopped."""
        if self.progress:
            self.progress.end()
        self.app.output.tell_groups()
        if self.options.each is not None:
            self._sum_up(letters - self.states.total())
            return
        if self.states["already-sent"]:
            self._tell_already_sent()
        if self.states["sent"]:
            self.app.output.note("Sent. mailer log shows what was sent.")
        if self.states["already-queued"]:
            self.app.output.note("Queued already; nothing was changed.")
        if self.states["queued"]:
            self._tell_queued()

    def _tell_already_sent(self) -> None:
        back = self._result.came_back if self._result else ""
        if not back:
            self.app.output.note("Sent already; nothing was sent now.")
            return
        from mailer.characters import printable

        self.app.output.note(f"Sent already, but it came back: {printable(back)}")
        self.app.output.note("Nothing was sent now; --again sends it once more.")

    def _tell_queued(self) -> None:
        until = f" until {moment_words(self.options.at)}" if self.options.at else ""
        then = "Nothing goes by itself: mailer outbox send sends what has come due."
        if not isinstance(self.app.ledger(self.options.account), Path):
            then = "A worker sends it (mailer work), or mailer outbox send."
        self.app.output.note(f"Queued{until}. {then}")

    @property
    def exit_code(self) -> int:
        """The most serious of what was told."""
        return worst(self.codes) if any(self.codes) else 0

    def _sum_up(self, left: int) -> None:
        note = self.app.output.note
        counts = ", ".join(f"{count} {state}" for state, count in self.states.most_common())
        note(f"{counts or 'Nothing was settled'}.")
        self._put_failed_rows()
        anew = self.reached is not None
        if left > 0:
            then = "Give the file of unsent rows to --each, with --again"
            then = then if anew else "Run the same command again for them: nothing goes twice"
            note(f"Stopped: {left} not reached. {then}.")
        if self.states["deferred"] and (anew or left <= 0):
            note(f"Run the same command again{', without --again,' * anew} for what is deferred: nothing goes twice.")
        if self.states["queued"]:
            self._tell_queued()
        if self.states["in-doubt"]:
            note("mailer outbox says what to do about letters in doubt.")
        if self.states["sent"]:
            note("mailer log shows what was sent.")

    def _put_failed_rows(self) -> None:
        failed = self.failed
        try:
            if failed and failed.finish():
                there = f"The rows that were not sent are in {failed.path}, each with its error"
                anew = "; what was sent or refused before goes with --again" if self.stand_still else ""
                self.app.output.note(f"{there}: fix them, then give that file to --each{anew}.")
                if failed.before:
                    self.app.output.note(f"The file that was there is kept as {failed.before}.")
        except CannotWrite as fault:
            self._failed_rows_lost(fault)


def _details(result: Result) -> dict[str, Any]:
    """What the JSON of a letter has beside its status and id."""
    claim, outcome = result.claim, result.outcome
    reply = outcome.reply if outcome else claim.reply if claim else None
    return {
        "message_id": (claim and claim.message_id) or None,
        "refused": {address: refusal.as_json() for address, refusal in result.refused.items()},
        "reply": reply.as_json() if reply else None,
    }
