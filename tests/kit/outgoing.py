"""Letters to submit, without the composer, and what a driver of a session does."""

from __future__ import annotations

from mailer.message.compose import Envelope
from mailer.transport.values import AboutToSend, Outgoing

CONTENT = b"Subject: hello\r\n\r\nGood morning.\r\n"


def make_letter(name="1", to=("dana@acme.example",), content=CONTENT, sender="me@home.example"):
    return Outgoing(str(name), Envelope(sender, tuple(to)), content)


def make_letters(count, **kinds):
    return [make_letter(n, to=(f"r{n}@acme.example",), **kinds) for n in range(1, count + 1)]


def submit(session, letters, about_to_send):
    """Pull letters while there is room, tell of those whose content goes next, give the outcomes."""
    source = iter(letters)
    while True:
        while session.room and (letter := next(source, None)):
            session.add(letter)
        event = session.next_event()
        if event is None:
            return
        if isinstance(event, AboutToSend):
            about_to_send(event.ids)
            session.go_ahead()
        else:
            yield event
