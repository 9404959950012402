"""A letter, its template and a row of values become finished words: ``Letter`` + ``Template`` + row → ``Rendered``.

``compile_letter`` does once what is the same for every row; ``Program.render`` does the rest.  Values are text and
nothing else: they reach the words through marks (``slots``), after Markdown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.errors import EmptyValue, MailerError, UnknownName
from mailer.render.compile import Defaults, compiled
from mailer.render.fields import Given
from mailer.render.row import ColumnPlan, Rendering
from mailer.render.shared import Shared, room

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mailer.letters.letter import Letter
    from mailer.letters.table import Row
    from mailer.letters.template import Template
    from mailer.message.rendered import Rendered
    from mailer.render.compile import Compiled


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


class Program(Shared):
    """A compiled letter with its template, ready for rows."""

    def __init__(self, made: Compiled, wordings: Callable[[str], Template] | None = None) -> None:
        super().__init__(made)
        self.letter, self.template = made.letter, made.template
        self._wordings = wordings
        self._programs: dict[str, Program] = {}
        self._plan = ColumnPlan(made, ())

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
    def languages(self) -> int:
        """In how many languages its template was loaded for rows."""
        return len(self._programs)

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
            room(self._programs)[language] = program
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
