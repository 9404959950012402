"""Take mailboxes and work them, each by one worker at a time, until told to end: procrastinate's worker."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from mailer.errors import BadSettings
from mailer.fleet.jobs import TASK, Work

if TYPE_CHECKING:
    import procrastinate

    from mailer.settings.database import Database

# Seconds: between the beats of a worker, and after which one that was not heard is dead.
BEAT, SILENCE = 5.0, 30.0
# A mailbox with letters that must wait is looked at again after so many minutes.
AGAIN = 5
_PUT_TO_WORK = "SELECT mailer.put_to_work(%(of)s, %(mailbox)s, now() + make_interval(mins => %(minutes)s), true)"


class Shift(NamedTuple):
    """How a worker works: only ``mailbox`` if one is named, so many at once, and ``once`` until nothing waits."""

    mailbox: str = ""
    at_once: int = 4
    once: bool = False


def schema() -> str:
    """The tables of procrastinate, in SQL.  Raises BadSettings where it is not installed."""
    _must_be_there()
    from procrastinate.schema import SchemaManager

    return SchemaManager.get_schema()


def _must_be_there() -> None:
    try:
        import procrastinate  # noqa: F401
    except ImportError as error:
        raise BadSettings("workers need procrastinate", hint="pip install 'letter-mailer[fleet]'") from error


class Worker:
    """Works mailboxes of a database: ``job`` sends what is due of one, and says how many letters are due still.

    ``job`` is called in a thread of its own, and asks ``ending`` whether to begin another letter.
    """

    def __init__(self, place: Database, shift: Shift, job: Callable[[Work], int]) -> None:
        self._place, self._shift, self._job = place, shift, job
        self._is_ending = False

    def ending(self) -> bool:
        """Whether no further letter is to be begun."""
        return self._is_ending

    def run(self) -> None:
        """Work until told to end, or ``once`` nothing is due.  Raises CannotWrite, NotTrusted, BadSettings."""
        _must_be_there()
        asyncio.run(self._run())

    async def _run(self) -> None:
        from procrastinate.exceptions import ProcrastinateException

        from mailer.ledger.postgresql.connection import unusable

        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(self._shift.at_once + 2))
        app = self._app()
        try:
            async with app.open_async():
                await _tend(app, at_once=True)
                await self._work(app, loop)
        except ProcrastinateException as error:
            raise unusable(self._place, f"cannot be reached: {error}", "The next worker goes on.") from error

    async def _work(self, app: procrastinate.App, loop: asyncio.AbstractEventLoop) -> None:
        working = asyncio.create_task(
            app.run_worker_async(
                **self._queues(),
                concurrency=self._shift.at_once,
                wait=not self._shift.once,
                install_signal_handlers=False,
                delete_jobs="successful",
                update_heartbeat_interval=BEAT,
                stalled_worker_timeout=SILENCE,
            )
        )

        def end() -> None:
            self._is_ending = True
            working.cancel()

        for number in (signal.SIGTERM, signal.SIGINT):
            try:
                loop.add_signal_handler(number, end)
            except NotImplementedError:
                # Windows: what the loop does next is done once it wakes.
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(end))
        with contextlib.suppress(asyncio.CancelledError):
            await working

    def _queues(self) -> dict[str, Any]:
        return {"queues": [self._shift.mailbox[:128]]} if self._shift.mailbox else {}

    def _app(self) -> procrastinate.App:
        import procrastinate

        from mailer.ledger.postgresql.connection import told

        words = {**told(self._place), "options": "-c search_path=procrastinate"}
        most = self._shift.at_once + 4
        connector = procrastinate.PsycopgConnector(kwargs=words, min_size=1, max_size=most, timeout=SILENCE)
        app = procrastinate.App(connector=connector)
        app.task(name=TASK)(self._mailbox(app))
        app.periodic(cron="* * * * *")(app.task(name="tend", queue="tend", queueing_lock="tend")(_tending(app)))
        return app

    def _mailbox(self, app: procrastinate.App) -> Any:  # noqa: ANN401
        async def work(of: str, role: str, owner: str, mailbox: str) -> None:
            if self._is_ending:
                left = 1
            else:
                left = await asyncio.to_thread(self._job, Work(role, owner, mailbox))
            if left:
                minutes = 0 if self._is_ending else AGAIN
                await app.connector.execute_query_async(_PUT_TO_WORK, of=of, mailbox=mailbox, minutes=minutes)

        return work


def _tending(app: procrastinate.App) -> Any:  # noqa: ANN401
    async def tend(timestamp: int) -> None:  # noqa: ARG001 - procrastinate gives it
        await _tend(app, at_once=False)

    return tend


async def _tend(app: procrastinate.App, *, at_once: bool) -> None:
    """Give back what dead workers had in hand, and put to work what lies about."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENCE):
        await app.job_manager.retry_job(job)
    await app.connector.execute_query_async("SELECT mailer.sweep(%(at_once)s)", at_once=at_once)
