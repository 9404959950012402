"""Problems for the person, as a good compiler shows them: the line, a caret under the words, a sentence, a hint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mailer.characters import printable
from mailer.cli.style import BAD, LOOK, style

if TYPE_CHECKING:
    from mailer.checks.problem import Problem
    from mailer.sending.plan import Plan
    from mailer.sending.problem_groups import Group

_WIDTH = 96
_BEFORE = 48
_FIELD = re.compile(r"\{\{[^{}]*\}\}|\{%[^{}]*%\}")
_COLOURS = {"block": BAD, "warn": LOOK, "hint": None}


def all_shown(problems: Iterable[Problem], row: int | None = None, *, err: bool = True) -> list[str]:
    """The lines of some problems, for stderr or, without ``err``, for stdout."""
    return [line for problem in problems for line in shown(problem, row, err=err)]


def shown(problem: Problem, row: int | None = None, *, err: bool = True, note: str = "") -> list[str]:
    """The lines of one problem; ``note`` stands behind the sentence."""
    line, words, hint = map(printable, (problem.shown, problem.words, problem.hint))
    sentence = problem_line(problem._replace(hint=""), row, err=err).rstrip(". ") + note
    source = _source(problem.line, line.replace("\t", " "), words.partition("\n")[0])
    return [sentence, *source, *([f"  {hint}"] if hint else [])]


def _source(number: int | None, line: str, words: str) -> list[str]:
    """The line with the words, cut to a terminal's width, and the carets under them."""
    at, words = _place(line, words)
    if at < 0:
        return []
    start = max(0, min(at - _BEFORE, len(line) - _WIDTH))
    head, tail = "…" if start else "", "…" if len(line) > start + _WIDTH else ""
    piece = line[start : start + _WIDTH]
    marked = line[at : min(at + len(words), start + _WIDTH)]
    return [
        f"{number or '':>5} | {head}{piece}{tail}",
        f"{'':>5} | {' ' * (len(head) + _columns(line[start:at]))}{'^' * max(1, _columns(marked))}",
    ]


def _place(line: str, words: str) -> tuple[int, str]:
    """Where the words stand, -1 if nowhere; what a field prints stands where the field does, not within its name."""
    if not words or "{" in words:
        return (line.find(words) if words else -1), words
    fields = list(_FIELD.finditer(line))
    typed = _FIELD.sub(lambda match: "\0" * len(match[0]), line)
    whole = re.search(rf"(?<!\w){re.escape(words)}(?!\w)", typed)
    at = whole.start() if whole else typed.find(words)
    if at < 0 and len(fields) == 1:
        return fields[0].start(), fields[0][0]
    return at, words


def _columns(text: str) -> int:
    """How wide a terminal shows it: ideographs take two columns, combining signs none (UAX 11)."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def group_lines(groups: Iterable[Group], *, err: bool = False) -> list[str]:
    """The lines of every group, for stdout or, with ``err``, for stderr."""
    return [line for group in groups for line in shown(group.problem, err=err, note=f" [{told(group)}]")]


def warning_lines(plan: Plan) -> list[str]:
    """Return the problems of what goes, each once, and how much of it went before."""
    lines = group_lines(plan.groups, err=True) if plan.groups is not None else []
    lines += all_shown(plan.problems, plan.row)
    if plan.anew and plan.is_batch:
        were = "was" if plan.anew == 1 else "were"
        lines.append(f"{plan.anew} of {plan.good} {were} sent or refused before: --again sends them once more.")
    return lines


def problem_line(problem: Problem, row: int | None = None, *, err: bool = True) -> str:
    """One problem in one line, for stderr or, without ``err``, for stdout."""
    level = "allowed" if problem.allowed else problem.level
    where = f"row {row}, " if row is not None else ""
    place = f"{where}{problem.where}" + (f", line {problem.line}" if problem.line else "")
    words = f"{problem.check} ({place}): {problem.text}. {problem.hint}"
    return f"{style(level, err=err, fg=_COLOURS[problem.level], bold=True)} {printable(words)}"


def told(group: Group) -> str:
    """``12 rows: 1, 4-9, 17; column company``."""
    count = "row" if group.count == 1 else f"{group.count} rows{' with the like' * group.differs}:"
    columns = sorted(group.columns)
    named = f"; column{'s' if len(columns) > 1 else ''} {', '.join(columns)}" if columns else ""
    return f"{count} {_ranges(group.runs)}{named}"


def _ranges(runs: Sequence[tuple[int, int]]) -> str:
    from mailer.sending.problem_groups import RUNS

    words = [f"{first}" if first == last else f"{first}-{last}" for first, last in runs[:RUNS]]
    return ", ".join(words) + (", …" if len(runs) > RUNS else "")
