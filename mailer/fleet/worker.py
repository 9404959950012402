"""Take mailboxes and work them, each by one worker at a time, until told to end: procrastinate's worker.

Where the database is gone a worker waits until it is back; what it had in hand is given to another once its heart and
that of its runs were not heard for long enough.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import signal
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from mailer.errors import BadSettings, MailerError
from mailer.fleet.jobs import TASK, VERSION, Work
from mailer.ledger.postgresql import heart, kept
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    import procrastinate

    from mailer.fleet.year import Year
    from mailer.settings.database import Database

# A mailbox with letters that must wait is looked at again after so many seconds.
AGAIN = 300.0
# Seconds until a database that was gone is tried again, and between looks for what dead workers left.
GONE, TEND = 5.0, 15.0
# At every so manieth look the accounts of this machine are read anew.
_ACCOUNTS = 4
_PUT_TO_WORK = """
    SELECT mailer.put_to_work(%(of)s, %(mailbox)s, t, '-infinity', t)
    FROM (SELECT now() + make_interval(secs => %(seconds)s) AS t) t
"""
# Of jobs of one lock procrastinate finds none while the first is at work.
_MORE = """
    SELECT EXISTS (
        SELECT 1 FROM procrastinate_jobs j WHERE status = 'todo' AND queue_name = ANY(%(queues)s)
            AND coalesce(scheduled_at, '-infinity') <= now()
            AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs o WHERE o.status = 'doing' AND o.lock = j.lock)
    ) AS more
"""


class Shift(NamedTuple):
    """How a worker works: so many mailboxes at once, and ``once`` until nothing is due.

    ``mailboxes`` tells, again and again, which ones can be worked from here; ``note`` is told what goes wrong.
    """

    mailboxes: Callable[[], Collection[str]]
    at_once: int = 4
    once: bool = False
    note: Callable[[MailerError], None] = lambda _error: None


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
    """Works mailboxes of a database: ``job`` sends what is due of one, and says whether there is more still.

    It says None where it was broken off: then the mailbox is put to work with the next look.  ``job`` is called in a
    thread of its own, and asks ``ending`` whether to begin another letter.
    """

    def __init__(
        self, place: Database, shift: Shift, job: Callable[[Work], bool | None], year: Year | None = None
    ) -> None:
        self._place, self._shift, self._job, self._year = place, shift, job, year
        self._is_ending = self._has_worked = False
        self._queues: list[str] = []
        self._trouble = ""

    def ending(self) -> bool:
        """Whether no further letter is to be begun."""
        return self._is_ending

    def run(self) -> None:
        """Work until told to end, or ``once`` nothing is due.  Raises CannotWrite, NotTrusted, BadSettings, Later."""
        _must_be_there()
        # The only loop that psycopg works with on each platform.
        with kept.keeping(self._shift.at_once), asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(self._shift.at_once + 2))
        loop.set_exception_handler(_of_no_task)
        told = asyncio.Event()
        self._listen(loop, told)
        while not self._is_ending:
            try:
                await self._as_long_as_it_is_there(told)
            except MailerError as error:
                if self._shift.once or not self._has_worked or not _is_gone(error):
                    raise
                # Once, however long it is gone.
                if error.text != self._trouble:
                    self._shift.note(error)
                self._trouble = error.text
            if self._shift.once:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(told.wait(), GONE)

    def _listen(self, loop: asyncio.AbstractEventLoop, told: asyncio.Event) -> None:
        def end() -> None:
            self._is_ending = True
            told.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            try:
                loop.add_signal_handler(number, end)
            except NotImplementedError:
                # Windows: what the loop does next is done once it wakes.
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(end))

    async def _as_long_as_it_is_there(self, told: asyncio.Event) -> None:
        """Work until told to end, or the database is gone.  Raises what `run` raises."""
        from procrastinate.exceptions import ProcrastinateException

        from mailer.ledger.postgresql.connection import is_of_the_database, unusable

        try:
            app = await asyncio.to_thread(self._app)
            async with app.open_async():
                await self._tend(app, at_once=True)
                self._has_worked, self._trouble = True, ""
                tending = asyncio.create_task(self._keep_tending(app))
                try:
                    await self._work(app, told, tending)
                    while self._shift.once and not self._is_ending and await self._is_more(app):
                        await self._work(app, told, tending)
                finally:
                    tending.cancel()
                if tending.done() and not tending.cancelled():
                    # It ends by itself only where the ledger must not be used.
                    tending.result()
        except Exception as error:
            if not (isinstance(error, ProcrastinateException) or is_of_the_database(error)):
                raise
            text = str(error.__cause__ or error).strip().partition("\n")[0]
            hint = "Nothing is lost: a worker goes on once it is back."
            raise unusable(self._place, f"cannot be reached: {text}", hint) from error

    async def _work(self, app: procrastinate.App, told: asyncio.Event, tending: asyncio.Task[None]) -> None:
        working = asyncio.create_task(
            app.run_worker_async(
                queues=self._queues,
                concurrency=self._shift.at_once,
                wait=not self._shift.once,
                install_signal_handlers=False,
                delete_jobs="always",
                update_heartbeat_interval=heart.BEAT,
                stalled_worker_timeout=heart.SILENCE,
            )
        )
        ending = asyncio.create_task(told.wait())
        await asyncio.wait([working, ending, tending], return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if not working.done():
            working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working

    async def _is_more(self, app: procrastinate.App) -> bool:
        found = await app.connector.execute_query_one_async(_MORE, queues=self._queues)
        return bool(found["more"])

    def _look(self) -> None:
        """Whether the ledger is the one that it was.  Raises CannotWrite, Later."""
        from mailer.ledger.postgresql.connection import unusable
        from mailer.ledger.postgresql.opening import connected

        with contextlib.closing(connected(self._place)) as store:
            if store.one("SELECT to_regproc('mailer.take_back') IS NULL")[0]:
                hint = "Run `mailer fleet init --worker ROLE` as the owner of the database."
                raise unusable(self._place, "has nothing for workers yet", hint)
            known = store.one("SELECT to_regproc('mailer.fleet_version') IS NOT NULL")[0]
            if not known or store.one("SELECT mailer.fleet_version()")[0] < VERSION:
                hint = "Run `mailer fleet init` as the owner of the database."
                raise unusable(self._place, "has for workers what an older mailer put there", hint)
            if not store.one("SELECT pg_has_role(session_user, 'mailer_workers', 'MEMBER')")[0]:
                hint = "Run `mailer fleet init --worker ROLE` as the owner of the database, and work as that role."
                raise unusable(self._place, "is not worked by this role", hint)

    def _app(self) -> procrastinate.App:
        """What procrastinate works with, once the ledger is found to be the one that it was."""
        import procrastinate

        from mailer.ledger.postgresql.connection import told

        self._look()
        words = {**told(self._place), "options": "-c search_path=procrastinate"}
        # Each mailbox has connections of its own; those of the queue are asked for but moments at a time.
        connector = procrastinate.PsycopgConnector(kwargs=words, min_size=1, max_size=3, timeout=heart.SILENCE)
        app = procrastinate.App(connector=connector)
        app.task(name=TASK)(self._mailbox(app))
        if self._year:
            self._year.join(app, self.ending)
        return app

    def _mailbox(self, app: procrastinate.App) -> Any:  # noqa: ANN401
        async def work(of: str, role: str, owner: str, mailbox: str) -> None:
            if self._is_ending:
                left: bool | None = True
            else:
                left = await asyncio.to_thread(self._job, Work(role, owner, mailbox))
            if left:
                seconds = 0 if self._is_ending else AGAIN
                await app.connector.execute_query_async(_PUT_TO_WORK, of=of, mailbox=mailbox, seconds=seconds)

        return work

    async def _keep_tending(self, app: procrastinate.App) -> None:
        """Tend, beside the mailboxes: these may take all places for long."""
        from procrastinate.exceptions import ProcrastinateException

        for number in itertools.count(1):
            await asyncio.sleep(TEND)
            # A database that is gone ends the worker by itself.
            with contextlib.suppress(ProcrastinateException, BadSettings):
                try:
                    await asyncio.to_thread(self._look)
                except MailerError as error:
                    if not _is_gone(error):
                        raise
                await self._tend(app, at_once=False, accounts=number % _ACCOUNTS == 0)

    async def _tend(self, app: procrastinate.App, *, at_once: bool, accounts: bool = True) -> None:
        """Give back what dead workers had in hand, and put to work what lies about; learn which accounts are here."""
        if accounts:
            mailboxes = await asyncio.to_thread(self._shift.mailboxes)
            # Procrastinate looks into this list each time that it takes a job.
            self._queues[:] = [*(self._year.queues if self._year else ()), *(name[:128] for name in mailboxes)]
        await app.connector.execute_query_async("SELECT mailer.take_back(), mailer.sweep(%(at_once)s)", at_once=at_once)
        if self._year and self._shift.once and at_once:
            await self._year.begin(app, once=True)


def _is_gone(error: MailerError) -> bool:
    """Whether nobody answers, and somebody may later: no ledger was found that must not be used."""
    from procrastinate.exceptions import ProcrastinateException

    from mailer.ledger.postgresql.connection import is_of_the_database

    return isinstance(error.__cause__, ProcrastinateException) or is_of_the_database(error.__cause__)


def _of_no_task(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What tasks of procrastinate say that nobody waits for: a database that is gone is told by others."""
    from procrastinate.exceptions import ProcrastinateException

    if not isinstance(context.get("exception"), ProcrastinateException):
        loop.default_exception_handler(context)
