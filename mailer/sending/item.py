"""One letter of a command, as it was made: its words and what the checks say of them, or why it could not be made."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from mailer.errors import MailerError, NotReady, Usage
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.checks.problem import Problem
    from mailer.checks.similar import Keys
    from mailer.letters.table import Row
    from mailer.message.rendered import Rendered

_BLOCKS = attrgetter("blocks")


class Item(NamedTuple):
    """A letter: ``row`` is None without ``--each``, ``source`` the row of the CSV that it was made of.

    ``known_by`` is what later runs find it by, where the checks have found that out.

    ``error`` says why it was not made.  ``to`` and ``subject`` are known of a letter that was made, also once its
    words are let go.  ``told``: its problems were told before anything was sent.  ``prepared`` is what is kept of a
    letter that may go (``composed.Prepared``), if it is made already.
    """

    row: int | None
    source: Row | None = None
    rendered: Rendered | None = None
    problems: tuple[Problem, ...] = ()
    error: MailerError | None = None
    to: tuple[str, ...] = ()
    subject: str | None = None
    told: bool = False
    prepared: Any = None
    known_by: Keys | None = None

    def words(self) -> Rendered:
        """The finished words.  Raises the error of a letter that was not made."""
        if self.rendered is None:
            raise self.error or Usage("there is no letter")
        return self.rendered

    def failed(self, error: MailerError) -> Item:
        """The letter that ``error`` keeps back, which holds nothing else of a row.

        Of one letter alone it stays as it was raised: a program that asks for it sees what lay behind it.
        """
        return self._replace(error=error if self.row is None else error.kept())

    def about(self) -> dict[str, Any]:
        """``to`` and ``subject`` of its JSON object."""
        return {"to": list(self.to), "subject": self.subject}

    def as_json(self) -> dict[str, Any]:
        """What every JSON object of a letter says of it."""
        problems = [problem.as_json() for problem in self.problems]
        error = self.error.as_json() if self.error else None
        return {"row": self.row, **self.about(), "problems": problems, "error": error}

    @property
    def blocked(self) -> bool:
        """Whether a problem keeps it from going out."""
        return any(map(_BLOCKS, self.problems))


def not_ready_error(item: Item) -> NotReady:
    """The error of a letter that a check blocks."""
    blocks = [problem for problem in item.problems if problem.blocks]
    words = "; ".join(dict.fromkeys(problem.text for problem in blocks))
    stops = [problem.hint for problem in blocks if problem.check == "stop"]
    if stops:
        return NotReady(f"not ready: {words}", hint=stops[0])
    checks = " ".join(f"--allow {name}" for name in dict.fromkeys(problem.check for problem in blocks))
    return NotReady(f"not ready: {words}", hint=f"Fix it, or send it as it is with {checks}.")


def clash_error(first: int | None, template: str) -> NotReady:
    """The error of a row that is the letter of row ``first``, in other words."""
    text = f"row {first} is the same letter to the same people, with other words"
    apart = "companies or positions" if template else "subjects"
    return NotReady(text, hint=f"Take one of the two rows out, or give them different {apart}.")
