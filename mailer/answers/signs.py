"""Signs that an answer was sent automatically, though from a person's address (RFC 3834, 5230; Exchange, Notes).

``Auto-Submitted: no`` is a person whatever else is there, and ``X-Auto-Response-Suppress`` says nothing: Outlook writes
it on what people send.
"""

from __future__ import annotations

import re
from functools import cache

from mailer.answers import machines
from mailer.answers.addresses import domain_of
from mailer.answers.folding import folded, sentences
from mailer.answers.mail import Mail
from mailer.answers.phrases.lists import LANGUAGES, pattern, spelled, table
from mailer.tuples import NamedTuple

_FIELD = re.compile(
    r"x-(?:mail-)?(?:auto-?(?:re(?:ply|spond|sponse|sponder)|generated|matic)|vacation|out-?of-?office|ooo|away)[\w-]*"
    r"|x-fc-machinegenerated|preference"
)
_SUPPRESS = "x-auto-response-suppress"
_PROGRAM = re.compile(r"auto-?(?:respon|reply|antwort)|vacation|out-?of-?office", re.IGNORECASE)
_TAGS = re.compile(
    r"(?:\[(?:ext|extern|external|externe|spam|caution)[^\[\]]{0,30}\]|\*{2,5}[^*]{1,40}\*{2,5})\s*", re.IGNORECASE
)
_EXCUSE = re.compile(
    r"\b(?:sorry|apolog\w+|ignore|disregard|entschuldig\w+|desolee?|lo siento|disculp\w*|scus\w+|dispiace|desculp\w*"
    r"|forlat|undskyld|beklager|przepraszam|excuus|excus\w+)\b"
)
_TALK = re.compile(
    r"\b(?:yes|yeah|sure|but|let us|let's|happy to|glad to|love to|ja,|aber|gern|oui"
    r"|mais|si,|pero|ma|maar|sim|mas|men|ale)\b"
)
_LONGEST_SUBJECT = 300
_GREETED = 120


class Sign(NamedTuple):
    """``because`` is the field or line.  ``is_certain``: a program wrote it there, and no person would."""

    because: str
    is_certain: bool = True
    is_vacation: bool = False


def sign(mail: Mail, text: str, subjects: tuple[str, ...] = ()) -> Sign | None:
    """What tells that a message came by itself, None if nothing does.

    ``text`` is what its sender wrote, ``subjects`` those of the user's letters that it may answer.
    """
    if machines.is_by_hand(mail):
        return None
    return _by_field(mail) or _by_subject(mail, text, subjects) or _by_words(mail, text) or _by_path(mail)


def _by_path(mail: Mail) -> Sign | None:
    return Sign("Return-Path: <>") if machines.null_path(mail) else None


def _by_field(mail: Mail) -> Sign | None:
    names = mail.fields.names()
    prefix = prefixed(mail.subject)
    if machines.submitted(mail):
        said = mail.fields.text("Auto-Submitted")
        return Sign(f"Auto-Submitted: {said}", is_vacation="vacation" in said.lower() or bool(prefix))
    for name in names:
        if (
            name != _SUPPRESS
            and _FIELD.fullmatch(name)
            and mail.fields.text(name).lower() not in ("no", "false", "0", "")
        ):
            return Sign(f"{name}: {mail.fields.text(name)}", is_vacation="vacation" in name or bool(prefix))
    if by_rule := _exchange_rule(mail):
        return Sign(by_rule, is_vacation=bool(prefix))
    program = mail.fields.text("X-Mailer") or mail.fields.text("User-Agent")
    if _PROGRAM.search(program):
        return Sign(f"X-Mailer: {program}", is_vacation="vacation" in program.lower())
    return _by_precedence(mail)


def _exchange_rule(mail: Mail) -> str:
    """The field of a rule in the sender's own mailbox; one in the user's forwards what people write."""
    source = mail.fields.text("X-MS-Exchange-Generated-Message-Source")
    loop = mail.fields.text("X-MS-Exchange-Inbox-Rules-Loop")
    if source:
        return f"X-MS-Exchange-Generated-Message-Source: {source}"
    own = domain_of(loop) == domain_of(mail.sender[1])
    return f"X-MS-Exchange-Inbox-Rules-Loop: {loop}" if loop and own else ""


def _by_precedence(mail: Mail) -> Sign | None:
    """``bulk`` is also written by firms' mail servers on what people send."""
    precedence = mail.fields.text("Precedence").lower()
    is_of_list = bool({"list-id", "list-post", "list-unsubscribe"} & set(mail.fields.names()))
    if precedence not in machines.PRECEDENCE or is_of_list:
        return None
    return Sign(f"Precedence: {precedence}", is_certain=precedence != "bulk")


def _by_subject(mail: Mail, text: str, subjects: tuple[str, ...]) -> Sign | None:
    """A program's prefix before the letter's own subject; one alone could be a person's heading, so the text counts."""
    prefix = prefixed(mail.subject)
    if not prefix:
        return None
    rest = folded(mail.subject).partition(prefix)[2].strip(" :-]】)")
    ours = any((rest and rest in folded(subject)) or (subject and folded(subject) in rest) for subject in subjects)
    because = f"Subject: {mail.subject}"
    if ours or (rest and prefix != "auto" and _automatic().match(prefix) and ":" in folded(mail.subject)):
        return Sign(because, is_vacation=True)
    return None if is_personal(mail, text) else Sign(because, is_certain=False, is_vacation=True)


def is_personal(mail: Mail, text: str) -> bool:
    """Whether it asks, takes something up, or greets the user by name, as no program does that does not know them."""
    names = {word for name, _ in mail.fields.mailboxes("To") for word in folded(name).split() if len(word) > 2}
    greeting = set(re.findall(r"\w+", folded(text[:_GREETED])))
    return bool(names & greeting) or asks(text)


def asks(text: str) -> bool:
    """Whether a text asks, or takes something up."""
    return bool(re.search(r"[?？]", text)) or bool(_TALK.search(folded(text)))


def _by_words(mail: Mail, text: str) -> Sign | None:
    """A sentence that a machine writes about itself; people mention theirs too, and excuse it."""
    found = next((one for one in sentences(text) if pattern("machine").search(one.plain)), None)
    if not found or is_personal(mail, text) or _EXCUSE.search(folded(text)):
        return None
    return Sign(found.text)


def prefixed(subject: str) -> str:
    """The words of a program that a folded subject begins with, "" if there are none."""
    plain = _TAGS.sub("", folded(subject[:_LONGEST_SUBJECT]))
    found = _prefix().match(plain)
    return found[1] if found else ""


@cache
def _prefix() -> re.Pattern[str]:
    phrases = [phrase for kind in ("subject", "absent") for phrase in _all(kind)]
    # Then a colon, the end, or a day: Out of office until 4 January.
    ends = r"(?=\s?[:\]】)!]|\s?-\s|\s*$|\s(?:until|bis|jusqu|hasta|fino|tot|t/m|ate|till|til|do|from|vom|re:))"
    return re.compile(rf"[\s\[(【<*\"-]{{0,4}}({'|'.join(f'(?:{spelled(phrase)})' for phrase in phrases)}){ends}")


@cache
def _automatic() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{spelled(phrase)})" for phrase in _all("subject")))


@cache
def _all(kind: str) -> tuple[str, ...]:
    """The phrases of all languages, the longest first, as the first that fits is taken."""
    found = [phrase for name in (*LANGUAGES, "others") for phrase in table(name)[kind]]
    return tuple(sorted(found, key=len, reverse=True))
