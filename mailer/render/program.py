"""A letter, its template and a row of values become finished words: ``Letter`` + ``Template`` + row → ``Rendered``.

``compile_letter`` does once what is the same for every row; ``Program.render`` does the rest.  Values are text and
nothing else: they reach the words through marks (``slots``), after Markdown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from mailer.errors import BadData, EmptyValue, MailerError, UnknownName
from mailer.files import stamp
from mailer.message.address import fold_doubles, parse_list
from mailer.message.attachments import Attachments
from mailer.message.slots import Cut
from mailer.render.about import misshapen
from mailer.render.compile import HTML, PLAIN, Defaults, compiled
from mailer.render.fields import Given
from mailer.render.markdown import convert
from mailer.render.markdown import page as whole_page
from mailer.render.plan import ColumnPlan
from mailer.render.row import Rendering

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from mailer.letters.eml import Seen
    from mailer.letters.letter import Letter
    from mailer.letters.table import Row
    from mailer.letters.template import Template
    from mailer.message.address import Mailbox
    from mailer.message.rendered import Rendered
    from mailer.render.compile import Compiled
    from mailer.render.markdown import Page

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

MAX_MARKDOWN = 500_000
_KEPT = 64


def compile_letter(
    letter: Letter,
    template: Template | None,
    sets: Mapping[str, str],
    defaults: Defaults,
    *,
    avoid: str = "",
    wordings: Callable[[str], Template] | None = None,
) -> Program:
    """A letter with its template, ready for rows.  Raises BadData.

    ``avoid``: more text that marks must not be in; ``wordings`` finds the template in the language of a row.
    """
    return Program(compiled(letter, template, sets, defaults, avoid), wordings)


class Program:
    """A compiled letter, and what rows have in common: parsed addresses, converted Markdown, opened files."""

    def __init__(self, made: Compiled, wordings: Callable[[str], Template] | None = None) -> None:
        self.compiled = made
        self._wordings = wordings
        self._programs: dict[str, Program] = {}
        self.files = Attachments()
        self.places: dict[str, str] = {}
        self._plan = ColumnPlan(made, ())
        self._cuts: dict[tuple[str, str], Cut] = {}
        self._pages: dict[tuple[str, str], Page] = {}
        self._boxes: dict[str, tuple[Mailbox, ...]] = {}
        self._seen: dict[Path, tuple[tuple[int, ...], Seen]] = {}
        self._shapes: dict[tuple[str, str], str] = {}

    def render(self, row: Row | None = None) -> Rendered:
        """The finished words of one row.  Raises BadData, Unreadable, BadSettings."""
        made = self.compiled
        given = Given(made.letter, made.own, made.said, row, made.sets)
        try:
            if self._wordings and given.from_column("language"):
                worded = self._in(given.outside("language") or "")
                if worded is not self:
                    return worded.render(row)
            prose = self._prose(given)
            if prose and made.marks.held(prose):
                again = compile_letter(made.letter, made.template, made.sets, made.defaults, avoid=prose)
                return again.render(row)
            return Rendering(self, self._plan_of(row), given, prose).rendered()
        except EmptyValue as error:
            raise given.place_empty(error) from error.__cause__
        except UnknownName as error:
            if row is not None and (made.template is None or error.asked in {"", *made.fields}):
                from mailer.render.hints import about_columns

                error.hint = about_columns(error, row, is_templated=made.template is not None)
            raise error.at(file=made.letter.file) from error.__cause__
        except MailerError as error:
            raise error.at(file=made.letter.file) from error.__cause__

    @property
    def letter(self) -> Letter:
        """The letter that was compiled."""
        return self.compiled.letter

    @property
    def template(self) -> Template | None:
        """Its template."""
        return self.compiled.template

    def _in(self, language: str) -> Program:
        """The program of the template in that language, which may be this one."""
        made, language = self.compiled, language.strip().lower()
        if language not in self._programs:
            assert self._wordings
            template = self._wordings(language)
            program = self
            if made.template is None or template.file != made.template.file:
                program = compile_letter(made.letter, template, made.sets, made.defaults)
                program.files, program._seen = self.files, self._seen
            _room(self._programs)[language] = program
        return self._programs[language]

    def _plan_of(self, row: Row | None) -> ColumnPlan:
        columns = tuple(row.values) if row else ()
        if columns != self._plan.columns:
            self._plan = ColumnPlan(self.compiled, columns)
        return self._plan

    def _prose(self, given: Given) -> str:
        text = given.outside("prose")
        if text is None:
            text = self.compiled.letter.prose if self.compiled.template else ""
        return text.strip("\n")

    def cut(self, text: str, kind: str = PLAIN) -> Cut:
        """``text``, of that media type, cut at its marks; remembered."""
        found = self._cuts.get((text, kind))
        if found is None:
            marks = self.compiled.marks
            if kind == HTML:
                from mailer.render import html

                found = html.cut(text, marks)
            else:
                found = Cut(marks.pieces(text, "verbatim"))
            _room(self._cuts)[text, kind] = found
        return found

    def boxes(self, text: str) -> tuple[Mailbox, ...]:
        """A parsed address list, remembered: most rows share theirs with the row before."""
        found = self._boxes.get(text)
        if found is None:
            found = _room(self._boxes)[text] = fold_doubles(parse_list(text))
        return found

    def page(self, skeleton: str, language: str) -> Page:
        """Text and HTML page of a Markdown skeleton, converted once."""
        found = self._pages.get((skeleton, language))
        if found is None:
            if len(skeleton) > MAX_MARKDOWN:
                raise BadData(f"the text is longer than {MAX_MARKDOWN:,} characters", hint="Attach it as a file.")
            both = convert(skeleton, self.compiled.marks)
            found = _room(self._pages)[skeleton, language] = whole_page(
                both, language, self.compiled.defaults.signature, self.compiled.marks
            )
        return found

    def mail(self, path: Path) -> Seen:
        """What the ``.eml`` at ``path`` says, read once."""
        found = self._seen.get(path)
        if found is None:
            was = stamp(path)
            from mailer.letters.eml import read_eml

            found = _room(self._seen)[path] = was, read_eml(path)
        return found[1]

    def changed_mail(self) -> str:
        """The first of the mails that were read last that is no longer what it was, or ""."""
        return next((str(path) for path, (was, _) in self._seen.items() if stamp(path) != was), "")

    def shape(self, name: str, text: str) -> str:
        """What a header about the letter should be, or "" if it is; remembered."""
        found = self._shapes.get((name, text))
        if found is None:
            found = _room(self._shapes)[name, text] = misshapen(name, text)
        return found


def _room(kept: dict[_Key, _Value]) -> dict[_Key, _Value]:
    """``kept``, emptied if it is full: what many rows share comes back at once."""
    if len(kept) >= _KEPT:
        kept.clear()
    return kept
