"""One strict mailbox parser and formatter (RFC 5322 3.4, RFC 6532, IDNA 2008).

Accepted: ``addr-spec``, ``<addr-spec>`` and ``phrase <addr-spec>``, with commas between them.  A dot may
stand bare in a phrase (the obs-phrase of RFC 5322 4.1), as people type ``Dr. Ana``.  Comments, groups, routes,
domain literals and folding white space inside an address are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from mailer.characters import bad_in_header
from mailer.errors import BadData
from mailer.message.domain import composed, to_ascii, to_unicode
from mailer.tuples import NamedTuple

LOCAL_OCTETS = 64
ADDRESS_OCTETS = 254

_LIMITS = "RFC 5321 4.5.3 sets the limit."
_EXAMPLE = "Write it like Dana Ruiz <dana@acme.example>"
# Compiled at first use: most addresses are plain.
_LEXEME = r"""(?xs)(?P<space>[ ]+)
      | (?P<quoted>"(?:[^"\\]|\\.)*")
      | (?P<angle><(?:[^<>"]|"(?:[^"\\]|\\.)*")*>)
      | (?P<word>[^ "(),:;<>@\[\]\\]+)
      | (?P<other>".*|.)"""
_PLAIN = r"(?:([\w'-]+(?: [\w'-]+)*) <)?([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*)@([A-Za-z0-9.-]+)(?(1)>)"
_BARE_PHRASE = r'[^ "(),:;<>@\[\]\\.]+(?: [^ "(),:;<>@\[\]\\.]+)*'
_DOT_ATOM = r"""[^\s"(),:;<>@\[\]\\.]+(?:\.[^\s"(),:;<>@\[\]\\.]+)*"""
_QUOTED_LOCAL = r'"(?:[^"\\]|\\.)+"'
_NAME_ANGLE = r"([^<>]*)(<[^<>]*>)"
_GROUP = r"[^:<>@]*[^:<>@\s][^:<>@]*:(?!:)[^<>]*(?:@|;\s*$)"

_Token = tuple[str, str]


class Mailbox(NamedTuple):
    """``addr_spec`` with its domain as lower-case A-labels and its local part as typed; ``display_name`` unquoted."""

    addr_spec: str
    display_name: str = ""

    @property
    def local(self) -> str:
        """The part before the last ``@``, as typed, with its quotes if it has them."""
        return self.addr_spec.rpartition("@")[0]

    @property
    def domain(self) -> str:
        """The domain in A-label form, lower case."""
        return self.addr_spec.rpartition("@")[2]

    @property
    def unicode_domain(self) -> str:
        """The domain as people read it (U-labels); a label that is no valid IDN stays as it is."""
        return to_unicode(self.domain)

    @property
    @lru_cache(maxsize=256)  # noqa: B019 - a mailbox is a small value
    def key(self) -> str:
        """Equal for two spellings of one mailbox: case, quotes that are not needed, composed letters."""
        local, _, domain = self.addr_spec.rpartition("@")
        if local.startswith('"'):
            local = _unquote(local)
        return f"{(local if local.isascii() else composed(local)).lower()}@{domain}"


def parse_mailbox(text: str) -> Mailbox:
    """Exactly one mailbox.  Raises BadData."""
    boxes = parse_list(text)
    if len(boxes) != 1:
        raise BadData(f"one address is needed here, not {len(boxes)}", hint=_EXAMPLE)
    return boxes[0]


def parse_list(text: str) -> tuple[Mailbox, ...]:
    """One or more mailboxes with commas between them (RFC 5322 3.4 mailbox-list).  Raises BadData."""
    plain = _plain().fullmatch(text)
    if plain:
        return (Mailbox(_sized(*plain.group(2, 3)), plain[1] or ""),)
    unfit = bad_in_header(text)
    if unfit:
        raise BadData(f"an address holds {unfit}", hint="Type the address again, without it.")
    if not text.strip(" "):
        raise BadData("there is no address here", hint=_EXAMPLE)
    tokens = [(match.lastgroup or "", match.group()) for match in re.finditer(_LEXEME, text)]
    if tokens[-1][0] == "other" and tokens[-1][1].startswith('"'):
        raise BadData(f"{text} opens a quotation mark and does not close it", hint=_EXAMPLE)
    return tuple(_mailbox(element, text) for element in _split(tokens))


def plain_mailbox(name: str, address: str) -> Mailbox | None:
    """What ``parse_mailbox`` makes of the two where each is plain; else None."""
    plain = _plain().fullmatch(f"{name} <{address}>") if len(name) < ADDRESS_OCTETS else None
    if plain is None or plain[1] != name:
        return None
    try:
        return Mailbox(_sized(plain[2], plain[3]), name)
    except BadData:
        return None


@cache
def _plain() -> re.Pattern[str]:
    return re.compile(_PLAIN)


def format_mailbox(mailbox: Mailbox) -> str:
    """The mailbox as typed text: the name quoted where it must be, not encoded; ``parse_mailbox`` reads it back."""
    name = mailbox.display_name
    if not name:
        return mailbox.addr_spec
    return f"{name if re.fullmatch(_BARE_PHRASE, name) else quote(name)} <{mailbox.addr_spec}>"


def fold_duplicates(boxes: Iterable[Mailbox]) -> tuple[Mailbox, ...]:
    """Each mailbox once, compared caselessly; the first spelling stays."""
    boxes = tuple(boxes)
    if len(boxes) < 2:
        return boxes
    seen: dict[str, Mailbox] = {}
    for mailbox in boxes:
        seen.setdefault(mailbox.key, mailbox)
    return tuple(seen.values())


def as_phrase(text: str) -> str:
    """``text`` as it may stand in a phrase: quoted, unless it is but words; "" for white space."""
    if "  " not in text and text == text.strip() and text.replace(" ", "").replace("-", "").replace("'", "").isalnum():
        return text
    return quote(text) if text.strip() else ""


def quote(text: str) -> str:
    """A quoted-string (RFC 5322 3.2.4)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _split(tokens: list[_Token]) -> list[list[_Token]]:
    elements: list[list[_Token]] = [[]]
    for token in tokens:
        if token[1] == ",":
            elements.append([])
        elif token[0] != "space" or elements[-1]:
            elements[-1].append(token)
    for element in elements:
        if element and element[-1][0] == "space":
            element.pop()
    return elements


def _mailbox(element: list[_Token], whole: str) -> Mailbox:
    text = "".join(value for _, value in element)
    if not text:
        raise BadData("the list of addresses has an empty entry", hint="Take out the extra comma.")
    if element[-1][0] != "angle":
        if any(kind == "angle" for kind, _ in element) or "@" not in text or " " in text or ";" in text:
            raise _no_address_error(text, whole)
        return Mailbox(_addr_spec(text))
    words = element[:-1]
    specials = [value for kind, value in words if kind in ("other", "angle")]
    if specials:
        raise _special_error(";" if ";" in specials else specials[0], text)
    return Mailbox(_addr_spec(element[-1][1][1:-1]), _phrase(words))


def _phrase(words: list[_Token]) -> str:
    parts = [_unquote(value) if kind == "quoted" else " " if kind == "space" else value for kind, value in words]
    if words and words[-1][0] == "space":
        parts.pop()
    return "".join(parts)


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _addr_spec(text: str) -> str:
    if text[:7].lower() == "mailto:":
        raise BadData(f"{text} is a link, not an address", hint=f"Leave out mailto: and write {text[7:]}")
    if text.startswith("@") and ":" in text:
        raise BadData(f"<{text}> holds a route", hint=f"Write <{text.rpartition(':')[2]}>")
    _refuse_invisible(text)
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain:
        raise BadData(f"{text or '<>'} is not an address", hint=_EXAMPLE)
    if not re.fullmatch(_DOT_ATOM, local) and not re.fullmatch(_QUOTED_LOCAL, local):
        raise BadData(f"the part before the @ of {text} is not well formed", hint=_EXAMPLE)
    # Readers decode it where RFC 2047 5 forbids it, and mail goes to another address than is seen.
    if "=?" in local:
        raise BadData(f"the part before the @ of {text} looks like an encoded-word", hint=_EXAMPLE)
    return _sized(local, domain)


def _sized(local: str, domain: str) -> str:
    """The addr-spec of a well-formed local part and a domain."""
    text = f"{local}@{domain}"
    if len(local.encode()) > LOCAL_OCTETS:
        raise BadData(f"the part before the @ of {text} is longer than {LOCAL_OCTETS} octets", hint=_LIMITS)
    addr_spec = f"{local}@{to_ascii(domain)}"
    if len(addr_spec.encode()) > ADDRESS_OCTETS:
        raise BadData(f"the address {text} is longer than {ADDRESS_OCTETS} octets", hint=_LIMITS)
    return addr_spec


def _refuse_invisible(text: str) -> None:
    if " " in text:
        bare = text.replace(" ", "")
        hint = f"Write {bare}" if _plain().fullmatch(bare) else _EXAMPLE
        raise BadData(f"the address {text} holds white space", hint=hint)
    if text.isascii():
        return
    import unicodedata

    for char in text:
        if unicodedata.category(char) in ("Zs", "Cf"):
            kind = "white space" if char.isspace() else "a character that cannot be seen"
            raise BadData(f"an address holds {kind} (U+{ord(char):04X})", hint="Type the address again, without it.")


def _no_address_error(text: str, whole: str) -> BadData:
    """Say what a list element without a mailbox most likely was meant to be."""
    if re.match(_GROUP, text):
        return BadData(f"{text} is a group of addresses", hint="Write its addresses with commas between them.")
    if ";" in text and "@" in text:
        return _semicolon_error(text)
    if "(" in text:
        return BadData(f"{text} holds a comment in brackets", hint=f"Take it out, or quote the name. {_EXAMPLE}")
    if "@" not in text and not any(sign in text for sign in '<>"'):
        return _comma_error(whole) or BadData(f"{text} is not an address", hint=_EXAMPLE)
    if "@" in text and " " in text and "<" not in text:
        return BadData(f"the address {text} holds white space", hint=_EXAMPLE)
    return BadData(f"{text} is not an address", hint=_EXAMPLE)


def _comma_error(whole: str) -> BadData | None:
    for match in re.finditer(_NAME_ANGLE, whole):
        parts = [part.strip() for part in match[1].split(",")]
        while parts and (not parts[0] or "@" in parts[0]):
            del parts[0]
        if len(parts) > 1:
            return _unquoted_error(quote(", ".join(parts).replace('"', "")), match[2], "a comma")
    return None


def _special_error(special: str, text: str) -> BadData:
    match = re.fullmatch(_NAME_ANGLE, text)
    if special == ";" and (not match or "@" in match[1]):
        return _semicolon_error(text)
    if not match or special[0] == "<":
        return BadData(f"{text} is not one address", hint="Put commas between addresses.")
    name = quote(match[1].replace('"', "").strip())
    return _unquoted_error(name, match[2], "a comment in brackets" if special == "(" else special)


def _semicolon_error(text: str) -> BadData:
    listed = ", ".join(part.strip() for part in text.split(";") if part.strip())
    return BadData(f'";" does not stand between addresses: {text}', hint=f"Put commas between them: {listed}")


def _unquoted_error(name: str, angle: str, what: str) -> BadData:
    return BadData(f"a name that holds {what} must be quoted: {name} {angle}", hint=f"Write {name} {angle}")
