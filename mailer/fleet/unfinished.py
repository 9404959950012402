"""A draft with lines that its owner is to write, made where a template wants words that only they have.

It names nobody in To, Cc and Bcc (RFC 5322 3.6 wants none of them), so that no mail program sends it by a slip; whom it
is for stands at its top.  The ledger knows it by its Message-ID and its people, as every draft.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from mailer.letters import gaps
from mailer.message.address import Mailbox, format_mailbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.message.rendered import Rendered
    from mailer.sending.item import Item

# What a letter is known by; what they want to know is on the person's card.
_IDENTITY = ("company", "position")


def wants_words(item: Item) -> bool:
    """Whether examples stand in a letter for what only the owner can say."""
    return item.rendered is not None and any("‹" in text for text in _texts(item.rendered))


def lacks(rendered: Rendered) -> str:
    """What the letter is known by and does not say: ``company``, ``position``, or ""."""
    return next((name for name in _IDENTITY if "‹" in rendered.fields.get(name, "")), "")


def _texts(r: Rendered) -> Iterator[str]:
    yield from (r.subject, r.text or "", r.html or "", r.sender.display_name)
    yield from (box.display_name for box in (*r.to, *r.cc, *r.bcc))
    yield from r.fields.values()


def kept(item: Item) -> Item:
    """The letter as the ledger is to know it: its lines marked, and not blocked by them."""
    r = item.words()
    left = [one for one in item.problems if not (one.blocks and one.check == "leftover" and "‹" in one.text)]
    words = r._replace(
        sender=_named(r.sender),
        to=tuple(map(_named, r.to)),
        cc=tuple(map(_named, r.cc)),
        bcc=tuple(map(_named, r.bcc)),
        subject=gaps.marked(r.subject),
        text=r.text and gaps.marked(r.text),
        html=r.html and gaps.marked(r.html),
        # What they write in its place nobody knows.
        prose="",
        spans=(),
    )
    return item._replace(rendered=words, problems=tuple(left))


def _named(box: Mailbox) -> Mailbox:
    return box._replace(display_name="") if "‹" in box.display_name else box


def shown(r: Rendered) -> Rendered:
    """The letter as it is to lie in the folder."""
    line = gaps.to_line("; ".join(_people(r)))
    text = r.text and f"{line}\n\n{r.text}"
    return r._replace(to=(), cc=(), bcc=(), text=text, html=r.html and _at_top(r.html, line))


def _people(r: Rendered) -> Iterator[str]:
    for word, boxes in (("", r.to), ("Cc ", r.cc), ("Bcc ", r.bcc)):
        if boxes:
            yield word + ", ".join(map(format_mailbox, boxes))


def _at_top(page: str, line: str) -> str:
    """The line as the first paragraph of a page."""
    body = re.search(r"<body\b[^>]*>", page, re.IGNORECASE) or re.search(r"</head\s*>", page, re.IGNORECASE)
    at = body.end() if body else 0
    return f"{page[:at]}<p>{html.escape(line, quote=False)}</p>\n{page[at:]}"
