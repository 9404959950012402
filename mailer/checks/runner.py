"""Runs the checks over the letters of one run: patterns compiled once, other letters indexed once, rows remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from mailer.checks.case import Case
from mailer.checks.problem import NAMES, NEVER_ALLOWED, Problem
from mailer.checks.text import Text, plain
from mailer.checks.world import Known, Other
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.checks.index import GrowingIndex, Index, OpenShelf
    from mailer.checks.similar import ComparableProse, Keys
    from mailer.letters.letter import Letter
    from mailer.letters.table import Row
    from mailer.letters.template import Template
    from mailer.message.rendered import Rendered

    Check = Callable[[Case], Iterator[Problem]]
    # The problems of some checks, by their places among all.
    Found = Mapping[int, Sequence[Problem]]

# Letters that stand alone and name no company are business mail of any kind.
FOR_LETTERS_ABOUT_WORK = frozenset(
    {"greeting", "language", "company", "leak", "tone", "length", "particulars", "timing", "repeat", "twins"}
    | {"reason", "company-gap"}
)
# Those that look at other letters, or at what the ledger says of the people.
OF_OTHERS = frozenset({"leak", "stop", "answered", "hold", "repeat", "reason", "company-gap", "twins"})
# That which does both, in two steps.
_IN_TWO = "particulars"
_PARAGRAPHS_KEPT = 8


class Alone(NamedTuple):
    """What a letter is by itself: its problems, what its prose is compared by, and what it is to be found by.

    ``known_by`` is what later runs find it by, where that is known.
    """

    found: Found
    own: ComparableProse | None = None
    keys: Keys | None = None
    known_by: Keys | None = None


class Checker:
    """The checks of one run, row by row, each row once."""

    def __init__(
        self,
        letter: Letter,
        template: Template | None,
        know: Callable[[bool], Known],
        allow: frozenset[str] = frozenset(),
        sets: Mapping[str, str] | None = None,
        rows: int = 1,
        shelf: Callable[[], OpenShelf] | None = None,
    ) -> None:
        """``know(letters)`` is asked once, when the first letter is checked: whether other letters are wanted.

        ``rows`` is how many letters the run has; ``sets`` are the values of ``--set``; ``shelf`` makes the
        place where the letters of a batch are kept to be compared with, which is in memory if it is None.
        """
        self.letter = letter
        self.template = template
        self._template = letter.template
        self.headers = {header.name: header for header in reversed(letter.headers)}
        self.know = know
        self.allow = allow
        self.sets = sets or {}
        self.rows = rows
        self.shelf = shelf
        self._known: Known | None = None
        self._others: Index | None = None
        self._batch: GrowingIndex | None = None
        self._first = True
        self._named: tuple[tuple[str, ...], frozenset[str]] = ((), frozenset())

    @cached_property
    def personal(self) -> bool:
        """Whether every check is for this letter: it has a template, or a company in its own file."""
        company = self.headers.get("company")
        return self.template is not None or (company is not None and bool(company.value))

    def problems(self, rendered: Rendered, row: Row | None = None) -> tuple[Problem, ...]:
        """Every problem of one letter; blocks of the checks in ``allow`` are marked so."""
        return self.completed(self.case(rendered, row), row)

    def alone(self, cases: Sequence[Case]) -> list[Alone]:
        """What each letter is by itself, whatever the others are: of all letters, check by check."""
        found: list[dict[int, list[Problem]]] = [{} for _ in cases]
        for place, check in _steps(self.personal, of_others=False):
            for case, problems in zip(cases, found, strict=True):
                if its := list(check(case)):
                    problems[place] = its
        return [Alone(its, *self._compared_by(case)) for case, its in zip(cases, found, strict=True)]

    def completed(self, case: Case, row: Row | None = None, alone: Alone | None = None) -> tuple[Problem, ...]:
        """Every problem of the next letter; ``alone`` is what it is by itself, if that is known."""
        alone = alone or self.alone([case])[0]
        beside = {place: its for place, check in _steps(self.personal, of_others=True) if (its := list(check(case)))}
        self._first = False
        if self._batch is not None:
            other = self._as_other(case, f"row {row.number}" if row else "another row")
            keys = alone.keys or self._keys(case)
            is_compared = case.prose_from == "column" or self.template is None
            self._batch.add(other, keys if is_compared else keys.without_prose())
        found = {**alone.found, **beside}
        return tuple([self._allowed(problem) for place in sorted(found) for problem in found[place]])

    def _allowed(self, problem: Problem) -> Problem:
        if problem.level != "block" or problem.check not in self.allow - NEVER_ALLOWED:
            return problem
        return problem._replace(allowed=True)

    def case(self, rendered: Rendered, row: Row | None, alone: Alone | None = None, bare: str | None = None) -> Case:
        """The letter as the checks see it, beside those that were completed; ``alone`` as for these.

        ``bare`` are the words of its body, if they are known (``words_beside``).
        """
        if self._known is None:
            self._learn()
        assert self._known is not None
        body = Text(_shown(rendered), signed=rendered.text is not None, bare=bare)
        prose, prose_from = self._prose(rendered, body, row)
        return Case(
            letter=self.letter,
            named=self._template,
            headers=self.headers,
            template=self.template,
            rendered=rendered,
            known=self._known,
            body=body,
            subject=Text(rendered.subject, signed=False),
            personal=self.personal,
            prose=prose,
            prose_from=prose_from,
            columns=self._columns(row),
            others=self._others,
            batch=self._batch,
            rows=self.rows,
            first=self._first,
            compared_by=alone.own if alone else None,
        )

    def words_beside(self, case: Case) -> str | None:
        """The words of a letter's body that it is compared with others by, each a line; None where it is not."""
        # What is folded may hold a blank: U+FDFA is a whole sentence.
        return "\n".join(case.body.bare) if self.personal else None

    def _columns(self, row: Row | None) -> frozenset[str]:
        """The values that come from the CSV; the same object for rows of the same columns."""
        if row is None:
            return frozenset()
        names = tuple(row.values)
        if names != self._named[0]:
            self._named = names, frozenset(names) - self.sets.keys()
        return self._named[1]

    def _learn(self) -> None:
        self._known = self.know(self.personal)
        if self.personal:
            from mailer.checks.index import GrowingIndex, Index, MemoryShelf

            others = self._known.letters
            self._others = Index(*([MemoryShelf(others)] if others else ()), *self._known.shelves)
            self._batch = GrowingIndex((self.shelf or MemoryShelf)()) if self.rows > 1 else None

    def _prose(self, rendered: Rendered, body: Text, row: Row | None) -> tuple[Text, str]:
        """The writer's own words, and whether they come from the letter, a column or an option."""
        if self.template is None:
            return (Text(without_frame(body.own), signed=False) if self.personal else body), "letter"
        text = Text(rendered.prose.strip("\n"), signed=False)
        if "prose" in self.sets:
            return text, "option"
        return text, "column" if row is not None and "prose" in row.values else "letter"

    def _compared_by(self, case: Case) -> tuple[ComparableProse | None, Keys | None, Keys | None]:
        """What the prose of one of several letters is compared by, and what it is to be found by, here and later."""
        if self.rows < 2 or not self.personal:
            return None, None, None
        keys = self._keys(case)
        # The ledger has the prose with what it quotes, and of one address under two names the first.
        is_whole = self.template is not None and case.prose.own == case.prose.raw
        return case.own, keys, keys if is_whole and len(case.keys) == len(case.recipients) else None

    def _keys(self, case: Case) -> Keys:
        from mailer.checks.similar import keys_of

        return keys_of(self._as_other(case), case.own)

    def _as_other(self, case: Case, what: str = "") -> Other:
        """The letter as those after it see it."""
        return Other(
            origin="batch",
            what=what,
            keys=case.keys,
            names=tuple([box.display_name for box in case.recipients if box.display_name]),
            template=self._template,
            company=case.company,
            position=case.position,
            prose=case.prose.raw,
        )


def _shown(rendered: Rendered) -> str:
    if rendered.text is not None:
        return rendered.text
    from mailer.message.preview import shown_text

    return shown_text(rendered)


@cache
def _steps(personal: bool, *, of_others: bool) -> tuple[tuple[int, Check], ...]:
    """The checks that look at others, or do not, each with its place among all."""
    from mailer.checks.rules import spelling

    steps: list[tuple[int, Check]] = []
    for place, name in enumerate(NAMES):
        if (name in FOR_LETTERS_ABOUT_WORK and not personal) or (name == "spelling" and not spelling.is_there()):
            continue
        rule = import_module(f"mailer.checks.rules.{name.replace('-', '_')}")
        if name == _IN_TWO:
            steps.append((2 * place, rule.beside) if of_others else (2 * place + 1, rule.check))
        elif (name in OF_OTHERS) == of_others:
            steps.append((2 * place, rule.check))
    return tuple(steps)


def without_frame(text: str) -> str:
    """A letter's words without its greeting and what follows the closing."""
    from mailer.checks.rules.sender import closing_at
    from mailer.checks.salutation import has_greeting

    end = closing_at(text, plain(text))
    body = text[: end if end >= 0 else len(text)]
    for line in body.split("\n")[:_PARAGRAPHS_KEPT]:
        if line.strip() and has_greeting(line) and len(plain(line).split()) < 9:
            return body.partition(line)[2].strip("\n")
    return body.strip("\n")
