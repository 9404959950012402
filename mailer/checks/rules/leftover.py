"""Placeholders that were never filled in.

Blocks `{{ company }}`, `{% if %}`, `[Company]`, `<name>`, `%FNAME%`, `«Nom»`, `{name}`, `XX`, `TODO`, `lorem ipsum`,
`(Company Name)`, `[TK]`, "on DD/MM/YYYY", "at ???", stage directions such as `[mention something specific]`, and the
example values that `mailer new` writes (`‹what it is›`), wherever they stand: subject, body, names, addresses, file
names; also as other programs write them: `*|FNAME|*`, `@name@`, `((name))`, `!name!`, `{FirstName|there}`,
`%recipient.name%`, `{!Contact.Name}`, `[[first]]`, "Dear null,".  So does text that was read wrongly on its way here:
U+FFFD, or an encoded-word (`=?utf-8?Q?R=C3=A9?=`).  Warns of signs that a paste from Word leaves and no other font
has, and of what may be a blank or be meant so: a date's pattern, a line of question marks.

What a value holds is taken to be meant: a company may be called `XX Robotics` or `[24]7.ai`.  But nothing is filled in
within a value: one that holds `{{ … }}`, or the name of a column in braces such as `{company}` or `[[company]]`, is a
block, whether it comes from a CSV, from `--set` or from a header; so is an example value.  Any other value that is only
a placeholder is a warning.  So are values that stand for nothing (`NULL`, `nan`, `N/A`, `TBD`), a spreadsheet's mark
for text (`="Dana"`, `'Dana`), UTF-8 read as Windows-1252 (`SÃ¶hne`) and `&amp;`.

Not reported: `[1]`, `[sic]`, `[...]`, `<https://…>`, `B%C3%BCcher` in a link, `%PATH%`, "the TODO list", `XX` as a
Roman number, `vector<name>`, « nom », "dates in the form DD/MM/YYYY", "Really???", anything between backquotes and in
other code.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from mailer.checks import placeholders
from mailer.checks.problem import Problem
from mailer.checks.text import pattern

if TYPE_CHECKING:
    from types import ModuleType

    from mailer.checks.case import Case

_EXAMPLE = r"‹[^›\n]{0,200}›"
_LONGEST = 80
# More placeholders than that are not told.
_MOST = 100
_UNDECODED = ("\ufffd", "=?")
_MANGLED = ("Ã", "Â", "â€", "&")
_AS_TEXT = ('="', "'")
_NO_VALUE = frozenset("null (null) nan none n/a na nil undefined tbd tba ? ?? ??? - -- --- – —".split())  # noqa: SIM905
_MARKDOWNS = ("*|", "~", "__")
_EXAMPLE_ADDRESS = "someone@example.invalid"
_ANY = (*placeholders.SIGNS, *placeholders.OF_BLANKS, *placeholders.HERE, _EXAMPLE_ADDRESS)


def check(case: Case) -> Iterator[Problem]:
    """Placeholders in the body, the subject, names and file names; values that are nothing else."""
    around = case.rendered.attachments or any(map(case.around.__contains__, _ANY))
    around = around or placeholders.may_hold(case.rendered.subject)
    if around or "‹" in case.body.raw:
        yield from _examples(case)
    if any(sign in text for sign in _UNDECODED for text in (case.around, case.body.raw)):
        from mailer.checks.undecoded import undecoded

        yield from undecoded(case)
    yield from islice(_in_body(case), _MOST)
    yield from islice(_in_markdown(case), _MOST)
    yield from islice(_doubtful(case), _MOST)
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
        yield from _unfilled().in_body(case, placeholders.found(text, case.language))


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
    for start, end in dict.fromkeys((*placeholders.greeted(text), *placeholders.found(text, case.language))):
        words = text[start:end]
        known = case.value_at("text", start, end) or _in_known_value(case, text, start, end)
        if known or case.only_in_code(words):
            continue
        if not pattern(_EXAMPLE).search(words):
            yield case.in_body("leftover", "block", start, end, _says(words) + _whose(case, words), _hint(words))


def _in_markdown(case: Case) -> Iterator[Problem]:
    """Report marks whose signs Markdown took for its own: ``*|FNAME|*`` has become |FNAME|."""
    typed, text = case.rendered.prose if case.rendered.flowed else "", case.body.prose
    if not any(map(typed.__contains__, _MARKDOWNS)):
        return
    told = [text[start:end] for start, end in placeholders.found(text, case.language)]
    for start, end in placeholders.found(typed, case.language):
        words = typed[start:end]
        inner = words.strip("*~_")
        at = text.find(inner)
        if at >= 0 and not any(inner in each for each in told):
            yield case.in_body("leftover", "block", at, at + len(inner), _says(words), _hint(words))


def _doubtful(case: Case) -> Iterator[Problem]:
    """Report what may be a blank, or meant so."""
    if not placeholders.may_be_blank(case.body.raw) and not placeholders.may_be_blank(case.rendered.subject):
        return
    from mailer.checks import blanks

    for start, end in blanks.doubtful(case.body.prose):
        words = case.body.raw[start:end]
        if not (case.value_at("text", start, end) or case.only_in_code(words)):
            said = f"{words} may be a blank that was never filled in"
            yield case.in_body("leftover", "warn", start, end, said, _hint(words))
    for start, end in blanks.doubtful(case.rendered.subject):
        words = case.rendered.subject[start:end]
        if not case.value_at("subject", start, end):
            said = f"{words} may be a blank that was never filled in"
            yield case.in_header("leftover", "warn", "subject", words, said, _hint(words))


def _whose(case: Case, words: str) -> str:
    """Say where the words come from, if not from the letter."""
    if case.prose_from == "letter" or words not in case.prose.raw:
        return ""
    return " (column 'prose')" if case.prose_from == "column" else " (--set prose)"


def _in_subject(case: Case) -> Iterator[Problem]:
    text = case.rendered.subject
    for start, end in placeholders.found(text, case.language):
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
    for start, end in placeholders.found(name, case.language):
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
        if len(text) > _LONGEST or not placeholders.may_hold(text) or pattern(_EXAMPLE).fullmatch(text):
            continue
        if _is_in_field(case, text, *whole):
            continue
        if whole in placeholders.found(text, case.language):
            said = f"the value of {name} is the placeholder {text}"
            yield case.in_header("leftover", "warn", name, text, said, "Write what you mean, unless this is it.")


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
            hint = "Write the address you mean."
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


def _is_printable(text: str) -> bool:
    """Tell quickly whether most fonts show every sign."""
    return text.replace("\n", "").replace("\t", "").isprintable() and "\ufffc" not in text


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
