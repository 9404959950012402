"""Encoded-words (RFC 2047): text that is not plain ASCII, in words of WORD octets at most."""

from __future__ import annotations

import string
from binascii import b2a_base64
from functools import lru_cache
from itertools import accumulate

WORD = 64

_FRAME = len("=?utf-8?Q??=")
_PAYLOAD = WORD - _FRAME
_B_OCTETS = _PAYLOAD // 4 * 3
# What may stand bare in Q within a phrase (RFC 2047 5 (3)); it is allowed everywhere else too.
_BARE = frozenset(string.ascii_letters + string.digits + "!*+-/")


def encoded_words(text: str, single: int = WORD) -> list[str]:
    """``text`` as encoded-words, to be joined by white space; each holds whole characters.

    Q or B, whichever is shorter.  One word may be ``single`` octets long (75 at most, RFC 2047 2), words of a run
    WORD.  In a run only the last B word may end in padding: some readers stop there.
    """
    pieces = [_q(char) for char in text]
    q_length = sum(map(len, pieces))
    b_length = (len(text.encode()) + 2) // 3 * 4
    if min(q_length, b_length) + _FRAME <= single:
        return [f"=?utf-8?Q?{''.join(pieces)}?="] if q_length <= b_length else [_b_word(text)]
    return _q_words(pieces) if q_length <= b_length else _b_words(text)


def _q_words(pieces: list[str]) -> list[str]:
    words = [""]
    for piece in pieces:
        if len(words[-1]) + len(piece) > _PAYLOAD:
            words.append("")
        words[-1] += piece
    return [f"=?utf-8?Q?{word}?=" for word in words]


def _b_words(text: str) -> list[str]:
    words: list[str] = []
    start = 0
    while start < len(text):
        count = _b_cut(text[start : start + _B_OCTETS])
        chunk = text[start : start + max(count, 1)]
        # Where no end of a character falls on three octets, one character in Q moves the borders.
        words.append(_b_word(chunk) if count else f"=?utf-8?Q?{_q(chunk)}?=")
        start += len(chunk)
    return words


def _b_cut(text: str) -> int:
    """How many characters of ``text`` go into one B word: all that is left, or a multiple of three octets; or 0."""
    ends = list(accumulate(len(char.encode()) for char in text))
    if ends[-1] <= _B_OCTETS and len(text) < _B_OCTETS:
        return len(text)
    return max((index for index, end in enumerate(ends, 1) if end <= _B_OCTETS and end % 3 == 0), default=0)


def _b_word(text: str) -> str:
    return f"=?utf-8?B?{b2a_base64(text.encode(), newline=False).decode('ascii')}?="


@lru_cache(maxsize=1024)
def _q(char: str) -> str:
    if char == " ":
        return "_"
    return char if char in _BARE else "".join(f"={octet:02X}" for octet in char.encode())
