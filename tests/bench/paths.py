"""What each special path of the main job brings: rendering and checks with it and without it.

``python -m tests.bench.paths [ROWS]`` goes through the rows in blocks, by turns with a path and without it, and prints
the share of a row's time that the path saves: median of the blocks, in seconds of the processor.  What the second
process saves is a share of the clock, of all rows.
"""

from __future__ import annotations

import re
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple
from unittest import mock

from mailer.checks.rules import format as links
from mailer.checks.runner import Checker
from mailer.checks.world import Known
from mailer.ledger import batch
from mailer.letters.letter import parse_letter
from mailer.letters.table import Row
from mailer.letters.template import built_in_folder, load
from mailer.message.address import Mailbox
from mailer.render import plain_lines
from mailer.render.compile import Defaults
from mailer.render.program import Program, compile_letter
from mailer.sending import helper, lots
from tests.bench.template import KINDS, LETTER, values

_BLOCK = 25
_ROUNDS = 3
_LEADING = re.compile(
    r"(?i)(?:href|src|srcset|background|poster|data|action)\s*="
    r"(?!\"(?:mailto:|#|https?://(?:[\w-]+\.)+(?!local|lan|in|corp|home|arpa)[a-z]+[/?#\"]))|url\(|@import"
)


class Path(NamedTuple):
    """A special path, and what stands in its place without it."""

    said: str
    owner: Any
    name: str
    plain: object


def _whole(self: plain_lines.Converter, source: str, language: str) -> object:
    return self._whole(source, language)


PATHS = (
    Path("plain paragraphs are converted once for all rows", plain_lines.Converter, "page", _whole),
    Path("rows wait in memory before they are written down", batch, "_LETTERS", 0),
    Path("each check goes over some letters before the next", lots, "_LOT", 1),
    Path("links are looked for at equals signs", links, "_leads", lambda page: _LEADING.search(page) is not None),
)


def blocks(kind: str, count: int, without: Path) -> Iterator[tuple[float, float]]:
    """Seconds of two neighbouring blocks: with the path, and without it."""
    program, checker, rows = _work(kind, count)
    plain = partial(mock.patch.object, without.owner, without.name, without.plain)
    for start in range(0, count, 2 * _BLOCK):
        taken = []
        for at, changes in ((start, ExitStack), (start + _BLOCK, plain)):
            with changes():
                began = time.process_time()
                _gone_through(program, checker, rows[at : at + _BLOCK], helped=False)
                taken.append(time.process_time() - began)
        yield taken[0], taken[1]


def shared(kind: str, count: int) -> Iterator[tuple[float, float]]:
    """Seconds of the clock that all rows take: with the second process, and without it."""
    for _ in range(_ROUNDS):
        taken = []
        for helped in (True, False):
            work = _work(kind, count)
            began = time.perf_counter()
            _gone_through(*work, helped=helped)
            taken.append(time.perf_counter() - began)
        yield taken[0], taken[1]


def _work(kind: str, count: int) -> tuple[Program, Checker, list[Row]]:
    letter, template = parse_letter(LETTER, None), load("check-in", [built_in_folder()])
    program = compile_letter(letter, template, {}, Defaults(Mailbox("jo@novak.example", "Jo Novak")))
    known = Known(datetime(2026, 5, 12, 10, 0, tzinfo=UTC))
    checker = Checker(letter, template, lambda _: known, rows=count, shelf=batch.BatchShelf)
    rows = [Row(number, number + 1, "people.csv", cells) for number, cells in enumerate(values(kind, count), 1)]
    return program, checker, rows


def _gone_through(program: Program, checker: Checker, rows: Sequence[Row], *, helped: bool) -> None:
    for _ in lots.lots(program, rows, checker, len(rows) if helped and helper.may_help() else 0):
        pass


def main(count: int = 1_000) -> None:
    """Print the table."""
    print(f"| path | {' | '.join(f'prose {kind}' for kind in KINDS)} |\n| --- | ---: | ---: |")
    for path in PATHS:
        _tell(path.said, [list(blocks(kind, count, path))[1:] for kind in KINDS])
    _tell("a second process does a share (of the clock)", [list(shared(kind, count)) for kind in KINDS])


def _tell(said: str, of_kinds: Sequence[Sequence[tuple[float, float]]]) -> None:
    shares = [statistics.median(1 - one / other for one, other in pairs) for pairs in of_kinds]
    print(f"| {said} | {' | '.join(f'{share:.0%}' for share in shares)} |", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
