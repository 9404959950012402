"""What a check looks at: one letter, its words, and what is known of the world."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from mailer.checks.problem import Problem
from mailer.checks.text import once, word_set
from mailer.checks.world import Known
from mailer.message.headers import MONTHS, WEEKDAYS
from mailer.message.slots import Valued
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from datetime import date

    from mailer.checks.index import Index
    from mailer.checks.similar import ComparableProse
    from mailer.checks.text import Text
    from mailer.checks.world import Held, Other
    from mailer.letters.letter import Header, Letter
    from mailer.letters.template import Template
    from mailer.message.address import Mailbox
    from mailer.message.rendered import Rendered

LANGUAGES = ("en", "de", "fr", "es")
_WORD = r"\w+"
_CODE = r"(?is)<(code|pre|samp|kbd)\b[^>]*>.*?</\1\s*>"
_TAG = r"<[^<>]*>"
# How far from a place its neighbours are looked for.
_NEAR = 80
# Words that stand in a text more often are not told apart.
_MOST_PLACES = 100


class _Given(NamedTuple):
    """What a case is made of, by name.

    ``headers`` are the letter's, the first of each name; ``named`` is what the letter calls its template, or "".
    ``prose`` are the writer's own words as typed, which may be a column's (``prose_from`` "column"; else "letter" or
    "option").  ``others`` are the letters known beforehand, ``batch`` the rows gone through so far, both None where no
    check asks; ``columns`` are the values that come from a CSV; ``rows`` counts the
    letters of the run, of which this may be the ``first``; ``compared_by`` is ``own``, where that is known.
    """

    letter: Letter
    named: str
    headers: Mapping[str, Header]
    template: Template | None
    rendered: Rendered
    known: Known
    body: Text
    subject: Text
    personal: bool
    prose: Text
    prose_from: str = "letter"
    columns: frozenset[str] = frozenset()
    others: Index | None = None
    batch: Index | None = None
    rows: int = 1
    first: bool = True
    compared_by: ComparableProse | None = None


class Case(_Given):
    """One letter as the checks see it; what they ask of it is found out once."""

    def held(self, kind: str) -> list[tuple[Mailbox, Held]]:
        """The recipients of To for whom there is a hold of that kind ("hold", "answered"), each with it."""
        holds = self.known.holds
        if not holds:
            return []
        return [(box, hold) for box in self.rendered.to for hold in holds.get(box.key, ()) if hold.kind == kind]

    @once
    def own(self) -> ComparableProse | None:
        """The prose ready to compare, None where no check asks."""
        if self.compared_by or not self.personal:
            return self.compared_by
        from mailer.checks.similar import prose_in

        names = [box.display_name for box in self.recipients]
        return prose_in(self.prose.ordered, self.company, self.position, names)

    @once
    def language(self) -> str:
        """The language that the letter is in."""
        return language_of(self.rendered, self.body)

    @once
    def company(self) -> str:
        """The company the letter is to, or ""."""
        return self.rendered.fields.get("company", "").strip()

    @once
    def position(self) -> str:
        """The position the letter is about, or ""."""
        return self.rendered.fields.get("position", "").strip()

    @once
    def recipients(self) -> tuple[Mailbox, ...]:
        """Everybody the letter goes to."""
        return (*self.rendered.to, *self.rendered.cc, *self.rendered.bcc)

    @once
    def keys(self) -> frozenset[str]:
        """The addresses of everybody it goes to, in caseless form."""
        return frozenset([box.key for box in self.recipients])

    @once
    def at_company(self) -> list[Other]:
        """The letters known beforehand that went to people at the company."""
        return list(self.others.at(self.company)) if self.others is not None else []

    @once
    def rows_at_company(self) -> list[Other]:
        """The rows gone through so far that go to people at the company."""
        return list(self.batch.at(self.company)) if self.batch is not None else []

    @once
    def _letters_to(self) -> dict[str, list[Other]]:
        return {}

    def letters_to(self, key: str) -> list[Other]:
        """The letters known beforehand that went to an address in caseless form."""
        if key not in self._letters_to:
            self._letters_to[key] = list(self.others.to(key)) if self.others is not None else []
        return self._letters_to[key]

    @once
    def around(self) -> str:
        """Subject, names, addresses, and what the letter is filled with, to see quickly whether a sign is in any."""
        boxes = (*self.recipients, *self.rendered.reply_to, self.rendered.sender)
        named = [f"{box.display_name}\n{box.addr_spec}" for box in boxes]
        return "\n".join([self.rendered.subject, *named, *self.rendered.fields.values()])

    def value_at(self, where: str, start: int, end: int) -> str:
        """Return the name of the value that holds these characters of "subject" or "text", or ""."""
        for span in self.rendered.spans:
            if span.where == where and span.start <= start and end <= span.end:
                return span.name
        return ""

    @once
    def holes(self) -> list[tuple[str, int, int]]:
        """The places in "subject" or "text" where a value printed nothing, or only white space."""
        subject, body = self.rendered.subject, self.body.raw
        if _prints(subject) and _prints(body):
            return []
        return [
            (where, start, end)
            for where, start, end, _ in self.rendered.spans
            if start == end or not (subject if where == "subject" else body)[start:end].strip()
        ]

    def only_in_code(self, words: str) -> bool:
        """Tell whether words of the body stand in its code alone, as the page shows it."""
        page = self.rendered.html
        if page is None or not any(map(page.__contains__, ("<code", "<pre", "<CODE", "<PRE"))):
            return False
        from html import unescape

        rest = re.sub(_CODE, " ", page)
        return rest != page and " ".join(words.split()) not in " ".join(unescape(re.sub(_TAG, "", rest)).split())

    def in_body(self, check: str, level: str, start: int, end: int, text: str, hint: str) -> Problem:
        """Report a problem with these characters of the body."""
        words = self.body.raw[start:end]
        field = self.value_at("text", start, end)
        line = self._value_line(field) if field else self._prose_line(words, start)
        return Problem(check, level, "body", line, text, hint, False, words, self.body.line_at(start), field)

    def in_prose(self, check: str, level: str, start: int, end: int, text: str, hint: str) -> Problem:
        """Report a problem with these characters of the prose as typed."""
        words = self.prose.raw[start:end]
        ours = self.prose_from == "letter"
        line = self.letter.prose_line + self.letter.prose.find(self.prose.raw) if ours else None
        if ours:
            before = self.letter.prose.find(self.prose.raw) + start
            line = self.letter.prose_line + self.letter.prose.count("\n", 0, before)
        field = "" if ours else "prose"
        return Problem(check, level, "body", line, text, hint, False, words, self.prose.line_at(start), field)

    def as_typed(self, check: str, level: str, words: str, text: str, hint: str) -> Problem:
        """Report a problem with ``words`` as they were typed, or with the whole letter if they are not its own."""
        start = self.letter.prose.find(words) if words.strip() and self.prose_from == "letter" else -1
        if start < 0:
            return self.whole(check, level, text, hint)
        line = self.letter.prose.count("\n", 0, start)
        shown = self.letter.prose.split("\n")[line]
        return Problem(check, level, "body", self.letter.prose_line + line, text, hint, False, words, shown)

    def in_value(self, check: str, level: str, name: str, words: str, text: str, hint: str) -> Problem:
        """Report a problem with ``words`` of a value that the text prints."""
        shown = self.rendered.fields.get(name, "")
        return Problem(check, level, "body", self._value_line(name), text, hint, False, words, shown, name)

    def whole(self, check: str, level: str, text: str, hint: str) -> Problem:
        """Report a problem with the letter as a whole."""
        return Problem(check, level, "body", None, text, hint)

    def in_header(self, check: str, level: str, name: str, words: str, text: str, hint: str) -> Problem:
        """Report a problem with ``words`` of a header, be it the letter's, a template's or a value's."""
        where = {"attachment": "attach"}.get(name, name)
        for header in self.letter.headers:
            if header.name in (name, f"{name}ment") and (not words or words in header.value):
                line, typed = _line_of(header, words), f"{header.spelled}: {header.value}"
                return Problem(check, level, where, line, text, hint, False, words, typed)
        field = name if name in self.columns else ""
        shown = self.rendered.subject if name == "subject" else ""
        return Problem(check, level, where, None, text, hint, False, words, shown, field)

    def _value_line(self, name: str) -> int | None:
        header = self.headers.get(name.partition(".")[0])
        return header.line if header and name not in self.columns else None

    def _prose_line(self, words: str, start: int) -> int | None:
        """Find the line of the letter file that holds the words; None if they are the template's or a column's."""
        typed = self.letter.prose if self.prose_from == "letter" else ""
        if not words.strip() or not typed:
            return None
        pattern = re.compile(r"\s+".join(map(re.escape, words.split())))
        before, after = _neighbours(self.body.raw, start, start + len(words))
        found = []
        for match in islice(pattern.finditer(typed), _MOST_PLACES):
            one, other = _neighbours(typed, *match.span())
            # Beside words that are all that was typed anything may stand.
            alike = (one == before != "") + (other == after != "") + (not one and not other)
            found.append((alike, match.start()))
        most = max((alike for alike, _ in found), default=0)
        added = self.template is not None or start >= self.body.end
        best = [at for alike, at in found if alike == most]
        if not best or (added and not most):
            return None
        number = len(pattern.findall(self.body.raw[:start])) if self.template is None else 0
        return self.letter.prose_line + typed.count("\n", 0, best[min(number, len(best) - 1)])


def _neighbours(text: str, start: int, end: int) -> tuple[str, str]:
    """Return the word before and the word after a place, "" at an edge: typed and rendered text agree in them."""
    before = re.findall(_WORD, text[max(0, start - _NEAR) : start])
    after = re.search(_WORD, text[end : end + _NEAR])
    return before[-1] if before else "", after[0] if after else ""


def _prints(text: str) -> bool:
    """Tell whether every value of a text is known to print something."""
    return isinstance(text, Valued) and all(map(str.strip, text.parts[1::2]))


def language_of(rendered: Rendered, body: Text) -> str:
    """Return the language a letter says it is in, else the one whose common words it holds most of."""
    if rendered.language:
        said = rendered.language.replace("_", "-").partition("-")[0].lower()
        if said:
            return said
    return _likeliest(_common_words() & body.words)


@cache
def _common_words() -> frozenset[str]:
    return frozenset().union(*(word_set("languages", name) for name in LANGUAGES))


@lru_cache(maxsize=64)
def _likeliest(words: frozenset[str]) -> str:
    counts = [len(word_set("languages", name) & words) for name in LANGUAGES]
    most = max(counts)
    return LANGUAGES[counts.index(most)] if most > 1 else "en"


def own_values(fields: Mapping[str, str]) -> list[str]:
    """Return the values a letter is filled with, longest first."""
    return sorted((value.strip() for value in fields.values() if value.strip()), key=len, reverse=True)


def day(moment: date) -> str:
    """Write a day as ``Tuesday 24 November``, in English whatever language the system speaks."""
    return f"{WEEKDAYS[moment.weekday()]} {moment.day} {MONTHS[moment.month - 1]}"


def _line_of(header: Header, words: str) -> int:
    at = next((number for number, line in enumerate(header.lines) if words and words in line), 0)
    return header.line + at
