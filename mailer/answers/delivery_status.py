"""The fields of a delivery report: what happened to each recipient (RFC 3464; RFC 6533 for addresses beyond ASCII).

They are read from the part that holds them, and from running text too: some servers write them there, and a report
whose boundaries are broken has them nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from mailer.tuples import NamedTuple

_LINES = 20_000
_RECORDS = 200
_LONGEST = 2_000
_NAMES = "final-recipient|original-recipient|x-actual-recipient|action|status|diagnostic-code|remote-mta|x-display-name"
_FIELD = re.compile(rf"(?i)[ \t]{{0,8}}({_NAMES})[ \t]{{0,8}}:[ \t]*(.*)")
# RFC 6533 3: "utf-8;" with \x{HEX}; RFC 3461 4: xtext, +HH.
_HEX = r"\\x\{([0-9A-Fa-f]{2,6})\}"
_XTEXT = r"\+([0-9A-F]{2})"


class Record(NamedTuple):
    """What a report says of one recipient.  ``addresses``: the final and the original one, as far as they are said."""

    addresses: tuple[str, ...]
    action: str
    status: str
    diagnostic: str


def records(text: str) -> list[Record]:
    """A record for each recipient, in their order."""
    found = (_record(fields) for fields in _groups(text))
    return [record for record in islice(found, _RECORDS) if record]


def _groups(text: str) -> Iterator[dict[str, str]]:
    """The fields that belong together: up to an empty line, or to one that occurs a second time."""
    group: dict[str, str] = {}
    last = ""
    for line in islice(text.split("\n"), _LINES):
        field = _FIELD.fullmatch(line[:_LONGEST])
        name = field[1].lower() if field else ""
        if group and (not line.strip() or name in group):
            yield group
            group, last = {}, ""
        if field:
            group[name], last = field[2].strip(), name
        elif last and line[:1] in " \t" and len(group[last]) < _LONGEST:
            group[last] += f" {line.strip()[:_LONGEST]}"
        else:
            last = ""
    yield group


def _record(fields: dict[str, str]) -> Record | None:
    named = [fields.get(name, "") for name in ("final-recipient", "original-recipient", "x-actual-recipient")]
    if not any(named) or not {"action", "status", "diagnostic-code"} & fields.keys():
        return None
    return Record(
        addresses=tuple(dict.fromkeys(address for name in named for address in _addresses(name))),
        action=(re.match(r"[a-z]*", fields.get("action", "").lower()) or [""])[0],
        status=fields.get("status", ""),
        diagnostic=re.sub(r"^[\w.-]{1,40};\s*", "", fields.get("diagnostic-code", "")),
    )


def _addresses(value: str) -> list[str]:
    """The address of a field, as it stands and with its encoding undone."""
    kind, mark, rest = value.partition(";")
    address = re.sub(r"^(?:smtp|mailto):", "", (rest if mark else kind).strip(), flags=re.IGNORECASE)
    bracketed = re.search(r"<([^<>]*)>", address)
    plain = (bracketed[1] if bracketed else re.sub(r"\s*\([^()]*\)\s*$", "", address)).strip(" \"'")
    if "@" not in plain:
        return []
    return list(dict.fromkeys([plain, _plain(_HEX, plain), _plain(_XTEXT, plain)]))


def _plain(pattern: str, text: str) -> str:
    return re.sub(pattern, lambda match: _sign(int(match[1], 16)), text)


def _sign(number: int) -> str:
    return chr(number) if 0x20 < number < 0x110000 and not 0xD800 <= number < 0xE000 else ""
