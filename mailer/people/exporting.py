"""Cards for other programs: vCard 4.0 (RFC 6350), and CSV whose columns are the fields of ``people import --map``.

The same people give the same octets, and what is read back changes nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from mailer.message.given_names import family_and_given
from mailer.people.incoming import tidy, tidy_note
from mailer.people.values import Card

COLUMNS = (
    *("name", "address", "company", "position", "refused-on", "plan"),
    *("language", "country", "time-zone", "note", "url"),
)
_FOLD = 75
_ESCAPES = str.maketrans({"\\": "\\\\", ",": "\\,", ";": "\\;", "\n": "\\n"})


def vcards(cards: Iterable[Card]) -> Iterator[str]:
    """Each person as a vCard."""
    for card in cards:
        yield "".join(f"{line}\r\n" for text in _properties(card) for line in _folded(text))


def csv_rows(cards: Iterable[Card]) -> Iterator[str]:
    """The header, then each person as a row."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    yield _emptied(out)
    for card in cards:
        writer.writerow(_cells(card))
        yield _emptied(out)


def _emptied(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text


def _cells(card: Card) -> tuple[str, ...]:
    boxes = [box.address if box.state == "ok" else f"{box.address} ({box.state})" for box in card.addresses]
    refused = card.refused_on.isoformat() if card.refused_on else ""
    texts = (tidy(card.name), " ::: ".join(boxes), tidy(card.company), tidy(card.position), refused, card.plan)
    return (*texts, card.language, card.country, card.time_zone, tidy_note(card.note), tidy(card.url))


def _properties(card: Card) -> Iterator[str]:
    yield "BEGIN:VCARD"
    yield "VERSION:4.0"
    name = tidy(card.name)
    yield f"FN:{_escaped(name or next((box.address for box in card.addresses), ''))}"
    family, given = family_and_given(name)
    yield f"N:{_escaped(family)};{_escaped(given)};;;"
    for box in card.addresses:
        yield f"EMAIL{'' if box.state == 'ok' else f';X-MAILER-STATE={box.state}'}:{_escaped(box.address)}"
    country, _, region = card.country.partition("-")
    known = (
        ("ORG", _escaped(tidy(card.company))),
        ("TITLE", _escaped(tidy(card.position))),
        ("LANG", card.language),
        ("TZ", card.time_zone),
        ("ADR", f";;;;{region};;{country}" if country else ""),
        ("URL", _escaped(tidy(card.url))),
        ("NOTE", _escaped(tidy_note(card.note))),
        ("X-MAILER-PLAN", card.plan),
        ("X-MAILER-REFUSED-ON", card.refused_on.isoformat() if card.refused_on else ""),
    )
    yield from (f"{property_name}:{value}" for property_name, value in known if value)
    yield "END:VCARD"


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _folded(text: str) -> Iterator[str]:
    """Lines of at most 75 octets, none of which ends within a character (RFC 6350 3.2)."""
    line, size = "", 0
    for sign in text:
        octets = len(sign.encode("utf-8", "replace"))
        if size + octets > _FOLD:
            yield line
            line, size = " ", 1
        line, size = line + sign, size + octets
    yield line
