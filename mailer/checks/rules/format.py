"""Text that mail programs would show wrongly, or not as you meant it.

Blocks a header line over 998 octets that cannot be encoded or folded (RFC 5322 2.1.1), a text and an HTML part that say
different things, links whose text names another host than the one they lead to, and links and pictures that cannot be
reached where the mail is read: by the name of a file (`bench.png`, `C:/bench.png`, `file:///…`), of a part (`cid:logo`)
or of this computer (`http://localhost`), in styles too.  Not reported: `https://…`, `mailto:`, `#top`.

Warns of what Markdown would swallow or change, with the form that keeps it: lines that become one, a line that becomes
a heading, a list or code, a backslash or a definition that vanishes; of HTML in Markdown, and of markup in a value,
which arrive as typed signs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from mailer.checks.problem import Problem
from mailer.checks.text import pattern
from mailer.message.slots import Valued

if TYPE_CHECKING:
    from mailer.checks.case import Case

_MOST_OCTETS = 998
# What leads somewhere, if not at first sight to where all can go.
_LEADING = ("href", "src", "srcset", "background", "poster", "data", "action")
_IN_STYLES = ("url(", "@import")
# In a page in lower case: whatever the case, "ſ" would be an "s", and "İ" an "i".
_FAR = r"\"(?:mailto:|#|https?://(?:[\w-]+\.)+(?!local|lan|in|corp|home|arpa)[a-z]+[/?#\"])"
_ALT = r"""<img [^<>]*alt="([^"]*)"[^<>]*>"""
_TAGS = r"(?is)<(style|script|head|title)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>"
_ADDRESS = r"<(?:https?:|mailto:)?[^<>\s]*>|https?://\S+"
_MARKDOWN = (
    # Each way begins with a character of its own, so that a text is searched for these characters only.
    r"\\|<[a-zA-Z/!]|\](?:\([^()\n]*[ \t]|:)|!\[\]|__"
    r"|\n(?: {4}|\t| {0,3}(?:[#+*>~=`-]|\d+[.)]))|\n(?<=[^\s.,;:!?\\]\n)\S"
)
_MARKUP_SIGNS = "*_~[<&"
_WORD = r"[^\W\d_]{3,}"
_HOST = r"(?i)(?:https?://)?(?:[^\s/@]+@)?((?:[\w-]+\.)+[^\W\d_]{2,24})(?::\d+)?(?:[/?#]\S*)?"
_FILE_ENDINGS = frozenset(
    "md py rs sh pl js ts cc pdf doc docx txt html htm csv zip png jpg svg json xml yml io.js net".split()  # noqa: SIM905
)
_APART = 0.1
# In place of a value, and where a value can neither begin nor end a tag.
_VALUE = "x.x"
# Of values, which may be a host.
_LOCAL_VALUES = ("localhost", "127.", "192.168.", "10.", "172.", "file:", ".local", "http")
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
        frame = _frame(case.rendered.html)
        if _may_mislead(case.rendered.html, frame):
            yield from _links(case, case.rendered.html)
        if _may_lead_nowhere(case.rendered.html, frame):
            yield from _nowhere(case, case.rendered.html)
        if _may_be_swallowed(case, case.rendered.html):
            from mailer.checks import swallowed

            yield from swallowed.check(case)


def _may_be_swallowed(case: Case, page: str) -> bool:
    """Tell whether anything in the letter's own Markdown, or in a value, may be markup or be taken for it."""
    if case.rendered.flowed and _may_be_taken(case.rendered.prose):
        return True
    return isinstance(page, Valued) and any(map("".join(page.values.texts).__contains__, _MARKUP_SIGNS))


@lru_cache(maxsize=64)
def _may_be_taken(prose: str) -> bool:
    return pattern(_MARKDOWN).search(f"\n{prose}") is not None


def _disagree(text: str, page: str) -> bool:
    words = pattern(_WORD).findall
    told = pattern(_ALT).sub(r" \1 ", page) if "<img " in page else page
    shown = set(words(_unescaped(pattern(_TAGS).sub(" ", told))))
    said = set(words(pattern(_ADDRESS).sub(" ", text)))
    apart = (shown ^ said) - set(words(text)) & shown
    return len(apart) > _APART * max(len(shown | said), 10)


def _may_mislead(page: str, frame: tuple[str, ...]) -> bool:
    """Tell whether the text of a link may name a host, once for pages that differ in their values only."""
    return _has_naming_link(frame) if frame else "<a" in page or "<A" in page


def _frame(page: str) -> tuple[str, ...]:
    """Return what is left of a page without its values; () where a value may begin or end a tag."""
    if isinstance(page, Valued) and _ESCAPED.issuperset([slot.context for slot in page.slots]):
        return page.frame
    return ()


@lru_cache(maxsize=64)
def _has_naming_link(frame: tuple[str, ...]) -> bool:
    page = _VALUE.join(frame)
    return ("<a" in page or "<A" in page) and any("." in label for label, _ in _all_links(page))


def _all_links(page: str) -> Sequence[tuple[str, str]]:
    from mailer.checks.targets import links

    return links(page)


def _may_lead_nowhere(page: str, frame: tuple[str, ...]) -> bool:
    """Tell whether a target may not be reached, once for pages that differ in their values only."""
    if not frame:
        return _leads(page)
    local = isinstance(page, Valued) and any(map("".join(page.values.texts).lower().__contains__, _LOCAL_VALUES))
    return _has_unreachable(frame) or (local and _leads(page))


def _leads(page: str) -> bool:
    lowered = page.lower()
    if any(map(lowered.__contains__, _IN_STYLES)):
        return True
    # From one equals sign to the next: a regular expression that begins with any of the names tries each character.
    before, *values = lowered.split("=")
    for value in values:
        if before.rstrip().endswith(_LEADING) and not pattern(_FAR).match(value):
            return True
        before = value
    return False


@lru_cache(maxsize=64)
def _has_unreachable(frame: tuple[str, ...]) -> bool:
    page = _VALUE.join(frame)
    if not _leads(page):
        return False
    from mailer.checks.targets import unreachable

    return any(True for _ in unreachable(page))


def _nowhere(case: Case, page: str) -> Iterator[Problem]:
    from mailer.checks.targets import unreachable

    told: set[str] = set()
    for target, verdict in unreachable(page):
        if verdict.said not in told:
            told.add(verdict.said)
            yield case.as_typed("format", verdict.level, target, verdict.said, verdict.hint)


def _links(case: Case, page: str) -> Iterator[Problem]:
    for label, target in _all_links(page):
        if "." not in label:
            continue
        named = _host(label)
        leads = _target_host(target) if named else ""
        if named and leads and not _is_one(named, leads) and label not in map(str.strip, case.rendered.fields.values()):
            said = f"the link says {label} and leads to {leads}"
            yield _problem(case, label, said)


def _unescaped(text: str) -> str:
    if "&" not in text:
        return text
    from html import unescape

    return unescape(text)


def _host(label: str) -> str:
    """Return the host that a link's text names, or ""; a file's name is none."""
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
    """Tell whether one host is the other, or a part of its domain."""
    one, other = _ascii(named), _ascii(leads)
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _ascii(host: str) -> str:
    from mailer.errors import BadData
    from mailer.message.domain import to_ascii

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
