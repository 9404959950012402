"""The program that calls the public API: its world, and the reporter that collects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.errors import NotTrusted
from mailer.sending.api_values import Result
from mailer.sending.reporter import Reporter
from mailer.sending.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mailer.errors import MailerError
    from mailer.sending import values
    from mailer.sending.api_values import Settings
    from mailer.sending.item import Item
    from mailer.sending.plan import Plan
    from mailer.settings import settings as layered


def _log(text: str) -> None:
    from logging import getLogger

    getLogger("mailer").info(text)


class CallersWorld(World):
    """The world of a run: the settings that the program gave, and the program as the one that is asked."""

    __slots__ = ("_confirm", "_password", "_values")

    def __init__(
        self,
        settings: Settings,
        confirm: Callable[[Plan], bool] | None = None,
        password: Callable[[str], str] | None = None,
    ) -> None:
        super().__init__(_log, settings.environ, settings.folder)
        self._values, self._confirm, self._password = settings.values, confirm, password
        self.within = settings.folder if settings.confined else None

    def settings(self, account: str | None = None, options: Mapping[str, str] | None = None) -> layered.Settings:
        """Load the settings; the program's go before all others."""
        return super().settings(account, {**self._values, **(options or {})})

    def can_ask(self) -> bool:
        """Tell whether the program gave a function that answers."""
        return self._confirm is not None or self._password is not None

    def password(self, question: str) -> str:
        """Ask the program.  Raises NotTrusted where it gave no function for that."""
        if self._password is None:
            raise NotTrusted("there is no secret to sign in with", hint="Run mailer login, or give ``password``.")
        return self._password(question)

    def confirm(self, plan: Plan) -> bool:
        """Ask the program, if it wants to be asked."""
        return self._confirm is None or self._confirm(plan)


class Collector(Reporter):
    """Collects the results of a run."""

    def __init__(self) -> None:
        super().__init__()
        self.results: list[Result] = []
        self.fault: MailerError | None = None
        self._host = ""
        self._copy: Callable[[values.Result, Callable[[], object]], str] = lambda _result, _before: "off"
        self._last: values.Result | None = None

    def begin(
        self,
        host: str,
        copy: Callable[[values.Result, Callable[[], object]], str],
        letters: int,  # noqa: ARG002 - whoever counts needs it
        again: bool,  # noqa: ARG002 - whoever keeps the rows needs it
    ) -> None:
        """Keep what the results need."""
        self._host, self._copy = host, copy

    def result(self, result: values.Result) -> None:
        """Collect how a letter ended, and make its copy in Sent."""
        if result is self._last:
            return
        copy = "failed"
        try:
            copy = self._copy(result, int) if result.state == "sent" else "off"
        finally:
            # A letter that went is told, though an interruption came while its copy was made.
            with self.signals:
                self._collect(result, copy)

    def _collect(self, result: values.Result, copy: str) -> None:
        from mailer.sending.outcomes import error_of

        self._last = result
        item, claim, error = result.tag, result.claim, error_of(result, self._host, self.zone)
        ids = (claim.message_id, claim.id) if claim else ("", "")
        self.results.append(Result(result.state, item.to, item.subject, *ids, item.row, copy, item.problems, error))

    def held_back(self, item: Item, error: MailerError) -> None:
        """Collect a letter that did not go."""
        from mailer.sending.outcomes import status_of

        told = Result(status_of(error), item.to, item.subject, row=item.row, problems=item.problems, error=error)
        self.results.append(told)

    def broke_off(self, error: MailerError) -> None:
        """Keep what ended the run; it is raised to the program."""
        self.fault = error

    cannot_begin = broke_off
