"""Jinja, sandboxed and bounded: a source and its values give a text with marks and the values that were printed.

Printing a value leaves a mark (``slots``), so that a value can never become markup.  What a macro, a ``set``
block or a ``filter`` block made is template text and passes unchanged: autoescape wraps it in ``Markup``.
Filters, tests, comparisons and methods see real values, also inside such text.

Bounds: loop turns and macro calls are counted and timed, output is counted, and operations that could take all
memory in one step (repetition, powers, padding, ranges) are refused from a size on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from types import TracebackType
from typing import Any, NamedTuple

from jinja2 import TemplateSyntaxError, UndefinedError, meta, nodes
from jinja2.environment import Template
from jinja2.exceptions import SecurityError

from mailer.errors import BadData
from mailer.sandbox.environment import Environment
from mailer.sandbox.environment import Prose as Prose
from mailer.sandbox.limits import MAX_SOURCE, LimitReached
from mailer.sandbox.rewriter import Rewriter, refuse_unsupported, straight
from mailer.slots import Marks, Print


class Skeleton(NamedTuple):
    """A rendered source: its text with marks, and the values they stand for."""

    text: str
    prints: list[Print]


class Sandbox:
    """The Jinja environment of one letter."""

    def __init__(self, marks: Marks) -> None:
        self._environment = Environment(marks)

    def compile(self, text: str, file: str, line: int = 1, field: str | None = None, *, bare: bool = True) -> Source:
        """``text``, which begins in that line of ``file``, ready to render.

        ``bare``: an empty value is an error where it is printed by its bare name.  Raises BadData.
        """
        if len(text) > MAX_SOURCE:
            hint = "Make it shorter."
            raise BadData(
                f"more than {MAX_SOURCE:,} characters of template", hint=hint, file=file, line=line, field=field
            )
        environment = self._environment
        try:
            tree = environment.parse("{#" + "\n" * (line - 1) + "#}" + text, file, file)
            refuse_unsupported(tree)
            names = frozenset(meta.find_undeclared_variables(tree))
            parts = straight(tree)
            code = environment.compile(Rewriter(names if bare else frozenset()).visit(tree), file, file)
        except TemplateSyntaxError as error:
            hint = "Write {{ field }} for a value; see Jinja's template syntax."
            raise BadData(f"{error.message}", hint=hint, file=file, line=error.lineno, field=field) from error
        except (RecursionError, OverflowError, ValueError, SyntaxError, MemoryError) as error:
            hint = "Make it simpler."
            raise BadData("the template is nested too deeply", hint=hint, file=file, line=line, field=field) from error
        template = Template.from_code(environment, code, environment.make_globals(None))
        return Source(environment, template, names, Straight.of(parts, environment.marks), file, line, field)


class Straight(NamedTuple):
    """A source that only prints names: its text with marks, and the names in their order."""

    text: str
    names: tuple[str, ...]

    @classmethod
    def of(cls, parts: Sequence[nodes.TemplateData | nodes.Name] | None, marks: Marks) -> Straight | None:
        """None for a source that does more."""
        if parts is None:
            return None
        names = [part.name for part in parts if isinstance(part, nodes.Name)]
        numbers = iter(range(len(names)))
        texts = [marks.mark(next(numbers)) if isinstance(part, nodes.Name) else part.data for part in parts]
        return cls("".join(texts), tuple(names))

    def render(self, values: Mapping[str, Any]) -> Skeleton | None:
        """The text with marks; None where a value is missing, blank or no plain text, which is for Jinja to judge."""
        prints = []
        for name in self.names:
            value = values.get(name)
            if type(value) is not str or not value or value.isspace():
                return None
            prints.append(Print(value, name))
        return Skeleton(self.text, prints)


class Source:
    """One compiled source; ``names`` are the names that it asks for."""

    __slots__ = ("_environment", "_straight", "_template", "field", "file", "line", "names")

    def __init__(
        self,
        environment: Environment,
        template: Template,
        names: frozenset[str],
        plain: Straight | None,
        file: str,
        line: int,
        field: str | None,
    ) -> None:
        self._environment = environment
        self._template = template
        self._straight = plain
        self.names = names
        self.file = file
        self.line = line
        self.field = field

    def render(self, values: dict[str, Any]) -> Skeleton:
        """The text with marks.  Raises BadData with file and line."""
        quick = self._straight.render(values) if self._straight else None
        return quick or self._run(values)

    def _run(self, values: dict[str, Any]) -> Skeleton:
        prints = self._environment.begin()
        try:
            text = "".join(self._template.root_render_func(self._template.new_context(values)))
        except BadData as error:
            raise error.at(self.file, self._line_of(error.__traceback__)) from error.__cause__
        except UndefinedError as error:
            raise self._undefined(error, values) from error
        except LimitReached as error:
            raise self._error(error, f"the template was stopped: {error}") from error
        except SecurityError as error:
            raise self._error(error, f"not allowed in a template: {error}") from error
        except RecursionError as error:
            raise self._error(error, "the template was stopped: it calls itself without end") from error
        except MemoryError as error:
            raise self._error(error, "the template was stopped: it takes too much memory") from error
        except Exception as error:
            raise self._error(error, f"the template fails: {error}") from error
        return Skeleton(text, prints)

    def _undefined(self, error: UndefinedError, values: Mapping[str, Any]) -> BadData:
        found = re.match(r"'(\w+)' is undefined", error.message or "")
        if not found:
            return self._error(error, f"{error.message}")
        return unknown_name(found[1], [*values, "prose"]).at(self.file, self._line_of(error.__traceback__))

    def _error(self, error: BaseException, text: str) -> BadData:
        return BadData(text, file=self.file, line=self._line_of(error.__traceback__), field=self.field)

    def _line_of(self, trace: TracebackType | None) -> int:
        line = self.line
        while trace:
            template = trace.tb_frame.f_globals.get("__jinja_template__")
            if template is not None:
                line = template.get_corresponding_lineno(trace.tb_lineno)
            trace = trace.tb_next
        return line


def unknown_name(name: str, known: Iterable[str]) -> BadData:
    """The error for ``{{ name }}`` where nothing of that name is given."""
    near = get_close_matches(name, [other for other in known if other != name], 1)
    hint = f"Did you mean {near[0]}?" if near else f"Give it a value: a header '{_spelled(name)}: …' or --set {name}=…"
    return BadData(f"{{{{ {name} }}}} has no value", hint=hint, field=name)


def _spelled(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("_"))
