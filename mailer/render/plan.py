"""What all rows with the same columns have in common: which names are given, and what no column has a part in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.letters.letter import ABOUT_HEADERS, MAIL_HEADERS

if TYPE_CHECKING:
    from mailer.message.address import Mailbox
    from mailer.render.compile import Compiled

_ABOUT = tuple(filter("template".__ne__, ABOUT_HEADERS))


class ColumnPlan:
    """How to render the rows of those ``columns``.

    ``fields`` are the fields that have a value, ``about_names`` the headers about the letter that have one, ``mail``
    the mail headers that may have one.  ``people`` are the names "to" and "from" where, in a letter without template,
    they stand for columns and not for the people it is to and from.  ``about`` and ``sender`` are found in the first
    row, and kept where they are the same for all.
    """

    def __init__(self, made: Compiled, columns: tuple[str, ...]) -> None:
        self.columns = columns
        outside = {*columns, *made.sets}
        given = outside.union(made.said)
        self.fields = tuple(name for name in made.fields if name in given)
        self.about_names = tuple(name for name in _ABOUT if name in given)
        self.mail = frozenset(name for name in MAIL_HEADERS if made.headers[name] or name in outside)
        self.people = () if made.template else tuple(sorted({"to", "from"} & outside & made.asked))
        self.is_about_fixed = outside.isdisjoint(_ABOUT)
        self.about: dict[str, str] | None = None
        self.is_sender_fixed = not any(line.text.names for line in made.headers["from"])
        self.sender: Mailbox | None = None
