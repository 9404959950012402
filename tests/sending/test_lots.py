"""A long batch is rendered and checked by two processes, and what comes of it is what one process finds."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from mailer.checks import problem, runner
from mailer.checks.case import Case
from mailer.sending import helper, lots
from mailer.sending.composed import prepare
from tests.bench.template import ALIKE
from tests.kit.letters import ME
from tests.kit.runs import a_job
from tests.kit.world import World, program, put

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="no copy of a process can be made safely"),
    # The threads are those of the tests' runner.
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]
LETTER = f"Template: check-in\nFrom: {ME}\n\n"
HEADER = "to,company,position,prose\n"
ROWS = 90


def row(number):
    """One row of many kinds: most alike; some that are blocked, cannot be made, or name somebody else's company."""
    name, company = f"Person{number} Ruiz", f"Company{number % 40} Labs"
    prose = ALIKE.format(name=f"Person{number}", company=company, number=number)
    if number % 7 == 0:
        prose = f"On Tuesday, 13 May 2026 we spoke of {{{{ it }}}} and of Company{number % 5} Labs. TODO {number}"
    if number % 11 == 0:
        prose = f"*Words* of number {number},\non two lines, with <b>signs</b> that Markdown takes [away](x)."
    address = f"p{number}@firm{number}.example" if number % 13 else ""
    return f'{name} <{address}>,{company},Data Engineer,"{prose}"\n'


def rows(count=ROWS):
    return HEADER + "".join(map(row, range(1, count + 1)))


@pytest.fixture
def shared(monkeypatch):
    """Two processes from the second lot on, whatever is worth it; the helpers that were made."""
    made = []

    class Watched(helper.Helper):
        def __init__(self, work):
            super().__init__(work)
            made.append(self)
            self.answers = 0

        def answer(self):
            found = super().answer()
            self.answers += found is not None
            return found

        def is_done(self):
            # So that it is always waited for: with this few letters it would hardly be needed.
            return True

    monkeypatch.setattr(lots, "_WORTH_HELP", 1)
    monkeypatch.setattr(lots, "_LOT", 8)
    monkeypatch.setattr(lots, "_SHARED_LOT", 4)
    monkeypatch.setattr(helper, "Helper", Watched)
    monkeypatch.setattr(helper, "may_help", lambda: True)
    return made


def seen(job):
    """All there is to see of each item."""
    return [
        (item._replace(error=None), item.error and (type(item.error), item.error.as_json())) for item in job.items()
    ]


def alone(monkeypatch, job):
    with monkeypatch.context() as patch:
        patch.setattr(helper, "may_help", lambda: False)
        return seen(job)


def gone(process):
    """Whether a process has ended and was waited for."""
    try:
        os.kill(process._pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_two_find_what_one_finds(tmp_path, monkeypatch, shared):
    with a_job(tmp_path, LETTER, rows()) as (_, job):
        found = seen(job)
        assert found == alone(monkeypatch, job)
    (process,) = shared
    assert process.answers > 10
    assert gone(process)
    assert {one.check for item, _ in found for one in item.problems} > {"leftover", "particulars", "leak", "format"}
    assert sum(error is not None for _, error in found) == ROWS // 13


def test_names_are_found_behind_a_sign_that_stands_for_several_words(tmp_path, monkeypatch, shared):
    def told(number):
        return (
            f"On {number} \ufdfa and so Firm{number - 7} Robotics it is at {number} a day." if number > 7 else "Hello."
        )

    table = HEADER + "".join(
        f"Ada Novak <p{number}@f{number}.example>,Firm{number} Robotics,Data Engineer,{told(number)}\n"
        for number in range(1, 60)
    )
    with a_job(tmp_path, LETTER, table) as (_, job):
        found = seen(job)
        assert found == alone(monkeypatch, job)
    assert sum(one.check == "leak" for item, _ in found for one in item.problems) > 40
    assert shared[0].answers > 10


def test_the_other_prepares_what_would_be_made_here(tmp_path, shared):
    with a_job(tmp_path, LETTER, rows()) as (_, job):
        made = [item for batch in job.source(partial(prepare, job))() for item in batch if item.prepared]
        assert len(made) > 10 * 4
        here = [prepare(job, item) for item in made]
    assert [item.prepared.key for item in made] == [one.key for one in here]
    # By what each is found, too: from the words here, from what the checks know there.
    assert [pickle.loads(item.prepared.composed) for item in made] == [pickle.loads(one.composed) for one in here]


def test_what_the_other_has_not_come_to_is_begun_here(tmp_path, monkeypatch, shared):
    monkeypatch.setattr(helper.Helper, "is_done", lambda _: False)
    with a_job(tmp_path, LETTER, rows()) as (_, job):
        assert seen(job) == alone(monkeypatch, job)
    assert 1 < shared[0].answers < 18


@pytest.mark.parametrize("after", [0, 1, 5])
def test_the_other_process_may_end_at_any_time(tmp_path, monkeypatch, shared, after):
    real = helper.Helper.answer

    def killed(self):
        if self.answers == after:
            os.kill(self._pid, signal.SIGKILL)
        return real(self)

    with a_job(tmp_path, LETTER, rows()) as (_, job):
        expected = alone(monkeypatch, job)
        monkeypatch.setattr(helper.Helper, "answer", killed)
        assert seen(job) == expected
    assert all(map(gone, shared))


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_without_another_process_one_does_it(tmp_path, monkeypatch, shared):
    def refused():
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", refused)
    with a_job(tmp_path, LETTER, rows()) as (_, job):
        seen(job)
        before = open_files()
        assert len(seen(job)) == ROWS
        assert open_files() == before
    assert shared == []


def test_what_is_too_large_for_the_pipe_is_done_here(tmp_path, monkeypatch, shared):
    monkeypatch.setattr(helper, "_capacity", lambda _: 200)
    with a_job(tmp_path, LETTER, rows()) as (_, job):
        assert seen(job) == alone(monkeypatch, job)
    assert shared[0].answers == 0


def test_no_more_is_in_hand_than_a_few_lots(tmp_path, monkeypatch, shared):
    monkeypatch.setattr(helper.Helper, "give", lambda *_: False)
    monkeypatch.setattr(helper.Helper, "is_done", lambda _: False)
    taken = []
    with a_job(tmp_path, LETTER, rows(200)) as (_, job):
        source = (taken.append(row.number) or row for row in job.table.chosen())
        done = 0
        for lot in lots.lots(job.program, source, job._checker(), 200):
            done += len(lot)
            assert len(taken) - done <= 8 * 4
    assert done == 200


def test_long_letters_block_neither(tmp_path, monkeypatch, shared):
    long = "".join(f"A{n} Lee <a{n}@x{n}.example>,C{n},Buyer,{'Long words of mine. ' * 3_000}\n" for n in range(24))
    with a_job(tmp_path, LETTER, HEADER + long) as (_, job):
        assert seen(job) == alone(monkeypatch, job)
    assert shared[0].answers


def with_column(name, first, then):
    """Rows with one column more, which holds something else from the thirty-first on."""
    values = [first if number <= 30 else then for number in range(60)]
    made = [f"A{n} Lee <a{n}@x{n}.example>,C{n},Buyer,My words.,{value}\n" for n, value in enumerate(values)]
    return HEADER.replace("\n", f",{name}\n") + "".join(made)


def test_files_are_opened_where_letters_are_sent(tmp_path, monkeypatch, shared):
    put(tmp_path, "cv.txt", "what I did")
    attached = "".join(
        f"A{n} Lee <a{n}@x{n}.example>,C{n},Buyer,My words.,{'cv.txt' if n > 30 else ''}\n" for n in range(60)
    )
    with a_job(tmp_path, LETTER, HEADER.replace("\n", ",attach\n") + attached) as (_, job):
        found = seen(job)
        assert found == alone(monkeypatch, job)
    assert shared[0].answers > 3
    assert [len(item.rendered.attachments) for item, _ in found] == [int(n > 30) for n in range(60)]
    assert job.program.files.open(tmp_path / "cv.txt") is found[-1][0].rendered.attachments[0]


def test_templates_are_loaded_where_letters_are_sent(tmp_path, monkeypatch, shared):
    spoken = "".join(
        f"A{n} Lee <a{n}@x{n}.example>,C{n},Buyer,My words.,{'de' if n > 30 else 'en'}\n" for n in range(60)
    )
    with a_job(tmp_path, LETTER, HEADER.replace("\n", ",language\n") + spoken) as (_, job):
        found = seen(job)
        assert any(file.endswith("check-in.de.md") for file in job.files)
        assert found == alone(monkeypatch, job)
    assert [item.rendered.worded for item, _ in found] == ["de" if n > 30 else "en" for n in range(60)]


def test_who_asks_for_no_more_leaves_no_process(tmp_path, shared):
    with a_job(tmp_path, LETTER, rows()) as (_, job):
        items = job.items()
        for _ in range(20):
            next(items)
        (process,) = shared
        assert not gone(process)
        items.close()
        assert gone(process)


def test_a_fault_in_the_other_process_is_met_here(tmp_path, monkeypatch, shared):
    ours, real = os.getpid(), runner.Checker.alone

    def fault(self, cases):
        assert os.getpid() == ours, "a bug"
        return real(self, cases)

    monkeypatch.setattr(runner.Checker, "alone", fault)
    with a_job(tmp_path, LETTER, rows()) as (_, job):
        assert seen(job) == alone(monkeypatch, job)


def test_what_a_letter_is_by_itself_is_found_without_others(tmp_path, monkeypatch):
    """Else what the other process finds would hang on what it has seen."""

    class Untouched:
        def __getattr__(self, name):
            raise AssertionError(f"{name} of other letters was asked for")

    with a_job(tmp_path, LETTER, rows()) as (_, job):
        checker = job._checker()
        for item in job.items():
            if item.rendered:
                case = checker.case(item.rendered, item.source)
                apart = Case(**{**case._asdict(), "others": Untouched(), "batch": Untouched()})
                known = case.known._replace(holds=Untouched(), stopped_before=Untouched(), gaps=Untouched())
                checker.alone([Case(**{**apart._asdict(), "known": known})])
    assert set(problem.NAMES) > runner.OF_OTHERS


def test_the_command(tmp_path):
    """A process of its own has no threads, so it has help from the second lot on."""
    put(tmp_path, "letter.md", LETTER)
    put(tmp_path, "people.csv", rows(300))
    world = World(tmp_path)
    arguments = "check", "letter.md", "--each", "people.csv", "--json"
    helped, plain = world.process(*arguments), world.mailer(*arguments)
    assert helped.out == plain.out
    assert helped.code == plain.code
    assert len(helped.lines) == 300


def left_of(group):
    """Whether a process of the group is there, once it has had the time to end."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.parametrize(("how", "code"), [("SIGKILL", -9), ("SIGINT", 130), ("SIGTERM", 143)])
def test_no_process_is_left_behind(tmp_path, how, code):
    put(tmp_path, "letter.md", LETTER)
    put(tmp_path, "people.csv", rows(4_000))
    command = [*program(), "check", "letter.md", "--each", "people.csv", "--json"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=World(tmp_path).environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        for _ in range(100):
            process.stdout.readline()
        number = signal.Signals[how]
        # The terminal's Ctrl-C is for all of them.
        os.killpg(process.pid, number) if how == "SIGINT" else process.send_signal(number)
        _, told = process.communicate(timeout=30)
    assert process.returncode == code
    assert b"Traceback" not in told
    assert not left_of(process.pid)
