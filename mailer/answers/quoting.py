"""Cut what a message quotes: marked lines and who wrote them, headers of what is answered, the user's own words.

The user's words are known exactly, as they were sent: wherever a run of them stands, rewrapped, marked, without
marks, above or below, it is a quotation.  A short run is not: an answer may repeat a few words of the letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import islice
from unicodedata import normalize

_LOOKED_AT = 60_000
_LETTER = 40_000
_SEEN_BY_LIBRARY = 4_000
_LONGEST_LINE = 400
_RUN = 8
_NEAR = 3
_REACH = 20
_PLACES = 4
_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[^\W_])+")
_MARK = re.compile(r"\s{0,3}(?:>|\|\s|｜)")
_SEPARATOR = re.compile(r"\s*(?:[-_=*]{3,}\s*)(?:[^\W\d][\w '’]{2,40})?\s*[-_=*]*\s*")
_FIELD = re.compile(r"\s*\*?[^\W\d_][\w '’.-]{0,24}\*?\s?[:：]\*?\s*\S?.*")
_LANGUAGES = ("en", "de", "cs", "da", "es", "fr", "it", "ja", "ko", "nl", "pl", "sv", "zh")

Run = tuple[int, int]


@lru_cache(maxsize=4)
def without_quotes(text: str, ours: tuple[str, ...]) -> str:
    """What of a text its sender wrote; ``ours`` are the words of the user's letters that it may quote."""
    text = text[:_LOOKED_AT]
    left = _without_ours(text, ours)
    pairs = list(zip(text.split("\n"), left.split("\n"), strict=True))
    lines = ["" if _MARK.match(line) else kept for line, kept in pairs]
    gone = [bool(line.strip()) and (bool(_MARK.match(line)) or _is_cut(line, kept)) for line, kept in pairs]
    _take_introductions(lines, gone)
    return _newest("\n".join("" if is_gone else line for line, is_gone in zip(lines, gone, strict=True)))


def _is_cut(line: str, kept: str) -> bool:
    """Whether no word of a line is left."""
    return line != kept and not re.search(r"\w", kept)


def _newest(text: str) -> str:
    """What stands above the headers of another mail; all of it where nothing does."""
    tidy = re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip()[:_LONGEST_LINE] for line in text.split("\n"))).strip()
    found = _headers().search(tidy[:_SEEN_BY_LIBRARY])
    above = tidy[: found.start()].rstrip(" \n_-") if found else tidy
    return above if above.strip() else tidy


@cache
def _headers() -> re.Pattern[str]:
    """How mail programs of many languages introduce what they quote."""
    from mailparser_reply import EmailMessage  # type: ignore[import-untyped]

    found: re.Pattern[str] = EmailMessage(text="", languages=list(_LANGUAGES)).HEADER_REGEX
    return found


def _take_introductions(lines: list[str], gone: list[bool]) -> None:
    """Take out what introduces a quotation: *On … wrote:*, From and Subject, a line of dashes."""
    for at in [at for at, is_gone in enumerate(gone) if is_gone and not (at and gone[at - 1])]:
        before = at - 1
        while before >= 0 and not lines[before].strip() and not gone[before]:
            before -= 1
        first = _introduction(lines, before)
        for line in range(first, before + 1):
            gone[line] = True


def _introduction(lines: list[str], last: int) -> int:
    """Where an introduction begins that ends at a line; the line after it if there is none."""
    fields = last
    while fields >= 0 and last - fields < 8 and _FIELD.fullmatch(lines[fields][:_LONGEST_LINE]):
        fields -= 1
    named = "\n".join(lines[fields + 1 : last + 1])
    first = last + 1
    if last - fields >= 2 and re.search(r"@|\d{4}", named):
        first = fields + 1
    elif last >= 0 and lines[last].rstrip().endswith((":", "：")):
        first = _attribution(lines, last)
    while first > 0 and (_SEPARATOR.fullmatch(lines[first - 1][:_LONGEST_LINE]) or not lines[first - 1].strip()):
        first -= 1
    return first


def _attribution(lines: list[str], last: int) -> int:
    """The first of up to three lines that name who wrote, and when."""
    for first in range(last, max(-1, last - 3), -1):
        if not lines[first].strip():
            break
        said = " ".join(lines[first : last + 1])
        if re.search(r"\b\d{4}\b|\d{1,2}[:.]\d{2}", said) and len(said) < _LONGEST_LINE:
            return first
    return last if "@" in lines[last] else last + 1


def _without_ours(text: str, ours: Iterable[str]) -> str:
    """Blank out the runs of the user's words; lines stay where they are."""
    places = [match.span() for match in _TOKEN.finditer(text)]
    tokens = [_plain(text[start:end]) for start, end in places]
    cut: list[Run] = []
    for words in ours:
        cut += _runs(tokens, words[:_LETTER])
    signs = list(text)
    for first, end in cut:
        for at in range(places[first][0], places[end - 1][1]):
            if signs[at] != "\n":
                signs[at] = " "
    return "".join(signs)


def _runs(tokens: Sequence[str], words: str) -> Iterator[Run]:
    """The runs of a letter's words among tokens."""
    letter = [_plain(match[0]) for match in _TOKEN.finditer(words)]
    length = min(_RUN, len(letter))
    if length < _NEAR:
        return
    index: dict[tuple[str, ...], list[int]] = {}
    for at in range(len(letter) - length + 1):
        index.setdefault(tuple(letter[at : at + length]), []).append(at)
    offered = list(_offered(words))
    at = 0
    while at <= len(tokens) - length:
        run = _longest(tokens, letter, at, length, index.get(tuple(tokens[at : at + length]), ()))
        if not run:
            at += 1
            continue
        end, place = run
        if _weight(tokens[at:end]) >= length and not _is_offered((place, place + end - at), offered):
            yield at, end
            rest = (*_before(tokens, letter, at, place), *_after(tokens, letter, end, place + end - at))
            yield from (run for run, said in rest if not _is_offered(said, offered))
        at = end


def _longest(
    tokens: Sequence[str], letter: Sequence[str], at: int, length: int, places: Iterable[int]
) -> tuple[int, int] | None:
    """Where the longest run that begins at a token ends, and its place in the letter."""
    best: tuple[int, int] | None = None
    for place in islice(places, _PLACES):
        end = at + length
        while end < len(tokens) and place + end - at < len(letter) and tokens[end] == letter[place + end - at]:
            end += 1
        if best is None or end > best[0]:
            best = end, place
    return best


def _after(tokens: Sequence[str], letter: Sequence[str], at: int, place: int) -> Iterator[tuple[Run, Run]]:
    """Go on with the letter behind a run, over a few changed words: the runs, and what of the letter they are."""
    while place < len(letter) and at < len(tokens):
        found = _next(tokens[at : at + _REACH], letter[place : place + _REACH])
        if not found:
            return
        skipped, ahead, length = found
        yield (at + skipped, at + skipped + length), (place + ahead, place + ahead + length)
        at, place = at + skipped + length, place + ahead + length


def _before(tokens: Sequence[str], letter: Sequence[str], at: int, place: int) -> Iterator[tuple[Run, Run]]:
    """The same before a run, backwards."""
    behind = list(reversed(tokens[max(0, at - _REACH) : at]))
    found = _next(behind, list(reversed(letter[max(0, place - _REACH) : place])))
    if found:
        skipped, ahead, length = found
        yield (at - skipped - length, at - skipped), (place - ahead - length, place - ahead)


def _next(tokens: Sequence[str], letter: Sequence[str]) -> tuple[int, int, int] | None:
    """The first common run: how many tokens before it, how many words of the letter, its length.

    At the end of a letter two words will do, which are the writer's name or the close.
    """
    for skipped in range(len(tokens)):
        for ahead in range(len(letter)):
            length = 0
            while (
                skipped + length < len(tokens)
                and ahead + length < len(letter)
                and tokens[skipped + length] == letter[ahead + length]
            ):
                length += 1
            is_end = ahead + length == len(letter) and length >= 2 and skipped <= _NEAR
            if length >= _NEAR or is_end or (length and skipped == ahead == 0):
                return skipped, ahead, length
    return None


def _offered(words: str) -> Iterator[Run]:
    """What a letter puts between quotation marks, as places of its words: an answer may say just that."""
    starts = [match.start() for match in _TOKEN.finditer(words)]
    for match in re.finditer(r"[\"“„«「『‚‘][^\"”“»」』’]{3,200}[\"”“»」』’]", words):
        inside = [at for at, start in enumerate(starts) if match.start() < start < match.end()]
        if inside:
            yield inside[0], inside[-1] + 1


def _is_offered(run: Run, offered: Iterable[Run]) -> bool:
    return any(first <= run[0] and run[1] <= end for first, end in offered)


def _weight(tokens: Iterable[str]) -> float:
    """How much a run says: a sign of Chinese, Japanese or Korean is half a word."""
    return sum(0.5 if len(token) == 1 and re.match(f"[{_UNSPACED}]", token) else 1.0 for token in tokens)


def _plain(token: str) -> str:
    return token.casefold() if token.isascii() else normalize("NFKC", token).casefold()
