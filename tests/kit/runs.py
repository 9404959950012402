"""A run of letters without the command: its world, its job, and a reporter that writes down what it hears."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager

from mailer.ledger.ledger import open_ledger
from mailer.sending.job import compile_job
from mailer.sending.preflight import Preflight
from mailer.sending.reporter import Reporter
from mailer.sending.request import Options, SendOptions
from mailer.sending.run import send_letters
from mailer.sending.sources import read_sources
from mailer.sending.spool import Spool
from mailer.sending.world import World as SendersWorld
from tests.kit.letters import BATCH
from tests.kit.world import NOW, World, put


class Asked(SendersWorld):
    """The world of a run in which somebody is there; they say yes to what ``answer`` says yes to."""

    __slots__ = ("answer", "notes", "plans")

    def __init__(self, environ, folder, answer=None, now=NOW):
        self.notes, self.plans, self.answer = [], [], answer
        super().__init__(self.notes.append, environ, folder, lambda: now)

    def can_ask(self):
        return self.answer is not None

    def confirm(self, plan):
        self.plans.append(plan)
        return self.answer(plan)


class Heard(Reporter):
    """What a run told, in its order: (what, row, state or error)."""

    def __init__(self):
        super().__init__()
        self.log, self.results, self.fault, self.ended = [], [], None, 0

    @property
    def states(self):
        return {result.tag.row: result.state for result in self.results}

    def checked(self, letters):
        self.log.append(("checked", letters))

    def warn(self, plan):
        self.log.append(("warn", plan.good))

    def begin(self, host, copy, letters, again):
        self.log.append(("begin", letters))

    def result(self, result):
        self.results.append(result)
        self.log.append((result.state, result.tag.row))

    def held_back(self, item, error):
        self.log.append((type(error).__name__, item.row))

    def unreached(self, item):
        self.log.append(("unreached", item.row))

    def broke_off(self, error):
        self.fault = error
        self.log.append(("broke off", type(error).__name__))

    cannot_begin = broke_off

    def end(self, letters=0):
        self.ended += 1
        self.log.append(("end", letters))


@contextmanager
def a_job(folder, letter=BATCH, rows=None, answer=None, **environ):
    """A letter in ``folder``, with ``rows`` as its CSV, compiled: (world, job)."""
    put(folder, "b.md", letter)
    if rows is not None:
        put(folder, "p.csv", rows)
    options = Options("b.md", each=None if rows is None else "p.csv")
    world = Asked(World(folder).environ(**environ), folder, answer)
    with closing(compile_job(world, options, read_sources(world, options))) as job:
        yield world, job


@contextmanager
def looked_at(job, *, again=False, limit=0, went=None, reporter=None):
    """What the preflight made of a job; its ledger and spool are open meanwhile.  ``went`` is of ledger and claim."""
    with ExitStack() as stack:
        ledger = stack.enter_context(open_ledger(job.settings.ledger_path, clock=lambda: NOW))
        several = job.table is not None and job.table.letters > 1
        spool = stack.enter_context(Spool()) if several else None
        preflight = Preflight(job, ledger, again, spool, went and (lambda claim: went(ledger, claim)))
        preflight.check_all(job.source(), SendOptions(again=again, limit=limit), reporter or Heard())
        yield preflight


def sent_by(world, job, **options):
    """The whole run; what was told of it."""
    heard = Heard()
    send_letters(world, job, SendOptions(**{"yes": True, **options}), heard)
    return heard
