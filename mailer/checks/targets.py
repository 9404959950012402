"""Where the links and pictures of a page lead, and which of them lead nowhere where the mail is read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from mailer.checks.text import distance, pattern
from mailer.message.html_tokens import Token, tokens
from mailer.tuples import NamedTuple

_PICTURES = frozenset(
    {("img", "src"), ("input", "src"), ("image", "href"), ("image", "xlink:href"), ("video", "poster")}
)
_LINKS = frozenset({("a", "href"), ("area", "href")})
_FILES = frozenset(
    (name, "src") for name in ("source", "audio", "video", "embed", "track", "iframe", "script", "frame", "bgsound")
) | {("object", "data"), ("form", "action"), ("button", "formaction"), ("input", "formaction")}
_SCHEME = r"([a-zA-Z][a-zA-Z0-9+.-]*):"
_CSS_COMMENT = r"(?s)/\*.*?(?:\*/|\Z)"
_CSS_TARGET = r"""(?i)(?:url\(\s*+|(@import)\s++)(?:"([^"]*)"|'([^']*)'|((?!url\()[^)\s;"']*))"""
_CANDIDATE = r"[\s,]*+(\S+?)(?:,+(?=\s|\Z)|\s+[^,]*(?:,|\Z)|\Z)"
_NO_BREAKS = r"[\t\n\r]+"
# Of a program or a machine alone; the last ones stand in what was copied out of a mail program.
_LOCAL = frozenset(
    {"file", "blob", "about", "content", "res", "resource", "chrome", "chrome-extension"}
    | {"moz-extension", "ms-appx", "mk", "jar", "view-source", "filesystem", "mailbox"}
    | {"imap", "webkit-fake-url", "applewebdata", "x-apple-data-detectors", "x-msg"}
)
_CODE = frozenset({"javascript", "vbscript", "livescript"})
_WEB = frozenset({"http", "https", "ftp"})
_KNOWN = _WEB | frozenset(
    {"mailto", "tel", "sms", "data", "ftps", "sftp", "ssh", "sip", "sips", "xmpp", "geo"} | {"news", "irc", "http+unix"}
)
_HERE = r"(?i)(?:.+\.)?localhost\.?|127(?:\.\d+){1,3}|0\.0\.0\.0|::1?|\[::1?\]"
_INSIDE = (
    r"(?i)10(?:\.\d+){3}|192\.168(?:\.\d+){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d+){2}|169\.254(?:\.\d+){2}"
    r"|f[cd][0-9a-f]{2}:.*|fe80:.*|.+\.(?:local|lan|internal|intranet|corp|home|localdomain|home\.arpa)\.?|[^.:]+"
)
# "vale.example:8080/cv": what stands before the colon is read as a scheme.
_PORT = r"(?:localhost|[^:/?#]+\.[^:/?#]+):\d{1,5}(?:[/?#]|\Z)"
_ADDRESS = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_SITE = (
    r"(?i)(?:www\.[^/]*|[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|edu|gov|io|dev|app|eu|de|at|ch|fr|es|uk|us|example))"
    r"(?:[/?#:].*)?"
)
_NO_FILE = "Attach the file and say so in words, or write a whole address that begins with https://."
_NO_PART = "Attach the picture and say so in words, or give its https:// address: nothing is embedded in a mail."


class Link(NamedTuple):
    """A link: what it says, and where it leads."""

    label: str
    target: str


class Verdict(NamedTuple):
    """What is wrong with a target."""

    level: str
    said: str
    hint: str


@lru_cache(maxsize=4)
def links(page: str) -> tuple[Link, ...]:
    """The links of ``page``."""
    found: list[Link] = []
    label: list[str] = []
    target: str | None = None
    for token in tokens(page):
        if token.kind == "text" and target is not None:
            label.append(token.text)
        elif token.name == "a":
            if target is not None:
                found.append(Link(" ".join("".join(label).split()), target))
            label, target = [], token.attributes.get("href") if token.kind == "open" else None
    return tuple(found)


def unreachable(page: str) -> Iterator[tuple[str, Verdict]]:
    """Each target of ``page`` that cannot be reached from elsewhere, and what is wrong with it."""
    found = dict.fromkeys(_targets(page))
    based = any(what == "base" and target.lower().startswith("http") for what, target in found)
    for what, target in found:
        verdict = judged(what, target, based) if what != "base" else None
        if verdict:
            yield target, verdict


def _targets(page: str) -> Iterator[tuple[str, str]]:
    """What leads somewhere, and where."""
    for token in tokens(page):
        if token.kind == "open":
            for name, value in token.attributes.items():
                yield from _of_attribute(token, name, value)
        elif token.kind == "raw" and token.name == "style":
            yield from _of_style(token.text)


def _of_attribute(token: Token, name: str, value: str) -> Iterator[tuple[str, str]]:
    place = token.name, name
    if place in _LINKS:
        yield "link", value
    elif place in _PICTURES or name == "background":
        yield "picture", value
    elif place in _FILES:
        yield "file", value
    elif place in (("base", "href"), ("link", "href")):
        yield "base" if token.name == "base" else "style sheet", value
    elif name == "srcset":
        yield from (("picture", found[1]) for found in pattern(_CANDIDATE).finditer(value))
    elif name == "style":
        yield from _of_style(value)


def _of_style(style: str) -> Iterator[tuple[str, str]]:
    if "(" not in style and "@" not in style:
        return
    for found in pattern(_CSS_TARGET).finditer(pattern(_CSS_COMMENT).sub(" ", style)):
        target = found[2] or found[3] or found[4]
        if target:
            yield "style sheet" if found[1] else "picture", target


def judged(what: str, target: str, based: bool = False) -> Verdict | None:
    """What is wrong with a target, if anything; ``based``: whether the page says where its own names begin."""
    target = pattern(_NO_BREAKS).sub("", target).strip()
    named = f"the {what} {target if len(target) < 200 else target[:199] + '…'}"
    if not target:
        return Verdict("warn", f"a {what} has no address", "Give it one, or take it out.") if what == "link" else None
    if target.startswith("#"):
        return None
    scheme = pattern(_SCHEME).match(target)
    if target.startswith("\\\\") or (scheme and (len(scheme[1]) == 1 or scheme[1].lower() in _LOCAL)):
        return Verdict("block", f"{named} leads nowhere: it is one of this computer or its network alone", _NO_FILE)
    if scheme:
        return _of_scheme(named, scheme[1].lower(), target)
    if target.startswith("//"):
        return Verdict("warn", f"{named} lacks its https:", f"Write https:{target}")
    return None if based else _relative(named, target)


def _of_scheme(named: str, scheme: str, target: str) -> Verdict | None:
    if scheme == "cid":
        return Verdict("block", f"{named} leads nowhere: the mail has no such part", _NO_PART)
    if scheme in _CODE:
        return Verdict("block", f"{named} leads nowhere: no mail program runs it", "Write an address, or take it out.")
    if scheme in _WEB:
        return _of_host(named, target)
    if scheme not in _KNOWN and pattern(_PORT).match(target):
        is_here = pattern(_HERE).fullmatch(scheme)
        hint = "Write the address that it has for others." if is_here else f"Write https://{target}"
        return Verdict("block", f"{named} lacks its https://", hint)
    if scheme not in _KNOWN and (distance(scheme, "https", 2) < 3 or distance(scheme, "http", 1) < 2):
        return Verdict("block", f"{named} leads nowhere: there is no {scheme}:", "Write https://.")
    return None


def _of_host(named: str, target: str) -> Verdict | None:
    from urllib.parse import urlsplit

    try:
        host = urlsplit(target).hostname or ""
    except ValueError:
        host = ""
    if not host:
        return Verdict("block", f"{named} names no host", "Write the whole address, such as https://example.org/page.")
    if pattern(_HERE).fullmatch(host):
        hint = "Write the address that it has for others."
        return Verdict("block", f"{named} leads nowhere: there it is the reader's own computer", hint)
    if pattern(_INSIDE).fullmatch(host):
        return Verdict(
            "warn", f"{named} can be opened within its own network alone", "Write one that can be from outside."
        )
    return None


def _relative(named: str, target: str) -> Verdict:
    if pattern(_ADDRESS).fullmatch(target):
        return Verdict("block", f"{named} lacks its mailto:", f"Write mailto:{target}")
    if pattern(_SITE).fullmatch(target):
        return Verdict("block", f"{named} lacks its https://", f"Write https://{target}")
    return Verdict("block", f"{named} leads nowhere: where the mail is read there is no such file", _NO_FILE)
