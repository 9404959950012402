"""The letter file: header lines, a blank line, prose; every header with its line number.

The form in which mutt, git and mailmerge let people edit mail (RFC 5322 2.2 without its restrictions on
characters).  Nothing here knows what a header means beyond whether it may stand in a letter at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from mailer.characters import bad_in_body, bad_in_header, bad_in_value
from mailer.errors import BadData
from mailer.files import decode, read_bytes
from mailer.tuples import NamedTuple

MAIL_HEADERS = {
    "from": "From",
    "to": "To",
    "cc": "Cc",
    "bcc": "Bcc",
    "reply_to": "Reply-To",
    "subject": "Subject",
    "attach": "Attach",
    "attachment": "Attachment",
    "in_reply_to": "In-Reply-To",
    "references": "References",
    "content_type": "Content-Type",
}
ABOUT_HEADERS = {
    "template": "Template",
    "language": "Language",
    "greeting": "Greeting",
    "known_as": "Known-As",
    "refused_on": "Refused-On",
    "time_zone": "Time-Zone",
    "country": "Country",
    "plan": "Plan",
    "step": "Step",
}
RESERVED = frozenset({"prose", "to", "from", "greeting"})
NAMED = MAIL_HEADERS | ABOUT_HEADERS

_REPEATABLE = frozenset({"attach", "attachment", "known_as"})
_NEVER_EMPTY = {"from", "to", "cc", "bcc", "reply_to", "attach", "attachment", "in_reply_to", "references"} | {
    "content_type",
    "template",
}
_UNSUPPORTED = r"(x|list|resent|content)_.+|sender|date|message_id|received|return_path|dkim_signature|mime_version"
_STANDARD = frozenset(
    """
    apparently_to authentication_results auto_submitted autocrypt comments delivered_to disposition_notification_to
    encrypted errors_to expires followup_to importance keywords mail_followup_to mail_reply_to newsgroups organization
    precedence priority reply_by return_receipt_to sensitivity thread_index thread_topic user_agent
    """.split()  # noqa: SIM905
)
_WHITE = " \t"
_SCISSORS = "-- >8 --"


class Header(NamedTuple):
    """One header: ``name`` as code says it (``reply_to``), ``spelled`` as typed.

    ``lines`` are those of the folded value, ``value`` is it unfolded (RFC 5322 2.2.3).
    """

    name: str
    spelled: str
    lines: tuple[str, ...]
    line: int
    value: str

    def error(self, file: str, text: str, hint: str) -> BadData:
        """The error for this header of a file."""
        return BadData(text, hint=hint, file=file, line=self.line, field=self.spelled)


class Letter(NamedTuple):
    """A letter as read: ``path`` is None for standard input; ``prose_line`` is the line where the prose begins."""

    path: Path | None
    headers: tuple[Header, ...]
    prose: str
    prose_line: int

    @property
    def file(self) -> str:
        """What errors call the letter."""
        return str(self.path) if self.path else "standard input"

    @property
    def folder(self) -> Path:
        """What relative paths in the letter are relative to."""
        return self.path.parent if self.path else Path()

    def get(self, name: str) -> Header | None:
        """The first header of that name."""
        return next((header for header in self.headers if header.name == name), None)

    def all(self, *names: str) -> list[Header]:
        """Every header of one of these names, in order."""
        return [header for header in self.headers if header.name in names]

    @property
    def template(self) -> str:
        """The template's name, or "" for a letter that stands alone."""
        header = self.get("template")
        return header.value if header else ""


def spelled(name: str) -> str:
    """A field's name as headers are spelled: ``Reply-To`` for ``reply_to``."""
    return "-".join(part.capitalize() for part in name.split("_"))


def canonical(name: str) -> str:
    """``Reply-To``, ``reply to`` and ``reply_to`` are one name: ``reply_to``."""
    return "".join("_" if letter == "-" or letter.isspace() else letter for letter in name.strip()).lower()


def read_letter(path: Path) -> Letter:
    """The letter in that file.  Raises Unreadable or BadData."""
    return parse_letter(decode(read_bytes(path, "the letter"), str(path)), path)


def parse_letter(text: str, path: Path | None) -> Letter:
    """Headers and prose of a letter's text.  Raises BadData with file, line and field."""
    file = str(path) if path else "standard input"
    headers, prose, prose_line = split(text, file)
    templated = any(header.name == "template" for header in headers)
    letter = Letter(path, tuple(_supported(headers, file, templated)), prose, prose_line)
    if not letter.headers:
        raise BadData(
            "the letter has no headers",
            hint="Begin with lines such as 'Template: runner-up' and 'To: Name <address>', then a blank line.",
            file=file,
            line=1,
        )
    return letter


def split(text: str, file: str, repeatable: frozenset[str] = _REPEATABLE) -> tuple[list[Header], str, int]:
    """Headers, body and the body's first line of a text in this form; line ends become LF.

    ``repeatable``: the headers that may be given more than once.

    Raises BadData for a line that is no header, a header given twice, and characters that may not stand there.
    """
    cut = re.search(rf"^{_SCISSORS}[ \t]*\r?$", text, re.MULTILINE) if _SCISSORS in text else None
    text = text[: cut.start()] if cut else text
    words, place = bad_in_body(text)
    if words:
        line = text.count("\n", 0, place) + 1
        raise BadData(f"line {line} holds {words}", hint="Remove it.", file=file, line=line)
    lines = text.replace("\r\n", "\n").split("\n")
    headers, at = _read_headers(lines, file)
    _refuse_duplicates(headers, file, repeatable)
    return headers, "\n".join(lines[at:]), at + 1


def _read_headers(lines: list[str], file: str) -> tuple[list[Header], int]:
    at = next((number for number, line in enumerate(lines) if not _blank(line)), len(lines))
    fenced = at < len(lines) and lines[at].rstrip() == "---"
    at += fenced
    headers: list[Header] = []
    while at < len(lines):
        line = lines[at]
        if fenced and line.rstrip() == "---":
            after = at + 1
            return headers, after + (after < len(lines) and _blank(lines[after]))
        if _blank(line):
            if not fenced:
                return headers, at + 1
        elif line[0] in " \t":
            _continue(headers, line, at + 1, file)
        else:
            headers.append(_header(line, at + 1, file))
        at += 1
    if fenced:
        raise BadData("the line '---' after the headers is missing", hint="Add it.", file=file, line=at)
    return headers, at


def _blank(line: str) -> bool:
    return not line.strip(_WHITE)


def _header(line: str, number: int, file: str) -> Header:
    spelled, colon, value = line.partition(":")
    spelled, value = spelled.rstrip(_WHITE), value.strip(_WHITE)
    if line.startswith(("{%", "{#", "{{")):
        raise _jinja_block(line, number, file)
    if not (colon and _can_be_name(spelled)):
        raise BadData(
            f"line {number} is neither a header ('Name: value') nor blank",
            hint="Headers come first, then a blank line, then the prose.",
            file=file,
            line=number,
        )
    name = canonical(spelled)
    bad = "" if value.isprintable() else (bad_in_header if name in MAIL_HEADERS else bad_in_value)(value)
    if bad:
        raise BadData(f"{spelled} holds {bad}", hint="Remove it.", file=file, line=number, field=spelled)
    return Header(name, spelled, (value,), number, value)


def _jinja_block(line: str, number: int, file: str) -> BadData:
    """The error for a line of Jinja where a header should be."""
    found = re.match(r"\{%[-+]?\s*(\w+)", line)
    word = found[1] if found else ""
    if word in ("include", "extends", "import", "from"):
        text, hint = f"{{% {word} %}} is not supported: a letter is one file", "Write its text into the letter itself."
    elif word in ("if", "elif", "else", "endif"):
        text = f"line {number} holds a Jinja block among the headers"
        hint = "Write the condition into the value: 'Cc: {% if cc %}{{ cc }}{% endif %}' is left out where it is empty."
    else:
        text = f"line {number} holds Jinja among the headers"
        hint = "Write it below the blank line, or into the value of a header."
    return BadData(text, hint=hint, file=file, line=number)


def _can_be_name(text: str) -> bool:
    """Words of letters, digits, ``_`` and ``-``; a letter comes first."""
    if not text[:1].isalnum() or text[0].isdecimal():
        return False
    return text[-1] not in " -" and all(letter.isalnum() or letter in "_ -" for letter in text)


def _continue(headers: list[Header], line: str, number: int, file: str) -> None:
    if not headers:
        raise BadData(
            f"line {number} begins with white space but follows no header",
            hint="Begin the line with a header's name.",
            file=file,
            line=number,
        )
    last = headers[-1]
    more = _header(f"{last.spelled}: {line.strip(_WHITE)}", number, file)
    lines = (*last.lines, *more.lines)
    headers[-1] = last._replace(lines=lines, value=" ".join(filter(None, lines)))


def _refuse_duplicates(headers: Iterable[Header], file: str, repeatable: frozenset[str]) -> None:
    seen: dict[str, int] = {}
    for header in headers:
        if header.name in seen and header.name not in repeatable:
            text = f"{header.spelled} is given twice, in lines {seen[header.name]} and {header.line}"
            raise header.error(file, text, "Keep one of them.")
        seen[header.name] = header.line


def _supported(headers: Iterable[Header], file: str, templated: bool) -> Iterator[Header]:
    for header in headers:
        if header.name == "mime_version" and header.value == "1.0":
            continue
        if header.name == "prose":
            text = "Prose is the text below the headers, not a header"
            raise header.error(file, text, "Write it after the blank line.")
        if not templated and is_unsupported(header.name):
            raise unsupported(header, file)
        if header.name in _NEVER_EMPTY and not header.value:
            raise header.error(file, f"{header.spelled} is empty", "Write a value, or remove the line.")
        yield header


def is_unsupported(name: str) -> bool:
    """Whether a header of that name is refused, but as a field of a template."""
    return name not in NAMED and bool(re.fullmatch(_UNSUPPORTED, name))


def is_standard(name: str) -> bool:
    """Whether mail programs know a header of that name, so that dropping it in silence would be wrong."""
    return name in _STANDARD


def unsupported(header: Header, file: str) -> BadData:
    """The error for a header that is refused by name."""
    hint = "Remove it: mailer writes such headers itself or does without."
    return header.error(file, f"the header {header.spelled} is not supported", hint)
