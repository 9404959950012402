"""The problems of a batch, grouped: each problem once, with its rows and the columns that its words come from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailer.checks.problem import Problem

# So many runs of rows are told of a problem; of one that most rows have, more would be all the memory there is.
RUNS = 12
# So many groups there are; what is in none of them then is told once for each check, however its words differ.
_MOST = 500
_VARIES = re.compile(r"[^\s@<>]+@[^\s@<>]+|\d+")


@dataclass(slots=True, eq=False, repr=False)
class Group:
    """The same problem in ``count`` rows: the first, and the columns that its words come from.

    ``runs`` are the first and last rows of those that follow each other, ``RUNS`` and one more at most.  ``differs``:
    in the other rows it may stand elsewhere and in other words.
    """

    problem: Problem
    count: int = 0
    runs: list[tuple[int, int]] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)
    last: int | None = None
    differs: bool = False

    def add(self, row: int) -> None:
        """One more row, which may be the last one again."""
        if row == self.last:
            return
        self.count += 1
        if self.last is not None and row == self.last + 1 == self.runs[-1][1] + 1:
            self.runs[-1] = (self.runs[-1][0], row)
        elif len(self.runs) <= RUNS:
            self.runs.append((row, row))
        self.last = row


class Groups:
    """The problems of a batch, grouped as they come."""

    def __init__(self) -> None:
        self._groups: dict[tuple[object, ...], Group] = {}

    def add(self, row: int, values: Mapping[str, str], problems: Iterable[Problem]) -> None:
        """The problems of one row; ``values`` are its columns."""
        for problem in problems:
            columns = columns_of(problem, values)
            varying = [value for value in (*values.values(), problem.words) if len(value) > 1]
            kind = (problem.check, problem.level, problem.allowed)
            key = (*kind, problem.where, problem.line, problem.field, _constant(problem.text, varying))
            differs = len(self._groups) >= _MOST and key not in self._groups
            group = self._groups.setdefault(kind if differs else key, Group(problem, differs=differs))
            group.add(row)
            group.columns |= columns

    def __iter__(self) -> Iterator[Group]:
        order = ("block", "warn", "hint")
        return iter(sorted(self._groups.values(), key=lambda group: order.index(group.problem.level)))


def columns_of(problem: Problem, values: Mapping[str, str]) -> set[str]:
    """The columns that a problem's words come from."""
    if problem.field in values:
        return {problem.field}
    if problem.line is not None and not problem.words:
        return set()
    return {name for name, value in values.items() if len(problem.words) > 1 and problem.words in value}


def _constant(text: str, varying: Iterable[str]) -> str:
    """A sentence without what differs from row to row."""
    for value in sorted(varying, key=len, reverse=True):
        text = text.replace(value, "…")
    return _VARIES.sub("…", text)
