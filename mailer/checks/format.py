"""What mail programs would show wrongly, or not as it is meant.

Blocks a header line over 998 octets that cannot be encoded or folded (RFC 5322 2.1.1), a text and an HTML part that say
different things, links whose text names another host than the one they lead to, and links and pictures by the name of a
file: where the mail is read there is no such file.  Innocent: `https://…`, `mailto:`, `#top`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from mailer.checks import Problem
from mailer.checks.text import pattern
from mailer.slots import Cut, Filled

if TYPE_CHECKING:
    from mailer.checks.case import Case

_MOST_OCTETS = 998
# Each part is bounded, so that the time is that of the length: no tag holds another, no link's text is a page.
_LINK = r"(?is)<a\b([^<>]*)>(.{0,2000}?)</a\s*>"
_SHOWN = r"(?i)<(?:a|(img))\b([^<>]*)"
_TARGET = r"""(?is)(?<![\w-])(?:href|src)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s]+))"""
_COMMENT = r"(?s)<!--.*?(?:-->|\Z)"
_LEADS = r"(?i)[a-z][a-z0-9+.-]*:|//|#|$"
_TAGS = r"(?is)<(style|script|head|title)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>"
_ADDRESS = r"<(?:https?:|mailto:)?[^<>\s]*>|https?://\S+"
_WORD = r"[^\W\d_]{3,}"
_HOST = r"(?i)(?:https?://)?(?:[^\s/@]+@)?((?:[\w-]+\.)+[^\W\d_]{2,24})(?::\d+)?(?:[/?#]\S*)?"
_FILE_ENDINGS = frozenset(
    [
        "md",
        "py",
        "rs",
        "sh",
        "pl",
        "js",
        "ts",
        "cc",
        "pdf",
        "doc",
        "docx",
        "txt",
        "html",
        "htm",
        "csv",
        "zip",
        "png",
        "jpg",
        "svg",
        "json",
        "xml",
        "yml",
        "io.js",
        "net",
    ]
)
_APART = 0.1
# In place of a value, and where a value can neither begin nor end a tag.
_VALUE = "x.x"
_ESCAPED = frozenset({"html", "pre", "attribute", "target attribute", "target part"})


def check(case: Case) -> Iterator[Problem]:
    """Headers, then the two parts, then links."""
    thread = case.rendered.thread
    if thread:
        for name in (thread.in_reply_to, *thread.references):
            if len(name.encode()) + 1 > _MOST_OCTETS:
                said = "a message-id is longer than a line of a mail may be"
                yield case.in_header("format", "block", "in_reply_to", "", said, "Leave it out.")
                break
    if case.rendered.html is not None:
        # Of a batch one row stands for all: a value is the same in both parts.
        looked_at = case.rendered.text if case.first or not case.rendered.flowed else None
        if looked_at is not None and _disagree(looked_at, case.rendered.html):
            said = "the text part and the HTML part say different things"
            yield case.whole("format", "block", said, "Write the letter as text/markdown: both parts come from it.")
        if _may_mislead(case.rendered.html):
            yield from _links(case, case.rendered.html)
        if _may_lead_nowhere(case.rendered.html):
            yield from _files(case, case.rendered.html)


def _disagree(text: str, page: str) -> bool:
    words = pattern(_WORD).findall
    shown = set(words(_unescaped(pattern(_TAGS).sub(" ", page))))
    said = set(words(pattern(_ADDRESS).sub(" ", text)))
    apart = (shown ^ said) - set(words(text)) & shown
    return len(apart) > _APART * max(len(shown | said), 10)


def _may_mislead(page: str) -> bool:
    """Whether the text of a link may name a host; asked once of pages that differ in their values only."""
    cut = _common(page)
    return _has_naming_link(cut) if cut else "<a" in page or "<A" in page


def _common(page: str) -> Cut | None:
    """What pages have in common that differ in their values only; None where a value may begin or end a tag."""
    return page.cut if isinstance(page, Filled) and _is_escaped(page.cut) else None


@lru_cache(maxsize=64)
def _is_escaped(cut: Cut) -> bool:
    return _ESCAPED.issuperset(slot.context for slot in cut.slots)


@lru_cache(maxsize=64)
def _has_naming_link(cut: Cut) -> bool:
    page = _VALUE.join(cut.constants)
    return any("." in text or "&" in text or _VALUE in text for _, text in pattern(_LINK).findall(page))


def _may_lead_nowhere(page: str) -> bool:
    """Whether a link or picture may be one by the name of a file."""
    cut = _common(page)
    return _has_file(cut) if cut else bool(_by_name(page))


@lru_cache(maxsize=64)
def _has_file(cut: Cut) -> bool:
    return bool(_by_name(_VALUE.join(cut.constants)))


def _by_name(page: str) -> list[tuple[bool, str]]:
    """The links and pictures by the name of a file: whether it is a picture, and the name."""
    if not any(map(page.__contains__, ("<a", "<A", "<i", "<I"))) or "<base" in page.lower():
        return []
    shown = pattern(_SHOWN).findall(pattern(_COMMENT).sub("", page))
    found = [(bool(picture), _target(attributes)) for picture, attributes in shown]
    return [(picture, target) for picture, target in found if not pattern(_LEADS).match(target)]


def _target(attributes: str) -> str:
    """Where a link leads, or a picture lies; "" if they do not say."""
    match = pattern(_TARGET).search(attributes)
    return (match[1] or match[2] or match[3] or "").strip() if match else ""


def _files(case: Case, page: str) -> Iterator[Problem]:
    for picture, target in dict.fromkeys(_by_name(page)):
        name = _unescaped(target)
        what = f"the {'picture' if picture else 'link'} {name}"
        if name.lower().startswith("www."):
            yield case.whole("format", "block", f"{what} lacks its https://", f"Write https://{name}")
            continue
        hint = "Attach the file and say so in words, or write a whole address that begins with https://."
        yield case.whole("format", "block", f"{what} leads nowhere: where the mail is read there is no such file", hint)


def _links(case: Case, page: str) -> Iterator[Problem]:
    for attributes, text in pattern(_LINK).findall(page):
        if "." not in text and "&" not in text:
            continue
        label = " ".join(_unescaped(pattern(_TAGS).sub("", text)).split())
        named = _host(label)
        leads = _target_host(_unescaped(_target(attributes))) if named else ""
        if named and leads and not _is_one(named, leads) and label not in map(str.strip, case.rendered.fields.values()):
            said = f"the link says {label} and leads to {leads}"
            yield _problem(case, label, said)


def _unescaped(text: str) -> str:
    if "&" not in text:
        return text
    from html import unescape

    return unescape(text)


def _host(label: str) -> str:
    """The host that a link's text names, or ""; a file's name is none."""
    match = pattern(_HOST).fullmatch(label)
    if not match:
        return ""
    host = match[1].lower()
    bare = not label.lower().startswith(("http:", "https:", "www.")) and "/" not in label and "@" not in label
    return "" if bare and (host.rpartition(".")[2] in _FILE_ENDINGS or host in _NO_HOSTS) else host


_NO_HOSTS = frozenset({"asp.net", "vb.net", "ado.net", "node.js", "socket.io", "d3.js"})


def _target_host(target: str) -> str:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(target.strip())
    except ValueError:
        return ""
    if parts.scheme.lower() == "mailto":
        return parts.path.partition(",")[0].rpartition("@")[2].lower()
    return (parts.hostname or "").lower()


def _is_one(named: str, leads: str) -> bool:
    """Whether one host is the other, or a part of its domain."""
    one, other = _ascii(named), _ascii(leads)
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _ascii(host: str) -> str:
    from mailer.domain import to_ascii
    from mailer.errors import BadData

    host = host.removeprefix("www.").rstrip(".")
    try:
        return to_ascii(host)
    except BadData:
        return host


def _problem(case: Case, label: str, text: str) -> Problem:
    hint = "Let the text say where the link leads, or say in words what is there."
    start = case.body.raw.find(label)
    if start < 0:
        return case.whole("format", "block", text, hint)
    return case.in_body("format", "block", start, start + len(label), text, hint)
