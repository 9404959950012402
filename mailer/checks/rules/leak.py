"""Names from another letter.

Blocks a letter that names another company, person or position: one that is known from the letters in the same folder
or from the ledger, in the subject, the text, the attachments' names, or the title, author or subject of a PDF.

Not reported: the letter's own names, a parent or subsidiary that shares the name, people of the same company, products
("Google Sheets"), another letter to the same recipient, "as a Data Engineer" of oneself, ordinary words ("Target",
"Notion") in lower case or at the head of a sentence.  What is known only from rows of the same batch, or from earlier
letters of the same file, is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from mailer.checks.company_names import core, related
from mailer.checks.problem import Problem
from mailer.checks.text import Phrases, Text, folded, listed, name_words, pattern, word_set, words_of
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.checks.case import Case
    from mailer.checks.index import Index, Name
    from mailer.checks.world import Other
    from mailer.message.attachments import Attachment

_CAMEL = r"(?<=[a-z])(?=[A-Z])|_|-|(?<=[A-Za-z])(?=\d)|\."
_IS_POSITION = (
    r"(?i)(?:['’]s)?[ -]*\(?[^\w]*(?:position|role|opening|vacancy|job|opportunity|interview|application|stelle|rolle"
    r"|bewerbung|poste\b|puesto|cargo|m/f|m/w|w/m|f/m|h/f)"
)
_OF_POSITION = (
    r"(?i)\b(?:position|role|post|job|vacancy|opening|opportunity|stelle|position als|rolle|poste|puesto|cargo|plaza)"
    r"(?: of| as| for| als| de| d['’]| des| der)?(?: an?| the| your| une?| el| la)? *[\"“„«:]? *$"
)
_OWN_HISTORY = r"(?i)\b(?:my|current|former|previous|last|past|earlier|first|meine[rmn]?|mon|mi|anterior)\b[^.]{0,25}$"


class _Place(NamedTuple):
    where: str
    text: Text
    what: str = ""


def check(case: Case) -> Iterator[Problem]:
    """One problem for each name that is another letter's."""
    seen: set[str] = set()
    own = _own_names(case)
    for place in _places(case):
        for index in filter(None, (case.others, case.batch)):
            for start, end, name in _named(index, place, own):
                if name.spelled not in seen:
                    found = _problem(case, place, start, end, name)
                    if found:
                        seen.add(name.spelled)
                        yield found


def _places(case: Case) -> Iterator[_Place]:
    yield _Place("subject", case.subject)
    yield _Place("text", case.body)
    for item in case.rendered.attachments:
        yield from _in_file(item)


def _in_file(item: Attachment) -> Iterator[_Place]:
    from mailer.checks.pdf import facts

    yield _Place("attach", _words_apart(item.filename), f"the name of {item.filename}")
    pdf = facts(item)
    for part, words in (("title", pdf.title), ("author", pdf.author), ("subject", pdf.subject)) if pdf else ():
        if words:
            yield _Place("attach", _words_apart(words), f"the {part} of {item.filename}")


def _words_apart(name: str) -> Text:
    """``CamelCase_and-others`` with blanks between its words."""
    return Text(pattern(_CAMEL).sub(" ", name), signed=False)


def _named(index: Index, place: _Place, own: set[tuple[str, ...]]) -> Iterator[tuple[int, int, Name]]:
    lengths = index.lengths(place.text.bare_words)
    if not lengths:
        return
    words = place.text.bare
    found = index.named(words, lengths, own)
    if not found:
        return
    tokens = place.text.tokens
    taken = _runs(own, words) + _products(place.text, tokens)
    for first, after, name in found:
        start, end = tokens[first].start, tokens[after - 1].end
        if not any(one <= first and after <= other for one, other in taken) and _is_meant(place, start, end, name):
            yield start, end, name


def _own_names(case: Case) -> set[tuple[str, ...]]:
    """The letter's own names: company, position, and everybody it is from or to."""
    boxes = (*case.recipients, case.rendered.sender)
    names = [box.display_name for box in boxes]
    return {core(case.company), name_words(case.position), *map(name_words, names)} - {()}


def _runs(names: set[tuple[str, ...]], words: list[str]) -> list[tuple[int, int]]:
    """Where the names stand among the words."""
    return [
        (at, at + len(name))
        for name in names
        for at in range(len(words) - len(name) + 1)
        if words[at] == name[0] and tuple(words[at : at + len(name)]) == name
    ]


def _products(text: Text, tokens: list) -> list[tuple[int, int]]:  # type: ignore[type-arg]
    """Runs of words that are a product's name; a letter to a company of just that name is about it."""
    found = []
    for start, end, words in _product_names().find(text):
        at = next(number for number, token in enumerate(tokens) if token.start == start)
        length = len(words)
        # One word short of the whole: a name that is all of it still counts.
        found += [(at, at + length - 1), (at + 1, at + length)] if end > start else []
    return found


@cache
def _product_names() -> Phrases[tuple[str, ...]]:
    return Phrases((line, tuple(words_of(line))) for line in listed("companies")["products"])


def _is_meant(place: _Place, start: int, end: int, name: Name) -> bool:
    """Whether the words are the name, not words that look like it."""
    text = place.text.own
    words = text[start:end].removesuffix("'s").removesuffix("’s")
    if name.kind == "position":
        return _is_position(place, start, end, name)
    if len(name.spelled) < 3:
        return words == name.spelled and not _in_phrase(text, start, end) and _follows_preposition(text, start)
    if place.where == "attach" and not _is_ordinary(words):
        return True
    if name.short and _in_phrase(text, start, end):
        return False
    if " " in words and not all(map(_is_ordinary, words.split())):
        return True
    if not (text[start].isupper() or text[start].isdigit() or words == name.spelled):
        return False
    return not (_is_ordinary(words) and (_begins_sentence(text, start) or words != name.spelled))


@lru_cache(maxsize=256)
def _is_ordinary(words: str) -> bool:
    ordinary = word_set("companies", "ordinary") | word_set("companies", "what they do")
    return all(folded(word) in ordinary for word in words.split())


def _begins_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \"'“„«(*_")
    return not before or before[-1] in ".!?:\n"


def _follows_preposition(text: str, start: int) -> bool:
    """Whether the word before is "at", "with" and the like, or a sentence begins: "at HP", not "vitamin B"."""
    before = words_of(text[max(0, start - 20) : start])
    return _begins_sentence(text, start) or (before[-1:] != [] and before[-1] in word_set("companies", "before a name"))


def _in_phrase(text: str, start: int, end: int) -> bool:
    """Whether a capitalised word or a hyphen stands right beside the words."""
    after = re.match(r"(?:-|[  ](?=[A-ZÄÖÜ\d]))\w", text[end:])
    before = re.search(r"(?:[\w-]-|\b[A-Z][\w.&-]*[  ])$", text[:start])
    if before and _begins_sentence(text, start - len(before[0])):
        before = None
    return bool(after or before)


def _is_position(place: _Place, start: int, end: int, name: Name) -> bool:
    text = place.text.own
    if place.where in ("subject", "attach"):
        return " " in name.spelled or text[start:end] == name.spelled
    before, after = text[max(0, start - 60) : start], text[end : end + 30]
    if pattern(_OWN_HISTORY).search(before):
        return False
    return bool(pattern(_IS_POSITION).match(after) or pattern(_OF_POSITION).search(before))


def _problem(case: Case, place: _Place, start: int, end: int, name: Name) -> Problem | None:
    other = _whose(case, name)
    if other is None:
        return None
    level = "warn" if other.same_file or other.origin == "batch" else "block"
    words = place.text.raw[start:end]
    of = {"company": "the company", "person": "a recipient", "position": "the position"}[name.kind]
    where = place.what or ("the subject" if place.where == "subject" else "the letter")
    text = f"{where} names {words}, {of} of {other.what}"
    hint = "Take it out, or write the name you mean here."
    if place.where == "text":
        return case.in_body("leak", level, start, end, text, hint)
    return case.in_header("leak", level, place.where, words if place.where == "subject" else "", text, hint)


def _whose(case: Case, name: Name) -> Other | None:
    """A letter that the name belongs to and that is not this one; one that blocks comes first."""
    if name.kind == "company" and (related(name.spelled, case.company) or _is_person(case, name)):
        return None
    if name.kind == "position" and _same_position(name.spelled, case.position):
        return None
    found = [other for other in name.letters.values() if _is_another(case, other, name)]
    return min(found, key=lambda other: (other.same_file, other.origin == "batch"), default=None)


def _is_another(case: Case, other: Other, name: Name) -> bool:
    if other.keys & case.keys or (other.identity and other.same_file and not case.personal):
        return False
    if name.kind != "person":
        return True
    domains = {key.rpartition("@")[2] for key in other.keys}
    same_house = domains & {box.domain for box in case.recipients}
    return not (same_house or related(other.company, case.company))


def _is_person(case: Case, name: Name) -> bool:
    """Whether a company's name is that of somebody the letter is from or to."""
    people = {word for box in (*case.recipients, case.rendered.sender) for word in name_words(box.display_name)}
    return set(core(name.spelled)) <= people


def _same_position(one: str, other: str) -> bool:
    a, b = set(name_words(one)), set(name_words(other))
    return a <= b or b <= a
