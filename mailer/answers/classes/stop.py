"""People who ask not to be written to again."""

from __future__ import annotations

import re

from mailer.answers import authentication
from mailer.answers.folding import Sentence, folded, sentences
from mailer.answers.mail import Mail
from mailer.answers.phrases.lists import LANGUAGES, languages_of, pattern
from mailer.answers.signs import sign
from mailer.answers.thread import About, about, is_recipient, letters_of, verdict
from mailer.answers.values import Known, Origin, Verdict
from mailer.answers.writer import written

_FEW_WORDS = 12
_QUOTED = re.compile(r"\"[^\"]{1,200}\"|[„“«「『‚‘][^”“»」』’]{1,200}[”“»」』’]")
# What is only thought of, asked about or told of somebody else, in the same clause.
_CONDITION = re.compile(
    r"(?<!\w)(?:if(?! (?:possible|you (?:do not|don't|did not|didn't|would|could|can|please|stopped)\b(?! write| stop)))|unless|in case|why|hope"
    r"|rather than|whenever|wenn(?! (?:moglich|es))|falls|warum|hoffe|ohne dass|si(?! possible)|pourquoi|espere que"
    r"|sans que|por que|perche|se(?! possibil)|als(?! het)|waarom|om(?! mojligt)|hvis(?! mulig)|jesli(?! mozna)|gdyby"
    r"|dlaczego|afraid|sorry that)(?!\w)[^,;:]*$"
)
_POLITE = re.compile(r"(?:it |you |grateful |happier |glad |better )if you(?: would| could| did)?(?!\w)")
_TOLD = re.compile(
    r"(?<!\w)(?:(?:told|asked|advised) (?!you\b)|(?:you|sie|vous|people|others|everybody|somebody|he|she|they) "
    r"(?:wrote|said|say|offered|schrieben|sagen|ecriviez|avez ecrit))(?:[^.!?]*)$"
)


def rule(mail: Mail, known: Known, origin: Origin) -> list[Verdict]:
    """Somebody asks in their own words not to be written to again.

    Looked for only in what they wrote themselves: quotations, the user's sent words and a signature do not count, and
    where nothing else is left, words decide nothing.  *Not interested*, *the position is filled* and *write to me at
    another address* are answers, and so is what is denied or only thought of (*please don't stop writing*).  In our
    thread, or vouched for by the account's own server (DMARC), it acts at once; else it is ``likely`` and only asks.
    """
    found = about(mail, known)
    if not _has_been_written_to(mail, known, found):
        return []
    own = written(mail, letters_of(mail, known, found))
    said = request(own.words)
    if not said or sign(mail, own.text):
        return []
    is_known = found.is_theirs or is_recipient(mail.sender[1], found.letter)
    is_sure = (found.is_in_thread and is_known) or bool(authentication.passed(mail, known, origin))
    return [verdict("stop", mail, found, said.text, own.words, "sure" if is_sure else "likely")]


def _has_been_written_to(mail: Mail, known: Known, found: About) -> bool:
    """Anybody whom a letter reached may say so, also as Cc."""
    address = mail.sender[1]
    if not address or known.is_own(address):
        return False
    return bool(found.someone) or bool(known.last_letter_to(address, mail.date))


def request(words: str) -> Sentence | None:
    """The sentence that asks for it."""
    bare = _QUOTED.sub(" ", words)
    told = sentences(bare if re.search(r"\w{2}", bare) else words)
    plain = folded(words)
    languages = LANGUAGES if len(plain.split()) <= _FEW_WORDS else tuple(dict.fromkeys((*languages_of(plain), "en")))
    for at, one in enumerate(told):
        match = pattern("stop", languages).search(one.plain)
        if match and not _is_told(one.plain[: match.start()]) and not _is_taken_back(told[at : at + 2], languages):
            return one
    return None


def _is_told(before: str) -> bool:
    before = _POLITE.sub("", before)
    return bool(_CONDITION.search(before) or _TOLD.search(before))


def _is_taken_back(said: list[Sentence], languages: tuple[str, ...]) -> bool:
    """Whether the sentence, or the next one, asks for the contrary, or names another way to write."""
    return any(pattern("welcome", languages).search(one.plain) for one in said)
