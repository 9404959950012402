"""The preflight: every letter is checked before any goes; which may go, which not and why.

What was checked is kept, composed but for its Date and Message-ID, so that what is sent is what was checked.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mailer.errors import BadData, FileChanged
from mailer.sending.composed import LetterKey, compose_letter, key_of, of_batch
from mailer.sending.item import Item, clash_error, not_ready_error
from mailer.sending.plan import Plan, Reason
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mailer.ledger.ledger import Ledger
    from mailer.ledger.values import Claim
    from mailer.sending.composed import ComposedLetter
    from mailer.sending.job import Job
    from mailer.sending.problem_groups import Groups
    from mailer.sending.reporter import Reporter
    from mailer.sending.request import SendOptions
    from mailer.sending.spool import First, Spool

_GOES = ("new", "retry", "partial")
_WENT = ("already-sent", "other-words", "refused", "partial")
_GROUPS, _LINES = 1000, 8
_NO_KEY = LetterKey("", "")
_OTHER_WORDS = "sent before with other words; --again sends it"


class Candidate(NamedTuple):
    """A letter that was checked, as it is kept until its turn comes.

    ``kind``: "good", "duplicate" (of a letter before it), "bad", or what the ledger says of it.  ``composed`` is what
    goes of one that may go, or shares the fate of one that does, pickled where another process made it; ``anew``: it
    went before.
    """

    kind: str
    item: Item
    key: LetterKey = _NO_KEY
    composed: ComposedLetter | bytes | None = None
    anew: bool = False

    def letter(self) -> ComposedLetter:
        """What goes of it."""
        if isinstance(self.composed, bytes):
            import pickle

            found: ComposedLetter = pickle.loads(self.composed)  # noqa: S301 - our own
            return found
        assert self.composed is not None
        return self.composed


class Preflight:
    """What becomes of each letter.  ``spool`` keeps the candidates, None for a single one; ``good`` letters may go.

    ``warned`` of them have a warning, ``anew`` were sent or refused before; ``told``: their problems were told.

    ``largest`` is about how many octets the largest attachments of a letter have, as they go.
    ``went`` tells whether a letter that stands as a draft was sent from the mail program.
    """

    def __init__(
        self, job: Job, ledger: Ledger, again: bool, spool: Spool | None, went: Callable[[Claim], bool] | None = None
    ) -> None:
        self.job, self.ledger, self.again, self.spool, self.went = job, ledger, again, spool, went
        self.good = self.warned = self.anew = 0
        self.told = False
        self.largest = 0
        self.first: Item | None = None
        self.kinds: Counter[str] = Counter()
        self._only: list[Candidate] = []
        self._groups: Groups | None = None
        self._bad: dict[str, list[int]] = {}
        self._bad_counts: Counter[str] = Counter()

    def check_all(self, batches: Callable[[], Iterator[list[Item]]], options: SendOptions, reporter: Reporter) -> None:
        """Check every letter before any goes.  Raises CannotWrite, Later where the ledger or the spool fails."""
        table = self.job.table
        if table:
            table.watch()
        is_batch = bool(table and table.letters > 1)
        if table and is_batch:
            reporter.checking(None if options.limit else table.count)
        # One by one where only so many are to be good.
        chosen = ([item] for batch in batches() for item in batch) if options.limit else batches()
        try:
            for batch in chosen:
                self.ledger.keep_reading()
                self._look(batch)
                if is_batch:
                    reporter.checked(len(batch))
                if self.good == options.limit > 0:
                    break
        finally:
            self.ledger.stop_reading()
            if is_batch:
                reporter.checked(0)

    def _look(self, items: Sequence[Item]) -> None:
        """Look at some letters more, each step for all of them."""
        begun = [self._begun(item) for item in items]
        composed = [self._composed(item, candidate) for item, candidate in zip(items, begun, strict=True)]
        compared = composed if self.spool is None else self._compared(composed, self.spool)
        for item, candidate in zip(items, compared, strict=True):
            self._note(item, candidate)
        # In values that can be kept on disk: the words are those of what was composed.
        kept = [candidate._replace(item=_without_words(candidate.item)) for candidate in compared]
        if self.spool is None:
            self._only += kept
        else:
            self.spool.add(kept)

    def _begun(self, item: Item) -> Candidate:
        if item.rendered is None:
            return Candidate("bad", item)
        key: LetterKey = item.prepared.key if item.prepared else key_of(self.job, item.rendered)
        before = self._kind(key)
        kind = self._peek(key).kind if self.again else before
        if kind in _GOES and item.blocked:
            return Candidate("bad", item._replace(error=not_ready_error(item)))
        return Candidate("good" if kind in _GOES else kind, item, key, anew=kind == "new" and before in _WENT)

    def _kind(self, key: LetterKey) -> str:
        claim = self.ledger.peek(key.identity, key.digest, formerly=key.formerly)
        if claim.drafted and self.went and self.went(claim):
            claim = self.ledger.peek(key.identity, key.digest, formerly=key.formerly)
        return claim.kind

    def _peek(self, key: LetterKey) -> Claim:
        return self.ledger.peek(key.identity, key.digest, again=self.again, formerly=key.formerly)

    def _composed(self, item: Item, candidate: Candidate) -> Candidate:
        if candidate.kind != "good" or item.rendered is None:
            return candidate
        self.largest = max(self.largest, sum([len(file.encoded) for file in item.rendered.attachments]))
        composed: bytes | None = item.prepared and item.prepared.composed
        try:
            made = composed or (compose_letter(item.rendered) if self.spool is None else of_batch(item))
        except BadData as error:
            return Candidate("bad", item.failed(error))
        return candidate._replace(composed=made)

    def _compared(self, candidates: Sequence[Candidate], spool: Spool) -> list[Candidate]:
        """With the letters of this run that came before them."""
        keyed = [(one.item.row or 0, one.key.identity, one.key.digest) for one in candidates if one.kind == "good"]
        firsts = iter(spool.firsts(keyed))
        return [self._beside(one, next(firsts)) if one.kind == "good" else one for one in candidates]

    def _beside(self, candidate: Candidate, first: First) -> Candidate:
        if not first.same:
            return Candidate("bad", candidate.item._replace(error=clash_error(first.row, self.job.template)))
        return candidate if first.row == candidate.item.row else candidate._replace(kind="duplicate")

    def _note(self, item: Item, candidate: Candidate) -> None:
        self.kinds[candidate.kind] += 1
        if candidate.kind == "good":
            self.good += 1
            self.warned += any(problem.level == "warn" for problem in item.problems)
            self.anew += candidate.anew
            self.first = self.first or _without_contents(item)
        if candidate.composed:
            self._note_problems(item)
        elif candidate.kind in ("bad", "other-words"):
            self._note_bad(candidate.item)

    def _note_problems(self, item: Item) -> None:
        if not item.problems or item.row is None:
            return
        if self._groups is None:
            from mailer.sending.problem_groups import Groups

            self._groups = Groups()
        self._groups.add(item.row, item.source.values if item.source else {}, item.problems)

    def _note_bad(self, item: Item) -> None:
        text = item.error.text if item.error else _OTHER_WORDS
        if text in self._bad or len(self._bad) < _GROUPS:
            self._bad_counts[text] += 1
            lines = self._bad.setdefault(text, [])
            if len(lines) < _LINES and item.source:
                lines.append(item.source.line)

    # The second pass

    def candidates(self) -> Iterable[Candidate]:
        """The letters as they were looked at.  Raises CannotWrite."""
        return self._only if self.spool is None else self.spool.entries()

    def refuse_changed_table(self) -> None:
        """Raise FileChanged where the CSV is no longer what was looked at."""
        if self.job.table and self.job.table.changed():
            raise FileChanged("the CSV changed since it was looked at", hint="Run the command again.")

    def tell(self, candidate: Candidate, reporter: Reporter) -> None:
        """Tell of a letter that is not fit, or that the ledger holds back."""
        from mailer.sending.values import STATES, Result

        if candidate.item.error:
            reporter.held_back(candidate.item, candidate.item.error)
        else:
            claim = self._peek(candidate.key)
            back = self._came_back(claim) if candidate.kind == "already-sent" and self.job.table is None else ""
            reporter.result(Result(candidate.item, STATES[candidate.kind], claim, came_back=back))

    def _came_back(self, claim: Claim) -> str:
        from mailer.people.returned import came_back

        return came_back(self.ledger.store, claim.id)

    def changed_file(self) -> str:
        """The first attachment of the letter that is shown that is no longer what it was, or ""."""
        files = self.first.rendered.attachments if self.first and self.first.rendered else ()
        if not files:
            return ""
        from mailer.message.attachments import changed_since

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


def _without_words(item: Item) -> Item:
    subject = None if item.subject is None else str(item.subject)
    return item._replace(rendered=None, subject=subject, prepared=None, known_by=None)


def _without_contents(item: Item) -> Item:
    """The letter to show: of its files only what they are, for theirs may be all the memory there is."""
    if item.rendered is None or not item.rendered.attachments:
        return item
    files = tuple([file._replace(encoded=b"") for file in item.rendered.attachments])
    return item._replace(rendered=item.rendered._replace(attachments=files))
