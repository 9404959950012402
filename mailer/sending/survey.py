"""The first pass of ``send``: which letters may go, which not and why, and the question that comes of it.

What was looked at is kept, composed but for its Date and Message-ID, so that what is sent is what was checked.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from mailer import errors
from mailer.checks.problem import Problem
from mailer.cli.job import Item, Job, clash, not_ready
from mailer.errors import BadData, MailerError
from mailer.sending.composed import digest_of, formerly_of, identity_of, seal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mailer.cli.problems import Groups
    from mailer.cli.report import Teller
    from mailer.ledger.ledger import Ledger
    from mailer.ledger.values import Claim
    from mailer.letters.table import Row
    from mailer.sending.spool import Roll

_GOES = ("new", "retry", "partial")
_WENT = ("already-sent", "other-words", "refused", "partial")
_GROUPS, _LINES, _SHOWN = 1000, 8, 10
_HELD = {"refused": "refused before", "in-doubt": "in doubt", "busy": "in the hands of another mailer"}


class Seen(NamedTuple):
    """What was seen of one letter, in plain values.

    ``kind``: "good", "double" (of a letter before it), "bad", or what the ledger says of it.  ``cells`` are those of
    the row; ``fault`` is the error of a bad one, ``sealed`` what goes of a good one; ``anew``: it went before.
    """

    kind: str
    row: int | None
    line: int
    cells: tuple[str, ...]
    to: tuple[str, ...]
    subject: str | None
    problems: tuple[tuple[Any, ...], ...]
    identity: str = ""
    digest: str = ""
    fault: tuple[Any, ...] | None = None
    sealed: tuple[Any, ...] | None = None
    anew: bool = False
    formerly: tuple[str, ...] = ()

    @property
    def may_go(self) -> bool:
        """Whether it goes, or shares the fate of one that does."""
        return self.kind in ("good", "double")


class Looked:
    """What was seen of each letter.  ``roll`` is None for a single one; ``good`` letters may go.

    ``warned`` of them have a warning, ``anew`` were sent or refused before; ``told``: their problems were told.

    ``largest`` is about how many octets the largest attachments of a letter have, as they go.
    ``went`` tells whether a letter that stands as a draft was sent from the mail program.
    """

    def __init__(
        self, job: Job, ledger: Ledger, again: bool, roll: Roll | None, went: Callable[[Claim], bool] | None = None
    ) -> None:
        self.job, self.ledger, self.again, self.roll, self.went = job, ledger, again, roll, went
        self.good = self.warned = self.anew = 0
        self.told = False
        self.largest = 0
        self.first: Item | None = None
        self.kinds: Counter[str] = Counter()
        self._only: list[Seen] = []
        self._groups: Groups | None = None
        self._bad: dict[str, list[int]] = {}
        self._bad_counts: Counter[str] = Counter()
        self._columns: tuple[str, ...] = ()

    def look(self, items: Sequence[Item]) -> None:
        """Look at some letters more, each step for all of them."""
        if not self._columns and items and items[0].source:
            self._columns = tuple(items[0].source.values)
        begun = [self._bad_one(item, item.error) if item.error else self._begun(item) for item in items]
        sealed = [self._sealed(item, seen) for item, seen in zip(items, begun, strict=True)]
        for item, seen in zip(items, sealed, strict=True):
            self._written_down(item, self._compared(item, seen))

    def _begun(self, item: Item) -> Seen:
        assert item.rendered is not None
        name, words = identity_of(self.job, item.rendered), digest_of(self.job, item.rendered)
        formerly = formerly_of(self.job, item.rendered)
        before = self._kind(name, words, formerly)
        kind = self.ledger.peek(name, words, again=True, formerly=formerly).kind if self.again else before
        if kind in _GOES and item.blocked:
            return self._bad_one(item, not_ready(item))
        seen = _one("good" if kind in _GOES else kind, item, identity=name, digest=words, formerly=formerly)
        return seen._replace(anew=kind == "new" and before in _WENT)

    def _kind(self, name: str, words: str, formerly: tuple[str, ...]) -> str:
        claim = self.ledger.peek(name, words, formerly=formerly)
        if claim.drafted and self.went and self.went(claim):
            claim = self.ledger.peek(name, words, formerly=formerly)
        return claim.kind

    def _sealed(self, item: Item, seen: Seen) -> Seen:
        if seen.kind != "good" or item.rendered is None:
            return seen
        self.largest = max(self.largest, sum([len(file.encoded) for file in item.rendered.attachments]))
        try:
            return seen._replace(sealed=tuple(seal(item.rendered)))
        except BadData as error:
            return self._bad_one(item, error)

    def _compared(self, item: Item, seen: Seen) -> Seen:
        """With the letters of this run that came before it."""
        if seen.kind != "good" or self.roll is None or item.row is None:
            return seen
        first, same = self.roll.first(item.row, seen.identity, seen.digest)
        if not same:
            return self._bad_one(item, clash(first, self.job.template))
        return seen if first == item.row else seen._replace(kind="double")

    def _written_down(self, item: Item, seen: Seen) -> None:
        if self.roll is None:
            self._only.append(seen)
        else:
            self.roll.add(tuple(seen))
        self.kinds[seen.kind] += 1
        if seen.kind == "good":
            self.good += 1
            self.warned += any(problem.level == "warn" for problem in item.problems)
            self.anew += seen.anew
            self.first = self.first or item
        if seen.may_go:
            self._note_problems(item)
        elif seen.kind in ("bad", "other-words"):
            self._note_bad(item, seen)

    def _note_problems(self, item: Item) -> None:
        if not item.problems or item.row is None:
            return
        if self._groups is None:
            from mailer.cli.problems import Groups

            self._groups = Groups()
        self._groups.add(item.row, item.source.values if item.source else {}, item.problems)

    def _bad_one(self, item: Item, error: MailerError) -> Seen:
        fault = (type(error).__name__, error.text, error.hint, error.file, error.line, error.field)
        return _one("bad", item, fault=fault)

    def _note_bad(self, item: Item, seen: Seen) -> None:
        text = seen.fault[1] if seen.fault else _OTHER_WORDS
        if text in self._bad or len(self._bad) < _GROUPS:
            self._bad_counts[text] += 1
            lines = self._bad.setdefault(text, [])
            if len(lines) < _LINES and item.source:
                lines.append(item.source.line)

    # The second pass

    def seen_again(self) -> Iterator[tuple[Item, Seen]]:
        """The letters as they were looked at.  Raises CannotWrite."""
        for seen in self._only if self.roll is None else map(Seen._make, self.roll.entries()):
            yield self._item(seen), seen

    def _item(self, seen: Seen) -> Item:
        problems = tuple(map(Problem._make, seen.problems))
        error = _error(seen.fault) if seen.fault else None
        told = self.told and seen.may_go
        return Item(seen.row, None, problems, error, self._source(seen), (seen.to, seen.subject), told)

    def _source(self, seen: Seen) -> Row | None:
        if seen.row is None or self.job.table is None:
            return None
        return self.job.table.row(seen.row, seen.line, dict(zip(self._columns, seen.cells, strict=True)))

    def tell(self, item: Item, seen: Seen, teller: Teller) -> None:
        """Tell of a letter that is not fit, or that the ledger holds back."""
        from mailer.sending.values import STATES, Result

        if item.error:
            teller.held_back(item, item.error)
        else:
            claim = self.ledger.peek(seen.identity, seen.digest, again=self.again, formerly=seen.formerly)
            teller.result(Result(item, STATES[seen.kind], claim))

    def changed_file(self) -> str:
        """The first attachment of the letter that is shown that is no longer what it was, or ""."""
        from mailer.message.attachments import changed_since

        files = self.first.rendered.attachments if self.first and self.first.rendered else ()
        return next((file.path for file in files if changed_since(file)), "")

    # The question

    def question(self) -> str:
        """What to ask before ``good`` letters go."""
        if self.job.options.each is None:
            count = sum(problem.level == "warn" for problem in self.first.problems) if self.first else 0
            return f"Send this letter{_counted(count)}?"
        bad = sum(self.kinds[kind] for kind in ("bad", "other-words"))
        good = f"{self.good} ({self.warned} with warnings)" if self.warned else f"{self.good}"
        return f"{bad} of {bad + self.good} not ready; send {good}?" if bad else f"Send {good}?"

    def problems(self) -> Iterator[str]:
        """All that is to be said of the letters that may go, before any does: of a batch each problem once."""
        self.told = True
        if self._groups is not None:
            yield from self._groups.lines(err=True)
        elif self.job.options.each is None and self.first and self.first.problems:
            from mailer.cli.problems import shown

            for problem in self.first.problems:
                yield from shown(problem)

    def faults(self) -> Iterator[str]:
        """The letters that do not go, grouped by why; lines are those of the CSV."""
        for text, count in self._bad_counts.most_common(_SHOWN):
            lines = ", ".join(map(str, self._bad[text])) + (", …" if count > len(self._bad[text]) else "")
            yield f"{count} not ready (line {lines}): {text}" if self._bad[text] else f"not ready: {text}"
        if len(self._bad_counts) > _SHOWN:
            yield f"… and {len(self._bad_counts) - _SHOWN} other reasons."
        for kind, words in _HELD.items():
            if self.kinds[kind]:
                yield f"{self.kinds[kind]} {words}: mailer outbox says more."


_OTHER_WORDS = "sent before with other words; --again sends it"


def _counted(warnings: int) -> str:
    return f" ({warnings} warning{'s' * (warnings > 1)})" if warnings else ""


def _one(
    kind: str,
    item: Item,
    *,
    identity: str = "",
    digest: str = "",
    fault: tuple[Any, ...] | None = None,
    formerly: tuple[str, ...] = (),
) -> Seen:
    problems = tuple(map(tuple, item.problems))
    subject = None if item.subject is None else str(item.subject)
    line, cells = (item.source.line, tuple(item.source.values.values())) if item.source else (0, ())
    return Seen(kind, item.row, line, cells, item.to, subject, problems, identity, digest, fault, formerly=formerly)


def _error(fault: Sequence[Any]) -> MailerError:
    kind, text, hint, file, line, name = fault
    made: MailerError = getattr(errors, kind)(text, hint=hint, file=file, line=line, field=name)
    return made
