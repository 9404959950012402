"""Warn of text that a program wrote wrongly on its way here, and of a value that says that there is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import TYPE_CHECKING

from mailer.checks.problem import Problem

if TYPE_CHECKING:
    from mailer.checks.case import Case

# UTF-8 read as Windows-1252: "SÃ¶hne", "donâ€™t".
_MISREAD = re.compile(
    r"\S{0,20}(?:Ã(?![»“”’](?!\w))[\x80-\xbf\u0152-\u017e\u0192\u2013-\u203a\u20ac\u2122]|Â[\x80-\xbf]|â€)\S{0,20}"
)
_REFERENCE = re.compile(r"&(?:#\d{2,6}|#[xX][0-9A-Fa-f]{2,5}|[A-Za-z]{2,8});")
_NO_VALUE = re.compile(r"NULL|null|\(null\)|nan|NaN|None|N/?A|n/a|nil|undefined|TBD|TBA|tbd|tba|\?{1,3}|-{1,3}|–|—")
# As spreadsheets keep a number as text: ="007", '007.
_AS_TEXT = re.compile(r"=\"[^\"]*\"|'[^']*'|'[A-Z\d][^']*")
_HINT = "Write it as the reader should see it."


def check(case: Case) -> Iterator[Problem]:
    """Yield a warning for each value that is printed, and for the first such words of subject, names and body."""
    told = ""
    for name, text in _printed(case):
        if said := _fault(text):
            told += f"{text}\n"
            yield case.in_header("leftover", "warn", name, text, f"the value of {name} {said}", _HINT)
    names = "\n".join(box.display_name for box in case.rendered.to)
    for where, text in (("subject", case.rendered.subject), ("to", names)):
        if (found := _mangled(text)) and found[0].strip(".,:;!?") not in told:
            yield case.in_header("leftover", "warn", where, found[0], f"{found[0]} {_why(found[0])}", _HINT)
    found = _mangled(case.body.prose)
    if found and found[0].strip(".,:;!?") not in told and not case.only_in_code(found[0]):
        yield case.in_body("leftover", "warn", *found.span(), f"{found[0]} {_why(found[0])}", _HINT)


def _printed(case: Case) -> Iterator[tuple[str, str]]:
    names = {span.name for span in case.rendered.spans}
    shown = {box.display_name for box in case.recipients}
    for name, value in case.rendered.fields.items():
        text = value.strip()
        if name in names or text in shown:
            yield name, text


def _fault(text: str) -> str:
    if _NO_VALUE.fullmatch(text):
        return f"is {text}, which says that there is none"
    if _AS_TEXT.fullmatch(text):
        return f"is {text}, with a spreadsheet's mark for text"
    found = _mangled(text)
    return f"holds {found[0]}, which {_why(found[0])}" if found else ""


def _mangled(text: str) -> re.Match[str] | None:
    found = None if text.isascii() else _MISREAD.search(text)
    if found or "&" not in text:
        return found
    return next((one for one in _REFERENCE.finditer(text) if unescape(one[0]) != one[0]), None)


def _why(words: str) -> str:
    return "is HTML's way to write a character" if words.startswith("&") else "looks like UTF-8 read as Windows-1252"
