"""Find placeholders in a text: of mail-merge programs, in brackets of any kind, in capitals, and directions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import chain

from mailer.checks.text import listed, pattern, plain, word_set, words_of

# How far from a word is looked for what tells that it is none.
_AROUND = 60
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
_OTHERS_MARKS = ("$", "~", "@@", "@M", "((")
OF_BLANKS = ("YY", "yy", "AAAA", "aaaa", "JJJJ", "jjjj", "???", "TK", "TBD", "TBC", "TBA", "tbd", "tbc", "tba", "tk]")
_OF_MARKS = (*_OTHERS_MARKS, "*|", "{", "%", "[", "«", "<<", "<?", "#")
# What a line that greets may hold where a name failed; such a line ends so.
_FAILED = (
    *("null", "undefined", "none", "nan", "nil", "n/a", "__", "...", "…", "??", "{", "-", "nam", "nom", "apellido"),
)
_ENDS = (",", ":", "!")
_HEAD = 400
_MARKS = ("{", "%", "*|", "#")
SIGNS = (*_MARKS, *_OTHERS_MARKS, "[", "<", "«", "‹", "(", *_LARGE, *_IPSUM, "__")
HERE = ("here", "hier", "HERE", "Here", "HIER")
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


def found(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Find the placeholders of a text."""
    if not may_hold(text) and not _may_hold_phrase(text):
        return
    taken = bytearray(len(text))
    for start, end in chain(_all(text, language) if may_hold(text) else (), _phrases(text)):
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            yield start, end


def may_hold(text: str) -> bool:
    """Tell quickly whether there is any sign of a placeholder."""
    return any(map(text.__contains__, SIGNS)) or _is_framed_twice(text) or may_be_blank(text)


@lru_cache(maxsize=8)
def may_be_blank(text: str) -> bool:
    """Tell quickly whether there is any sign of a blank that somebody left."""
    return any(map(text.__contains__, OF_BLANKS))


def _is_framed_twice(text: str) -> bool:
    """Tell quickly whether a word may stand between two of these signs, which are often there alone."""
    return text.count("!") > 1 or text.count("@") > 1


def _may_hold_phrase(text: str) -> bool:
    return any(map(text.__contains__, HERE))


def _all(text: str, language: str) -> Iterator[tuple[int, int]]:
    yield from _marks(text)
    yield from _signs(text)
    if may_be_blank(text):
        from mailer.checks import blanks

        yield from blanks.found(text)
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
    if _is_framed_twice(text) or any(map(text.__contains__, _OF_MARKS)):
        from mailer.checks import marks

        yield from marks.found(text, _names_a_field)


def greeted(text: str) -> Iterator[tuple[int, int]]:
    """Find a greeting in which a name failed: "Dear null,"."""
    lines = [line.lower() for line in text[:_HEAD].split("\n") if line.endswith(_ENDS)]
    if any(sign in line for line in lines for sign in _FAILED):
        from mailer.checks import marks

        yield from marks.greeted(text)


def _signs(text: str) -> Iterator[tuple[int, int]]:
    """What only programs write: their marks for a field, or for a field that failed."""
    for match in pattern(_SIGNS).finditer(text) if any(map(text.__contains__, _MARKS)) else ():
        if match[0].strip("%") not in _ENVIRONMENT:
            yield match.span()


def _phrases(text: str) -> Iterator[tuple[int, int]]:
    if _may_hold_phrase(text):
        lowered = plain(text)
        for phrase in listed("placeholders")["phrases"]:
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
    return frozenset(listed("placeholders")["whole"])


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
