"""A letter and its template made ready for rows: what is the same for each of them, done and checked once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailer.errors import BadData
from mailer.letters.letter import MAIL_HEADERS, NAMED, RESERVED, Header, Letter, is_standard, unsupported
from mailer.message.slots import Marks, Prints
from mailer.render.fields import check_sets, must_be_known
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from typing import Protocol

    from mailer.letters.template import Template
    from mailer.message.address import Mailbox
    from mailer.render.jinja.sandbox import Sandbox

    class Text(Protocol):
        """A source that values make a text with marks of; ``names`` are those that it asks for."""

        @property
        def names(self) -> frozenset[str]:
            """The names it asks for."""

        @property
        def pair(self) -> tuple[str, str] | None:
            """The two names of ``{{ name }} <{{ address }}>``; None if it is anything else."""

        def render(self, values: dict[str, Any]) -> tuple[str, Prints]:
            """The text with marks, and the values they stand for.  Raises BadData."""


PLAIN, MARKDOWN, HTML = "text/plain", "text/markdown", "text/html"
_IDENTITY = frozenset({"company", "position"})
_CHARSET = r'charset\s*=\s*"?(utf-?8|us-ascii|ascii)"?'


class Defaults(NamedTuple):
    """What a letter takes from outside itself: the settings' From, signature and language, and the working folder.

    ``within``: the folder that no file which the letter names may lie outside of; None where any may be named.
    """

    sender: Mailbox | None = None
    signature: str = ""
    language: str = ""
    cwd: Path = Path()
    within: Path | None = None


class Literal:
    """A source without values."""

    names: frozenset[str] = frozenset()
    pair: tuple[str, str] | None = None

    def __init__(self, text: str) -> None:
        self._skeleton = text, Prints()

    def render(self, _values: dict[str, Any]) -> tuple[str, Prints]:
        """The text itself."""
        return self._skeleton


class Line(NamedTuple):
    """One header value of the letter, ready to render; ``number`` is its line in the letter, ``pair`` its text's."""

    header: Header
    text: Text
    number: int
    pair: tuple[str, str] | None = None


class Compiled(NamedTuple):
    """A letter ready for rows.

    ``asked`` are the names that its sources ask for; ``fields`` those whose values a row gives, ``own`` the
    letter's headers by name; ``said`` are the values of those that are not mail's.
    """

    letter: Letter
    template: Template | None
    sets: Mapping[str, str]
    defaults: Defaults
    marks: Marks
    kind: str
    subject: Text
    body: Text
    headers: Mapping[str, Sequence[Line]]
    asked: frozenset[str]
    fields: tuple[str, ...]
    own: Mapping[str, Header]
    said: Mapping[str, str]


def compiled(
    letter: Letter, template: Template | None, sets: Mapping[str, str], defaults: Defaults, avoid: str = ""
) -> Compiled:
    """The letter with its template.  Raises BadData.  ``avoid``: more text that no mark may occur in."""
    sources = [letter.prose, avoid, *(line for header in letter.headers for line in header.lines)]
    if template:
        sources += [template.body, template.subject.value]
    return _Compiler(letter, template, sets, defaults, Marks(*sources)).compiled()


class _Compiler:
    def __init__(
        self, letter: Letter, template: Template | None, sets: Mapping[str, str], defaults: Defaults, marks: Marks
    ) -> None:
        self.letter, self.template, self.sets, self.defaults, self.marks = letter, template, sets, defaults, marks
        self.sandbox: Sandbox | None = None
        self.asked: set[str] = set()

    def compiled(self) -> Compiled:
        letter, template = self.letter, self.template
        kind = MARKDOWN if template else _content_type(letter)
        if template:
            self._check_against(template)
            subject = self._source(template.subject.value, template.file, template.subject.line, "Subject")
            body = self._source(template.body, template.file, template.body_line, None)
            self._refuse_unplaced(template)
        else:
            subject = Literal("")
            body = self._source(letter.prose, letter.file, letter.prose_line, None)
        headers: dict[str, list[Line]] = {name: [] for name in MAIL_HEADERS}
        for header in letter.headers:
            if header.name in headers:
                headers[header.name] += self._lines(header)
        if not template:
            self._refuse_dropped()
        check_sets(letter, self.sets, self._known(), takes_prose="prose" in self.asked)
        own = {header.name: header for header in reversed(letter.headers)}
        return Compiled(
            letter=letter,
            template=template,
            sets=self.sets,
            defaults=self.defaults,
            marks=self.marks,
            kind=kind,
            subject=subject,
            body=body,
            headers=headers,
            asked=frozenset(self.asked),
            fields=self._fields(),
            own=own,
            said={name: header.value for name, header in own.items() if name not in MAIL_HEADERS},
        )

    def _lines(self, header: Header) -> list[Line]:
        if header.name not in ("attach", "attachment"):
            return [self._line(header, header.value, header.line)]
        return [self._line(header, line, header.line + at) for at, line in enumerate(header.lines) if line]

    def _line(self, header: Header, text: str, number: int) -> Line:
        if self.template:
            return Line(header, Literal(text), number)
        source = self._source(text, self.letter.file, number, header.spelled)
        return Line(header, source, number, source.pair)

    def _source(self, text: str, file: str, line: int, field: str | None) -> Text:
        if "{{" not in text and "{%" not in text and "{#" not in text:
            return Literal(text)
        if self.sandbox is None:
            from mailer.render.jinja.sandbox import Sandbox

            self.sandbox = Sandbox(self.marks)
        source = self.sandbox.compile(text, file, line, field, bare=self.template is None)
        self.asked |= source.names
        return source

    def _fields(self) -> tuple[str, ...]:
        if self.template:
            return tuple(field.name for field in self.template.fields)
        own = {header.name for header in self.letter.headers} - set(NAMED)
        return tuple(sorted((self.asked | own | _IDENTITY) - RESERVED))

    def _known(self) -> set[str]:
        if self.template:
            return {field.name for field in self.template.fields}
        return (self.asked | {header.name for header in self.letter.headers} | _IDENTITY) - RESERVED

    def _check_against(self, template: Template) -> None:
        must_be_known(self.letter, [field.name for field in template.fields], template.name)
        content_type = self.letter.get("content_type")
        if content_type:
            raise BadData(
                "Content-Type is for a letter without a template",
                hint="Remove it: a template is Markdown.",
                file=self.letter.file,
                line=content_type.line,
                field=content_type.spelled,
            )

    def _refuse_unplaced(self, template: Template) -> None:
        if self.letter.prose.strip() and "prose" not in self.asked:
            text = f"the template {template.name} has no place for the text below the headers"
            hint = "Remove the text, or take another template."
            raise BadData(text, hint=hint, file=self.letter.file, line=self.letter.prose_line, field="prose")

    def _refuse_dropped(self) -> None:
        for header in self.letter.headers:
            if is_standard(header.name) and header.name not in self.asked:
                raise unsupported(header, self.letter.file)


def _content_type(letter: Letter) -> str:
    header = letter.get("content_type")
    if not header:
        return PLAIN
    kind, *parameters = (part.strip().lower() for part in header.value.split(";"))
    odd = [parameter for parameter in parameters if parameter and not re.fullmatch(_CHARSET, parameter)]
    if kind in (PLAIN, MARKDOWN, HTML) and not odd:
        return kind
    text = f"Content-Type {odd[0] if odd and kind in (PLAIN, MARKDOWN, HTML) else kind!r} is not supported"
    hint = "Write text/plain, text/markdown (text and HTML of one source) or text/html; letters are UTF-8."
    raise header.error(letter.file, text, hint)
