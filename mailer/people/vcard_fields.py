"""What the properties of a vCard say of a person, by the names of fields."""

from __future__ import annotations

from mailer.people.vcard import Property, VCard, parts, unescaped

_KIND_OF = ("KIND", "X-ADDRESSBOOKSERVER-KIND", "X-ABSHOWAS")
_KINDS = {
    "org": "an organisation",
    "company": "an organisation",
    "group": "a group",
    "location": "a place",
    "application": "a program",
}


def fields(card: VCard) -> dict[str, list[str]]:
    """What a card says, by the names of fields; addresses in the order of preference."""
    found: dict[str, list[str]] = {
        "name": [_name(card)],
        "address": [_address(one) for one in sorted(_all(card, "EMAIL"), key=_preference) if not _is_x400(one)],
        "company": [next((unit for one in _all(card, "ORG") for unit in parts(one.value) if unit), "")],
        "note": ["\n".join(unescaped(one.value) for one in _all(card, "NOTE"))],
    }
    for field, name in (("position", "TITLE"), ("language", "LANG"), ("url", "URL"), ("time-zone", "TZ")):
        found[field] = [unescaped(one.value) for one in sorted(_all(card, name), key=_preference)][:1]
    for field in ("plan", "refused-on"):
        found[field] = [unescaped(one.value) for one in _all(card, f"X-MAILER-{field.upper()}")][:1]
    found["place"] = _places(card)
    return found


def no_person(card: VCard) -> str:
    """What a card is of, where that is no person."""
    kinds = [one.value.strip().casefold() for name in _KIND_OF for one in _all(card, name)]
    return next((_KINDS[kind] for kind in kinds if kind in _KINDS), "")


def _all(card: VCard, name: str) -> list[Property]:
    return [one for one in card.properties if one.name == name]


def _name(card: VCard) -> str:
    for one in _all(card, "FN"):
        if one.value.strip():
            return unescaped(one.value)
    for one in _all(card, "N"):
        family, given, additional, *_ = (*parts(one.value), "", "", "")
        if family or given:
            return " ".join(part.replace(",", " ") for part in (given, additional, family) if part)
    return next((unescaped(one.value) for one in _all(card, "NICKNAME")), "")


def _preference(one: Property) -> int:
    """1 for the preferred one, 100 for those of which nothing is said."""
    given = next(iter(one.parameters.get("PREF", ())), "")
    if given.isdecimal() and len(given) < 4:
        return int(given)
    is_preferred = any(each.upper() == "PREF" for each in one.parameters.get("TYPE", ()))
    return 1 if is_preferred else 100


def _address(one: Property) -> str:
    state = "".join(one.parameters.get("X-MAILER-STATE", ()))
    return unescaped(one.value) + (f" ({state})" if state else "")


def _is_x400(one: Property) -> bool:
    return any(each.upper() in ("X400", "EX") for each in one.parameters.get("TYPE", ()))


def _places(card: VCard) -> list[str]:
    """Country and region of each address by post, that of the office first."""
    office = ("WORK", "PREF")
    found = sorted(
        _all(card, "ADR"), key=lambda one: not any(each.upper() in office for each in one.parameters.get("TYPE", ()))
    )
    cut = [(*parts(one.value), *[""] * 7)[:7] for one in found]
    return [f"{one[6]}\n{one[4]}" for one in cut if one[6]]
