"""Find blanks that people leave for themselves: ``[TK]``, ``DD/MM/YYYY``, ``???``.

Sure are those in square brackets, and those that stand where a sentence goes on; doubtful is a date's pattern that may
be meant as one, and question marks that are a line of their own.  Neither is a pattern that is spoken of, nor the
question marks of somebody who asks.
"""

from __future__ import annotations

from collections.abc import Iterator

from mailer.checks.text import pattern

_BRACKETED = r"(?<![\w\])])(?:[\[(](?:TK|TKTK|TBD|TBC|TBA|\?{2,})[\])]|\[(?:tk|tktk|tbd|tbc|tba)\])(?![(\d])"
_DAY, _MONTH, _YEAR = "(?:DD?|TT?|JJ?|dd?|tt?|jj?)", "(?:MM?M?|mm?m?)", "(?:YY(?:YY)?|AAAA|JJJJ|yy(?:yy)?|aaaa|jjjj)"
_DATE = (
    rf"(?<![\w/.%{{-])(?:{_DAY}([/.-]){_MONTH}\1{_YEAR}|{_MONTH}([/-]){_DAY}\2{_YEAR}"
    rf"|{_YEAR}([/.-]){_MONTH}\3{_DAY})(?![\w/%}}])"
)
_BEFORE = (
    r"(?i)(?:^|[\s(])(?:on|at|by|from|until|till|since|before|after|of|to|for|the|an?|in|and|am|an|bis|vom|seit|ab|zum"
    r"|der|die|das|den|dem|bei|für|und|le|la|les|du|au|de|des|depuis|jusqu'au|dès|chez|pour|et|el|los|del|al|desde|hasta"
    r"|en|para|y|with|mit|avec|con|your|ihre[rnm]?|votre|su|is|was|ist|war|est|es|called|named)[ \t]*$"
)
_SPOKEN_OF = (
    r"(?i)\b(?:format|formatted|form|iso|pattern|notation|written|writes?|style|syntax|schreibweise|forme|formato)\b"
)
_QUOTED = "\"'“”‘’„«»`"
_ASKED = r"(?<=\s)\?{3,}(?=[\s,.;:!)]|$)|^\?{3,}(?=\s|$)"
_AROUND = 60


def found(text: str) -> Iterator[tuple[int, int]]:
    """Those that are surely blanks."""
    for start, end, is_sure in _all(text):
        if is_sure:
            yield start, end


def doubtful(text: str) -> Iterator[tuple[int, int]]:
    """Those that may be meant so."""
    for start, end, is_sure in _all(text):
        if not is_sure:
            yield start, end


def _all(text: str) -> Iterator[tuple[int, int, bool]]:
    for match in pattern(_BRACKETED).finditer(text):
        yield (*match.span(), match[0][0] == "[" or match[0][1] == "?")
    for match in pattern(_DATE).finditer(text):
        line = _line(text, match.start(), match.end())
        if not pattern(_SPOKEN_OF).search(line) and not _is_quoted(text, *match.span()):
            yield (*match.span(), _goes_on(text, match.start()))
    for match in pattern(rf"(?m){_ASKED}").finditer(text) if "???" in text else ():
        after = text[match.end() : match.end() + 2].lstrip(" \t")
        if _goes_on(text, match.start()) or after[:1].islower():
            yield (*match.span(), True)
        elif not _line(text, match.start(), match.end()).strip(" \t?"):
            yield (*match.span(), False)


def _goes_on(text: str, start: int) -> bool:
    """Whether the word before asks for one more: "on", "at the"."""
    return pattern(_BEFORE).search(text, max(0, start - _AROUND), start) is not None


def _is_quoted(text: str, start: int, end: int) -> bool:
    return (
        text[max(0, start - 1) : start] in _QUOTED and start > 0 and text[end : end + 1] in _QUOTED and end < len(text)
    )


def _line(text: str, start: int, end: int) -> str:
    stop = text.find("\n", end)
    return text[text.rfind("\n", 0, start) + 1 : stop if stop >= 0 else len(text)]
