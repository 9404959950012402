"""What the sender of a message wrote themselves: without quotations, without the user's words, without a signature."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailer.answers.folding import folded
from mailer.answers.mail import Mail
from mailer.answers.phrases.lists import pattern
from mailer.answers.quoting import without_quotes
from mailer.answers.values import Letter
from mailer.tuples import NamedTuple

_NAME_WORDS = 5
_LONGEST_CLOSE = 60
_DEVICE = re.compile(
    r"(?:sent (?:from|with|via) |get outlook for |von meinem .{1,30}gesendet|gesendet (?:von|mit|aus) "
    r"|envoye (?:de|depuis|a partir) |(?:enviado|obtener outlook) |inviato (?:da|dal) |verzonden (?:vanaf|met) "
    r"|skickat fran |sendt fra |wyslan[eoy] z |.{1,20}から送信|나의 .{1,20}에서|发自我的|從我的"
    r"|(?:diese|this|ce|este|questo|dit) (?:e-?mail|message|nachricht|courriel|mensaje) "
    r"(?:and any|and its|ist vertraulich|enthalt vertraul|is confidential|may contain|contains confid))"
)


class Written(NamedTuple):
    """``text`` with the signature, as it is shown; ``words`` without it: what decides."""

    text: str
    words: str


def written(mail: Mail, letters: Iterable[Letter]) -> Written:
    """What the sender wrote, of a message that may quote some letters."""
    text = without_quotes(mail.text, tuple(letter.text for letter in letters if letter.text))
    return Written(text, without_signature(text))


def without_signature(text: str) -> str:
    """Take off a signature (RFC 3676 4.3), a close with a name below it, and what programs add; a postscript stays."""
    body, _, signature = re.sub(r"(?m)^-- ?$", "\0", text).partition("\0")
    lines = [line for line in body.split("\n") if not _DEVICE.match(folded(line[:200]))]
    end = _close(lines)
    kept = lines[:end] + _postscript([*lines[end:], *signature.split("\n")])
    return "\n".join(kept).strip()


def _close(lines: list[str]) -> int:
    """Where the close of a letter begins that has only a name, or nothing, in the line below it."""
    for at in range(1, len(lines)):
        line = folded(lines[at]).strip(" ,.!-")
        if len(line) <= _LONGEST_CLOSE and pattern("close").fullmatch(line) and _is_name(lines[at + 1 :]):
            return at
    return len(lines)


def _is_name(below: list[str]) -> bool:
    line = next((line.strip() for line in below if line.strip()), "")
    return len(line.split()) <= _NAME_WORDS and len(line) <= _LONGEST_CLOSE and not line.endswith((".", "!", "?", "。"))


def _postscript(lines: list[str]) -> list[str]:
    for at, line in enumerate(lines):
        if re.match(r"\s*p\.?\s?s\.?\b\s?[:.]?", line, re.IGNORECASE):
            return lines[at:]
    return []
