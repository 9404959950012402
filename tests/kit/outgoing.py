"""Letters to submit, without the composer."""

from __future__ import annotations

from mailer.message.compose import Envelope
from mailer.transport.values import Outgoing

CONTENT = b"Subject: hello\r\n\r\nGood morning.\r\n"


def make_letter(name="1", to=("dana@acme.example",), content=CONTENT, sender="me@home.example"):
    return Outgoing(str(name), Envelope(sender, tuple(to)), content)


def make_letters(count, **kinds):
    return [make_letter(n, to=(f"r{n}@acme.example",), **kinds) for n in range(1, count + 1)]
