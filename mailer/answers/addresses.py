"""Addresses as they stand in reports and in running text, and when two of them are the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from mailer.errors import BadData
from mailer.message.domain import to_ascii

_LOCAL = r"[a-z0-9_.!#$%&'*+/=?^`{|}~-]{1,64}"
_DOMAIN = r"(?:[a-z0-9_-]{1,63}\.){1,8}[a-z0-9-]{2,63}"
# Beyond ASCII only in angle brackets: Chinese and Japanese have no spaces between words and an address.
_ADDRESS = re.compile(
    rf"(?<![a-z0-9.!#$%&*+/=?^`{{|}}~@_-])({_LOCAL}@{_DOMAIN})(?![a-z0-9@_])|<([^\s<>@]{{1,64}}@[^\s<>@]{{1,253}})>",
    re.IGNORECASE,
)
_MOST = 500


@lru_cache(maxsize=1024)
def key(address: str) -> str:
    """What two spellings of one address have in common: caseless, the domain by its A-labels."""
    local, _, domain = address.strip().rpartition("@")
    try:
        return f"{local.casefold()}@{to_ascii(domain)}"
    except BadData:
        return address.strip().casefold()


def within(text: str) -> list[str]:
    """The addresses that stand in a text, each once, in their order."""
    return list(dict.fromkeys(found for found, _ in islice(places(text), _MOST)))


def places(text: str) -> Iterator[tuple[str, int]]:
    """Each address of a text, and where it stands."""
    for match in _ADDRESS.finditer(text):
        yield (match[1] or match[2]).strip("'`.=|"), match.start()


def domain_of(address: str) -> str:
    """The domain, in lower case."""
    return address.rpartition("@")[2].strip(" >").lower()
