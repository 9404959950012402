"""What would go out, for eyes: the view in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from mailer.characters import printable
from mailer.message.address import Mailbox, format_mailbox
from mailer.message.flowed import wrapped
from mailer.message.rendered import Rendered

_INBOX = 70


def terminal(rendered: Rendered, size: int) -> Iterator[str]:
    """The terminal view: addresses, subject, attachments, the inbox line, the text.  ``size`` in octets."""
    rows = [("From", format_shown(rendered.sender))]
    for name, boxes in (
        ("To", rendered.to),
        ("Cc", rendered.cc),
        ("Bcc", rendered.bcc),
        ("Reply-To", rendered.reply_to),
    ):
        rows += [(name if not at else "", format_shown(box)) for at, box in enumerate(boxes)]
    rows.append(("Subject", rendered.subject or "(none)"))
    if rendered.thread:
        rows.append(("Answers", rendered.thread.in_reply_to))
    for at, item in enumerate(rendered.attachments):
        rows.append(("" if at else "Attach", f"{item.filename} ({item.media_type}, {human_size(item.size)})"))
    rows.append(("Inbox", inbox_line(rendered)))
    rows.append(("Size", human_size(size)))
    for name, value in rows:
        yield f"{name + ':' if name else '':<10}{printable(value)}"
    yield ""
    words = printable(shown_text(rendered)).rstrip("\n")
    yield from (line.rstrip() for line in (wrapped(words) if rendered.flowed else words).split("\n"))


def format_shown(box: Mailbox) -> str:
    """A mailbox as people read it; an international domain also as its letters (RFC 5890 U-labels)."""
    shown = format_mailbox(box)
    return shown if box.unicode_domain == box.domain else f"{shown} ({box.unicode_domain})"


def inbox_line(rendered: Rendered) -> str:
    """What a list of mails on a telephone shows: who, subject, first words."""
    words = " ".join(shown_text(rendered).split())
    who = rendered.sender.display_name or rendered.sender.addr_spec
    line = f"{who} | {rendered.subject} | {words}"
    return line if len(line) <= _INBOX else line[: _INBOX - 1].rstrip() + "…"


def shown_text(rendered: Rendered) -> str:
    """The text part; of a letter that has none, the words of its HTML."""
    if rendered.text is not None:
        return rendered.text
    from mailer.message.html_text import words_of

    return words_of(rendered.html or "")


def human_size(octets: int) -> str:
    """``182 kB``: as mail programs show sizes."""
    if octets < 1000:
        return f"{octets} B"
    return f"{octets / 1000:.0f} kB" if octets < 1_000_000 else f"{octets / 1_000_000:.1f} MB"
