"""Header lines, folded (RFC 5322 2.2.3), with encoded-words (RFC 2047) and long parameters (RFC 2231).

Lines are folded at spaces only, so that unfolding gives back what was written.  Every function refuses control
characters once more (BadData): nothing that gets here can start a header line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from mailer.characters import bad_in_header
from mailer.errors import BadData
from mailer.message.address import Mailbox, quote
from mailer.message.encoded_words import WORD, encoded_words

# English, whatever language the system speaks (RFC 5322 3.3).
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: tuple[str, ...] = ("January", "February", "March", "April", "May", "June", "July", "August")
MONTHS += ("September", "October", "November", "December")

# RFC 2047 2: lines with encoded-words are 76 long at most; the others may be 78.
FOLD = 76
LINE_OCTETS = 998
# A name that fits into one word is kept whole: Python 3.11's reader puts a space between two words of a name.
ENCODED_WORD = 75

_BARE_PHRASE = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_PLAIN_LINE = r"[A-Za-z-]+:(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,60})+ <[A-Za-z0-9._+-]+@[a-z0-9.-]+>"
_MESSAGE_ID = r"<[!-;=?-~]+>"
# Less than RFC 2045 allows between quotes: each of the others is misread by some reader.
_PARAMETER_PLAIN = r"[A-Za-z0-9._+,@&()!#-]+(?: [A-Za-z0-9._+,@&()!#-]+)*"
_PARAMETER_BARE = r"[A-Za-z0-9._-]"


def text_header(name: str, text: str) -> str:
    """An unstructured header: every space of ``text`` survives, and what looks like an encoded-word too."""
    line = f"{name}: {text}"
    if len(line) <= FOLD and text.isprintable() and _goes_bare(text):
        return f"{line}\r\n"
    _refuse(name, text)
    return fold(name, text.split(" ") if _goes_bare(text) else encoded_words(text))


def mailbox_header(name: str, boxes: tuple[Mailbox, ...]) -> str:
    """A mailbox-list (RFC 5322 3.4): commas bare, names quoted or encoded as they need, addresses never."""
    # The others are mostly the same from letter to letter, so they are remembered.
    if len(boxes) == 1 and name == "To":
        address, display_name = boxes[0]
        line = f"{name}: {display_name} <{address}>"
        if len(line) <= FOLD and _pattern(_PLAIN_LINE).fullmatch(line) and "=?" not in line:
            return f"{line}\r\n"
    return _mailbox_list(name, boxes)


@lru_cache(maxsize=64)
def _mailbox_list(name: str, boxes: tuple[Mailbox, ...]) -> str:
    _refuse(name, *[text for mailbox in boxes for text in mailbox])
    tokens: list[str] = []
    for mailbox in boxes:
        tokens += _mailbox_tokens(mailbox)
        tokens[-1] += ","
    tokens[-1] = tokens[-1][:-1]
    return fold(name, tokens)


def id_header(name: str, ids: Sequence[str]) -> str:
    """Message-ids with their angle brackets (RFC 5322 3.6.4), as given.  Raises BadData for anything else."""
    for message_id in ids:
        if not _pattern(_MESSAGE_ID).fullmatch(message_id) or len(message_id) > LINE_OCTETS - 2:
            shown = message_id if not bad_in_header(message_id) else "what was given"
            raise BadData(f"{shown} is not a message-id", hint="Write it like <4711@acme.example>", field=name)
    return fold(name, ids)


def parameter_header(name: str, value: str, parameters: Mapping[str, str]) -> str:
    """A header with parameters, quoted, or in the percent form of RFC 2231 where they need it."""
    _refuse(name, value, *parameters.values())
    parts = [value]
    for key, text in parameters.items():
        parts += _parameter(key, text)
    return fold(name, [f"{part};" for part in parts[:-1]] + parts[-1:])


def ascii_fallback(filename: str) -> str:
    """A plain ASCII name for readers that know no RFC 2231, short enough for one line."""
    if _plain_parameter(filename):
        return filename
    import unicodedata

    bare = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode("ascii")
    stem, dot, extension = re.sub(r"[^A-Za-z0-9.-]+", "_", bare).rpartition(".")
    if not dot:
        stem, extension = extension, ""
    return f"{stem[:40].strip('_') or 'attachment'}{dot}{extension[:16]}"


def fold(name: str, tokens: Sequence[str]) -> str:
    """``name: tokens`` with a space before each token, or a folded line where it would go over FOLD."""
    whole = f"{name}: {' '.join(tokens)}"
    if len(whole) <= FOLD:
        return f"{whole}\r\n"
    line = f"{name}:"
    lines: list[str] = []
    for token in tokens:
        if len(line) + 1 + len(token) > FOLD:
            lines.append(line)
            line = ""
        line += f" {token}"
    return "\r\n".join([*lines, line, ""])


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _refuse(name: str, *texts: str) -> None:
    unfit = bad_in_header("".join(texts))
    if unfit:
        raise BadData(f"{name} holds {unfit}", hint="Take it out.", field=name)


def _goes_bare(text: str) -> bool:
    if not text.isascii() or "=?" in text or "  " in text or text != text.strip(" "):
        return False
    return len(text) <= WORD or max(map(len, text.split(" "))) <= WORD


def _mailbox_tokens(mailbox: Mailbox) -> tuple[str, ...]:
    address, display_name = mailbox
    if not display_name:
        # A quoted local part that begins a mailbox is taken for a name by some readers.
        return (f"<{address}>" if address.startswith('"') else address,)
    return (*_phrase(display_name), f"<{address}>")


def _phrase(name: str) -> list[str]:
    if not _goes_bare(name):
        return encoded_words(name, ENCODED_WORD)
    if _pattern(_BARE_PHRASE).fullmatch(name):
        return name.split(" ")
    # Quoted pairs and folded quoted-strings are legal, and misread here and there.
    if len(name) > WORD - 4 or '"' in name or "\\" in name:
        return encoded_words(name, ENCODED_WORD)
    return [quote(name)]


def _parameter(key: str, text: str) -> list[str]:
    if _plain_parameter(text):
        return [f'{key}="{text}"']
    pieces = [_percent(char) for char in text]
    whole = f"{key}*=utf-8''{''.join(pieces)}"
    if len(whole) < FOLD - 2:
        return [whole]
    sections = ["utf-8''"]
    for piece in pieces:
        if len(sections[-1]) + len(piece) > WORD - 8:
            sections.append("")
        sections[-1] += piece
    return [f"{key}*{number}*={section}" for number, section in enumerate(sections)]


def _plain_parameter(text: str) -> bool:
    return len(text) <= WORD - 8 and bool(_pattern(_PARAMETER_PLAIN).fullmatch(text))


def _percent(char: str) -> str:
    return char if _pattern(_PARAMETER_BARE).fullmatch(char) else "".join(f"%{octet:02X}" for octet in char.encode())
