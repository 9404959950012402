"""Domains of addresses: RFC 5321 host names, and IDNs by IDNA 2008 (RFC 5891)."""

from __future__ import annotations

import re
from functools import lru_cache

from mailer.errors import BadData

DOMAIN_OCTETS = 253

_EXAMPLE = "Write it like Dana Ruiz <dana@acme.example>"
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@lru_cache(maxsize=256)
def to_ascii(text: str) -> str:
    """The domain as lower-case A-labels (RFC 5321 4.1.2, RFC 5891).  Raises BadData.

    Two labels at least: a single one but ``localhost`` is no fully qualified name (RFC 5321 2.3.5).
    """
    if text.startswith("["):
        raise BadData(f"{text} is an address literal, not a domain", hint="Write the domain's name.")
    if len(text) > DOMAIN_OCTETS:
        raise BadData("the domain of an address is longer than 253 octets", hint="RFC 5321 4.5.3 sets the limit.")
    labels = [_label(label, text) for label in text.split(".")]
    if labels[-1].isdigit():
        raise BadData(f"{text} is not a domain: its last part is a number", hint="Write the domain's name.")
    if len(labels) == 1 and labels[0] != "localhost":
        raise BadData(f"{text} is not a complete domain", hint=f"Write the whole domain, such as {text}.example")
    return ".".join(labels)


def _label(label: str, domain: str) -> str:
    if not label.isascii():
        return _a_label(label, domain)
    if not _LABEL.fullmatch(label.lower()):
        raise BadData(f"{domain} is not a domain: {_label_fault(label)}", hint=_EXAMPLE)
    return label.lower()


def _label_fault(label: str) -> str:
    if not label:
        return "a dot stands at its edge or next to another"
    if len(label) > 63:
        return "a part between two dots is longer than 63 characters"
    if label.startswith("-") or label.endswith("-"):
        return f'"{label}" has a hyphen at its edge'
    return f'"{label}" holds more than letters, digits and hyphens'


def _a_label(label: str, domain: str) -> str:
    import idna

    # Case is all that is mapped (each letter by itself: no final sigma); IDNA 2008 refuses what UTS 46 would fold.
    lowered = composed("".join(char.lower() for char in label))
    try:
        return idna.alabel(lowered).decode("ascii")
    except idna.IDNAError as error:
        raise BadData(f'{domain} is not a domain: "{label}" breaks IDNA 2008 ({error})', hint=_EXAMPLE) from error


def to_unicode(domain: str) -> str:
    """The domain as people read it (U-labels); a label that is no valid IDN stays as it is."""
    return ".".join(map(_u_label, domain.split("."))) if "xn--" in domain else domain


@lru_cache(maxsize=256)
def _u_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    import idna

    try:
        return idna.ulabel(label)
    except idna.IDNAError:
        return label


def composed(text: str) -> str:
    """Unicode normalisation form C."""
    if text.isascii():
        return text
    import unicodedata

    return unicodedata.normalize("NFC", text)
