"""The letters of a job, rendered and checked a lot at a time; a second process does a share of a long batch.

Either process renders a letter and runs the checks that look at it alone; the checks that compare it with others run
here, in order, so that the verdicts are the same as with one process.
"""

from __future__ import annotations

from collections import deque
from contextlib import closing
from itertools import chain, islice
from typing import TYPE_CHECKING

from mailer.errors import MailerError
from mailer.sending.item import Item
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from mailer.checks.case import Case
    from mailer.checks.runner import Alone, Checker
    from mailer.letters.table import Row
    from mailer.render.program import Program
    from mailer.sending.helper import Helper

_LOT = 32
_LOT_OCTETS = 8_000_000
# Smaller where two work, so that neither waits long for the other at the end.
_SHARED_LOT = 16
# From so many rows on it pays to have another process.
_WORTH_HELP = 200
# So often is another process begun in one batch.
_MOST_HELPERS = 8
# Lots that are begun before the one that is next is done.
_MOST_AHEAD = 5


class Begun(NamedTuple):
    """A letter, and what it is by itself, if that is known; ``case`` is what was looked at.

    ``bare`` are the words of its body, where another process knows them.
    """

    item: Item
    alone: Alone | None = None
    case: Case | None = None
    bare: str | None = None


class Ahead(NamedTuple):
    """Rows that are in hand: the helper's, where ``begun`` is None."""

    rows: Sequence[Row | None]
    begun: Sequence[Begun] | None = None


def lots(
    program: Program,
    rows: Iterable[Row | None],
    checker: Checker,
    count: int,
    prepare: Callable[[Item], object] | None = None,
) -> Iterator[list[Item]]:
    """Letters of ``count`` rows, some at a time: each step for all of them is far faster than all for each.

    The other process makes them ready to be kept too, if it is told how to ``prepare`` them.
    """
    rows, tries = iter(rows), _MOST_HELPERS if count >= _WORTH_HELP else 0
    while lot := list(_rendered(program, rows)):
        yield [_completed(checker, one) for one in _alone(checker, lot)]
        if tries and not _opens_files(lot):
            tries -= 1
            if helper := _helper(program, checker, prepare):
                with closing(helper):
                    rows = yield from _shared(program, rows, checker, helper)


def _helper(program: Program, checker: Checker, prepare: Callable[[Item], object] | None) -> Helper | None:
    """Another process, if there can be one."""
    from mailer.sending.helper import Helper, may_help

    def work(rows: Sequence[Row]) -> list[Begun] | None:
        languages = program.languages
        begun = _begun(program, rows, checker)
        # What is opened on the way has to be known here.
        return list(map(told, begun)) if program.languages == languages else None

    def told(one: Begun) -> Begun:
        return Begun(prepared(one.item), one.alone, bare=checker.words_beside(one.case) if one.case else None)

    def prepared(item: Item) -> Item:
        return item._replace(prepared=prepare(item), known_by=None) if prepare and item.rendered else item

    try:
        return Helper(work) if may_help() else None
    except OSError:
        return None


def _shared(
    program: Program, rows: Iterator[Row | None], checker: Checker, helper: Helper
) -> Generator[list[Item], None, Iterator[Row | None]]:
    """Letters that both processes begin, as long as they open no files; the rows that are left.

    Here is begun what the other has not come to while its answer is waited for.
    """
    ahead: deque[Ahead] = deque()
    while True:
        while helper.has_room and len(ahead) < _MOST_AHEAD and (lot := list(islice(rows, _SHARED_LOT))):
            ahead.append(Ahead(lot, None if helper.give(lot) else _begun(program, lot, checker)))
        if not ahead:
            return rows
        is_awaited = ahead[0].begun is None and not helper.is_done()
        if is_awaited and len(ahead) < _MOST_AHEAD and (lot := list(islice(rows, _SHARED_LOT))):
            ahead.append(Ahead(lot, _begun(program, lot, checker)))
            continue
        begun = helper.answer() if ahead[0].begun is None else ahead[0].begun
        if not begun:
            return chain(*[one.rows for one in ahead], rows)
        ahead.popleft()
        yield [_completed(checker, one) for one in begun]


def _begun(program: Program, rows: Sequence[Row | None], checker: Checker) -> list[Begun]:
    """The letters of these rows, each by itself; [] where files are opened for one."""
    items = list(_rendered(program, iter(rows)))
    if len(items) < len(rows) or _opens_files(items):
        return []
    return _alone(checker, items)


def _alone(checker: Checker, items: Sequence[Item]) -> list[Begun]:
    """What each letter is by itself; whatever fails for one of them is met again when it is completed."""
    made = [item for item in items if item.rendered]
    try:
        cases = [checker.case(item.rendered, item.source) for item in made if item.rendered]
        known = dict(zip(map(id, made), zip(checker.alone(cases), cases, strict=True), strict=True))
    except MailerError:
        return list(map(Begun, items))
    return [_of(item, *known.get(id(item), ())) for item in items]


def _of(item: Item, alone: Alone | None = None, case: Case | None = None) -> Begun:
    return Begun(item._replace(known_by=alone.known_by) if alone else item, alone, case)


def _opens_files(items: Iterable[Item]) -> bool:
    return any(item.rendered and (item.rendered.attachments or item.rendered.thread) for item in items)


def _rendered(program: Program, rows: Iterator[Row | None]) -> Iterator[Item]:
    octets = 0
    for row in islice(rows, _LOT):
        number = row.number if row else None
        try:
            rendered = program.render(row)
        except MailerError as error:
            yield Item(number, row).failed(error)
            continue
        to = tuple([box.addr_spec for box in rendered.to])
        yield Item(number, row, rendered, to=to, subject=rendered.subject)
        octets += sum([len(file.encoded) for file in rendered.attachments])
        if octets > _LOT_OCTETS:
            return


def _completed(checker: Checker, begun: Begun) -> Item:
    item = begun.item
    if item.rendered is None:
        return item
    try:
        case = begun.case or checker.case(item.rendered, item.source, begun.alone, begun.bare)
        return item._replace(problems=checker.completed(case, item.source, begun.alone))
    except MailerError as error:
        return Item(item.row, item.source).failed(error)
