"""The program that calls the public API: its world, the person that it is, and the reporter that collects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.errors import NotTrusted
from mailer.sending.api_values import Result
from mailer.sending.reporter import Reporter
from mailer.sending.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mailer.errors import MailerError
    from mailer.ledger.ledger import Ledger
    from mailer.sending import values
    from mailer.sending.api_values import Settings
    from mailer.sending.job import Item, Job
    from mailer.sending.plan import Plan
    from mailer.settings import settings as layered


class Caller:
    """The program that calls, as the person of a run."""

    def __init__(self, confirm: Callable[[Plan], bool] | None, password: Callable[[str], str] | None) -> None:
        self._confirm, self._password = confirm, password

    def note(self, text: str) -> None:
        """Log it."""
        from logging import getLogger

        getLogger("mailer").info(text)

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


class CallersWorld(World):
    """The world of a run, with the settings that the program gave."""

    __slots__ = ("_values",)

    def __init__(self, settings: Settings, caller: Caller) -> None:
        super().__init__(caller, settings.environ, settings.folder)
        self._values = settings.values
        self.within = settings.folder if settings.confined else None

    def settings(self, account: str | None = None, options: Mapping[str, str] | None = None) -> layered.Settings:
        """Load the settings; the program's go before all others."""
        return super().settings(account, {**self._values, **(options or {})})


class Collector(Reporter):
    """Collects the results of a run."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.results: list[Result] = []
        self.fault: MailerError | None = None
        self._host = ""
        self._copy: Callable[[values.Result, Callable[[], object]], str] = lambda _result, _before: "off"
        self._last: values.Result | None = None

    def recorded(self, job: Job, ledger: Ledger) -> None:
        """Take the letters into the time lines of their people."""
        from mailer.sending.followed import take_in

        take_in(self.world, job, ledger)

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
        from mailer.sending.outcomes import error_of

        if result is self._last:
            return
        self._last = result
        copy = self._copy(result, int) if result.state == "sent" else "off"
        item, claim, error = result.tag, result.claim, error_of(result, self._host)
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
