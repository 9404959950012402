"""Render templates that only print names and ask simple conditions without Jinja, to what Jinja makes of them.

Simple is a name, ``not``, ``and``, ``or``, ``== "text"``, ``.startswith("text")`` and ``.endswith("text")``: a part of
Jinja's language, and all that the built-in templates need.  Where a source holds anything else, or a value is missing,
blank or no plain text, Jinja judges; it is not imported before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from mailer.message.slots import Marks, Prints
from mailer.tuples import NamedTuple

MAX_OUTPUT = 4_000_000
# Printed by these names, an empty value is an error in every letter.
EMPTY_HINTS = {
    "prose": "Write the letter's own words below the blank line.",
    "greeting": "Write the recipient as 'To: Name <address>', or a 'Greeting:' header.",
    "to.first": "Write the recipient as 'To: Name <address>'.",
    "to.name": "Write the recipient as 'To: Name <address>'.",
    "from.name": "Write 'From: Name <address>', or give your name: mailer login 'Name <address>'.",
}

_KEPT = 256
_DEEPEST = 16
# What the sandbox's scope holds under names of two parts.
_DOTTED = frozenset({"to.name", "to.first", "from.name", "from.first"})
# What Jinja takes for something else than a name that a value is given to.
_WORDS = frozenset({"and", "or", "not", "in", "is", "if", "else", "elif", "true", "false", "none"})
_WORDS |= {"True", "False", "None", "self", "loop", "super", "caller", "varargs", "kwargs", "_"}
_WORDS |= {"range", "dict", "cycler", "joiner", "namespace", "lipsum"}
# What is simple holds none of these signs within.
_BLOCK = r"(\{\{[^{}]*\}\}|\{%[^{%]*%\})"
_LEXEME = r"""\s*([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*|"[^"\\]*"|'[^'\\]*'|==|!=|[()])"""

_Test = Callable[[Mapping[str, Any]], bool]
_Get = Callable[[Mapping[str, Any]], Sequence[Any]]


class Prose(str):
    """The letter's prose: Markdown that a template prints as it is, not as a value."""

    __slots__ = ()


_TEXT = {str, Prose}


class Skeleton(NamedTuple):
    """A rendered source: its text with marks, and the values they stand for."""

    text: str
    prints: Prints


class _Choice(NamedTuple):
    number: int
    then: Sequence[_Part]
    otherwise: Sequence[_Part]


class _Name(NamedTuple):
    name: str


_Part = str | _Name | _Choice


class _Way(NamedTuple):
    """The source for one outcome of its conditions: its text with marks, the values that it prints and their names.

    ``around`` is the text, cut where it prints the prose.
    """

    around: Sequence[str]
    names: tuple[str, ...]
    printed: _Get
    never_blank: _Get


class _NotSimple(Exception):
    """The source does more."""


class SimpleTemplate:
    """A template that Jinja need not run; ``names`` are the names that it asks for, as Jinja tells them."""

    def __init__(self, text: str, marks: Marks, *, bare: bool) -> None:
        """Raises ``_NotSimple``: see ``simple_template``."""
        source = _Source(text, str.lower if bare else str)
        self.names = frozenset(name.partition(".")[0] for name in source.names)
        self._marks, self._never_blank = marks, frozenset(EMPTY_HINTS) | (self.names if bare else frozenset())
        self._names, self._tests, self._parts = source.names, source.tests, source.parts
        self._ways: dict[tuple[bool, ...], _Way] = {}
        self._asked = _getter(sorted(self._names))

    @property
    def pair(self) -> tuple[str, str] | None:
        """The two names of ``{{ name }} <{{ address }}>``; None if it is anything else."""
        match [part for part in self._parts if part]:
            case [_Name(name), " <", _Name(address), ">"]:
                return name, address
        return None

    def render(self, values: Mapping[str, Any]) -> Skeleton | None:
        """The text with marks, or None: that is for Jinja."""
        try:
            if not _TEXT.issuperset(map(type, self._asked(values))):
                return None
        except KeyError:
            return None
        prose = values.get("prose", "")
        prose = prose if type(prose) is Prose else ""
        outcomes = (bool(prose), *[test(values) for test in self._tests])
        way = self._ways.get(outcomes) or self._way(outcomes)
        texts = way.printed(values)
        if "" in map(str.strip, way.never_blank(values)):
            return None
        if sum(map(len, texts)) + len(prose) * (len(way.around) - 1) > MAX_OUTPUT:
            return None
        return Skeleton(prose.join(way.around), Prints(texts, way.names))

    def _way(self, outcomes: tuple[bool, ...]) -> _Way:
        printed_as_it_is, *conditions = outcomes
        around, asked = [""], set[str]()
        names: list[str] = []
        parts = list(_chosen(self._parts, conditions))
        marks = self._marks.several(len(parts))
        for part in parts:
            if isinstance(part, str):
                around[-1] += part
                continue
            asked.add(part.name)
            if printed_as_it_is and part.name == "prose":
                around.append("")
            else:
                around[-1] += marks[len(names)]
                names.append(part.name)
        if len(self._ways) >= _KEPT:
            self._ways.clear()
        never_blank = _getter(sorted(asked & self._never_blank))
        way = self._ways[outcomes] = _Way(around, tuple(names), _getter(names), never_blank)
        return way


def simple_template(text: str, marks: Marks, *, bare: bool) -> SimpleTemplate | None:
    """Read the source as one that Jinja need not run; None if it does more than that."""
    try:
        return SimpleTemplate(text, marks, bare=bare)
    except (_NotSimple, RecursionError):
        return None


def _getter(names: Sequence[str]) -> _Get:
    """The values of those names.  Raises KeyError."""
    if len(names) > 1:
        return itemgetter(*names)
    return (lambda values: (values[names[0]],)) if names else (lambda _values: ())


def _chosen(parts: Sequence[_Part], outcomes: Sequence[bool]) -> Iterator[str | _Name]:
    for part in parts:
        if isinstance(part, _Choice):
            yield from _chosen(part.then if outcomes[part.number] else part.otherwise, outcomes)
        else:
            yield part


class _Source:
    """A source read: its ``parts``, the ``tests`` of its choices by number, and the ``names`` that either holds."""

    def __init__(self, text: str, spelled: Callable[[str], str]) -> None:
        """``spelled`` is how a name is looked for.  Raises ``_NotSimple``."""
        pieces = re.split(_BLOCK, text)
        plain = "\0".join(pieces[::2])
        # A brace before a block is read together with the first of the block.
        if "\r" in text or "{#" in text or "{{" in plain or "{%" in plain or "{\0" in plain:
            raise _NotSimple
        self.tests: list[_Test] = []
        self.names: set[str] = set()
        self._spelled = spelled
        self._pieces = iter(_trimmed(pieces))
        self.parts, end = self._body(0)
        if end:
            raise _NotSimple

    def _body(self, depth: int) -> tuple[list[_Part], str]:
        """The parts up to the end of the source, or up to a statement that is no ``if``, which is given too."""
        parts: list[_Part] = []
        for piece in self._pieces:
            if piece.startswith("{{"):
                parts.append(_Name(self.name(_inside(piece))))
            elif piece.startswith("{%"):
                word, condition = _parted(_inside(piece))
                if word != "if":
                    return parts, _inside(piece) or "%"
                parts.append(self._choice(condition, depth + 1))
            else:
                parts.append(piece)
        return parts, ""

    def _choice(self, condition: str, depth: int) -> _Choice:
        if depth > _DEEPEST:
            raise _NotSimple
        number = len(self.tests)
        self.tests.append(_Condition(condition, self.name).test())
        then, end = self._body(depth)
        word, next_condition = _parted(end)
        otherwise: list[_Part] = []
        if word == "elif":
            return _Choice(number, then, [self._choice(next_condition, depth + 1)])
        if end == "else":
            otherwise, end = self._body(depth)
        if end != "endif":
            raise _NotSimple
        return _Choice(number, then, otherwise)

    def name(self, text: str) -> str:
        """``text``, if it is a name.  Raises ``_NotSimple``."""
        name = self._spelled(text)
        simple = text.isascii() and text.isidentifier() and _WORDS.isdisjoint((text, name))
        if not simple and text not in _DOTTED:
            raise _NotSimple
        self.names.add(name)
        return name


class _Condition:
    """What stands behind ``if``: ``or`` binds least, then ``and``, then ``not``."""

    def __init__(self, text: str, name: Callable[[str], str]) -> None:
        tokens = re.split(_LEXEME, text)
        if "".join(tokens[::2]).strip():
            raise _NotSimple
        self._tokens, self._name = tokens[-2::-2], name

    def test(self) -> _Test:
        """The whole of it.  Raises ``_NotSimple``."""
        test = self._either()
        if self._tokens:
            raise _NotSimple
        return test

    def _either(self) -> _Test:
        tests = [self._both()]
        while self._took("or"):
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda values: any(test(values) for test in tests)

    def _both(self) -> _Test:
        tests = [self._one()]
        while self._took("and"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda values: all(test(values) for test in tests)

    def _one(self) -> _Test:
        if self._took("not"):
            inner = self._one()
            return lambda values: not inner(values)
        name = self._taken()
        for method, compared in ((".startswith", str.startswith), (".endswith", str.endswith)):
            if name.endswith(method):
                return self._called(self._name(name.removesuffix(method)), compared)
        name = self._name(name)
        if self._took("=="):
            text = self._text()
            return lambda values: bool(values[name] == text)
        if self._took("!="):
            text = self._text()
            return lambda values: bool(values[name] != text)
        return lambda values: bool(values[name])

    def _called(self, name: str, method: Callable[[str, str], bool]) -> _Test:
        if not self._took("("):
            raise _NotSimple
        text = self._text()
        if not self._took(")"):
            raise _NotSimple
        return lambda values: method(values[name], text)

    def _text(self) -> str:
        text = self._taken()
        if text[0] not in "\"'":
            raise _NotSimple
        return text[1:-1]

    def _took(self, token: str) -> bool:
        if not self._tokens or self._tokens[-1] != token:
            return False
        self._tokens.pop()
        return True

    def _taken(self) -> str:
        if not self._tokens:
            raise _NotSimple
        return self._tokens.pop()


def _trimmed(pieces: list[str]) -> list[str]:
    """The pieces without the white space that a ``-`` in a block takes away beside it."""
    for at in range(1, len(pieces), 2):
        if pieces[at][2] == "-":
            pieces[at - 1] = pieces[at - 1].rstrip()
        if pieces[at][-3] == "-":
            pieces[at + 1] = pieces[at + 1].lstrip()
    return pieces


def _inside(block: str) -> str:
    return block[2:-2].removeprefix("-").removesuffix("-").strip()


def _parted(statement: str) -> tuple[str, str]:
    word, *rest = statement.split(None, 1) or [""]
    return word, rest[0] if rest else ""
