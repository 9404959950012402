"""The preflight: every letter is checked before any goes; which may go, which not and why.

What was checked is kept, composed but for its Date and Message-ID, so that what is sent is what was checked.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from mailer.errors import BadData, MailerError
from mailer.sending.composed import ComposedLetter, digest_of, formerly_of, identity_of, seal
from mailer.sending.job import Item, Job, clash_error, not_ready_error
from mailer.sending.plan import Plan, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mailer.checks.problem import Problem
    from mailer.ledger.ledger import Ledger
    from mailer.ledger.values import Claim
    from mailer.letters.table import Row
    from mailer.message.address import Mailbox
    from mailer.sending.problem_groups import Groups
    from mailer.sending.reporter import Reporter
    from mailer.sending.spool import Roll

_GOES = ("new", "retry", "partial")
_WENT = ("already-sent", "other-words", "refused", "partial")
_GROUPS, _LINES = 1000, 8


class Candidate(NamedTuple):
    """A letter that was checked, as it is kept until its turn comes.

    ``kind``: "good", "double" (of a letter before it), "bad", or what the ledger says of it.  ``cells`` are those of
    the row; ``error`` is why a bad one does not go, ``composed`` what goes of a good one; ``anew``: it went before.
    """

    kind: str
    row: int | None
    line: int
    cells: tuple[str, ...]
    to: tuple[str, ...]
    subject: str | None
    problems: tuple[Problem, ...] = ()
    identity: str = ""
    digest: str = ""
    error: MailerError | None = None
    composed: ComposedLetter | None = None
    anew: bool = False
    formerly: tuple[str, ...] = ()

    @property
    def may_go(self) -> bool:
        """Whether it goes, or shares the fate of one that does."""
        return self.kind in ("good", "double")


class Preflight:
    """What becomes of each letter.  ``roll`` keeps the candidates, None for a single one; ``good`` letters may go.

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
        self._only: list[Candidate] = []
        self._groups: Groups | None = None
        self._bad: dict[str, list[int]] = {}
        self._bad_counts: Counter[str] = Counter()
        self._columns: tuple[str, ...] = ()

    def look(self, items: Sequence[Item]) -> None:
        """Look at some letters more, each step for all of them."""
        if not self._columns and items and items[0].source:
            self._columns = tuple(items[0].source.values)
        begun = [self._bad_one(item, item.error) if item.error else self._begun(item) for item in items]
        composed = [self._composed(item, candidate) for item, candidate in zip(items, begun, strict=True)]
        for item, candidate in zip(items, composed, strict=True):
            self._written_down(item, self._compared(item, candidate))

    def _begun(self, item: Item) -> Candidate:
        assert item.rendered is not None
        name, words = identity_of(self.job, item.rendered), digest_of(self.job, item.rendered)
        formerly = formerly_of(self.job, item.rendered)
        before = self._kind(name, words, formerly)
        kind = self.ledger.peek(name, words, again=True, formerly=formerly).kind if self.again else before
        if kind in _GOES and item.blocked:
            return self._bad_one(item, not_ready_error(item))
        candidate = _one("good" if kind in _GOES else kind, item, identity=name, digest=words, formerly=formerly)
        return candidate._replace(anew=kind == "new" and before in _WENT)

    def _kind(self, name: str, words: str, formerly: tuple[str, ...]) -> str:
        claim = self.ledger.peek(name, words, formerly=formerly)
        if claim.drafted and self.went and self.went(claim):
            claim = self.ledger.peek(name, words, formerly=formerly)
        return claim.kind

    def _composed(self, item: Item, candidate: Candidate) -> Candidate:
        if candidate.kind != "good" or item.rendered is None:
            return candidate
        self.largest = max(self.largest, sum([len(file.encoded) for file in item.rendered.attachments]))
        try:
            return candidate._replace(composed=seal(item.rendered))
        except BadData as error:
            return self._bad_one(item, error)

    def _compared(self, item: Item, candidate: Candidate) -> Candidate:
        """With the letters of this run that came before it."""
        if candidate.kind != "good" or self.roll is None or item.row is None:
            return candidate
        first, same = self.roll.first(item.row, candidate.identity, candidate.digest)
        if not same:
            return self._bad_one(item, clash_error(first, self.job.template))
        return candidate if first == item.row else candidate._replace(kind="double")

    def _written_down(self, item: Item, candidate: Candidate) -> None:
        if self.roll is None:
            self._only.append(candidate)
        else:
            self.roll.add(candidate)
        self.kinds[candidate.kind] += 1
        if candidate.kind == "good":
            self.good += 1
            self.warned += any(problem.level == "warn" for problem in item.problems)
            self.anew += candidate.anew
            self.first = self.first or _without_contents(item)
        if candidate.may_go:
            self._note_problems(item)
        elif candidate.kind in ("bad", "other-words"):
            self._note_bad(item, candidate)

    def _note_problems(self, item: Item) -> None:
        if not item.problems or item.row is None:
            return
        if self._groups is None:
            from mailer.sending.problem_groups import Groups

            self._groups = Groups()
        self._groups.add(item.row, item.source.values if item.source else {}, item.problems)

    def _bad_one(self, item: Item, error: MailerError) -> Candidate:
        return _one("bad", item, error=error)

    def _note_bad(self, item: Item, candidate: Candidate) -> None:
        text = candidate.error.text if candidate.error else _OTHER_WORDS
        if text in self._bad or len(self._bad) < _GROUPS:
            self._bad_counts[text] += 1
            lines = self._bad.setdefault(text, [])
            if len(lines) < _LINES and item.source:
                lines.append(item.source.line)

    # The second pass

    def candidates(self) -> Iterator[tuple[Item, Candidate]]:
        """The letters as they were looked at.  Raises CannotWrite."""
        for candidate in self._only if self.roll is None else self.roll.entries():
            yield self._item(candidate), candidate

    def _item(self, candidate: Candidate) -> Item:
        told = self.told and candidate.may_go
        known = (candidate.to, candidate.subject)
        return Item(candidate.row, None, candidate.problems, candidate.error, self._source(candidate), known, told)

    def _source(self, candidate: Candidate) -> Row | None:
        if candidate.row is None or self.job.table is None:
            return None
        return self.job.table.row(candidate.row, candidate.line, dict(zip(self._columns, candidate.cells, strict=True)))

    def tell(self, item: Item, candidate: Candidate, reporter: Reporter) -> None:
        """Tell of a letter that is not fit, or that the ledger holds back."""
        from mailer.sending.values import STATES, Result

        if item.error:
            reporter.held_back(item, item.error)
        else:
            claim = self.ledger.peek(
                candidate.identity, candidate.digest, again=self.again, formerly=candidate.formerly
            )
            reporter.result(Result(item, STATES[candidate.kind], claim))

    @property
    def first_sender(self) -> Mailbox | None:
        """Whom the first letter that may go is from."""
        return self.first.rendered.sender if self.first and self.first.rendered else None

    def changed_file(self) -> str:
        """The first attachment of the letter that is shown that is no longer what it was, or ""."""
        from mailer.message.attachments import changed_since

        files = self.first.rendered.attachments if self.first and self.first.rendered else ()
        return next((file.path for file in files if changed_since(file)), "")

    # What a person is told of it

    def plan(self, quota: str = "") -> Plan:
        """Return what is about to be sent; ``quota`` says what the provider still takes."""
        assert self.first is not None
        assert self.first.rendered is not None
        return Plan(
            self.first.rendered,
            is_batch=self.job.options.each is not None,
            good=self.good,
            warned=self.warned,
            anew=self.anew,
            not_ready=self.kinds["bad"] + self.kinds["other-words"],
            problems=self.first.problems if self.job.options.each is None else (),
            groups=self._groups,
            reasons=[Reason(text, count, self._bad[text]) for text, count in self._bad_counts.most_common()],
            held=self.kinds,
            quota=quota,
        )


def _without_contents(item: Item) -> Item:
    """The letter to show: of its files only what they are, for theirs may be all the memory there is."""
    if item.rendered is None or not item.rendered.attachments:
        return item
    files = tuple([file._replace(encoded=b"") for file in item.rendered.attachments])
    return item._replace(rendered=item.rendered._replace(attachments=files))


_OTHER_WORDS = "sent before with other words; --again sends it"


def _one(
    kind: str,
    item: Item,
    *,
    identity: str = "",
    digest: str = "",
    error: MailerError | None = None,
    formerly: tuple[str, ...] = (),
) -> Candidate:
    subject = None if item.subject is None else str(item.subject)
    line, cells = (item.source.line, tuple(item.source.values.values())) if item.source else (0, ())
    what = (kind, item.row, line, cells, item.to, subject, item.problems)
    return Candidate(*what, identity=identity, digest=digest, error=error, formerly=formerly)
