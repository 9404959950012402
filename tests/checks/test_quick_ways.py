"""What is found quickly is what is found by going through all of a text."""

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailer.checks.company_names import core, general, related
from mailer.checks.rules import dates
from mailer.checks.rules.format import _leads
from mailer.checks.targets import unreachable
from mailer.checks.text import Text, pattern
from mailer.render.plain_lines import _is_plain
from tests.conftest import examples

PIECES = (
    *("14", "3rd", "x3", "31", "2026", "5.", "12.5.2026", "2026-05-12", "5'", "٣", "1º", "no.9"),
    *("may", "May", "march", "March's", "d'avril", "mai", "mars", "enero", "_march", "dec.", "sept", "März"),
    *("Tuesday", "Tuesday,", "l'lundi", "Montag", "sat", "sunny", "of", "de", "the", "den", "word", "it's", "’s", "é"),
)
TEXTS = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from((" ", " ", "\n", "", ", ", "."))), max_size=12)


def all_dates(text, language):
    """Every way to write a date, in every line."""
    lowered, found = text.lowered, []
    ends = [match.end() for match in re.finditer(r"[^\n]*", lowered) if match[0]]
    lines = [(lowered.rfind("\n", 0, end) + 1, end) for end in ends]
    for way, needs_weekday in dates._ways(language):
        for start, end in lines:
            for match in pattern(way).finditer(lowered, start, end):
                before = max(start, match.start() - dates._BEFORE), match.start()
                weekday = dates._weekday_before(language).search(lowered, *before)
                start = match.end()
                if weekday or not needs_weekday:
                    found.append(dates._date(match, weekday, language))
    return found


@settings(examples(300))
@given(TEXTS, st.sampled_from(("en", "de", "fr", "es")))
@example([("14", " "), ("of", " "), ("May", "")], "en")
@example([("march", " "), ("3rd", "")], "en")
@example([("31", " "), ("de", " "), ("enero", "")], "es")
@example([("l'lundi", " "), ("5.", "4."), ("2026", "")], "fr")
def test_dates(pieces, language):
    text = Text("".join(word + after for word, after in pieces))
    assert list(dates._written(text, language)) == all_dates(text, language)


NAMES = st.lists(st.sampled_from(("acme", "robotics", "the", "labs", "gmbh", "ac", "me", "blue", "NB")), max_size=4)


@settings(examples(300))
@given(NAMES.map(" ".join), NAMES.map(" ".join))
def test_companies_of_one_family(one, other):
    a, b = core(one), core(other)
    shorter, longer = sorted((a, b), key=len)
    runs = [longer[at : at + len(shorter)] for at in range(len(longer) - len(shorter) + 1)]
    shared = bool(a and b) and a[0] == b[0] and a[0] not in general()
    assert related(one, other) == bool(a and b and (shared or shorter in runs or "".join(a) == "".join(b)))


@settings(examples(300))
@given(st.text(st.characters() | st.sampled_from("ab1²_*`|~ \t\\<&"), min_size=1, max_size=6))
def test_plain_lines(line):
    found = re.fullmatch(r"[^\W\d_](?:[^\\`*_\[\]<>&~|\n]*[^\\`*_\[\]<>&~|\s])?", line)
    assert "\n" in line or _is_plain(line) == bool(found)


TARGETS = (
    *("https://acme.example/", "HTTPS://Acme.example?", "httpſ://acme.example/", "mailto:a@b.example"),
    "MAİLTO:a@b.example",
    *("#top", "http://a.LOCAL/", "http://a.İn/", "https://a.K/", "http://a.LAN", "ſite.html", "https://acme.example"),
)
TAGS = st.tuples(
    st.sampled_from(("<a href", "<A HREF", "<img src", "<td background ", "<İ><a href", "<img ſrc")),
    st.sampled_from(TARGETS),
).map(lambda made: f'{made[0]}="{made[1]}">')


@settings(examples(300))
@given(st.lists(TAGS, max_size=3).map("".join))
@example('<a href="httpſ://acme.example/">')
@example('<a href="MAİLTO:a@b.example">')
def test_targets(page):
    assert _leads(page) or not list(unreachable(page))
