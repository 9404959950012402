"""The first pass of ``send``: which letters may go, which not and why, and the question that comes of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailer.cli.app import App, Item, Job, not_ready
from mailer.errors import NotReady

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mailer.cli.telling import Teller
    from mailer.ledger import Claim, Ledger, NewLetter
    from mailer.ledger.roll import Roll
    from mailer.rendered import Rendered

_GOES = ("new", "retry", "partial")
_GROUPS, _LINES, _SHOWN = 1000, 8, 10
_HELD = {"refused": "refused before", "in-doubt": "in doubt", "busy": "in the hands of another mailer"}


@dataclass(slots=True, eq=False, repr=False)
class Looked:
    """What was seen of each letter.  ``roll`` is None without ``--each``; ``good`` letters may go.

    ``went`` tells whether a letter that stands as a draft was sent from the mail program.
    """

    job: Job
    ledger: Ledger
    again: bool
    roll: Roll | None
    went: Callable[[Claim], bool] | None = None
    good: int = 0
    last: int | None = None
    first: Item | None = None
    kinds: Counter[str] = field(default_factory=Counter)
    _bad: dict[str, list[int]] = field(default_factory=dict)
    _bad_counts: Counter[str] = field(default_factory=Counter)

    def look(self, item: Item) -> None:
        """Look at one letter more."""
        kind = self._kind(item)
        if kind == "good":
            kind = self._written_down(item)
        self.last = item.row
        self.kinds[kind] += 1
        if kind == "good":
            self.good += 1
            self.first = self.first or item
        elif kind in ("bad", "other-words", "clash"):
            self._note_bad(item, kind)

    def _written_down(self, item: Item) -> str:
        if self.roll is None or item.row is None or item.rendered is None:
            return "good"
        entry = self.roll.add(item.row, identity_of(self.job, item.rendered), digest_of(self.job, item.rendered))
        return "good" if entry.first is None else "double" if entry.same else "clash"

    def _kind(self, item: Item) -> str:
        """Good, bad, or what the ledger says of it."""
        if item.rendered is None:
            return "bad"
        name, words = identity_of(self.job, item.rendered), digest_of(self.job, item.rendered)
        claim = self.ledger.peek(name, words, again=self.again)
        if claim.drafted and self.went and self.went(claim):
            claim = self.ledger.peek(name, words, again=self.again)
        kind = claim.kind
        return kind if kind not in _GOES else "bad" if item.blocked else "good"

    def _note_bad(self, item: Item, kind: str) -> None:
        error = item.error or (not_ready(item) if kind == "bad" else _other_words())
        if error.text in self._bad or len(self._bad) < _GROUPS:
            self._bad_counts[error.text] += 1
            lines = self._bad.setdefault(error.text, [])
            if len(lines) < _LINES and item.source:
                lines.append(item.source.line)

    # The second pass

    def was_good(self, item: Item) -> bool:
        """Whether the letter may go as far as the first pass saw."""
        if self.roll is None or item.row is None:
            return bool(self.good)
        return self.roll.holds(item.row) and self.roll.entry(item.row).same

    def is_double(self, item: Item) -> bool:
        """Whether it is the same letter as an earlier row's."""
        return self.roll is not None and item.row is not None and self.roll.entry(item.row).first is not None

    def is_as_seen(self, item: Item) -> bool:
        """Whether the letter is the one that was looked at."""
        if self.roll is None or item.row is None or item.rendered is None:
            return item.rendered is not None
        name, words = identity_of(self.job, item.rendered), digest_of(self.job, item.rendered)
        return self.roll.is_as_seen(item.row, name, words)

    def tell(self, item: Item, teller: Teller) -> None:
        """Tell of a letter that is not fit, or that the ledger holds back."""
        from mailer.submission import STATES, Result

        if self.roll and item.row is not None and self.roll.holds(item.row):
            entry = self.roll.entry(item.row)
            if not entry.same:
                teller.held_back(item, _clash(entry.first))
                return
        kind = self._kind(item)
        if item.rendered is None or kind == "bad":
            teller.bad(item)
        elif kind == "good":
            teller.held_back(item, NotReady("it was not ready when it was looked at", hint="Run the command again."))
        else:
            name, words = identity_of(self.job, item.rendered), digest_of(self.job, item.rendered)
            teller.result(Result(item, STATES[kind], self.ledger.peek(name, words, again=self.again)))

    def changed_file(self) -> str:
        """The first attachment of the letter that is shown that is no longer what it was, or ""."""
        from mailer.attachments import changed_since

        files = self.first.rendered.attachments if self.first and self.first.rendered else ()
        return next((file.path for file in files if changed_since(file)), "")

    # The question

    def question(self) -> str:
        """What to ask before ``good`` letters go."""
        if self.job.options.each is None:
            return "Send this letter?"
        bad = sum(self.kinds[kind] for kind in ("bad", "other-words", "clash"))
        return f"{bad} of {bad + self.good} not ready; send {self.good}?" if bad else f"Send {self.good}?"

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


def _other_words() -> NotReady:
    return NotReady("sent before with other words", hint="--again sends it.")


def _clash(first: int | None) -> NotReady:
    text = f"row {first} is the same letter to the same people, with other words"
    return NotReady(text, hint="Take one of the two rows out, or give them different subjects or positions.")


def identity_of(job: Job, rendered: Rendered) -> str:
    """Which letter it is (cli.md, *What counts as the same letter*)."""
    from mailer.ledger import identity

    about = {name: rendered.fields.get(name, "") for name in ("company", "position")}
    others = (*rendered.cc, *rendered.bcc)
    return identity(rendered.to, others, template=job.letter.template, subject=rendered.subject, **about)


def digest_of(job: Job, rendered: Rendered) -> str:
    """Its words: subject, text without signature, attachments."""
    from mailer.ledger import content_digest

    text = rendered.text if rendered.text is not None else rendered.html or ""
    signature = job.settings.signature
    if signature and rendered.flowed:
        text = text.removesuffix(f"\n-- \n{signature}\n")
    return content_digest(rendered.subject, text, [file.digest for file in rendered.attachments])


def new_letter(app: App, job: Job, rendered: Rendered) -> NewLetter:
    """What the ledger is to know of it."""
    from mailer.ledger import NewLetter
    from mailer.message import make_stamp

    letter = job.letter
    stamp = make_stamp(rendered.sender, job.moment(app), app.token())
    return NewLetter(
        identity=identity_of(job, rendered),
        content_digest=digest_of(job, rendered),
        message_id=stamp.message_id,
        date=stamp.date,
        sender=rendered.sender.addr_spec,
        to=rendered.to,
        cc=rendered.cc,
        bcc=rendered.bcc,
        subject=rendered.subject,
        template=letter.template,
        company=rendered.fields.get("company", ""),
        position=rendered.fields.get("position", ""),
        prose=rendered.prose,
        letter_file=str(letter.path.absolute()) if letter.path else "",
        account=job.settings.account or "",
        attachments=rendered.attachments,
    )
