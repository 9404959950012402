"""Find the marks that mail-merge and marketing programs write for a field, where nothing filled them in.

``{FirstName|fallback=there}``, ``{contactfield=x}`` (Mautic), ``%recipient.name%`` (Mailgun), ``%%name%%``
(Salesforce), ``{!Contact.Name}``, ``*|FNAME|*`` (Mailchimp), ``[[first]]``, ``[firstname,fallback=]`` (Campaign
Monitor), ``$[FNAME]$`` (Zoho), ``#name#`` (Flexmail), ``~~NAME~~``, ``-firstName-`` (SendGrid), ``«First_Name»`` and
``{ MERGEFIELD x }`` (Word), ``<%= name %>``, ``@name@``, ``((name))``, ``!name!``, ``{$name}``, ``{Hi|Hello}``; behind
a greeting also ``{0}``, ``%s``, ``null`` and "First name".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from mailer.checks.text import listed, pattern, plain, word_set

HEAD = 400
_WORD = r"[^\W\d_]\w{1,40}"
# By the sign that each begins with, so that a text is searched for the signs that it has.
_CERTAIN = {
    "*|": r"\*\|[\w:.,= +-]{1,60}\|\*",
    "{": (
        r"\{!\$?\w[\w.$ ]{0,60}\}|\{\$[A-Za-z][\w.>\[\]'\"-]{0,60}\}|\{ ?MERGEFIELD\b[^{}\n]{0,80}\}"
        r"|\{(?:contact|owner|lead|company|user|subscriber|recipient)field=[^{}\n]{0,60}\}|[@#]\{[^{}\n]{1,60}\}"
    ),
    "%": (
        r"%%(?<!\d%%)(?=[A-Za-z=!])[^%\n]{1,60}%%|%[A-Za-z]\w{0,30}(?:\.\w{1,30})+%(?![0-9A-Fa-f]{2})"
        r"|%\([A-Za-z]\w{0,30}\)[sdf]|<%[=-]?[^%\n]{1,80}%>|\[%[^%\n]{1,60}%\]"
        r"|%(?<![\w%\"'“„«(]%)(?<!\d %)(?:\d\$)?[sd@](?![\w'’\"”»)])"
    ),
    "<?": r"<\?(?:=|php\b)[^\n?]{0,80}\?>",
    "$[": r"\$\[[^\[\]\n]{1,60}\]\$?",
    "@Model.": r"@Model\.\w{1,40}",
}
_FRAMED = {
    "[": r"\[\[[^\[\]\n]{2,60}\]\](?!\()|\[(?<!\[\[)[^\[\]\n]{2,80}\](?![\](\d])",
    "{": r"\{(?<!\{\{)[^{}\n]{2,80}\}(?!\})",
    "%": rf"%{_WORD}%(?![0-9A-Fa-f]{{2}})",
    "«": rf"«{_WORD}»",
    "<<": r"<<[A-Za-z][\w .-]{1,40}>>",
    "$": rf"\$(?<![\w$\\]\$)\$?{_WORD}\$?\$?(?![\w$])",
    "#": rf"#(?<![\w#&/]#)#?{_WORD}##?(?![\w#])",
    "~": r"~(?<![\w~]~)~?[^\W\d_][\w.]{1,40}~~?(?!\w)",
    "@@": rf"@@{_WORD}@@(?!\w)",
    "@": rf"@(?<![\w.@+-]@){_WORD}@(?![\w@.-])",
    "((": r"\(\((?=\w)[^()\n]{2,40}\)\)",
    "!": rf"!(?<![\w!]!){_WORD}!(?![\w!=])",
}
_FALLBACK = r"(?i)\||,\s*(?:fallback|default)\b|:-|:\s*['\"]|\s+or\s+['\"]|\s(?:fallback|default)\s*[=:]"
_SAID_FALLBACK = r"(?i)\b(?:fallback|default)\s*[=:]|\|\s?default\b"
_OWNER = (
    r"(?i)[!=$@#&*+-]?(?:contact|recipient|lead|user|subscriber|customer|person|member|profile|account|company|sender"
    r"|merge|custom|fields?|subtag|candidate|client|receiver)s?[.:=/_]"
)
_TAIL = r"(?i)_?(?:fix|fallback)$"
_CAMEL = r"(?<=[a-zäöüéèñ])(?=[A-Z])"
_NOTHING = (
    r"null|undefined|none|nan|nil|n/a|#n/a|\(null\)|_{2,}|\.{3,}|…|\?{2,}|\{\d{1,2}\}|-\w{2,40}-"
    r"|(?:your |their )?(?:first|last|full|given|family) ?name|(?:f|l)name|name|surname|vorname|nachname|prénom"
    r"|nom|nombre|apellidos?"
)
_PLACED = (
    r"(?i)\b(?:at|bei|chez|mr|mrs|ms|dr|herrn?|frau|position|role|stelle|poste|puesto)\.?(?: of| as| als| de| der)?"
    r"[ \t]+(\{\d{1,2}\})"
)
_PARTS = ("first", "last", "fname", "lname", "vorname", "nachname", "prénom", "nombre")


def greeted(text: str) -> Iterator[tuple[int, int]]:
    """Find a greeting in which a name failed: "Dear null,"."""
    nobody = _nobody().search(text, 0, HEAD)
    if nobody:
        yield nobody.span(1)


def found(text: str, names_a_field: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    """Find such marks; ``names_a_field`` tells words for what is filled in from others."""
    for sign, way in _CERTAIN.items():
        for match in pattern(way).finditer(text) if sign in text else ():
            yield match.span()
    for sign, way in _FRAMED.items():
        for match in pattern(way).finditer(text) if sign in text else ():
            if _is_mark(match[0], names_a_field):
                yield match.span()
    if "{" in text:
        for match in pattern(_PLACED).finditer(text):
            yield match.span(1)


def _is_mark(mark: str, names_a_field: Callable[[str], bool]) -> bool:
    inside = mark.strip("[]{}«»<>$#~@%()! ")
    cut = pattern(_FALLBACK).search(inside)
    if cut and pattern(_SAID_FALLBACK).search(inside):
        return pattern(r"[^\W\d_][\w .:=-]*").fullmatch(inside[: cut.start()]) is not None
    if cut and (_is_choice(inside) or inside[cut.start() - 1 : cut.start()].isspace()):
        return _is_choice(inside)
    name = inside[: cut.start()] if cut else inside
    owner = pattern(_OWNER).match(name)
    bare = pattern(_TAIL).sub("", name[owner.end() :] if owner else name)
    words = pattern(_CAMEL).sub(" ", bare).replace("_", " ").strip()
    if names_a_field(words) or words.lower() in _PARTS:
        return bool(cut or owner) or not mark.startswith(("[", "{", "«", "%")) or mark.startswith("[[")
    return mark.startswith("«") and "_" in mark


def _is_choice(inside: str) -> bool:
    """Whether it is a choice of words, one of them a greeting: "{Hi|Hello|Hey}"."""
    ways = [plain(way).strip() for way in inside.split("|")]
    return len(ways) > 1 and not _greetings().isdisjoint(ways)


@cache
def _greetings() -> frozenset[str]:
    names = ("need a name", "stand alone", "closings")
    return frozenset(plain(line) for name in names for line in listed("greetings")[name])


@cache
def _nobody() -> re.Pattern[str]:
    """A line that greets what stands where a name failed: "Dear null,", "Hello First Name,", "Sehr geehrte Frau __"."""
    openings = "|".join(
        re.escape(line) for name in ("need a name", "stand alone") for line in listed("greetings")[name]
    )
    titles = "|".join(re.escape(word) for word in sorted(word_set("greetings", "titles before a name")))
    return re.compile(rf"(?im)^[ \t]*(?:{openings})[ \t]+(?:(?:{titles})\.?[ \t]+)*({_NOTHING})[ \t]*[,:!]$")
