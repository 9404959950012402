"""One row's header values: filled, checked again after rendering, and errors told where the value came from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mailer.characters import bad_in_header
from mailer.errors import BadData, MailerError
from mailer.letters.letter import NAMED
from mailer.message.address import plain_mailbox
from mailer.message.slots import Prints, Valued
from mailer.render.fields import Given, address_text

if TYPE_CHECKING:
    from mailer.letters.letter import Header
    from mailer.message.address import Mailbox
    from mailer.render.compile import Line
    from mailer.render.shared import Shared


_NOTHING = Prints()
# Where a letter's own condition prints no address there is no such header.
_OPTIONAL = frozenset({"cc", "bcc", "reply_to"})


def may_be_empty(header: Header) -> bool:
    """Whether a header says itself that there may be none: ``{{ cc or "" }}``, ``{% if cc %}{{ cc }}{% endif %}``."""
    return bool(re.search(r"\{[{%].*?\b(?:if|or|default|d)\b", header.value))


def _unfilled_error(header: Header) -> BadData:
    """The error for ``To: {{ name }} <{{ email }}>`` in a letter with a template."""
    text = f"{header.spelled} holds a {{{{ field }}}}, which a letter with a template does not fill in"
    hint = f"Take the line out, and give the CSV a column {header.name!r} like: Dana Ruiz <dana@acme.example>"
    return BadData(text, hint=hint)


class HeaderValues:
    """The mail headers of one row; ``lines`` are the values of each name in the letter."""

    def __init__(self, program: Shared, given: Given) -> None:
        self.program, self.given = program, given
        self.lines, self._own = program.compiled.headers, program.compiled.own

    def mailboxes(self, name: str, values: dict[str, Any]) -> tuple[Mailbox, ...]:
        """The mailboxes of an address header; () if nothing gives it.  Raises BadData."""
        prints = _NOTHING
        line = None
        try:
            if lines := self.lines[name]:
                line = lines[0]
                if line.pair and (plain := self._plain(line.pair, values)):
                    return (plain,)
                text, prints = line.text.render(values)
                if prints.texts:
                    text = address_text(self.program.cut(text), prints)
                if name in _OPTIONAL and not text.strip() and may_be_empty(line.header):
                    return ()
            else:
                text = (self.given.mail(name) or "").strip(" \n")
                if not text:
                    return ()
            return self.program.boxes(text)
        except BadData as error:
            if line and "{{" in line.header.value and self.program.compiled.template:
                raise self.placed(_unfilled_error(line.header), name, "", line) from error
            raise self.placed(error, name, self._culprit(error, prints), line) from error

    @staticmethod
    def _plain(pair: tuple[str, str], values: Mapping[str, str]) -> Mailbox | None:
        name, address = map(values.get, pair)
        return None if name is None or address is None else plain_mailbox(name, address)

    def one_line(self, name: str, scope: dict[str, Any]) -> tuple[str, str]:
        """A header's text, and where it comes from: "letter", "row" or "set".  Raises BadData."""
        if not self.lines[name]:
            text = self.given.mail(name)
            return (self.fit(name, text.strip(" \n")), self.given.origin(name)) if text else ("", "letter")
        return self.filled(self.lines[name][0], scope)

    def filled(self, line: Line, scope: dict[str, Any]) -> tuple[str, str]:
        """One value of the letter with its values, and "row" if a column may have had a part in it, else "letter"."""
        text, prints = line.text.render(scope)
        name = line.header.name
        where = "row" if any(map(self.given.from_column, line.text.names)) else "letter"
        if prints.texts:
            text = self.program.cut(text).fill(prints)
        return self.fit(name, text.strip(" \n"), prints, line), where

    def listed(self, line: Line, scope: dict[str, Any]) -> tuple[list[str], str]:
        """What ``filled`` gives, a value that the line wholly is cut into its lines."""
        text, prints = line.text.render(scope)
        pieces = self.program.cut(text.strip(" \n")).pieces if prints.texts else ()
        if len(pieces) == 1 and not isinstance(pieces[0], str):
            value = prints.texts[pieces[0].number]
            if "\n" in value:
                name, where = line.header.name, "row" if any(map(self.given.from_column, line.text.names)) else "letter"
                return [
                    self.fit(name, part.strip(" "), prints, line) for part in value.split("\n") if part.strip()
                ], where
        one, where = self.filled(line, scope)
        return [one], where

    def subject(self, line: Line | None, scope: dict[str, Any]) -> str:
        """The subject that a line of the letter gives, else that of the template."""
        text, prints = (line.text if line else self.program.compiled.subject).render(scope)
        filled: Valued = self.program.cut(text.strip(" \n")).fill(prints)
        if " " in (filled[:1], filled[-1:]):
            bare = filled.strip(" ")
            lead = filled.find(bare)
            filled = filled.changed(bare, lambda at: min(max(at - lead, 0), len(bare)))
        return self.fit("subject", filled, prints, line)

    def fit(self, name: str, text: str, prints: Prints = _NOTHING, line: Line | None = None) -> str:
        """``text``, if every character of it may stand in a header.  Raises BadData."""
        bad = bad_in_header(text)
        if bad:
            culprit = next((name for text, name in zip(*prints, strict=True) if bad_in_header(text)), "")
            error = BadData(f"{self.spelled(name)} holds {bad}", hint="Remove it.")
            raise self.placed(error, name, culprit, line)
        return text

    def placed(self, error: MailerError, name: str, value: str = "", line: Line | None = None) -> MailerError:
        """``error`` of the header ``name``: told the column that ``value`` came from, else where the header stands."""
        error.field = None
        if value and self.given.from_column(value):
            self.given.place(error, value)
            error.field = self.spelled(name)
            return error
        if line is None and not self.lines[name] and self.given.gives(name):
            return self.given.place(error, name)
        header = self._own.get(name)
        number = line.number if line else header.line if header else None
        return error.at(self.program.compiled.letter.file, number, self.spelled(name))

    def spelled(self, name: str) -> str:
        """The header's name as in the letter."""
        header = self._own.get(name)
        return header.spelled if header else NAMED.get(name, name)

    def _culprit(self, error: BadData, prints: Prints) -> str:
        """The name of the value that an address broke at; "" if it may be the letter's own words."""
        if error.field is not None:
            return error.field
        columns = [(text, name) for text, name in zip(*prints, strict=True) if self.given.from_column(name)]
        unfit = [name for text, name in columns if bad_in_header(text)]
        named = unfit or [name for text, name in columns if text and text in error.text]
        return named[-1] if named else columns[-1][1] if columns else ""
