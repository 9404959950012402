"""The mail that somebody put into the text of another: from whom it was, and its subject.

Mail programs write its headers as lines, in the language of the person who forwards it::

    ---------- Forwarded message ---------        -----Ursprüngliche Nachricht-----
    From: Dana Ruiz <dana@acme.example>           Von: Dana Ruiz [mailto:dana@acme.example]
    Subject: Your application                     Betreff: Your application
"""

from __future__ import annotations

import re

# From and Subject as mail programs translate them.
_FROM = "from|von|de|da|van|från|fra|od|lähettäjä|feladó|kimden|от|від|από|发件人|寄件者|差出人|보낸 사람"
_SUBJECT = (
    "subject|betreff|objet|asunto|oggetto|assunto|onderwerp|ämne|emne|temat|předmět|aihe|tárgy|konu|тема|θέμα"
    "|主题|主旨|件名|제목"
)
_OTHERS = (
    "to|an|à|a|para|aan|till|til|do|komu|vastaanottaja|címzett|kime|кому|προς|收件人|宛先|받는 사람"
    "|date|sent|datum|gesendet|envoyé|fecha|enviado|data|inviato|verzonden|skickat|dato|sendt|wysłano|päivämäärä"
    "|dátum|tarih|дата|cc|kopie|reply-to|antwort an"
)
_NAMES = rf"(?:(?P<sender>{_FROM})|(?P<subject>{_SUBJECT})|(?P<other>{_OTHERS}))"
_LINE = rf"(?i)[>\s*]{{0,20}}{_NAMES}\s?\*?\s?[:：]\*?(?P<value>.*)"
_ADDRESS = r"""[^\s<>\[\]()"',;:]{1,64}@[^\s<>\[\]()"',;:]{1,253}"""
_LINES = 5_000
_LONGEST = 1_000
_BLOCK = 8


def forwarded(text: str) -> tuple[str, str, str]:
    """Name, address and subject of the first mail within the text, "" for what is not said."""
    lines = [line[:_LONGEST] for line in text.split("\n", _LINES)[:_LINES]]
    for at, line in enumerate(lines):
        found = re.match(_LINE, line) if "@" in line else None
        if found and found["sender"] and (address := re.search(_ADDRESS, found["value"])):
            around = _headers(lines, at)
            if len(around) > 1:
                name = re.split(r"[<\[(]|" + re.escape(address[0]), found["value"], maxsplit=1)[0]
                return name.strip(" \t*\"'"), address[0], around.get("subject", "")
    return "", "", ""


def _headers(lines: list[str], at: int) -> dict[str, str]:
    """The header lines around one: its neighbours on both sides up to a line that is none."""
    found: dict[str, str] = {}
    for run in (reversed(lines[max(at - _BLOCK, 0) : at + 1]), lines[at + 1 : at + _BLOCK]):
        for line in run:
            match = re.match(_LINE, line)
            if not match:
                break
            found.setdefault(_kind(match), match["value"].strip(" \t*"))
    return found


def _kind(match: re.Match[str]) -> str:
    return next(kind for kind in ("sender", "subject", "other") if match[kind])
