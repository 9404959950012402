"""Composing only, against a loop of ``EmailMessage``, and how memory grows: ``python -m tests.bench.growth [ROWS]``.

``only`` renders and composes each row; ``preview`` is ``mailer preview --all --eml``, with the checks of each letter.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.kit import Run, Workload, command, compared, theirs, timed, told, workload


def only(work: Workload, count: int) -> Run:
    """A process that composes as many rows."""
    source = "import sys; from tests.bench.growth import compose_all; compose_all(*sys.argv[1:])"
    arguments = [sys.executable, "-c", source, str(work.folder / "letter.txt"), str(work.rows(count))]
    return timed(arguments, Path(__file__).parents[2])


def compose_all(letter: str, rows: str) -> None:
    """Render and compose every row, one in memory at a time."""
    from mailer.letters import table
    from mailer.letters.letter import read_letter
    from mailer.message.compose import Stamp, compose
    from mailer.render.compile import Defaults
    from mailer.render.program import compile_letter

    program = compile_letter(read_letter(Path(letter)), None, {}, Defaults())
    stamp = Stamp("<1@meeting.example>", datetime(2026, 5, 12, tzinfo=UTC))
    with table.open_csv(Path(rows)) as stream:
        for row in table.rows(stream, rows):
            compose(program.render(row), stamp)


def preview(work: Workload, count: int) -> Run:
    """``mailer preview`` of as many rows."""
    return timed([*command(), "preview", "letter.txt", "--each", work.rows(count).name, "--all", "--eml"], work.folder)


def main(count: int = 100_000) -> None:
    """Print the ratios of neighbouring long runs, and the memory of many rows over that of a hundred."""
    with workload() as work:
        few, base = preview(work, 100), theirs(work, work.rows(count), 0)
        many = preview(work, count)
        print(told(f"composing {count:,} rows", compared([(only(work, count), base)]), "20"))
        print(told(f"… previewed, checks on, {count:,} rows", compared([(many, base)]), "–"))
        print(f"peak memory, over that of 100 rows: {many.peak / few.peak:.2f} ({few.peak:.0f} MiB; at most 1.1)")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
