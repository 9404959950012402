"""The main job: letters from a template, each with prose of its own, ledger and checks on.

``python -m tests.bench.template [ROUNDS]`` prints the lines of the README's table: against the same letters by
jinja2, markdown-it-py, ``EmailMessage`` and one kept smtplib connection; against the same with one durable commit
before and after each letter, which is the cost of the promise itself; and how the checks' rate holds over 20,000 rows.
"""

from __future__ import annotations

import csv
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from mailer.checks.runner import Checker
from mailer.checks.world import Known
from mailer.ledger.batch import BatchShelf
from mailer.letters.letter import parse_letter
from mailer.letters.table import Row
from mailer.letters.template import built_in_folder, load
from mailer.message.address import Mailbox
from mailer.render.compile import Defaults
from mailer.render.program import compile_letter
from tests.bench.checks import NAMES, sentences
from tests.bench.kit import HERE, Run, Workload, compared, ours, sink, timed, told, workload

LETTER = "Template: check-in\nFrom: Jo Novak <jo@novak.example>\n\n"
ALIKE = (
    "Since we spoke in March I have rebuilt the night-shift dashboard at home, and the drift that your company told me "
    "about is gone: a running median over nine samples takes most of it out. {name}, your hint about {company}'s line "
    "{number} was the reason. I have written down what I measured on the {number} sensors, in two pages, and would "
    "gladly send them."
)
COLUMNS = ("to", "company", "position", "prose")
KINDS = ("alike", "all different")


def values(kind: str, count: int) -> Iterator[dict[str, str]]:
    """As many people; their prose is "alike" or "all different"."""
    chance = random.Random(3)
    for number in range(1, count + 1):
        name = f"{chance.choice(NAMES).title()} {chance.choice(NAMES).title()}"
        company = f"{chance.choice(NAMES).title()}{number} {chance.choice(('Robotics', 'Foods', 'Labs'))}"
        alike = ALIKE.format(name=name.partition(" ")[0], company=company, number=number)
        prose = alike if kind == "alike" else sentences(chance, 60)
        address = f"{name} <p{number}@firm{number}.example>"
        yield dict(zip(COLUMNS, (address, company, "Data Engineer", prose), strict=True))


def tenths(kind: str, count: int = 20_000) -> list[float]:
    """What the checks of each tenth of the rows take, in times of a loop that runs between them.

    The processor itself is now quicker and now slower, by more than is looked for.
    """
    letter = parse_letter(LETTER, None)
    template = load("check-in", [built_in_folder()])
    program = compile_letter(letter, template, {}, Defaults(Mailbox("jo@novak.example", "Jo Novak")))
    known = Known(datetime(2026, 5, 12, 10, 0, tzinfo=UTC))
    checker = Checker(letter, template, lambda _: known, rows=count, shelf=BatchShelf)
    taken, looped = [0.0] * 10, [0.0] * 10
    for number, cells in enumerate(values(kind, count), 1):
        row, tenth = Row(number, number + 1, "people.csv", cells), (number - 1) * 10 // count
        rendered = program.render(row)
        began = time.process_time()
        checker.problems(rendered, row)
        taken[tenth] += time.process_time() - began
        if number % 100 == 0:
            began = time.process_time()
            sum(at * at for at in range(200_000))
            looped[tenth] += time.process_time() - began
    return [one / loop for one, loop in zip(taken, looped, strict=True)]


def written(work: Workload, kind: str, count: int) -> Path:
    """The letter, and a CSV of as many rows."""
    (work.folder / "check-in.md").write_text(LETTER, "utf-8")
    path = work.folder / f"{kind.replace(' ', '-')}-{count}.csv"
    if not path.exists():
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(values(kind, count))
    return path


def base(work: Workload, rows: Path, port: int, *, promise: bool) -> Run:
    """The loop, with a durable commit before and after each letter where it promises."""
    with tempfile.TemporaryDirectory(dir=work.folder) as place:
        database = (str(Path(place) / "letters.sqlite"),) if promise else ()
        return timed([sys.executable, str(HERE / "markdown_base.py"), str(rows), str(port), *database], work.folder)


def beside(work: Workload, kind: str, count: int, rounds: int, *, promise: bool = False) -> list[tuple[Run, Run]]:
    """Pairs of runs: ours and the loop's."""
    rows, pairs = written(work, kind, count), []
    for _ in range(rounds):
        with sink(count) as port:
            first = ours(work, "check-in.md", rows, port)
        with sink(count) as port:
            pairs.append((first, base(work, rows, port, promise=promise)))
    return pairs


def lines(work: Workload, rounds: int) -> Iterator[str]:
    """The lines of the table, each with the least and the most of the pairs."""
    for kind in KINDS:
        for count, wanted in ((1_000, "2.5"), (10_000, "3")):
            pairs = beside(work, kind, count, rounds if count < 10_000 else 1)
            yield _line(f"{count:,} letters from a template, prose {kind}", pairs, wanted)
    pairs = beside(work, KINDS[1], 1_000, rounds, promise=True)
    yield _line("1,000 letters from a template, beside two durable commits a letter", pairs, "–")


def even() -> Iterator[str]:
    """Whether a row costs what the first ones do."""
    for kind in KINDS:
        taken = tenths(kind)
        said = f"checks of 20,000 rows, prose {kind}: the last tenth's rate beside the first's"
        yield f"| {said} | {taken[0] / taken[-1]:.2f} × | 0.9 | {taken[0]:.2f}, {taken[-1]:.2f} loops | |"


def _line(what: str, pairs: list[tuple[Run, Run]], wanted: str) -> str:
    times = sorted(b.wall / a.wall for a, b in pairs)
    return f"{told(what, compared(pairs), wanted)} {times[0]:.1f} to {times[-1]:.1f} |"


def main(rounds: int = 3) -> None:
    """Print the table, and how even the checks' rate is."""
    with workload() as work:
        for line in lines(work, rounds):
            print(line, flush=True)
    for line in even():
        print(line, flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
