"""Fields in values, where nothing is filled in: ``{{ job_title }}`` or a column's name in braces, typed into a cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mailer.checks.problem import Problem
from mailer.checks.text import pattern, word_set, words_of
from mailer.letters.letter import canonical

if TYPE_CHECKING:
    from mailer.checks.case import Case

_JINJA = r"\{\{[^{}\n]{0,200}\}\}|\{%[^{}%\n]{0,200}%\}"
_BRACED = rf"{_JINJA}|\[\[([^\[\]\n]{{1,60}})\]\]|<<([^<>\n]{{1,60}})>>|\{{([^{{}}\n]{{1,60}})\}}|\{{\{{ ?(\w{{1,60}})"
_HINT = "Write what you mean in its place: nothing is filled in inside a value."
_BOXES = ("to", "cc", "bcc", "reply_to")


def in_values(case: Case) -> Iterator[Problem]:
    """Each field in a value, a name or the subject, with where the value comes from."""
    rendered = case.rendered
    found = [(name, words) for name, value in rendered.fields.items() for words in _fields(value, case)]
    given = {words for _, words in found}
    boxes = [(name, box) for name in _BOXES for box in getattr(rendered, name)]
    for name, box in (*boxes, ("from", rendered.sender)):
        found += [(name, words) for words in _fields(box.display_name, case) if words not in given]
    for name, words in dict.fromkeys(found):
        yield _problem(case, name, words)
    for start, end in places(rendered.subject, case):
        if not case.value_at("subject", start, end):
            yield _problem(case, "subject", rendered.subject[start:end])


def in_body(case: Case, found: Iterable[tuple[int, int]]) -> Iterator[Problem]:
    """Each field in the body that no value holds, but for those that are ``found`` already."""
    text = case.body.prose
    taken = bytearray(len(text))
    for start, end in found:
        taken[start:end] = b"\1" * (end - start)
    for start, end in places(text, case):
        if not any(taken[start:end]) and not case.value_at("text", start, end):
            words = text[start:end]
            said = f"the placeholder {words} is still there"
            yield case.in_body("leftover", "block", start, end, said, f"Write your own words in place of {words}.")


def places(text: str, case: Case) -> Iterator[tuple[int, int]]:
    """Where a text holds fields."""
    names = _names(case)
    for match in pattern(_BRACED).finditer(text):
        if match.lastindex is None or _is_name(match[match.lastindex], names):
            yield match.span()


def _fields(text: str, case: Case) -> list[str]:
    return [text[start:end] for start, end in places(text, case)]


def _is_name(inside: str, names: frozenset[str]) -> bool:
    """Whether it is the name of a column or a field, or one that such have in most tables."""
    words = words_of(inside.replace("_", " "))
    return _bare(canonical(inside)) in names or (bool(words) and word_set("placeholders", "nouns").issuperset(words))


def _names(case: Case) -> frozenset[str]:
    fields = [field.name for field in case.template.fields] if case.template else []
    return frozenset(map(_bare, (*case.columns, *case.rendered.fields, *fields)))


def _bare(name: str) -> str:
    return name.replace("_", "")


def _problem(case: Case, name: str, words: str) -> Problem:
    said = f"{_source(case, name, words)} holds {words}, which is not filled in"
    return case.in_header("leftover", "block", name, words, said, _HINT)


def _source(case: Case, name: str, words: str) -> str:
    """Where the value comes from, in words."""
    header = case.headers.get(name)
    if header and words in header.value:
        return f"the header {header.spelled}"
    if name in case.columns:
        return f"the column {name!r}"
    if case.template is not None and name == "subject":
        return "the subject"
    return f"--set {name}" if name not in (*_BOXES, "from") else f"the name in {name.capitalize()}"
