"""The subject of an answer: one ``Re:`` for the prefixes that mail programs put before it (RFC 5322 3.6.5).

Only prefixes of an answer at the beginning are taken off, behind tags such as ``[EXTERNAL]`` too.  A forward stays
one (``Fwd:``), and so does a word such as ``Ref: 4711``, which is a number to quote.
"""

from __future__ import annotations

import re

# By language, as mail programs write them.
_WORDS = (
    "re|r|ré",  # English and most others; Italian, French
    "aw|antw|antwort",  # German, Dutch
    "sv|svar|vs",  # Danish, Norwegian, Swedish, Icelandic; Finnish, Estonian
    "res|resp|rép|răsp|atb",  # Portuguese, Spanish, French, Romanian, Welsh
    "odp|odg|vá|va\u0301|ynt",  # Polish, Czech, Slovak; Croatian, Slovenian; Hungarian; Turkish
    "на|отв|ответ|відп|απ|απαντ|απάντηση",  # Russian, Ukrainian, Greek
    "回复|回覆|答复|答覆|回信|返信|답장|회신|השב|תשובה|רד|رد",  # Chinese, Japanese, Korean, Hebrew, Arabic
)
_COLON = r"\s{0,2}[:：﹕︰]"
_COUNT = r"(?:\s?\[\d{1,3}\]|\s?\(\d{1,3}\)|\^\d{1,3}|\s?\*\d{1,3})?"
# Italian Rif is an answer too, but for a reference: Rif. n. 4711.
_RIF = rf"rif(?!{_COLON}\s*(?:n[.°]*\s*)?\d)"
_PREFIX = re.compile(rf"(?:(?:{'|'.join(_WORDS)}){_COUNT}|{_RIF}){_COLON}\s*", re.IGNORECASE)
_TAG = re.compile(r"\[[^\[\]]{1,40}\]\s*|\*{2,5}[^*]{1,40}\*{2,5}\s*")
# What versions up to 0.1 took off, wherever it stood first.
_FORMER = re.compile(r"\s*(?:(?:re|aw|sv|antw|ref|rif|odp|vs)(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
_FORMER_WORD = re.compile(r"(=\?[^?\s]+\?[a-zA-Z]\?[^?\s]*\?=)")
_LONGEST_FORMER = 4_000


def reply_subject(subject: str) -> str:
    """``Re: subject`` with one ``Re:``, whatever prefixes it had."""
    rest, tags, at = subject.strip(), [], 0
    while True:
        if tag := _TAG.match(rest, at):
            tags.append(tag[0])
            at = tag.end()
        elif prefix := _PREFIX.match(rest, at):
            at = prefix.end()
        else:
            return f"Re: {''.join(tags)}{rest[at:]}".strip()


def former_reply_subject(raw: bytes) -> str:
    """What earlier versions wrote as the answer's subject, by the octets of the Subject; "" if they wrote none."""
    if not raw or len(raw) > _LONGEST_FORMER:
        return ""
    from email import message_from_bytes

    from mailer.characters import fit_for_header

    try:
        subject = fit_for_header(_formerly_decoded(str(message_from_bytes(b"Subject:" + raw + b"\r\n\r\n")["Subject"])))
    except Exception:
        # They ended there too.
        return ""
    return f"Re: {_FORMER.sub('', subject, count=1)}".strip() if subject else ""


def _formerly_decoded(text: str) -> str:
    whole = _formerly_read(text)
    if whole is not None:
        return whole
    read = [""]
    for piece in _FORMER_WORD.split(text):
        if _formerly_read(piece) is None:
            read += piece, ""
        else:
            read[-1] += piece
    return " ".join(" ".join(_formerly_read(piece) or piece for piece in read).split())


def _formerly_read(text: str) -> str | None:
    from email.errors import HeaderParseError
    from email.header import decode_header, make_header

    try:
        return " ".join(str(make_header(decode_header(text))).split())
    except (HeaderParseError, LookupError, ValueError):
        return None
