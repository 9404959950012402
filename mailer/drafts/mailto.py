"""A letter as a ``mailto:`` link (RFC 6068), which every mail program opens as an editable message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from mailer.errors import BadData

if TYPE_CHECKING:
    from mailer.message.address import Mailbox
    from mailer.message.rendered import Rendered

_SAFE = "-._~!$'*@:/?"
# Browsers and mail programs cut what is longer.
LONGEST = 1_999


def mailto(rendered: Rendered, text: str) -> str:
    """Return the link: recipients, subject, thread, ``text``; it has no place for From, Reply-To and names.

    Raises BadData where the letter does not fit: it has attachments, or the link is longer than programs take.
    """
    hint = "Save it with -o FILE.eml, or with --imap."
    if rendered.attachments:
        names = ", ".join(attachment.filename for attachment in rendered.attachments)
        raise BadData(f"a mailto: link holds no attachments: {names}", hint=hint)
    query = "&".join(f"{name}={_encoded(value)}" for name, value in _parts(rendered, text) if value)
    link = f"mailto:{_listed(rendered.to)}" + (f"?{query}" if query else "")
    if len(link) > LONGEST:
        raise BadData(f"the mailto: link would have {len(link):,} characters, programs take {LONGEST:,}", hint=hint)
    return link


def _parts(rendered: Rendered, text: str) -> Iterator[tuple[str, str]]:
    yield "cc", ",".join(box.addr_spec for box in rendered.cc)
    yield "bcc", ",".join(box.addr_spec for box in rendered.bcc)
    yield "subject", rendered.subject
    yield "in-reply-to", rendered.thread.in_reply_to if rendered.thread else ""
    yield "body", text.rstrip("\n").replace("\n", "\r\n")


def _listed(boxes: Iterable[Mailbox]) -> str:
    # RFC 6068 2: a local part may not hold "?" or "&" as they are.
    return ",".join(quote(box.addr_spec, safe="@-._~!$'*+") for box in boxes)


def _encoded(value: str) -> str:
    return quote(value, safe=_SAFE)
