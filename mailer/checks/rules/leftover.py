"""Placeholders that were never filled in.

Blocks `{{ company }}`, `{% if %}`, `[Company]`, `<name>`, `%FNAME%`, `«Nom»`, `{name}`, `XX`, `TODO`, `lorem ipsum`,
`(Company Name)`, stage directions such as `[mention something specific]`, and the example values that `mailer new`
writes (`‹what it is›`), wherever they stand: subject, body, names, addresses, file names; also as other programs write
them: `*|FNAME|*`, `{FirstName|there}`, `%recipient.name%`, `{!Contact.Name}`, `[[first]]`, "Dear null,".  So does text
that was read wrongly on its way here: U+FFFD, or an encoded-word (`=?utf-8?Q?R=C3=A9?=`).  Warns of signs that a paste
from Word leaves and no other font has.

What a value holds is taken to be meant: a company may be called `XX Robotics` or `[24]7.ai`.  But nothing is filled in
within a value: one that holds `{{ … }}`, or the name of a column in braces such as `{company}` or `[[company]]`, is a
block, be it from a CSV, from `--set` or from a header.  Any other that is nothing but a placeholder is a warning, and
an example value blocks too.  Warnings are also a value that says that there is none (`NULL`, `nan`, `N/A`, `TBD`), a
spreadsheet's mark for text (`="Dana"`, `'Dana`), UTF-8 read as Windows-1252 (`SÃ¶hne`) and `&amp;`.

Innocent: `[1]`, `[sic]`, `[...]`, `<https://…>`, `B%C3%BCcher` in a link, `%PATH%`, "the TODO list", `XX` as a Roman
number, `vector<name>`, « nom », anything between backquotes and in other code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain, islice
from typing import TYPE_CHECKING

from mailer.checks.problem import Problem
from mailer.checks.text import pattern, plain, section, word_set, words_of

if TYPE_CHECKING:
    from types import ModuleType

    from mailer.checks.case import Case

_EXAMPLE = r"‹[^›\n]{0,200}›"
_LONGEST = 80
# More placeholders than that are not told.
_MOST = 100
# How far from a word is looked for what tells that it is none.
_AROUND = 60
_UNDECODED = ("\ufffd", "=?")
_MANGLED = ("Ã", "Â", "â€", "&")
_AS_TEXT = ('="', "'")
_NO_VALUE = frozenset("null (null) nan none n/a na nil undefined tbd tba ? ?? ??? - -- --- – —".split())  # noqa: SIM905
_EXAMPLE_ADDRESS = "someone@example.invalid"
# Each way begins with a character of its own, so that a text is searched for these characters only.
_SIGNS = (
    r"\{\{[^{}\n]*\}\}|\{%[^{%\n]*%\}|\{\{|\{%|\*\|\w+\|\*"
    r"|#(?:NAME\?|REF!|VALUE!|N/A|DIV/0!)"
    r"|%(?<!\d%)(?!%?[0-9A-Fa-f]{2}%[0-9A-Fa-f]{2})%?[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*%%?"
)
_FRAMED = (
    r"\[(?P<square>[^\[\]\n]{2,80})\](?![(\d])|<(?<![\w:]<)(?P<angle>[^<>\n]{2,80})>|«(?P<french>[^«»\n]{2,60})»"
    r"|\$\{(?P<dollar>[^{}\n]{2,60})\}|\{(?P<curly>[^{}\n]{2,60})\}|%(?P<percent>\w{2,30})%|\((?P<round>[^()\n]{3,80})\)"
    r"|__(?P<under>[A-Za-z]\w{2,30}?)__"
)
_CAPITALS = r"(?<![\w&/+.-])(?:X{2,}|TODO|FIXME|TKTK)(?![\w&/+-]|\.\w)"
_LOREM = r"\b[Ll]orem [Ii]psum\b|\bLOREM IPSUM\b"
_LOREM_SPOKEN_OF = r"(?i)(?:\b(?:the|a|no|of|with|that|this|some|our|their|from|de|du|das|el)|[\"“”'‘„«]) *$"
_LARGE = ("XX", "TODO", "FIXME", "TKTK")
_IPSUM = ("orem", "LOREM")
# Of marks that are other programs' alone.
_OTHERS_MARKS = ("$", "~", "@@", "@M")
_OF_MARKS = (*_OTHERS_MARKS, "*|", "{", "%", "[", "«", "<<", "<?", "#")
# What a line that greets may hold where a name failed; such a line ends so.
_FAILED = (
    *("null", "undefined", "none", "nan", "nil", "n/a", "__", "...", "…", "??", "{", "-", "nam", "nom", "apellido"),
)
_ENDS = (",", ":", "!")
_HEAD = 400
_MARKS = ("{", "%", "*|", "#")
_QUICK = (*_MARKS, *_OTHERS_MARKS, "[", "<", "«", "‹", "(", *_LARGE, *_IPSUM, "__")
_HERE = ("here", "hier", "HERE", "Here", "HIER")
_ANY = (*_QUICK, *_HERE, _EXAMPLE_ADDRESS)
_ROMAN_BEFORE = (
    r"(?:\b(?:siglo|siècles?|Jahrhundert|[Cc]hapter|Kapitel|[Cc]hapitre|Bowl|[Pp]art|Teil|Band)|[A-Z][a-z]+) $"
)
_ROMAN_AFTER = r"(?:e|ème|ª)\b| ?(?:[Cc]entury|siècle|chromosom\w*|karyotyp\w*)|\. (?:Jahrhundert|Jh)"
_TODO_OF = r"[- ]?(?:lists?|comments?|items?|apps?|applications?|files?|boards?|markers?|tags?|notes?)\b"
_ENVIRONMENT = frozenset(
    ["PATH", "HOME", "TEMP", "TMP", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "USERPROFILE", "USERNAME", "WINDIR"]
)
_ELIDED = r"['’]s\b|\b[dl]['’]"
_IS_MARKUP = r" (?:elements?|tags?|fields?|attributes?|nodes?)\b"
_HTML_TAGS = frozenset("title address summary details label form table time link section header footer code".split())  # noqa: SIM905


def check(case: Case) -> Iterator[Problem]:
    """Placeholders in the body, the subject, names and file names; values that are nothing else."""
    around = case.rendered.attachments or any(map(case.around.__contains__, _ANY))
    if around or "‹" in case.body.raw:
        yield from _examples(case)
    if any(sign in text for sign in _UNDECODED for text in (case.around, case.body.raw)):
        from mailer.checks.undecoded import undecoded

        yield from undecoded(case)
    yield from islice(_in_body(case), _MOST)
    if _may_be_mangled(case):
        from mailer.checks import mangled

        yield from mangled.check(case)
    if not _is_printable(case.body.raw) or not _is_printable(case.around):
        from mailer.checks import boxes

        yield from boxes.check(case)
    if around:
        yield from islice(_in_subject(case), _MOST)
        yield from _in_names(case)
        yield from _values(case)
    yield from islice(_fields(case), _MOST)


def _may_be_mangled(case: Case) -> bool:
    """Tell quickly whether a sign or a value may have suffered on its way here."""
    if any(sign in text for sign in _MANGLED for text in (case.around, case.body.raw)):
        return True
    return any(value.startswith(_AS_TEXT) or value.lower() in _NO_VALUE for value in case.rendered.fields.values())


def _fields(case: Case) -> Iterator[Problem]:
    """Report fields where nothing is filled in: within values, and in words that no value gives."""
    if _may_hold_field(case.around):
        yield from _unfilled().in_values(case)
    if _may_hold_field(case.body.raw):
        text = case.body.prose
        yield from _unfilled().in_body(case, _found(text, case.language))


def _may_hold_field(text: str) -> bool:
    return "{" in text or "[[" in text or "<<" in text


def _is_in_field(case: Case, text: str, start: int, end: int) -> bool:
    """Tell whether these characters are a field, or part of one, which is reported by itself."""
    if not _may_hold_field(text):
        return False
    return any(one < end and start < other for one, other in _unfilled().places(text, case))


def _unfilled() -> ModuleType:
    """Import the module that most letters do not need."""
    from mailer.checks import unfilled

    return unfilled


def _in_body(case: Case) -> Iterator[Problem]:
    text = case.body.prose
    for start, end in dict.fromkeys((*_greeted(text), *_found(text, case.language))):
        words = text[start:end]
        known = case.value_at("text", start, end) or _in_known_value(case, text, start, end)
        if known or case.only_in_code(words):
            continue
        if not pattern(_EXAMPLE).search(words):
            yield case.in_body("leftover", "block", start, end, _says(words) + _whose(case, words), _hint(words))


def _whose(case: Case, words: str) -> str:
    """Say where the words come from, if not from the letter."""
    if case.prose_from == "letter" or words not in case.prose.raw:
        return ""
    return " (column 'prose')" if case.prose_from == "column" else " (--set prose)"


def _in_subject(case: Case) -> Iterator[Problem]:
    text = case.rendered.subject
    for start, end in _found(text, case.language):
        words = text[start:end]
        if case.value_at("subject", start, end) or _in_known_value(case, text, start, end):
            continue
        if _is_in_field(case, text, start, end):
            continue
        if not pattern(_EXAMPLE).search(words):
            yield case.in_header("leftover", "block", "subject", words, _says(words), _hint(words))


def _in_names(case: Case) -> Iterator[Problem]:
    rendered = case.rendered
    for where in ("to", "cc", "bcc", "reply_to"):
        for box in getattr(rendered, where):
            yield from _in_name(case, where, box.display_name)
            yield from _in_name(case, where, box.local)
    for item in rendered.attachments:
        if item.filename.partition(".")[0] != "TODO":
            yield from _in_name(case, "attach", item.filename.rpartition(".")[0].replace("_", " ") or item.filename)


def _in_name(case: Case, where: str, name: str) -> Iterator[Problem]:
    if not name or (name.isalnum() and "XX" not in name and "TODO" not in name):
        return
    for start, end in _found(name, case.language):
        words = name[start:end]
        if pattern(_EXAMPLE).search(words) or _is_in_field(case, name, start, end):
            continue
        typed = any(name in header.value for header in case.letter.headers)
        level = "block" if typed or where == "attach" else "warn"
        yield case.in_header("leftover", level, where, words, _says(words), _hint(words))


def _values(case: Case) -> Iterator[Problem]:
    for name, value in case.rendered.fields.items():
        text = value.strip()
        whole = 0, len(text)
        if len(text) > _LONGEST or not _may_hold(text) or pattern(_EXAMPLE).fullmatch(text):
            continue
        if _is_in_field(case, text, *whole):
            continue
        if whole in _found(text, case.language):
            said = f"the value of {name} is the placeholder {text}"
            yield case.in_header("leftover", "warn", name, text, said, "Write what is meant, if it is not meant so.")


def _examples(case: Case) -> Iterator[Problem]:
    rendered, seen = case.rendered, set()
    for where, text in _places(case):
        for found in pattern(_EXAMPLE).findall(text) if "‹" in text else ():
            if found not in seen:
                seen.add(found)
                yield _example(case, where, found)
    for where in ("to", "cc", "bcc"):
        if any(box.addr_spec == _EXAMPLE_ADDRESS for box in getattr(rendered, where)):
            said = f"the example address {_EXAMPLE_ADDRESS} is still there"
            hint = "Write the address that is meant."
            yield case.in_header("leftover", "block", where, _EXAMPLE_ADDRESS, said, hint)


def _places(case: Case) -> Iterator[tuple[str, str]]:
    rendered = case.rendered
    yield "subject", rendered.subject
    yield "body", case.body.raw
    for where in ("to", "cc", "bcc", "reply_to"):
        yield where, " ".join(box.display_name for box in getattr(rendered, where))
    yield "from", rendered.sender.display_name
    for attachment in rendered.attachments:
        yield "attach", attachment.filename
    yield from rendered.fields.items()


def _example(case: Case, where: str, found: str) -> Problem:
    said = f"the example value {found} is still there"
    hint = f"Write your own words in place of {found}."
    header = next((h for h in case.letter.headers if any(found in line for line in h.lines)), None)
    if where == "body" and header is None:
        start = case.body.raw.find(found)
        return case.in_body("leftover", "block", start, start + len(found), said, hint)
    name = header.name if header else where
    problem = case.in_header("leftover", "block", name, found, said, hint)
    return problem._replace(where=where)


def _found(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Find the placeholders of a text."""
    if not _may_hold(text) and not _may_hold_phrase(text):
        return
    taken = bytearray(len(text))
    for start, end in chain(_all(text, language) if _may_hold(text) else (), _phrases(text)):
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            yield start, end


def _may_hold(text: str) -> bool:
    """Tell quickly whether there is any sign of a placeholder."""
    return any(map(text.__contains__, _QUICK))


def _is_printable(text: str) -> bool:
    """Tell quickly whether most fonts show every sign."""
    return text.replace("\n", "").replace("\t", "").isprintable() and "\ufffc" not in text


def _may_hold_phrase(text: str) -> bool:
    return any(map(text.__contains__, _HERE))


def _all(text: str, language: str) -> Iterator[tuple[int, int]]:
    yield from _marks(text)
    yield from _signs(text)
    for match in pattern(_FRAMED).finditer(text):
        if _is_placeholder(match, text):
            yield match.span()
    for match in pattern(_CAPITALS).finditer(text) if any(map(text.__contains__, _LARGE)) else ():
        if _is_left(match, text, language):
            yield match.span()
    for match in pattern(_LOREM).finditer(text) if any(map(text.__contains__, _IPSUM)) else ():
        before, after = _beside(match, text)
        if not re.search(_LOREM_SPOKEN_OF, before) or after.lower().startswith(" dolor"):
            yield match.span()


def _marks(text: str) -> Iterator[tuple[int, int]]:
    if any(map(text.__contains__, _OF_MARKS)):
        from mailer.checks.marks import found

        yield from found(text, _names_a_field)


def _greeted(text: str) -> Iterator[tuple[int, int]]:
    """Find a greeting in which a name failed: "Dear null,"."""
    lines = [line.lower() for line in text[:_HEAD].split("\n") if line.endswith(_ENDS)]
    if any(sign in line for line in lines for sign in _FAILED):
        from mailer.checks.marks import greeted

        yield from greeted(text)


def _signs(text: str) -> Iterator[tuple[int, int]]:
    """What only programs write: their marks for a field, or for a field that failed."""
    for match in pattern(_SIGNS).finditer(text) if any(map(text.__contains__, _MARKS)) else ():
        if match[0].strip("%") not in _ENVIRONMENT:
            yield match.span()


def _phrases(text: str) -> Iterator[tuple[int, int]]:
    if _may_hold_phrase(text):
        lowered = plain(text)
        for phrase in section("placeholders", "phrases"):
            at = lowered.find(phrase)
            if at >= 0:
                yield at, at + len(phrase)


def _is_placeholder(match: re.Match[str], text: str) -> bool:
    kind = match.lastgroup or ""
    if kind == "angle" and ("/" in match[kind] or "@" in match[kind]):
        return False
    if kind == "french" and any(map(str.isspace, match[kind])):
        return False
    inside = re.sub(r"(?<=[a-zäöüéèñ])(?=[A-Z])", " ", match[kind]).replace("_", " ").strip()
    if kind == "angle" and (inside.lower() in _HTML_TAGS or f"</{match[kind]}>" in text):
        return False
    if kind == "angle" and pattern(_IS_MARKUP).match(text, match.end()):
        return False
    if kind == "percent" and match[kind] in _ENVIRONMENT:
        return False
    if kind == "round":
        return _is_round_placeholder(inside)
    return _names_a_field(inside) or _is_direction(inside, kind)


def _is_round_placeholder(inside: str) -> bool:
    """Round brackets are common, so that less counts: "(Company Name)", "(insert the date)"; not "(date)"."""
    titled = all(word[:1].isupper() for word in inside.split())
    return (titled and _names_a_field(inside)) or _is_direction(inside, "round")


def _names_a_field(inside: str) -> bool:
    words = words_of(re.sub(_ELIDED, "", inside))
    nouns, small = word_set("placeholders", "nouns"), word_set("placeholders", "small")
    if not words or len(words) > 5 or not set(words) <= nouns | small | {"1", "2", "3"}:
        return False
    return bool(nouns & set(words)) and not re.search(r"[.,;:!?]", inside)


def _is_direction(inside: str, kind: str) -> bool:
    words = words_of(inside)
    if len(words) < 2:
        return False
    if kind == "round":
        starts, objects = word_set("placeholders", "directions"), word_set("placeholders", "objects")
        asked = words[0] in starts and words[1] in objects
    else:
        starts = word_set("placeholders", "directions") | word_set("placeholders", "directions in square brackets")
        asked = words[0] in starts and kind != "french"
    return asked or words[-1] in word_set("placeholders", "directions at the end") or " ".join(words) in _whole()


@cache
def _whole() -> frozenset[str]:
    return frozenset(section("placeholders", "whole"))


def _is_left(match: re.Match[str], text: str, language: str) -> bool:
    before, after = _beside(match, text)
    if match[0] != "X" * len(match[0]):
        if language == "es" and match[0] == "TODO" and not after.startswith(":"):
            return False
        return not re.match(_TODO_OF, after) and not re.search(r"(?i)\b(?:the|a|my|our|no|every|each)\s*$", before)
    line = before[before.rfind("\n") + 1 :]
    greeted = re.search(r"(?i)\b(?:dear|hi|hello|hallo|bonjour|hola|frau|herr|mr|ms|mrs|at|of|for)\.? $", line)
    return bool(greeted) or not (re.search(_ROMAN_BEFORE, line) or re.match(_ROMAN_AFTER, after))


def _beside(match: re.Match[str], text: str) -> tuple[str, str]:
    """The text before and after."""
    return text[max(0, match.start() - _AROUND) : match.start()], text[match.end() : match.end() + _AROUND]


def _in_known_value(case: Case, text: str, start: int, end: int) -> bool:
    """Tell whether the words are part of a value that the writer typed again, such as the company's name."""
    for value in case.rendered.fields.values():
        if len(value) > end - start and text[start:end] in value:
            at = text.find(value, max(0, start - len(value)), end + len(value))
            if at >= 0 and at <= start and end <= at + len(value):
                return True
    return False


def _says(words: str) -> str:
    return f"the placeholder {words} is still there"


def _hint(words: str) -> str:
    return f"Write your own words in place of {words}."
