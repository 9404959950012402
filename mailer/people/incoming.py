"""What a row or a card of another program says of a person: read with tolerance, as a card of ours.

What cannot be read is left out, with a note; only a row that names nobody is skipped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from mailer.characters import fit_for_header
from mailer.errors import BadData
from mailer.people.values import Address, Card
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.message.address import Mailbox

_MOST = 1_000
_MOST_NOTE = 20_000
_MOST_ADDRESSES = 50
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_STATE = re.compile(r"(.*\S)\s*\((ok|dead|left)\)", re.DOTALL)
_DAY_FIRST = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")
_PlanExists = Callable[[str], bool]


class Incoming(NamedTuple):
    """A person as line ``line`` of a file has it; ``left_out`` says what could not be read.

    ``nobody`` says why it is no person; "" where it is one.
    """

    line: int
    file: str
    card: Card
    left_out: tuple[str, ...] = ()
    nobody: str = ""


def tidy(text: str) -> str:
    """One line of plain words."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    # Signs that no header may hold are taken out first: they may stand between blanks, which are then one.
    return " ".join(fit_for_header(" ".join(unicodedata.normalize("NFC", text).split())).split())


def tidy_note(text: str) -> str:
    """Lines without what no letter may hold."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_CONTROL.sub("", line).rstrip() for line in lines).strip()


def person_of(
    line: int, file: str, fields: Mapping[str, Sequence[str]], today: date, plan_exists: _PlanExists
) -> Incoming:
    """The person whom these fields name (``name``, ``address``, … : what a file says, in its order)."""
    odd: list[str] = []
    boxes, spoken = _addresses(fields.get("address", ()), odd)
    name = _name(fields, odd)
    if any(name.casefold() == box.address.casefold() for box in boxes):
        name = ""
    card = Card(
        name=name or spoken,
        addresses=boxes,
        company=_text(fields, "company", odd),
        position=_text(fields, "position", odd),
        refused_on=_date(fields, odd, today),
        plan=_plan(fields, odd, plan_exists),
        language=_language(fields, odd),
        country=_country(fields, odd),
        time_zone=_zone(fields, odd),
        note=_note(fields, odd),
        url=_text(fields, "url", odd),
    )
    nobody = "" if card.name or boxes else f"{'; '.join(odd)}; it names nobody" if odd else "it names nobody"
    return Incoming(line, file, card, tuple(odd), nobody)


def _first(fields: Mapping[str, Sequence[str]], name: str) -> str:
    return next((value for value in fields.get(name, ()) if value.strip()), "")


def _text(fields: Mapping[str, Sequence[str]], name: str, odd: list[str]) -> str:
    text = tidy(_first(fields, name))
    if len(text) > _MOST:
        odd.append(f"its {name} is too long and is left out")
        return ""
    return text


def _note(fields: Mapping[str, Sequence[str]], odd: list[str]) -> str:
    text = tidy_note("\n".join(fields.get("note", ())))
    if len(text) > _MOST_NOTE:
        odd.append("its note is too long and is left out")
        return ""
    return text


def _name(fields: Mapping[str, Sequence[str]], odd: list[str]) -> str:
    whole = _text(fields, "name", odd)
    return whole or " ".join(part for name in ("first", "middle", "last") if (part := _text(fields, name, odd)))


def _addresses(values: Sequence[str], odd: list[str]) -> tuple[tuple[Address, ...], str]:
    """The addresses, each once, and the name that stands with one."""
    found: dict[str, Address] = {}
    spoken = ""
    for value in values:
        text = tidy(value)
        match = _STATE.fullmatch(text)
        boxes, state = _mailboxes(match[1] if match else text, odd), match[2] if match else "ok"
        for box in boxes[:_MOST_ADDRESSES]:
            spoken = spoken or tidy(box.display_name)
            found.setdefault(box.addr_spec.casefold(), Address(box.addr_spec, state))  # type: ignore[arg-type]
    return tuple(found.values())[:_MOST_ADDRESSES], spoken


def _mailboxes(text: str, odd: list[str]) -> Sequence[Mailbox]:
    from mailer.message.address import parse_list

    text = text[7:] if text[:7].casefold() == "mailto:" else text
    if not text:
        return ()
    if text.casefold().startswith(("/o=", "ex:/o=", "exchange:/o=")):
        odd.append("an address of Exchange (/o=…) is not a mail address and is left out")
        return ()
    try:
        return parse_list(text.replace(";", ","))
    except BadData:
        odd.append(f"{_short(text)} is not an address and is left out")
        return ()


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}…")


def _date(fields: Mapping[str, Sequence[str]], odd: list[str], today: date) -> date | None:
    text = tidy(_first(fields, "refused-on"))
    if not text:
        return None
    found = written_date(text[:40], today)
    if found is None:
        odd.append(f"{_short(text)} is not a date of rejection and is left out (write it like 2026-11-30)")
    elif found > today:
        odd.append(f"{_short(text)} is in the future: as the date of rejection it is left out")
        return None
    return found


def written_date(text: str, today: date) -> date | None:
    """A day that is written with its year and means one day alone: 2026-11-30, 30.11.2026, 30 Nov 2026, 11/30/2026."""
    from mailer.people.typed import parse_date

    iso = re.match(r"(\d{4})-?(\d{2})-?(\d{2})(?!\d)", text)
    match = _DAY_FIRST.fullmatch(text)
    try:
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if match:
            one, two, year = map(int, match.groups())
            if "." in text or one > 12 or one == two:
                return date(year, two, one)
            return date(year, one, two) if two > 12 else None
        return parse_date(text, today) if re.search(r"\b\d{4}\b", text) else None
    except (ValueError, BadData):
        return None


def _plan(fields: Mapping[str, Sequence[str]], odd: list[str], plan_exists: _PlanExists) -> str:
    name = _text(fields, "plan", odd)
    if not name or name == "none":
        return ""
    try:
        plan_exists(name)
    except BadData as error:
        odd.append(f"its plan is left out: {error.text}")
        return ""
    return name


def _language(fields: Mapping[str, Sequence[str]], odd: list[str]) -> str:
    from mailer.message.language_tags import language_tag

    text = tidy(_first(fields, "language"))
    if not text or language_tag(text):
        return language_tag(text)
    from mailer.people.columns import language_code

    found = language_code(text)
    if not found:
        odd.append(f"the language {_short(text)} is not known and is left out")
    return found


def _country(fields: Mapping[str, Sequence[str]], odd: list[str]) -> str:
    text = tidy(_first(fields, "country"))
    if text:
        found = _place(text, "")
        if not found:
            odd.append(f"the country {_short(text)} is not known and is left out")
        return found
    # What an address by post says is a guess at the place, and goes without a word where it is none.
    for value in fields.get("place", ()):
        country, _, region = value.partition("\n")
        found = _place(tidy(country), tidy(region))
        if found:
            return found
    return ""


def _place(text: str, region: str) -> str:
    from mailer.checks.days_off import is_place
    from mailer.people.countries import country_code

    code = country_code(text)
    if not code and re.fullmatch(r"[A-Za-z]{2}(-[A-Za-z0-9]{1,4})?", text) and is_place(text):
        code = text.upper()
    if not code:
        return ""
    whole = f"{code}-{region.upper()}"
    is_region = "-" not in code and re.fullmatch(r"[A-Za-z0-9]{1,4}", region) and is_place(whole)
    return whole if is_region else code


def _zone(fields: Mapping[str, Sequence[str]], odd: list[str]) -> str:
    text = tidy(_first(fields, "time-zone"))
    if not text or re.fullmatch(r"(UTC|GMT)?[+-]\d{1,2}:?(\d{2})?", text):
        return ""
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(text[:60]).key
    except (KeyError, ValueError, OSError):
        odd.append(f"the time zone {_short(text)} is not known and is left out")
        return ""
