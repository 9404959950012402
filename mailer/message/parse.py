"""What a mail says, read by the standard library's parser: a reader that is not the writer (RFC 5322, 2045, 2047)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailer.message.flowed import unflow, wrapped
from mailer.message.preview import human_size

if TYPE_CHECKING:
    from email.message import EmailMessage

_SHOWN = ("From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To")


def arrived(content: bytes) -> Iterator[str]:
    """Lines that show headers, text and attachments with their digests."""
    from email import message_from_bytes, policy
    from hashlib import sha256

    message = message_from_bytes(content, policy=policy.default)
    for name in _SHOWN:
        if message[name] is not None:
            yield f"{name}: {str(message[name]).strip()}"
    yield ""
    yield from _words(message)
    html = message.get_body(("html",))
    if html is not None:
        yield f"[also as HTML, {human_size(len(html.get_payload(decode=True)))}]"
    for part in message.iter_attachments():
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        digest = sha256(data).hexdigest()
        yield f"[{part.get_filename()}, {part.get_content_type()}, {len(data):,} octets, SHA-256 {digest}]"


def _words(message: EmailMessage) -> Iterator[str]:
    part = message.get_body(("plain", "html"))
    if part is None:
        return
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    text = payload.decode("utf-8", "replace").replace("\r\n", "\n")
    if part.get_param("format") == "flowed":
        text = wrapped(unflow(text))
    yield from (line.rstrip() for line in text.rstrip("\n").split("\n"))
    yield ""
