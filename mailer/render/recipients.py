"""How a template sees the people of a letter: ``to.name``, ``to.first``, ``from.name``, ``greeting``."""

from __future__ import annotations

from collections.abc import Sequence

from mailer.letters.phrases import joined
from mailer.message.address import Mailbox, format_mailbox
from mailer.message.given_names import first_name, turned


class People(str):
    """The mailboxes of one header: printed, they are the header's text; ``name`` and ``first`` are for sentences."""

    name: str
    first: str

    __slots__ = ("first", "name")

    @classmethod
    def of(cls, boxes: Sequence[Mailbox], language: str, text: str | None = None) -> People:
        """``text`` is what printing shows where it is not the boxes themselves."""
        people = cls(", ".join(map(format_mailbox, boxes)) if text is None else text)
        names = [box.display_name for box in boxes]
        turned_names, firsts = list(map(turned, names)), list(map(first_name, names))
        people.name, people.first = joined(language, turned_names), joined(language, firsts)
        return people
