"""One source for Jinja: parsed, rewritten, compiled, and run within its bounds, with Jinja's errors as ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateSyntaxError, UndefinedError, meta, nodes
from jinja2.defaults import DEFAULT_NAMESPACE
from jinja2.environment import Template
from jinja2.exceptions import SecurityError
from markupsafe import Markup

from mailer.errors import BadData, UnknownName, did_you_mean
from mailer.letters.letter import canonical, spelled
from mailer.render.jinja.limits import LimitReached
from mailer.render.jinja.rewriter import Rewriter, refuse_unsupported
from mailer.render.jinja.simple import Prose, Skeleton

if TYPE_CHECKING:
    from mailer.render.jinja.environment import Environment


_PRINTED = r"\{\{\s*([^{}|()\[\]\"'=~+*/%<>]*?)\s*\}\}"
_WORDS = frozenset("and or not in is if else".split())  # noqa: SIM905
_GIVE = "Give it a value: a header '{spelled}: …' or --set {name}=…"
_DECLARE = "Declare it in the template, with a line 'Field: {name} — what it is'."


class Engine:
    """A source that Jinja runs; ``names`` are the names that it asks for."""

    __slots__ = ("_bare", "_environment", "_template", "field", "file", "line", "names")

    def __init__(
        self, environment: Environment, text: str, file: str, line: int, field: str | None, *, bare: bool
    ) -> None:
        """Raises BadData; for the arguments see ``Sandbox.compile``."""
        self.file, self.line, self.field = file, line, field
        self._environment, self._bare = environment, bare
        try:
            tree = environment.parse("{#" + "\n" * (line - 1) + "#}" + text, file, file)
            refuse_unsupported(tree)
            asked = meta.find_undeclared_variables(tree)
            small = _in_small_letters(tree, asked) if bare else {}
            self.names = frozenset(small.get(name, name) for name in asked)
            code = environment.compile(Rewriter(self.names if bare else frozenset(), small).visit(tree), file, file)
        except TemplateSyntaxError as error:
            raise _syntax_error(error, text, file, line, field, bare=bare) from error
        except (RecursionError, OverflowError, ValueError, SyntaxError, MemoryError) as error:
            hint = "Make it simpler."
            raise BadData("the template is nested too deeply", hint=hint, file=file, line=line, field=field) from error
        self._template = Template.from_code(environment, code, environment.make_globals(None))

    def render(self, values: dict[str, Any]) -> Skeleton:
        """The text with marks.  Raises BadData with file and line."""
        prints = self._environment.begin()
        prose = values.get("prose")
        scope = {**values, "prose": Markup(prose)} if type(prose) is Prose else values  # noqa: S704 - Markdown
        try:
            text = "".join(self._template.root_render_func(self._template.new_context(scope)))
        except BadData as error:
            raise error.at(self.file, self._line_of(error.__traceback__)) from error.__cause__
        except UndefinedError as error:
            raise self._undefined_error(error, values) from error
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

    def _undefined_error(self, error: UndefinedError, values: Mapping[str, Any]) -> BadData:
        found = re.match(r"'(\w+)' is undefined", error.message or "")
        if not found:
            return self._error(error, f"{error.message}")
        hint = _GIVE if self._bare else _DECLARE
        unknown = unknown_name_error(found[1], [*values, "prose"], hint)
        return unknown.at(self.file, self._line_of(error.__traceback__))

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


def _syntax_error(
    error: TemplateSyntaxError, text: str, file: str, line: int, field: str | None, *, bare: bool
) -> BadData:
    """The error for a source that Jinja cannot read; most often a column's name is written as the CSV spells it."""
    odd = next(filter(_is_spelled_out, re.finditer(_PRINTED, text)), None) if bare else None
    if odd is None:
        hint = "Write {{ field }} for a value; see Jinja's template syntax."
        if "not supported" in str(error.message):
            hint = "Write its text into the letter itself."
        return BadData(f"{error.message}", hint=hint, file=file, line=error.lineno, field=field)
    name = canonical(odd[1])
    said = f"{{{{ {odd[1]} }}}} is not a name: it may hold letters, digits and _ alone"
    hint = f"Write {{{{ {name} }}}}" if name.isidentifier() else "Rename the column so."
    return BadData(said, hint=hint, file=file, line=line + text.count("\n", 0, odd.start()), field=field)


def _is_spelled_out(match: re.Match[str]) -> bool:
    """Whether it is words, as in the line of names of a CSV."""
    return not match[1].isidentifier() and _WORDS.isdisjoint(match[1].split())


def _in_small_letters(tree: nodes.Template, asked: set[str]) -> dict[str, str]:
    """The names that no column can have for their capitals, by what to ask for; not those that the source sets too."""
    own = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
    names = [
        name
        for name in asked
        if name != name.lower() and {name, name.lower()}.isdisjoint(own | DEFAULT_NAMESPACE.keys())
    ]
    return {name: name.lower() for name in names}


def unknown_name_error(name: str, known: Iterable[str], hint: str) -> UnknownName:
    """The error for ``{{ name }}`` where nothing of that name is given; ``hint`` where none is like it."""
    hint = did_you_mean(
        name, (other for other in known if other != name), hint.format(name=name, spelled=spelled(name))
    )
    error = UnknownName(f"{{{{ {name} }}}} has no value", hint=hint, field=name)
    error.asked = name
    return error
