"""The year for many: each owner's mailbox is visited at its own minute of every hour, by whichever worker has it.

A visit that fails is told, also to the ledger, and its turn comes again in the next hour; so does that of a worker
that was killed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from mailer.fleet import rounds
from mailer.fleet.jobs import Work

if TYPE_CHECKING:
    import procrastinate

    from mailer.fleet.visiting import Visit

# How late a mailbox may be found to have its turn; a worker that does not stay looks back a whole hour.
_BACK, _HOUR = timedelta(minutes=15), timedelta(hours=1)
_BEGIN = "begin_rounds"
# So many characters are kept of why a visit failed.
_MOST = 300


class Year:
    """What a worker does of it.

    ``visit`` is called in a thread of its own, and tells what went wrong; ``alone`` is told which mailboxes nobody
    visits, once an hour each.  ``mine`` are those that this worker has accounts for, ``only`` the one that it is for.
    """

    def __init__(
        self,
        visit: Visit,
        now: Callable[[], datetime],
        mine: Callable[[], Collection[str]],
        alone: Callable[[Collection[str]], None],
        only: str = "",
    ) -> None:
        self._visit, self._now, self._mine, self._alone = visit, now, mine, alone
        self.queues = () if only else (rounds.ANY,)

    def join(self, app: procrastinate.App, ending: Callable[[], bool]) -> None:
        """Take part in the visits."""

        async def task(of: str, role: str, owner: str, mailbox: str) -> None:
            if not ending():
                await self._visited(app, of, Work(role, owner, mailbox))

        async def minute(timestamp: int) -> None:  # noqa: ARG001 - procrastinate gives it
            await self.begin(app)

        app.task(name=rounds.TASK)(task)
        begin = app.task(name=_BEGIN, queue=rounds.ANY, lock=_BEGIN, queueing_lock=_BEGIN)(minute)
        app.periodic(cron="* * * * *")(begin)

    async def _visited(self, app: procrastinate.App, of: str, work: Work) -> None:
        ask = app.connector
        made = (await ask.execute_query_one_async(rounds.DAY, of=of, mailbox=work.mailbox))["day"]
        visited = await asyncio.to_thread(self._visit, work, made)
        if visited.fault:
            why = {"of": of, "mailbox": work.mailbox, "why": visited.fault[:_MOST]}
            await ask.execute_query_async(rounds.FAILED, **why)
        elif visited.is_done:
            told: dict[str, Any] = {"of": of, "mailbox": work.mailbox, "moment": self._now(), "day": visited.day}
            await ask.execute_query_async(rounds.DONE, **told)

    async def begin(self, app: procrastinate.App, *, once: bool = False) -> None:
        """Put to work whose minute has come, whoever is to visit them; ``once``: of the hour that has passed."""
        asked = {"moment": self._now(), "window": _HOUR if once else _BACK}
        found = await app.connector.execute_query_all_async(rounds.BEGIN, **asked)
        mine = {"", *self._mine()}
        alone = {one["mailbox"] for one in found if one["mailbox"] not in mine and (once or one["is_untaken"])}
        if alone:
            self._alone(sorted(alone))
