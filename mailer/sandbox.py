"""Jinja, sandboxed and bounded: a source and its values give a text with marks and the values that were printed.

Printing a value leaves a mark (``slots``), so that a value can never become markup.  What a macro, a ``set``
block or a ``filter`` block made is template text and passes unchanged: autoescape wraps it in ``Markup``.
Filters, tests, comparisons and methods see real values, also inside such text.

Bounds: loop turns and macro calls are counted and timed, output is counted, and operations that could take all
memory in one step (repetition, powers, padding, ranges) are refused from a size on.
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import TracebackType
from typing import Any, NamedTuple

from jinja2 import TemplateSyntaxError, UndefinedError, meta, nodes
from jinja2.environment import Template
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.runtime import Context, StrictUndefined, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import pass_context
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from mailer.errors import BadData
from mailer.slots import Marks, Piece, Print, Slot, fill

MAX_TURNS = 200_000
MAX_OUTPUT = 4_000_000
MAX_SECONDS = 5.0
MAX_NUMBER = 10_000
MAX_LENGTH = 1_000_000

_DROPPED_FILTERS = {"xmlattr", "urlize", "tojson", "random", "pprint", "forceescape"}
_STRUCTURAL = {"trim", "string", "default", "d", "indent"}
_LONG_NUMBER = re.compile(r"\d{5}")


class Skeleton(NamedTuple):
    """A rendered source: its text with marks, and the values they stand for."""

    text: str
    prints: list[Print]


class LimitReached(Exception):
    """The template asks for more time or memory than a letter needs."""


@dataclass(slots=True)
class _Budget:
    turns: int = MAX_TURNS
    output: int = MAX_OUTPUT
    until: float = 0.0

    def turn(self, cost: int) -> None:
        self.turns -= 1
        self.spend(cost)
        if self.turns < 0:
            raise LimitReached(f"it takes more than {MAX_TURNS:,} loop turns")
        if self.turns % 256 == 0 and time.monotonic() > self.until:
            raise LimitReached(f"it takes more than {MAX_SECONDS:.0f} seconds")

    def spend(self, size: int) -> None:
        self.output -= size
        if self.output < 0:
            raise LimitReached(f"it makes more than {MAX_OUTPUT:,} characters")


class Prose(Markup):
    """The letter's prose: Markdown that a template may print as it is."""


class Sandbox:
    """The Jinja environment of one letter."""

    def __init__(self, marks: Marks) -> None:
        self.marks = marks
        self.environment = _Environment(marks)

    def compile(self, text: str, file: str, line: int = 1, field: str | None = None, *, bare: bool = True) -> Source:
        """``text``, which begins in that line of ``file``, ready to render.

        ``bare``: an empty value is an error where it is printed by its bare name.  Raises BadData.
        """
        padded = "{#" + "\n" * (line - 1) + "#}" + text if line > 1 else text
        environment = self.environment
        try:
            tree = environment.parse(padded, file, file)
            _refuse_other_files(tree)
            names = frozenset(meta.find_undeclared_variables(tree))
            code = environment.compile(_Rewriter(bare).visit(tree), file, file)
        except TemplateSyntaxError as error:
            hint = "Write {{ field }} for a value; see Jinja's template syntax."
            raise BadData(f"{error.message}", hint=hint, file=file, line=error.lineno, field=field) from error
        except (RecursionError, OverflowError, ValueError) as error:
            raise BadData("the template is nested too deeply", file=file, line=line, field=field) from error
        template = Template.from_code(environment, code, environment.make_globals(None))
        return Source(environment, template, names, file, line, field)


class Source:
    """One compiled source; ``names`` are the names that it asks for."""

    __slots__ = ("_environment", "_template", "field", "file", "line", "names")

    def __init__(
        self,
        environment: _Environment,
        template: Template,
        names: frozenset[str],
        file: str,
        line: int,
        field: str | None,
    ) -> None:
        self._environment = environment
        self._template = template
        self.names = names
        self.file = file
        self.line = line
        self.field = field

    def render(self, values: Mapping[str, Any]) -> Skeleton:
        """The text with marks.  Raises BadData with file and line."""
        prints = self._environment.begin()
        try:
            text = "".join(self._template.root_render_func(self._template.new_context(dict(values))))
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


def _refuse_other_files(tree: nodes.Template) -> None:
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        word = {nodes.Include: "include", nodes.Extends: "extends"}.get(type(node), "import")
        raise TemplateSyntaxError(f"{{% {word} %}} is not supported: a letter is one file", node.lineno)


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, marks: Marks) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=True, keep_trailing_newline=True, optimized=False)
        self.marks = marks
        self.prints: list[Print] = []
        self.budget = _Budget()
        self.globals.pop("lipsum")
        self.filters = self._bounded_filters()

    def begin(self) -> list[Print]:
        self.prints = []
        self.budget = _Budget(until=time.monotonic() + MAX_SECONDS)
        return self.prints

    def leave_mark(self, text: str, name: str) -> Markup:
        self.budget.spend(len(text))
        self.prints.append(Print(text, name))
        return Markup(self.marks.mark(len(self.prints) - 1))  # noqa: S704 - digits only

    def plain(self, value: Any) -> Any:
        """Template text as the text that a reader would see; anything else as it is."""
        if isinstance(value, Markup):
            return fill(self.marks.pieces(str(value), "verbatim"), self.prints)
        return value

    def join_text(self, parts: Iterable[Any], between: Any = "") -> str:
        items = list(parts)
        self.budget.spend(sum(len(item) for item in items if isinstance(item, str)) + len(between) * len(items))
        if not any(isinstance(item, Markup) for item in (between, *items)):
            return str(between).join(map(str, items))
        return self._as_markup(between).join(map(self._as_markup, items))

    def _as_markup(self, value: Any) -> Markup:
        return value if isinstance(value, Markup) else self.leave_mark(str(value), "") if value != "" else Markup()

    def each_piece(self, value: Markup, change: Callable[[str], str]) -> Markup:
        """Template text with ``change`` made to its words and to the values in it."""
        parts: list[Piece] = self.marks.pieces(str(value), "verbatim")
        changed = [self._changed(part, change) for part in parts]
        return Markup("".join(changed))  # noqa: S704 - template text and marks

    def _changed(self, part: Piece, change: Callable[[str], str]) -> str:
        if not isinstance(part, Slot):
            return change(part)
        old = self.prints[part.index]
        return self.leave_mark(change(old.text), old.name)

    def getattr(self, obj: Any, attribute: str) -> Any:
        found = super().getattr(self.plain(obj), attribute)
        if isinstance(obj, str) and attribute in ("format", "format_map"):
            return functools.partial(_bounded_format, str(obj), found)
        return found

    def getitem(self, obj: Any, argument: Any) -> Any:
        return super().getitem(self.plain(obj), argument)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 - as in Jinja
        owner = getattr(__obj, "__self__", None)
        if isinstance(owner, str):
            args = tuple(__self.plain(arg) for arg in args)
            _guard_method(owner, __obj.__name__, args)
        result = super().call(__context, __obj, *args, **kwargs)
        if isinstance(result, str) and len(result) > MAX_LENGTH:
            raise LimitReached(f"a text of more than {MAX_LENGTH:,} characters")
        return result

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return self.join_text((left, right))
        left, right = self.plain(left), self.plain(right)
        _guard_operator(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def _bounded_filters(self) -> dict[str, Callable[..., Any]]:
        filters = {
            name: function if name in _STRUCTURAL - {"indent"} else self._bounded(name, function)
            for name, function in FILTERS.items()
            if name not in _DROPPED_FILTERS
        }
        own: dict[str, Callable[..., Any]] = {
            "e": lambda value: value,
            "escape": lambda value: value,
            "safe": self._safe,
            "join": self._join,
            "replace": self._replace,
            "format": self._format,
            "upper": lambda value: self._letter_case(value, str.upper),
            "lower": lambda value: self._letter_case(value, str.lower),
            "_print": _print,
            "_concat": lambda parts: self.join_text(parts),
            "_plain": self.plain,
            "_turn": pass_context(lambda _context, cost: self.budget.turn(cost)),
        }
        return filters | own

    def _bounded(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        first = 1 if hasattr(function, "jinja_pass_arg") else 0
        keep = name in _STRUCTURAL

        @functools.wraps(function)
        def bounded(*args: Any, **kwargs: Any) -> Any:
            _guard_numbers([*args[first + 1 :], *kwargs.values()])
            if keep:
                return function(*args, **kwargs)
            return function(*args[:first], *map(self.plain, args[first:]), **kwargs)

        return bounded

    def _safe(self, value: Any) -> Any:
        if isinstance(value, Markup):
            return value
        raise BadData("|safe is refused: a value is text, never markup", hint="Remove |safe.")

    def _join(self, value: Iterable[Any], d: Any = "", attribute: str | None = None) -> str:
        items = [self.getattr(item, attribute) for item in value] if attribute else value
        return self.join_text(items, d)

    def _replace(self, s: Any, old: Any, new: Any, count: int | None = None) -> str:
        text, old, new = str(self.plain(s)), str(self.plain(old)), str(self.plain(new))
        _guard_method(text, "replace", (old, new))
        return text.replace(old, new, -1 if count is None else count)

    def _format(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = str(self.plain(value))
        operand = kwargs or tuple(map(self.plain, args))
        _guard_operator("%", text, operand)
        return text % operand

    def _letter_case(self, value: Any, change: Callable[[str], str]) -> str:
        return self.each_piece(value, change) if isinstance(value, Markup) else change(str(value))


@pass_context
def _print(context: Context, value: Any, name: str, bare: bool) -> Any:
    environment = context.environment
    assert isinstance(environment, _Environment)
    if isinstance(value, Undefined):
        return str(value)
    if bare and value == "":
        raise BadData(f"{{{{ {name} }}}} is empty", hint=_EMPTY_HINTS.get(name, f"Give {name} a value."), field=name)
    if isinstance(value, Markup):
        environment.budget.spend(len(value))
        return value
    return environment.leave_mark(value if type(value) is str else str(value), name)


_EMPTY_HINTS = {
    "prose": "Write the letter's own words below the blank line.",
    "greeting": "Write the recipient as 'To: Name <address>', or a 'Greeting:' header.",
    "to.first": "Write the recipient as 'To: Name <address>'.",
    "to.name": "Write the recipient as 'To: Name <address>'.",
    "from.name": "Write 'From: Name <address>', or set MAILER_FROM so.",
}


def _guard_numbers(arguments: Iterable[Any]) -> None:
    for argument in arguments:
        if isinstance(argument, int) and abs(argument) > MAX_NUMBER:
            raise LimitReached(f"{argument:,} is too large a number there")


def _guard_method(owner: str, method: str, arguments: tuple[Any, ...]) -> None:
    _guard_numbers(arguments)
    if method == "replace" and len(arguments) > 1:
        times = owner.count(str(arguments[0])) if arguments[0] else len(owner) + 1
        _guard_length(times * len(str(arguments[1])))
    if method == "join" and arguments:
        _guard_length(len(owner) * MAX_NUMBER if not hasattr(arguments[0], "__len__") else len(owner) * len(arguments[0]))


def _bounded_format(text: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    _guard_numbers([*args, *kwargs.values()])
    if _LONG_NUMBER.search(text):
        raise LimitReached("a width of more than 9,999 characters")
    return method(*args, **kwargs)


def _guard_operator(operator: str, left: Any, right: Any) -> None:
    if operator == "%" and isinstance(left, str):
        if _LONG_NUMBER.search(left) or "*" in left:
            raise LimitReached("a width of more than 9,999 characters")
        return
    if operator == "**" and (abs(right) > 64 or abs(left) > MAX_NUMBER):
        raise LimitReached("too large a power")
    if operator == "*":
        _guard_product(left, right)


def _guard_product(left: Any, right: Any) -> None:
    for sequence, times in ((left, right), (right, left)):
        if hasattr(sequence, "__len__") and isinstance(times, int):
            _guard_length(len(sequence) * max(times, 0))
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > 512:
        raise LimitReached("too large a number")


def _guard_length(length: int) -> None:
    if length > MAX_LENGTH:
        raise LimitReached(f"a text of more than {MAX_LENGTH:,} characters")


class _Rewriter(NodeTransformer):
    """Puts printing, joining and counting of ours into a parsed template."""

    def __init__(self, bare: bool) -> None:
        self._bare = bare

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802 - Jinja's naming
        node = self.generic_visit(node)
        node.nodes = [n if isinstance(n, nodes.TemplateData) else self._printed(n) for n in node.nodes]
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        node = self.generic_visit(node)
        return _filter(nodes.List(node.nodes, lineno=node.lineno), "_concat")

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        node = self.generic_visit(node)
        node.expr = _filter(node.expr, "_plain")
        for operand in node.ops:
            operand.expr = _filter(operand.expr, "_plain")
        return node

    def visit_FilterBlock(self, node: nodes.FilterBlock) -> nodes.Node:  # noqa: N802
        node = self.generic_visit(node)
        node.filter = self._printed(node.filter)
        return node

    def visit_AssignBlock(self, node: nodes.AssignBlock) -> nodes.Node:  # noqa: N802
        node = self.generic_visit(node)
        if node.filter is not None:
            node.filter = self._printed(node.filter)
        return node

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        return self._counted(node)

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:  # noqa: N802
        return self._counted(node)

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.Node:  # noqa: N802
        return self._counted(node)

    def _counted(self, node: Any) -> nodes.Node:
        cost = sum(len(data.data) for data in node.find_all(nodes.TemplateData))
        node = self.generic_visit(node)
        turn = _filter(nodes.Const(cost, lineno=node.lineno), "_turn")
        node.body.insert(0, nodes.ExprStmt(turn, lineno=node.lineno))
        return node  # type: ignore[no-any-return]

    def _printed(self, node: nodes.Expr) -> nodes.Filter:
        first = node if isinstance(node, nodes.Name) else node.find(nodes.Name)
        name = first.name if first else ""
        plain = isinstance(node, nodes.Name)
        if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
            name, plain = f"{name}.{node.attr}", True
        bare = plain and (self._bare or name in _EMPTY_HINTS)
        return _filter(node, "_print", nodes.Const(name, lineno=node.lineno), nodes.Const(bare, lineno=node.lineno))


def _filter(node: nodes.Expr, name: str, *arguments: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, list(arguments), [], None, None, lineno=node.lineno)
