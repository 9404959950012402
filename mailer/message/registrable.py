"""The domain that somebody registered, of a host name: ``acme.example`` of ``mail.acme.example``.

What is registered below a country's own second level is known by a short list (``acme.co.uk``); the public suffix list
would be exact, and is out of date by the day.
"""

from __future__ import annotations

_SECOND = (
    " ac asn asso biz co com edu firm gen go gob gouv gov govt gv id ind info k12 lg ltd me mil ne net nhs nom or org"
    " plc police res sch school web "
)


def registrable(domain: str) -> str:
    """The last two labels, or three where the second one is a country's; in lower case, as A-labels where they can be.

    An address of the network or a single label is itself.
    """
    labels = _a_labels(domain.strip().rstrip(".").lower()).split(".")
    if labels[-1].isdigit() or len(labels) < 3:
        return ".".join(labels)
    is_country = len(labels[-1]) == 2 and f" {labels[-2]} " in _SECOND
    return ".".join(labels[-3:] if is_country else labels[-2:])


def _a_labels(domain: str) -> str:
    if domain.isascii():
        return domain
    from mailer.errors import BadData
    from mailer.message.domain import to_ascii

    try:
        return to_ascii(domain)
    except BadData:
        return domain
