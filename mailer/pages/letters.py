"""The page of ``preview --open``: what would go out, as the recipient sees it, and what the checks found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.checks.problem import Problem
from mailer.message.preview import format_shown, human_size, shown_text
from mailer.pages.engine import Verbatim, fill
from mailer.pages.frames import SCHEMES, framed
from mailer.pages.marking import Piece, excerpt, marked

if TYPE_CHECKING:
    from mailer.errors import MailerError
    from mailer.message.rendered import Rendered

_GRAVITY = ("block", "warn", "hint")
_QUIET = 3  # From this gravity on a letter may go as it is.
_FIRST_WORDS = 160
_MOST = 500  # More would make a page that browsers are slow with.


@dataclass(frozen=True, slots=True)
class Shown:
    """One letter of the page: its words with their ``size`` in octets, or the ``error`` for which there are none."""

    row: int | None
    rendered: Rendered | None
    problems: tuple[Problem, ...] = ()
    size: int = 0
    error: MailerError | None = None

    @property
    def gravity(self) -> int:
        """Where it stands among the letters: 0 for an error, then by its most serious problem, last without one."""
        if self.error:
            return 0
        open_ones = [_GRAVITY.index(one.level) for one in self.problems if not one.allowed]
        return 1 + min(open_ones, default=len(_GRAVITY))


@dataclass(frozen=True, slots=True)
class _Finding:
    number: int
    problem: Problem
    excerpt: list[Piece]

    @property
    def level(self) -> str:
        if not self.problem.check:
            return "error"
        return "allowed" if self.problem.allowed else self.problem.level

    @property
    def place(self) -> str:
        return f"{self.problem.where}, line {self.problem.line}" if self.problem.line else self.problem.where


@dataclass(frozen=True, slots=True)
class _View:
    """What the template sees of a letter."""

    anchor: str
    row: int | None
    state: str
    title: str
    who: str
    subject: list[Piece]
    headers: list[tuple[str, list[Piece]]]
    attachments: list[tuple[str, str, str]]
    size: str
    sender: str
    initial: str
    first_words: str
    findings: list[_Finding]
    text: list[Piece]
    frames: list[tuple[str, Verbatim]]


class Leaves:
    """The letters of a page as they come: of many those with problems, and as many others as there is room for."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._troubled: list[Shown] = []
        self._quiet: list[Shown] = []
        self._count = 0

    @property
    def letters(self) -> list[Shown]:
        """Those that have a place on the page."""
        return [*self._troubled, *self._quiet][: self._most]

    def add(
        self,
        row: int | None,
        rendered: Rendered | None,
        problems: tuple[Problem, ...] = (),
        size: int = 0,
        error: MailerError | None = None,
    ) -> None:
        """Keep a letter, if there is room for it."""
        one = Shown(row, rendered, problems, size, error)
        some = self._troubled if one.gravity < _QUIET else self._quiet
        self._count += 1
        if len(some) < self._most:
            some.append(one)

    def page(self, name: str) -> bytes:
        """The page of all of them."""
        return letters_page(self.letters, name, max(0, self._count - self._most))


def letters_page(letters: Sequence[Shown], name: str, left_out: int = 0) -> bytes:
    """The page of one letter, or of several to leaf through, those with problems first.

    ``name`` is that of the letter file; ``left_out``: how many more there are that have no place.
    """
    views = [_view(one) for one in sorted(letters, key=lambda one: (one.gravity, one.row or 0))]
    troubled = sum(view.state not in ("ready", "hint") for view in views)
    return fill("letters.html", letters=views, name=name, left_out=left_out, troubled=troubled)


def _view(one: Shown) -> _View:
    state = ("error", "block", "warn", "hint", "ready")[one.gravity]
    if one.rendered is None:
        return _without_words(one, state)
    letter = one.rendered
    numbered = list(enumerate(one.problems, 1))
    who = letter.sender.display_name or letter.sender.addr_spec
    words = shown_text(letter)
    return _View(
        anchor=_anchor(one),
        row=one.row,
        state=state,
        title=letter.subject or "(no subject)",
        who=", ".join(box.display_name or box.addr_spec for box in letter.to),
        subject=marked(letter.subject or "(no subject)", _at(numbered, "subject")),
        headers=_headers(letter, numbered),
        attachments=[(file.filename, file.media_type, human_size(file.size)) for file in letter.attachments],
        size=human_size(one.size),
        sender=who,
        initial=who[:1].upper(),
        first_words=" ".join(words.split())[:_FIRST_WORDS],
        findings=[_Finding(number, problem, excerpt(problem)) for number, problem in numbered],
        text=marked(words, [(n, one) for n, one in numbered if one.where not in ("subject", "to", "cc", "attach")]),
        frames=[(scheme, framed(letter, scheme)) for scheme in SCHEMES],
    )


def _without_words(one: Shown, state: str) -> _View:
    """A letter of which nothing is there but the reason."""
    assert one.error is not None
    error = one.error
    fault = Problem("", "block", error.file or "letter", error.line, error.text, error.hint or "")
    title = "No letter" if one.row is None else f"Row {one.row}: no letter"
    findings = [_Finding(1, fault, [])]
    return _View(_anchor(one), one.row, state, title, "", [Piece(title)], [], [], "", "", "", "", findings, [], [])


def _anchor(one: Shown) -> str:
    return f"row-{one.row}" if one.row is not None else "letter"


def _at(numbered: Sequence[tuple[int, Problem]], where: str) -> list[tuple[int, Problem]]:
    return [(number, problem) for number, problem in numbered if problem.where == where]


def _headers(letter: Rendered, numbered: Sequence[tuple[int, Problem]]) -> list[tuple[str, list[Piece]]]:
    named = (
        ("From", (letter.sender,)),
        ("To", letter.to),
        ("Cc", letter.cc),
        ("Bcc", letter.bcc),
        ("Reply-To", letter.reply_to),
    )
    rows = [
        (name, marked(", ".join(map(format_shown, boxes)), _at(numbered, name.lower())))
        for name, boxes in named
        if boxes
    ]
    if letter.thread:
        rows.append(("Answers", [Piece(letter.thread.in_reply_to)]))
    return rows
