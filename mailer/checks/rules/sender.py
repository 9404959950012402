"""A sender who is not the same everywhere: in From, in the account, in the signature.

Warns of a From that is not the account's address (`MAILER_FROM`'s, else the user name if it is an address), of a
signature with another name than From's, of a letter that closes twice, in your own words and in the template, and of
telephone numbers that are placeholders (`555-0100`, `123-456-7890`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from mailer.checks.called import is_short_form
from mailer.checks.problem import Problem
from mailer.checks.rules.greeting import parts, person_words
from mailer.checks.text import folded, listed, near, pattern, plain, same_name, word_set

if TYPE_CHECKING:
    from mailer.checks.case import Case
    from mailer.checks.text import Text

_NAME_LINE = r"[^\W\d_][^\W\d_.'’-]*\.?(?:[ '’-]+[^\W\d_]+\.?){0,4}"
_PHONE = (
    r"(?i)(?:\b(?:tel|telephone|phone|mobile|cell|fon|telefon|mobil|handy|tél|téléphone|portable|teléfono|móvil|call)"
    r"\w*\.?:? *)?(?<![\w.])\+?\(?\d[\d ()/.-]{5,18}\d(?![\w-])"
)
_MOST_NUMBERS = 20
_DIGITS = r"\d[\d ()/.-]{5,}\d"
_SEQUENCES = ("1234567", "2345678", "0123456", "7654321", "9876543")
_SIGNS = (*_SEQUENCES, *(digit * 7 for digit in "0123456789"), "555", "4567890")


def check(case: Case) -> Iterator[Problem]:
    """From, then the signature, the closing, and telephone numbers."""
    yield from _account(case)
    yield from _signature(case)
    yield from _closing(case)
    yield from _telephone(case)


def _account(case: Case) -> Iterator[Problem]:
    account, sender = case.known.account, case.rendered.sender
    if account is None or _mailbox_of(account.key) == _mailbox_of(sender.key):
        return
    said = f"the letter is from {sender.addr_spec}, the account is {account.addr_spec}"
    hint = "Write the account's address as From, or choose the account with --account."
    yield case.in_header("sender", "warn", "from", sender.addr_spec, said, hint)


def _mailbox_of(key: str) -> str:
    """The address without a ``+tag``."""
    local, _, domain = key.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _signature(case: Case) -> Iterator[Problem]:
    sender = person_words(case.rendered.sender.display_name)
    if not sender or case.rendered.sender.local.lower() in word_set("mail", "roles"):
        return
    candidates = list(_signed(case))
    if not candidates or any(_fits(words, sender) for words, _, _ in candidates):
        return
    words, start, end = candidates[0]
    said = f"the letter is signed {' '.join(words)}, From says {case.rendered.sender.display_name}"
    yield case.in_body("sender", "warn", start, end, said, "Sign with the name that From has.")


@lru_cache(maxsize=256)
def _fits(words: tuple[str, ...], sender: tuple[str, ...]) -> bool:
    return (
        any(
            same_name(word, their)
            or is_short_form(word, their)
            or near(folded(word), folded(their))
            or (len(word) == 1 and folded(their).startswith(folded(word)))
            for word in words
            for their in sender
        )
        or "".join(word[0] for word in sender).lower() == "".join(words).lower()
    )


def _signed(case: Case) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """What may be a name in the lines below the closing, and below ``-- ``."""
    raw = case.body.raw
    for start in (_below_closing(case.body), case.body.end + 3 if case.body.end < len(raw) else -1):
        if start < 0:
            continue
        at = start
        for line in raw[start:].split("\n", 3)[:3]:
            text = line.strip(" ,*_\t")
            if text:
                words = _name_in(text)
                if words:
                    begin = raw.find(text, at)
                    yield words, begin, begin + len(text)
                break
            at += len(line) + 1


@lru_cache(maxsize=256)
def _name_in(line: str) -> tuple[str, ...]:
    """The words of the name that a line is; empty if it is something else."""
    return person_words(line) if _is_name(line) else ()


def _is_name(line: str) -> bool:
    words = parts(line)
    organised = word_set("greetings", "organisations") | word_set("companies", "legal forms")
    if not pattern(_NAME_LINE).fullmatch(line) or not 1 <= len(words) <= 4:
        return False
    said = plain(" ".join(words)).split(" ")
    if not organised.isdisjoint(said):
        return False
    particles = word_set("greetings", "particles")
    return all(word[0].isupper() or lower in particles for word, lower in zip(words, said, strict=True))


def _closing(case: Case) -> Iterator[Problem]:
    """A closing that the writer's own words end with, above the template's."""
    start = closing_at(case.prose.own, case.prose.lowered) if case.template else -1
    if start < 0:
        return
    line, _, below = case.prose.own[start:].rstrip().partition("\n")
    words = line.strip(" \\\t")
    at = case.body.own.find(words)
    if at >= 0 and _is_signed(words, below) and _closes(case.body, at + len(words)):
        said, hint = "the letter closes twice", "Take the closing out of your words: the template has one."
        yield case.in_body("sender", "warn", at, at + len(words), said, hint)


def _closes(text: Text, start: int) -> bool:
    return closing_at(text.own[start:], text.lowered[start:]) >= 0


def _is_signed(closing: str, below: str) -> bool:
    """Whether a closing stands above a name, or above nothing; "Thank you!" may end any text."""
    if not below.strip():
        return "thank" not in closing.lower()
    return any(_name_in(line.strip(" ,*_\\\t")) for line in below.split("\n"))


def _below_closing(text: Text) -> int:
    """Where the line after the last closing begins; -1 without one."""
    at = closing_at(text.own, text.lowered)
    end = text.own.rstrip().find("\n", at) if at >= 0 else -1
    return end + 1 if end >= 0 else -1


def closing_at(text: str, lowered: str) -> int:
    """Where the line of the last closing ("Kind regards,") begins; -1 without one.  ``lowered``: as `plain` has it."""
    text = text.rstrip()
    at = len(text)
    closings = _closings()
    for line in reversed(lowered[:at].rsplit("\n", 8)[-8:]):
        at -= len(line)
        if line.strip(" ,.!\\\t") in closings:
            return at
        at -= 1
    return -1


@cache
def _closings() -> frozenset[str]:
    return frozenset(listed("greetings").get("closings", ()))


def _telephone(case: Case) -> Iterator[Problem]:
    text = case.body.raw
    matches = pattern(_PHONE).finditer(text) if _may_hold(text) else ()
    found = (m for m in matches if _is_placeholder(m[0]) and not case.value_at("text", *m.span()))
    for match in islice(found, _MOST_NUMBERS):
        said = f"the telephone number {match[0].strip()} is a placeholder"
        yield case.in_body("sender", "warn", *match.span(), said, "Write your own number, or none.")


def _may_hold(text: str) -> bool:
    """Whether a run of digits has what placeholders have, which is quick to see."""
    return any(map(_has_sign, pattern(_DIGITS).findall(text)))


@lru_cache(maxsize=256)
def _has_sign(run: str) -> bool:
    digits = re.sub(r"\D", "", run)
    return not digits.isascii() or any(map(digits.__contains__, _SIGNS))


def _is_placeholder(number: str) -> bool:
    digits = re.sub(r"\D", "", number)
    labelled = number[:1].isalpha()
    if not labelled and not re.search(r"[+() /.-]", number.strip()):
        return False
    if not 7 <= len(digits) <= 15 or re.fullmatch(r"\d{4}-\d\d-\d\d", number.strip()):
        return False
    last = digits[-7:]
    american = re.search(r"(?:^|\D)555[ .-]?\d{4}$", number.strip())
    return (
        len(set(last)) == 1
        or any(run in digits for run in _SEQUENCES)
        or bool(american and (last[3:5] == "01" or last[3:] in ("1234", "5555", "1212", "0000")))
        or digits.endswith(("5551234", "4567890"))
    )
