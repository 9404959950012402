"""A person's card as header lines, the form in which letter files are written; and from the options of a command."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from mailer.errors import BadData
from mailer.message.address import parse_mailbox
from mailer.people.typed import parse_date
from mailer.people.values import Address, Card

_HEADERS = (
    "Name",
    "Address",
    "Company",
    "Position",
    "Refused-On",
    "Plan",
    "Next",
    "Language",
    "Country",
    "Time-Zone",
    "Note",
)
_KNOWN = {name.casefold(): name for name in _HEADERS}
_FILE = "the card"


def written(card: Card, *, blank: bool = False) -> str:
    """The card as header lines; with ``blank`` also the headers that are empty, to be filled in."""
    values = {
        "Name": [card.name],
        "Address": [_address(box) for box in card.addresses],
        "Company": [card.company],
        "Position": [card.position],
        "Refused-On": [card.refused_on.isoformat() if card.refused_on else ""],
        "Plan": [card.plan],
        "Next": [card.next.isoformat() if card.next else ""],
        "Language": [card.language],
        "Country": [card.country],
        "Time-Zone": [card.time_zone],
        "Note": [card.note.replace("\n", "\n  ")],
    }
    lines = [f"{name}: {value}".rstrip() for name in _HEADERS for value in values[name] or [""] if value or blank]
    return "\n".join(lines) + "\n"


def _address(box: Address) -> str:
    return box.address if box.state == "ok" else f"{box.address} ({box.state})"


def read(text: str, today: date, plan_exists: Callable[[str], bool]) -> Card:
    """Read header lines.  Raises BadData with the line of what cannot be read."""
    values: dict[str, str] = {}
    boxes: list[Address] = []
    name = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line[:1].isspace() and name:
            values[name] = f"{values.get(name, '')}\n{line.strip()}".strip()
            continue
        try:
            name = _header(line, values, boxes)
        except BadData as error:
            raise error.at(_FILE, number) from error
    refused, chosen = (_day(values, each, today, past=each == "refused-on") for each in ("refused-on", "next"))
    return _card(values, tuple(boxes), refused, chosen, plan_exists)


def _header(line: str, values: dict[str, str], boxes: list[Address]) -> str:
    spelled, colon, value = line.partition(":")
    name = spelled.strip().casefold().replace("_", "-").replace(" ", "-")
    if not colon or name not in _KNOWN:
        from difflib import get_close_matches

        near = get_close_matches(name, _KNOWN, 1)
        hint = f"Did you mean {_KNOWN[near[0]]}?" if near else f"A card has: {', '.join(_HEADERS)}."
        raise BadData(f"{line.strip()!r} is not a header of a card", hint=hint)
    if name == "address":
        if value.strip():
            boxes.append(_box(value.strip()))
    elif name in values:
        raise BadData(f"{_KNOWN[name]} is given twice", hint="Keep one of them.", field=_KNOWN[name])
    else:
        values[name] = value.strip()
    return name


def _box(text: str) -> Address:
    match = re.fullmatch(r"(.*\S)\s*\((ok|dead|left)\)", text)
    found = parse_mailbox(match[1] if match else text)
    return Address(found.addr_spec, match[2] if match else "ok")  # type: ignore[arg-type]


def _day(values: Mapping[str, str], name: str, today: date, *, past: bool) -> date | None:
    return parse_date(values[name], today, past=past, field=_KNOWN[name]) if values.get(name) else None


def card_of(values: Mapping[str, str], refused_on: date | None, plan_exists: Callable[[str], bool]) -> Card:
    """The card that options or answers give; the name may stand with the address.  Raises BadData."""
    text = values.get("address", "")
    box = parse_mailbox(text) if text else None
    named = {**values, "name": values.get("name") or (box.display_name if box else "")}
    return _card(named, (Address(box.addr_spec),) if box else (), refused_on, None, plan_exists)


def _card(
    values: Mapping[str, str],
    boxes: tuple[Address, ...],
    refused_on: date | None,
    chosen: date | None,
    plan_exists: Callable[[str], bool],
) -> Card:
    plan = values.get("plan", "")
    if plan and plan != "none":
        plan_exists(plan)
    return Card(
        name=values.get("name", ""),
        addresses=boxes,
        company=values.get("company", ""),
        position=values.get("position", ""),
        refused_on=refused_on,
        plan="" if plan == "none" else plan,
        next=chosen,
        language=_language(values.get("language", "")),
        country=_country(values.get("country", "")),
        time_zone=_zone(values.get("time-zone", "")),
        note=values.get("note", ""),
    )


def _language(text: str) -> str:
    from mailer.message.language_tags import language_tag

    if text and not language_tag(text):
        raise BadData(f"{text!r} is not a language code", hint="Write a code such as de or pt-BR.", field="Language")
    return language_tag(text)


def _country(text: str) -> str:
    if not text:
        return ""
    from mailer.checks.days_off import is_place

    if not re.fullmatch(r"[A-Za-z]{2}(-[A-Za-z0-9]{1,4})?", text) or not is_place(text):
        raise BadData(
            f"{text!r} is not a country code", hint="Write two letters such as DE, or a region, DE-BY.", field="Country"
        )
    return text.upper()


def _zone(text: str) -> str:
    if not text:
        return ""
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(text).key
    except (KeyError, ValueError, OSError):
        raise BadData(f"{text!r} is not a time zone", hint="Write it like Europe/Berlin.", field="Time-Zone") from None
