"""The Jinja environment of a letter: sandboxed, with printing, joining and filters that keep values apart from markup.

What is printed leaves a mark.  Text that a macro, a ``set`` block or a ``filter`` block made is ``Markup`` that holds
marks; filters, tests, comparisons and methods are given what a reader would see of it.
"""

# ruff: noqa: ANN401, D102 - values are of any type, the methods are those of Jinja's classes

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from jinja2.filters import FILTERS
from jinja2.runtime import Context, StrictUndefined, TemplateReference, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS
from jinja2.utils import pass_context
from markupsafe import Markup

from mailer.characters import bad_in_value
from mailer.errors import BadData, EmptyValue
from mailer.message.slots import MAX_MARKS, Marks, Prints, Slot
from mailer.render.jinja.limits import (
    Budget,
    LimitReached,
    guard_filter,
    guard_format,
    guard_length,
    guard_method,
    guard_numbers,
    guard_operator,
)
from mailer.render.jinja.rewriter import Generator
from mailer.render.jinja.simple import EMPTY_HINTS

_DROPPED_FILTERS = {"xmlattr", "urlize", "tojson", "random", "pprint", "forceescape"}
_STRUCTURAL = {"trim", "string", "default", "d", "indent"}
_ORDERING = {"sort", "unique", "min", "max", "groupby"}


class Environment(ImmutableSandboxedEnvironment):
    """``texts`` are the values printed so far in this rendering, ``names`` what they came from."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})
    code_generator_class = Generator

    def __init__(self, marks: Marks) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=True, keep_trailing_newline=True, optimized=False)
        self.marks = marks
        self.texts: list[str] = []
        self.names: list[str] = []
        self.budget = Budget()
        self.globals.pop("lipsum")
        self.filters = self._bounded_filters()
        tests: dict[str, Any] = {**TESTS}
        self.tests = {name: self._bounded(name, test) for name, test in tests.items()}

    def begin(self) -> Prints:
        """Forget the rendering before."""
        self.texts, self.names = [], []
        self.budget = Budget()
        return Prints(self.texts, self.names)

    def leave_mark(self, text: str, name: str) -> str:
        """The mark that stands for ``text``.  Raises BadData for characters that no value may hold."""
        if not (text.isascii() and text.isprintable()) and (bad := bad_in_value(text)):
            raise BadData(f"{{{{ {name} }}}} holds {bad}", hint="Remove it.", field=name or None)
        self.budget.spend(len(text))
        number = len(self.texts)
        if number >= MAX_MARKS:
            raise LimitReached(f"it prints more than {MAX_MARKS:,} values")
        self.texts.append(text)
        self.names.append(name)
        return self.marks.mark(number)

    def plain(self, value: Any) -> Any:
        """Template text as the text that a reader would see; anything else as it is."""
        if not isinstance(value, Markup):
            return value
        pieces = self.marks.pieces(str(value), "verbatim")
        guard_length(self._size(pieces))
        text = "".join([self.texts[piece.number] if isinstance(piece, Slot) else piece for piece in pieces])
        self.budget.weigh(text)
        return text

    def printed_size(self, value: Markup) -> int:
        """How many characters template text has when its marks are filled."""
        return self._size(self.marks.pieces(str(value), "verbatim"))

    def _size(self, pieces: Iterable[Any]) -> int:
        return sum(len(self.texts[p.number] if isinstance(p, Slot) else p) for p in pieces)

    def join_text(self, parts: Iterable[Any], between: Any = "") -> str:
        """The parts as one text: template text as soon as one of them is."""
        items = []
        for item in parts:
            self.budget.weigh(item, between)
            items.append(item)
        if not any(isinstance(item, Markup) for item in (between, *items)):
            return str(between).join(map(str, items))
        return self._as_markup(between).join(map(self._as_markup, items))

    def _as_markup(self, value: Any) -> Markup:
        if isinstance(value, Markup):
            return value
        return Markup(self.leave_mark(str(value), "") if value != "" else "")  # noqa: S704 - digits only

    def each_piece(self, value: Markup, change: Callable[[str], str]) -> Markup:
        """Template text with ``change`` made to its words and to the values in it."""
        changed = []
        for part in self.marks.pieces(str(value), "verbatim"):
            if isinstance(part, Slot):
                changed.append(self.leave_mark(change(self.texts[part.number]), self.names[part.number]))
            else:
                changed.append(change(part))
        return Markup("".join(changed))  # noqa: S704 - template text and marks

    def getattr(self, obj: Any, attribute: str) -> Any:
        return super().getattr(self.plain(obj), attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return super().getitem(self.plain(obj), self.plain(argument))

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        wrapped = super().wrap_str_format(value)
        return functools.partial(self._method_format, str(value.__self__), wrapped) if wrapped else None

    def _method_format(self, text: str, wrapped: Callable[..., str], *args: Any, **kwargs: Any) -> str:
        values = [self.plain(arg) for arg in args]
        named = {name: self.plain(value) for name, value in kwargs.items()}
        guard_numbers([*values, *named.values()])
        guard_format(text, "{", self.budget.weigh(values, named))
        return wrapped(*values, **named)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 - as in Jinja
        owner = getattr(__obj, "__self__", None)
        if isinstance(owner, str):
            args = tuple(__self.plain(arg) for arg in args)
            guard_method(owner, __obj.__name__, args)
        if owner is not None:
            guard_numbers((*args, *kwargs.values()))
        __self.budget.weigh(owner, args, kwargs)
        result = super().call(__context, __obj, *args, **kwargs)
        if type(result) is not bool:
            __self.budget.weigh(result)
        return result

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return self.join_text((left, right))
        left, right = self.plain(left), self.plain(right)
        if operator == "%" and isinstance(left, str):
            return self._format(left, *(right if isinstance(right, tuple) else (right,)))
        guard_operator(operator, left, right)
        result = super().call_binop(context, operator, left, right)
        self.budget.weigh(result)
        return result

    def _bounded_filters(self) -> dict[str, Callable[..., Any]]:
        filters = {name: self._bounded(name, made) for name, made in FILTERS.items() if name not in _DROPPED_FILTERS}
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
            "_weighed": self._weighed,
            "_turn": pass_context(lambda _context, cost: self.budget.turn(cost)),
        }
        return filters | own

    def _bounded(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        first = 1 if hasattr(function, "jinja_pass_arg") else 0
        read: Callable[[Any], Any] = self.plain
        if name in _STRUCTURAL:
            read = _same
        elif name in _ORDERING:
            read = self._all_plain

        @functools.wraps(function)
        def bounded(*args: Any, **kwargs: Any) -> Any:
            values = tuple(map(read, args[first:]))
            guard_numbers([*values[1:], *kwargs.values()])
            self.budget.weigh(values, kwargs)
            guard_filter(name, values, kwargs)
            result = function(*args[:first], *values, **kwargs)
            self.budget.weigh(result)
            return result

        return bounded

    def _weighed(self, value: Any) -> Any:
        self.budget.weigh(value)
        return self.plain(value)

    def _all_plain(self, value: Any) -> Any:
        return [self.plain(item) for item in value] if isinstance(value, (list, tuple)) else self.plain(value)

    def _safe(self, value: Any) -> Any:
        if isinstance(value, Markup):
            return value
        raise BadData("|safe is refused: a value is text, never markup", hint="Remove |safe.")

    def _join(self, value: Iterable[Any], d: Any = "", attribute: str | None = None) -> str:
        items = (self.getattr(item, attribute) for item in value) if attribute else value
        return self.join_text(items, d)

    def _replace(self, s: Any, old: Any, new: Any, count: int | None = None) -> str:
        text, old, new = str(self.plain(s)), str(self.plain(old)), str(self.plain(new))
        guard_method(text, "replace", (old, new))
        self.budget.weigh(text, old, new)
        return text.replace(old, new, -1 if count is None else count)

    def _format(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = str(self.plain(value))
        values = tuple(map(self.plain, args))
        guard_format(text, "%", self.budget.weigh(values, kwargs))
        if kwargs:
            return text % kwargs
        return text % (values[0] if len(values) == 1 and isinstance(values[0], dict) else values)

    def _letter_case(self, value: Any, change: Callable[[str], str]) -> str:
        return self.each_piece(value, change) if isinstance(value, Markup) else change(str(value))


def _same(value: Any) -> Any:
    return value


@pass_context
def _print(context: Context, value: Any, name: str, bare: bool) -> str:
    environment = context.environment
    if type(value) is str:
        if bare:
            _not_empty(value, name, bare)
        return environment.leave_mark(value, name)  # type: ignore[attr-defined, no-any-return]
    if isinstance(value, Markup):
        environment.budget.spend(environment.printed_size(value))  # type: ignore[attr-defined]
        return _not_empty(value, name, bare)
    if not isinstance(value, (str, Undefined)):
        _refuse_machinery(value, name)
        environment.budget.weigh(value)  # type: ignore[attr-defined]
    return environment.leave_mark(_not_empty(str(value), name, bare), name)  # type: ignore[attr-defined, no-any-return]


def _refuse_machinery(value: Any, name: str) -> None:
    """Raise BadData for what only Jinja and Python know, such as a function: its words are no letter's."""
    if callable(value) or isinstance(value, TemplateReference):
        shown = f"{{{{ {name} }}}}" if name else "what is printed here"
        hint = "Give it a value, or call it with () if it is a method."
        raise BadData(f"{shown} has no value", hint=hint, field=name or None)


def _not_empty(value: str, name: str, bare: bool) -> str:
    if bare and not value.strip():
        raise EmptyValue(f"{{{{ {name} }}}} is empty", hint=EMPTY_HINTS.get(name, f"Give {name} a value."), field=name)
    return value
