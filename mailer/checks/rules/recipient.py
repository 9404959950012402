"""Addresses that a letter should not go to, or that are mistyped.

Blocks no-reply addresses, which nobody reads.  Warns of role addresses (`jobs@`, `info@`), near misses of common
domains (`gmial.com`), characters that look like others (a Cyrillic `а`), an address without a name, more than five
recipients, the same person twice, yourself, and a greeting that says a name as a list has it ("Dear Ruiz, Dana,").
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from mailer.checks.problem import Problem
from mailer.checks.text import distance, folded, listed, pattern, plain, word_set

if TYPE_CHECKING:
    from mailer.checks.case import Case
    from mailer.message.address import Mailbox

_MOST = 5
_NO_REPLY = (
    r"(?:.*[._+-])?(?:no|not|do[._-]?not|dont|never|ne[._-]?pas|pas[._-]de|nicht|keine?)[._-]?"
    r"(?:reply|replies|respond|response|answer|repondre|reponse|antwort|antworten|responder|respuesta|contestar|mail)"
    r"(?:[._+-].*|s|\d*)?|mailer-daemon|bounces?(?:[._+-].*)?"
)
_REPLIES = ("repl", "respon", "repon", "answer", "antwort", "respuesta", "contestar", "mail", "bounce")
_SKELETON = (("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "l"), ("5", "s"))
# What was meant by an ending that is none, where it is not com.
_ENDINGS = {"ed": "de", "dee": "de", "rf": "fr", "0rg": "org"}
# Signs that may look like others, and those between words: what is left is the same in names that look alike.
_DROPPED = {code: None for code in range(128) if not chr(code).isalnum() or chr(code) in "rnmvw0o1l5sRNMVWOLS"}
_LOOKALIKES = frozenset("аеорсухіјѕԁһӏвкмнтгԛԝαοορνικτυχρ")


def check(case: Case) -> Iterator[Problem]:
    """Each address, then all of them together."""
    for where in ("to", "cc", "bcc"):
        for box in getattr(case.rendered, where):
            yield from _address(case, where, box)
    yield from _together(case)
    if any("," in box.display_name or (case.columns and box.display_name.isupper()) for box in case.rendered.to):
        yield from _as_listed(case)


def _as_listed(case: Case) -> Iterator[Problem]:
    """A greeting that says a name as only a list has it: "Dear Ruiz, Dana,", "Dear DANA RUIZ,"."""
    from mailer.checks.salutation import greeting_end, small_words

    end = max(0, greeting_end(case.body.own))
    for box in case.rendered.to:
        name = box.display_name
        start = case.body.own.find(name, 0, end) if name else -1
        family, comma, given = name.partition(", ")
        if comma and (_is_degree(given, name) or not small_words().isdisjoint(plain(given).split())):
            continue
        if start >= 0 and (comma or (case.columns and name.isupper() and max(map(len, name.split())) > 3)):
            said = f"nobody greets anyone as {name}"
            hint = f"Write {given} {family} in the list." if comma else f"Write {name.title()} in the list."
            yield case.in_body("recipient", "warn", start, start + len(name), said, hint)


def _is_degree(words: str, name: str) -> bool:
    """Tell whether what follows a name is "PhD" or "Jr.", and no given name."""
    if name.isupper():
        return False
    return any(word.endswith(".") or sum(map(str.isupper, word.partition("-")[0])) > 1 for word in words.split())


def _address(case: Case, where: str, box: Mailbox) -> Iterator[Problem]:
    local, _, domain = box.addr_spec.rpartition("@")
    local = local.lower()
    if any(map(local.__contains__, _REPLIES)) and pattern(_NO_REPLY).fullmatch(local):
        said = f"nobody reads what comes to {box.addr_spec}"
        yield _problem(case, "block", where, box, said, "Write to a person: whom did you meet?")
        return
    if where == "to":
        yield from _role_or_nameless(case, box, local)
    meant = _meant(domain)
    if meant is None:
        meant = _slip_of_company(domain, case.company)
    if meant:
        said = f"{box.domain} looks like a typo for {meant}"
        yield _problem(case, "warn", where, box, said, f"Write {box.local}@{meant}, if you mean that.")
    if "xn--" in domain and _is_lookalike(box.unicode_domain):
        said = f"{box.unicode_domain} ({box.domain}) holds letters that look like others"
        yield _problem(case, "warn", where, box, said, "Type the address by hand.")
    if not box.display_name.isascii() and any(map(_is_mixed, box.display_name.split())):
        said = f"the name {box.display_name} mixes letters of two alphabets that look alike"
        yield _problem(case, "warn", where, box, said, "Type the name by hand.")


def _role_or_nameless(case: Case, box: Mailbox, local: str) -> Iterator[Problem]:
    if local.partition("+")[0] in word_set("mail", "roles"):
        said = f"{box.addr_spec} is a role, not a person"
        yield _problem(case, "warn", "to", box, said, "Write to the person you spoke with, if you know the address.")
    elif not box.display_name.strip():
        said = f"{box.addr_spec} has no name"
        yield _problem(case, "warn", "to", box, said, f"Write 'Name <{box.addr_spec}>'.")


def _together(case: Case) -> Iterator[Problem]:
    rendered = case.rendered
    if len(case.recipients) > _MOST:
        said = f"the letter goes to {len(case.recipients)} people"
        yield _problem(
            case, "warn", "to", None, said, "Write to one person, or to a few, each with a letter of their own."
        )
    for where, box in _twice(case):
        said = f"{box.display_name or box.addr_spec} gets it twice"
        yield _problem(case, "warn", where, box, said, "Keep one of the two addresses.")
    own = {rendered.sender.key, *((case.known.account.key,) if case.known.account else ())}
    for box in rendered.to if not rendered.bcc and not case.keys.isdisjoint(own) else ():
        if box.key in own:
            said = f"{box.addr_spec} is your own address"
            yield _problem(case, "warn", "to", box, said, "Write the address you mean.")


def _twice(case: Case) -> Iterator[tuple[str, Mailbox]]:
    keys: set[str] = set()
    names: set[str] = set()
    several = len(case.recipients) > 1
    for where in ("to", "cc", "bcc"):
        for box in getattr(case.rendered, where) if several else ():
            name = folded(box.display_name).strip()
            if box.key in keys or (" " in name and name in names):
                yield where, box
            keys.add(box.key)
            names.add(name)
        if where in case.headers:
            for box in _folded_away(case, where):
                yield where, box


def _folded_away(case: Case, where: str) -> Iterator[Mailbox]:
    """Mailboxes that the header has once more than the letter, where it says so in plain words."""
    header = case.headers.get(where)
    if header is None or "{" in header.value or header.value.count("@") <= len(getattr(case.rendered, where)):
        return
    from mailer.errors import BadData
    from mailer.message.address import parse_list

    seen: set[str] = set()
    try:
        boxes = parse_list(header.value)
    except BadData:
        return
    for box in boxes:
        if box.key in seen:
            yield box
        seen.add(box.key)


@lru_cache(maxsize=256)
def _meant(domain: str) -> str | None:
    """The domain that was probably meant; "" for one that is well known itself, None for one like no other."""
    if domain in _common() or domain in listed("mail")["real domains"]:
        return ""
    name, _, ending = domain.rpartition(".")
    if ending in word_set("mail", "no endings"):
        return f"{name}.{_ENDINGS.get(ending, 'com')}"
    for known in _like(name.rpartition(".")[0] or name):
        if _is_slip(domain, known):
            return known
    return None


def _like(name: str) -> list[str]:
    """Common domains that may be a slip away: equal when a letter is dropped from one or both, or of equal letters."""
    return [known for way in (*_shorter(name), "".join(sorted(name))) for known in _nearby().get(way, ())]


@cache
def _common() -> dict[str, None]:
    """Domains that many people have, those that only one has first."""
    lists = listed("mail")
    countries = " ".join(lists["countries"]).split()
    many = (f"{name}.{country}" for name in lists["in many countries"] for country in countries)
    return dict.fromkeys((*lists["domains"], *many))


@cache
def _nearby() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for known in _common():
        name = known.partition(".")[0]
        for way in {*_shorter(name), "".join(sorted(name))}:
            found.setdefault(way, []).append(known)
    return found


def _shorter(name: str) -> list[str]:
    """A name, and what is left of it without each of its letters."""
    return [name, *(name[:at] + name[at + 1 :] for at in range(min(len(name), 16)))]


def _is_slip(domain: str, known: str) -> bool:
    name, _, ending = known.partition(".")
    theirs, _, their_ending = domain.partition(".")
    if theirs == name:
        return len(name) > 4 and _is_slip_of_ending(their_ending, ending)
    slip = distance(theirs, name, 1) == 1 if len(name) > 4 else sorted(theirs) == sorted(name) and len(name) > 2
    return slip and (ending == their_ending or _is_slip_of_ending(their_ending, ending))


def _is_slip_of_ending(theirs: str, ending: str) -> bool:
    """Whether an ending is a slip for another: "co.ku", "couk"; a country's own, such as "co", only for "com"."""
    if theirs in word_set("mail", "countries") or len(ending) < 3:
        return False
    return theirs in word_set("mail", "slips of com") if ending == "com" else distance(theirs, ending, 1) == 1


def _slip_of_company(domain: str, company: str) -> str:
    """The domain that was meant where this one only looks like the company's name: "acrne" for "acme"; else ""."""
    name, _, ending = domain.rpartition(".")
    label = name.rpartition(".")[2]
    if not _may_look_like(label, company):
        return ""
    from mailer.checks.company_names import core

    words = core(company)
    if not words:
        return ""
    seen = _skeleton(label)
    # The skeleton of each word in turn: none of the pairs that look alike holds a blank.
    if seen not in (*_skeleton(" ".join(words)).split(" "), _skeleton("".join(words)), _skeleton("-".join(words))):
        return ""
    for word in {*words, "".join(words), "-".join(words)}:
        if len(word) > 3 and label != word and seen == _skeleton(word):
            return f"{word}.{ending}"
    return ""


def _may_look_like(label: str, company: str) -> bool:
    """Whether the two may be alike, by the signs that look like no others."""
    if not company.isascii() or "(" in company:
        return True
    return label.translate(_DROPPED) in company.lower().translate(_DROPPED)


@lru_cache(maxsize=256)
def _skeleton(text: str) -> str:
    for looks, like in _SKELETON:
        text = text.replace(looks, like)
    return text


def _is_lookalike(domain: str) -> bool:
    labels = domain.split(".")
    return any(_is_mixed(label) or (not label.isascii() and set(label) <= _LOOKALIKES | set("-")) for label in labels)


def _is_mixed(word: str) -> bool:
    """Whether a word has both Latin letters and Cyrillic or Greek ones."""
    latin = any("a" <= char <= "z" for char in word.lower())
    return latin and any("\u0370" <= char <= "\u052f" for char in word)


def _problem(case: Case, level: str, where: str, box: Mailbox | None, text: str, hint: str) -> Problem:
    words = ""
    if box is not None:
        header = case.headers.get(where)
        typed = header.value if header else ""
        words = next((word for word in (box.addr_spec, box.unicode_domain, box.local) if word in typed), "")
    return case.in_header("recipient", level, where, words, text, hint)
