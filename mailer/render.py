"""A letter, its template and a row of values become finished words: ``Letter`` + ``Template`` + row → ``Rendered``.

``compile_letter`` does once what is the same for every row; ``Program.render`` does the rest.  Values are text and
nothing else: they reach the words through marks (``slots``), after Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mailer import htmlbody
from mailer import language as words
from mailer.address import Mailbox, fold_doubles, parse_list
from mailer.attachments import Attachment, Attachments
from mailer.characters import bad_in_header
from mailer.errors import BadData, BadSettings, MailerError
from mailer.fields import Given, address_text, check_sets, known_header
from mailer.letter import ABOUT_HEADERS, MAIL_HEADERS, NAMED, RESERVED, Header, Letter, is_standard, unsupported
from mailer.markdown import convert, page
from mailer.people import People
from mailer.rendered import Rendered, Span, Thread
from mailer.slots import Marks, Piece, Print, fill_spans
from mailer.threads import Seen, message_ids, read_eml, reply_subject

if TYPE_CHECKING:
    from mailer.batch import Row
    from mailer.sandbox import Sandbox, Skeleton
    from mailer.template import Template

PLAIN, MARKDOWN, HTML = "text/plain", "text/markdown", "text/html"
_SHAPES = {
    "language": (re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*"), "a language such as en or de-AT"),
    "country": (re.compile(r"[A-Za-z]{2}(-[A-Za-z0-9]{1,3})?"), "a country such as DE or DE-BY"),
}
_KEPT = 64


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a letter takes from outside itself: the settings' From, signature and language, and the working folder."""

    sender: Mailbox | None = None
    signature: str = ""
    language: str = ""
    cwd: Path = field(default_factory=Path)


class _Text(Protocol):
    def render(self, values: Mapping[str, Any]) -> Skeleton: ...


@dataclass(frozen=True, slots=True)
class _Literal:
    text: str

    def render(self, _values: Mapping[str, Any]) -> Skeleton:
        return self.text, []  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class _Line:
    """One header value of the letter, ready to render."""

    header: Header
    text: _Text


def compile_letter(
    letter: Letter, template: Template | None, sets: Mapping[str, str], defaults: Defaults, *, avoid: str = ""
) -> Program:
    """A letter with its template, ready for rows.  Raises BadData.  ``avoid``: more text that marks must not be in."""
    sources = [letter.prose, avoid, *(line for header in letter.headers for line in header.lines)]
    if template:
        sources += [template.body, template.subject.value]
    return _Compiler(letter, template, sets, defaults, Marks(*sources)).program()


class _Compiler:
    def __init__(
        self, letter: Letter, template: Template | None, sets: Mapping[str, str], defaults: Defaults, marks: Marks
    ) -> None:
        self.letter, self.template, self.sets, self.defaults, self.marks = letter, template, sets, defaults, marks
        self.sandbox: Sandbox | None = None
        self.asked: set[str] = set()

    def program(self) -> Program:
        letter, template = self.letter, self.template
        kind = MARKDOWN if template else _content_type(letter)
        if template:
            self._check_against(template)
            subject: _Text = self._source(template.subject.value, template.file, template.subject.line, "Subject")
            body = self._source(template.body, template.file, template.body_line, None)
            headers = {name: [_Line(h, _Literal(line)) for h, line in self._lines(name)] for name in MAIL_HEADERS}
        else:
            subject = _Literal("")
            body = self._source(letter.prose, letter.file, letter.prose_line, None)
            headers = {
                name: [_Line(h, self._source(line, letter.file, h.line, h.spelled)) for h, line in self._lines(name)]
                for name in MAIL_HEADERS
            }
            self._refuse_dropped()
        check_sets(letter, self.sets, self._fields())
        asked = frozenset(self.asked - RESERVED)
        return Program(letter, template, self.sets, self.defaults, self.marks, kind, subject, body, headers, asked)

    def _lines(self, name: str) -> list[tuple[Header, str]]:
        found = [header for header in self.letter.headers if header.name == name]
        if name in ("attach", "attachment"):
            return [(header, line) for header in found for line in header.lines if line]
        return [(header, header.value) for header in found]

    def _source(self, text: str, file: str, line: int, field: str | None) -> _Text:
        if "{{" not in text and "{%" not in text and "{#" not in text:
            return _Literal(text)
        if self.sandbox is None:
            from mailer.sandbox import Sandbox

            self.sandbox = Sandbox(self.marks)
        source = self.sandbox.compile(text, file, line, field, bare=self.template is None)
        self.asked |= source.names
        return source

    def _fields(self) -> set[str]:
        if self.template:
            return {field.name for field in self.template.fields}
        own = {header.name for header in self.letter.headers}
        return (self.asked | own | {"company", "position"}) - RESERVED

    def _check_against(self, template: Template) -> None:
        names = [field.name for field in template.fields]
        for header in self.letter.headers:
            known_header(header, names, template.name, self.letter.file)
        content_type = self.letter.get("content_type")
        if content_type:
            raise BadData(
                "Content-Type is for a letter without a template",
                hint="Remove it: a template is Markdown.",
                file=self.letter.file,
                line=content_type.line,
                field=content_type.spelled,
            )
        if self.letter.prose.strip() and not template.wants_prose:
            text = f"the template {template.name} has no place for the text below the headers"
            hint = "Remove the text, or take another template."
            raise BadData(text, hint=hint, file=self.letter.file, line=self.letter.prose_line, field="prose")

    def _refuse_dropped(self) -> None:
        for header in self.letter.headers:
            if is_standard(header.name) and header.name not in self.asked:
                raise unsupported(header, self.letter.file)


def _content_type(letter: Letter) -> str:
    header = letter.get("content_type")
    if not header:
        return PLAIN
    kind, *parameters = (part.strip().lower() for part in header.value.split(";"))
    odd = [p for p in parameters if p and not re.fullmatch(r'charset\s*=\s*"?(utf-?8|us-ascii|ascii)"?', p)]
    if kind in (PLAIN, MARKDOWN, HTML) and not odd:
        return kind
    raise BadData(
        f"Content-Type {odd[0] if odd and '/' in kind else kind!r} is not supported",
        hint="Write text/plain, text/markdown (text and HTML of one source) or text/html; letters are UTF-8.",
        file=letter.file,
        line=header.line,
        field=header.spelled,
    )


@dataclass(slots=True)
class Program:
    """A compiled letter.  ``asked`` are the names that a letter on its own asks for."""

    letter: Letter
    template: Template | None
    sets: Mapping[str, str]
    defaults: Defaults
    marks: Marks
    kind: str
    subject: _Text
    body: _Text
    headers: Mapping[str, list[_Line]]
    asked: frozenset[str]
    files: Attachments = field(default_factory=Attachments)
    _parts: dict[tuple[str, str], tuple[Sequence[Piece], Sequence[Piece]]] = field(default_factory=dict)
    _boxes: dict[str, tuple[Mailbox, ...]] = field(default_factory=dict)
    _seen: dict[Path, Seen] = field(default_factory=dict)

    def render(self, row: Row | None = None) -> Rendered:
        """The finished words of one row.  Raises BadData, Unreadable, BadSettings."""
        given = Given(self.letter, row, self.sets)
        prose = self._prose(given)
        if self.marks.held(prose):
            return compile_letter(self.letter, self.template, self.sets, self.defaults, avoid=prose).render(row)
        try:
            return _Rendering(self, given, prose).rendered()
        except MailerError as error:
            raise error.at(file=self.letter.file) from error.__cause__

    def _prose(self, given: Given) -> str:
        text = given.outside("prose")
        if text is None:
            text = self.letter.prose if self.template else ""
        return text.strip("\n")

    def boxes(self, text: str) -> tuple[Mailbox, ...]:
        """A parsed address list, remembered: most rows share theirs with the row before."""
        found = self._boxes.get(text)
        if found is None:
            if len(self._boxes) > _KEPT:
                self._boxes.clear()
            found = self._boxes[text] = fold_doubles(parse_list(text))
        return found

    def parts(self, skeleton: str, language: str) -> tuple[Sequence[Piece], Sequence[Piece]]:
        """Text and HTML page of a Markdown skeleton, converted once."""
        key = skeleton, language
        found = self._parts.get(key)
        if found is None:
            if len(self._parts) > _KEPT:
                self._parts.clear()
            both = convert(skeleton, self.marks)
            found = self._parts[key] = (both.text, page(both.html, language, self.defaults.signature))
        return found

    def mail(self, path: Path) -> Seen:
        """What the ``.eml`` at ``path`` says, read once."""
        if path not in self._seen:
            self._seen[path] = read_eml(path)
        return self._seen[path]


class _Rendering:
    """One row on its way through a program."""

    def __init__(self, program: Program, given: Given, prose: str) -> None:
        self.program, self.given, self.prose = program, given, prose
        self.letter, self.template, self.defaults = program.letter, program.template, program.defaults

    def rendered(self) -> Rendered:
        values = self._values()
        about = {name: self._about(name) for name in ABOUT_HEADERS if name != "template"}
        template_language = self.template.language if self.template else ""
        language = about["language"] or template_language or self.defaults.language
        boxes = {name: self._mailboxes(name, values) for name in ("to", "cc", "bcc", "reply_to")}
        if not (boxes["to"] or boxes["cc"] or boxes["bcc"]):
            raise BadData("the letter has no recipient", hint="Write 'To: Name <address>'.", field="To")
        sender = self._sender(values)
        scope = self._scope(values, boxes["to"], sender, about["greeting"], language or "en")
        seen = self._thread(scope)
        subject, spans = self._subject(scope, seen)
        text, html, more = self._body(scope, language)
        return Rendered(
            sender=sender,
            subject=subject,
            text=text,
            html=html,
            flowed=self.program.kind == MARKDOWN,
            attachments=tuple(self._attachments(scope)),
            thread=seen[0],
            language=language,
            fields=values | {name: value for name, value in about.items() if value},
            spans=(*spans, *more),
            **boxes,
        )

    def _values(self) -> dict[str, str]:
        if not self.template:
            own = {header.name for header in self.letter.headers} - set(NAMED)
            names = self.program.asked | own | {"company", "position"}
            found = {name: self.given.text(name) for name in names}
            return {name: text for name, text in found.items() if text is not None}
        return {field.name: self._field(field.name, field.about, field.optional) for field in self.template.fields}

    def _field(self, name: str, about: str, optional: bool) -> str:
        text = self.given.text(name)
        if text is not None and (optional or text.strip()):
            return text
        if optional:
            return ""
        what = f"{name} ({about})" if about else name
        if text is None:
            header = self.letter.get("template")
            hint = f"Write a header '{'-'.join(part.capitalize() for part in name.split('_'))}: …', or --set {name}=…"
            error = BadData(f"the field {what} is missing", hint=hint, field=name)
            raise error.at(self.letter.file, header.line if header else None)
        raise self.given.place(BadData(f"the field {what} is empty", hint="Give it a value."), name)

    def _about(self, name: str) -> str:
        if name == "known_as":
            return "\n".join(header.value for header in self.letter.all(name)) or self.given.outside(name) or ""
        text = (self.given.text(name) or "").strip()
        if text:
            problem = _misshapen(name, text)
            if problem:
                raise self.given.place(BadData(f"{NAMED[name]} {text!r} is not {problem}", hint=f"Write {problem}."), name)
        return text

    def _mailboxes(self, name: str, values: Mapping[str, Any]) -> tuple[Mailbox, ...]:
        lines = self.program.headers[name]
        try:
            if lines:
                text, prints = lines[0].text.render(values)
                filled = address_text(self.program.marks.pieces(text, "verbatim"), prints) if prints else text
                return self.program.boxes(filled)
            filled = (self.given.mail(name) or "").strip()
            return self.program.boxes(filled) if filled else ()
        except BadData as error:
            raise self._placed(error, name) from error

    def _placed(self, error: BadData, header: str) -> BadData:
        """``error`` of a header, pointing at the column where its value came from, else at the header."""
        name = error.field if error.field is not None and self.given.from_column(error.field) else header
        if name == header and self.given.mail(header) is None:
            return error.at(self.letter.file, self._line(header), self._spelled(header))
        error.field = None
        self.given.place(error, name)
        error.field = self._spelled(header)
        return error

    def _spelled(self, name: str) -> str:
        header = self.letter.get(name)
        return header.spelled if header else NAMED.get(name, name)

    def _line(self, name: str) -> int | None:
        header = self.letter.get(name)
        return header.line if header else None

    def _sender(self, values: Mapping[str, Any]) -> Mailbox:
        boxes = self._mailboxes("from", values) if self.program.headers["from"] else ()
        if len(boxes) > 1:
            error = BadData("From holds more than one mailbox", hint="Keep one.")
            raise error.at(self.letter.file, self._line("from"), "From")
        if boxes:
            return boxes[0]
        if self.defaults.sender is None:
            hint = "Write 'From: Your Name <you@example.org>' in the letter, or set MAILER_FROM."
            raise BadSettings("nobody is named as sender", hint=hint, field="From")
        return self.defaults.sender

    def _scope(
        self, values: Mapping[str, str], to: Sequence[Mailbox], sender: Mailbox, greeting: str, language: str
    ) -> dict[str, Any]:
        people = People.of(to, language, self.given.outside("to"))
        scope: dict[str, Any] = {
            **values,
            "to": people,
            "from": People.of([sender], language, self.given.outside("from")),
            "greeting": greeting or words.greeting(language, people.first),
        }
        if self.template or self.given.outside("prose") is not None:
            if "prose" not in scope and not isinstance(self.program.body, _Literal):
                from mailer.sandbox import Prose

                scope["prose"] = Prose(self.prose)  # noqa: S704 - Markdown, no HTML comes of it
        return scope

    def _thread(self, scope: Mapping[str, Any]) -> tuple[Thread | None, str]:
        """The thread of the letter, and the subject that it carries on."""
        answered, where = self._one_line("in_reply_to", scope)
        references, _ = self._one_line("references", scope)
        ids = message_ids(references)
        if not answered:
            if references:
                raise self._placed(BadData("References without In-Reply-To", hint="Add In-Reply-To."), "references")
            return None, ""
        if answered.startswith("<"):
            found = message_ids(answered)
            if len(found) != 1 or found[0] != answered:
                hint = "Write one <message-id>, or the path of the mail saved as .eml."
                raise self._placed(BadData(f"{answered!r} is not one message-id", hint=hint), "in_reply_to")
            return Thread(answered, tuple(dict.fromkeys((*ids, answered)))), ""
        return self._answered_mail(answered, where, ids)

    def _answered_mail(self, path: str, where: str, ids: tuple[str, ...]) -> tuple[Thread, str]:
        try:
            seen = self.program.mail(self._path(path, where))
            thread = seen.thread
            if thread is None:
                raise BadData(f"{path} has no Message-ID, so nothing can answer it")
        except MailerError as error:
            error.file = None
            raise self._placed_any(error, "in_reply_to") from error
        if ids:
            thread = replace(thread, references=tuple(dict.fromkeys((*ids, thread.in_reply_to))))
        return thread, reply_subject(seen.subject) if seen.subject else ""

    def _placed_any(self, error: MailerError, header: str) -> MailerError:
        if self.given.mail(header) is not None:
            return self.given.place(error, header)
        return error.at(self.letter.file, self._line(header), self._spelled(header))

    def _one_line(self, name: str, scope: Mapping[str, Any]) -> tuple[str, str]:
        """A header's text, and where it comes from: "letter", "row" or "set"."""
        lines = self.program.headers[name]
        if not lines:
            text, where = self.given.mail(name), "row" if self.given.from_column(name) else "set"
            return self._fit(name, (text or "").strip(), []), where
        text, prints = lines[0].text.render(scope)
        filled, _ = fill_spans(self.program.marks.pieces(text, "verbatim"), prints, name)
        where = "row" if any(self.given.from_column(value.name) for value in prints) else "letter"
        return self._fit(name, filled.strip(), prints), where

    def _fit(self, name: str, text: str, prints: Sequence[Print]) -> str:
        bad = bad_in_header(text)
        if bad:
            culprit = next((value.name for value in prints if bad_in_header(value.text)), None)
            error = BadData(f"{self._spelled(name)} holds {bad}", hint="Remove it.", field=culprit)
            raise self._placed(error, name)
        return text

    def _subject(self, scope: Mapping[str, Any], thread: tuple[Thread | None, str]) -> tuple[str, Sequence[Span]]:
        lines = self.program.headers["subject"]
        outside = self.given.mail("subject")
        if outside is not None and not lines:
            return self._fit("subject", outside.strip(), []), ()
        if not lines and thread[1]:
            return self._fit("subject", thread[1], []), ()
        text, prints = (lines[0].text if lines else self.program.subject).render(scope)
        subject, spans = fill_spans(self.program.marks.pieces(text.strip(), "verbatim"), prints, "subject")
        return self._fit("subject", subject.strip(" "), prints), spans

    def _attachments(self, scope: Mapping[str, Any]) -> list[Attachment]:
        found = []
        for line in (*self.program.headers["attach"], *self.program.headers["attachment"]):
            text, prints = line.text.render(scope)
            filled, _ = fill_spans(self.program.marks.pieces(text, "verbatim"), prints, "attach")
            where = "row" if any(self.given.from_column(value.name) for value in prints) else "letter"
            found.append(self._attachment(self._fit(line.header.name, filled.strip(), prints), where, line.header.name))
        for name in ("attach", "attachment"):
            where = "row" if self.given.from_column(name) else "set"
            for path in (self.given.mail(name) or "").split("\n"):
                if path.strip():
                    found.append(self._attachment(self._fit(name, path.strip(), []), where, name))
        return found

    def _attachment(self, path: str, where: str, name: str) -> Attachment:
        try:
            return self.program.files.open(self._path(path, where))
        except MailerError as error:
            if error.file is not None and where == "letter":
                error.file = self.letter.file
            raise self._placed_any(error, name) from error

    def _path(self, text: str, where: str) -> Path:
        """A path as the letter, a row or an option names it.  Raises BadData for a row's that leaves the folder."""
        try:
            path = Path(text).expanduser()
        except RuntimeError as error:
            raise BadData(f"{text!r} names a home folder that nobody has") from error
        base = self.defaults.cwd if where == "set" else self.letter.folder
        whole = base / path
        if where == "row" and not whole.resolve().is_relative_to(base.resolve()):
            raise BadData(f"the path {text!r} leaves the letter's folder", hint="Put the file into that folder.")
        return whole

    def _body(self, scope: Mapping[str, Any], language: str) -> tuple[str | None, str | None, Sequence[Span]]:
        program = self.program
        text, prints = program.body.render(scope)
        try:
            if program.kind == PLAIN:
                filled, spans = fill_spans(program.marks.pieces(text, "verbatim"), prints, "text")
                return filled, None, spans
            if program.kind == HTML:
                pieces = htmlbody.cut(text, program.marks)
                return None, fill_spans(pieces, prints, "html")[0], ()
            text_pieces, html_pieces = program.parts(text, language)
            filled, spans = fill_spans(text_pieces, prints, "text")
            html, _ = fill_spans(html_pieces, prints, "html")
            return self._signed(filled), html, spans
        except BadData as error:
            if error.field is None:
                raise
            name, error.field = error.field, None
            raise self.given.place(error, name) from error

    def _signed(self, text: str) -> str:
        """Flowed text ends no line in a space (RFC 3676 4.1), but the signature's mark (4.3)."""
        body = re.sub(r"[ \t]+(?=\n|\Z)", "", text) + "\n"
        signature = self.defaults.signature
        return f"{body}\n-- \n{signature}\n" if signature else body


def _misshapen(name: str, text: str) -> str:
    """What a header about the letter should be, or "" if it is."""
    if name in _SHAPES:
        pattern, what = _SHAPES[name]
        return "" if pattern.fullmatch(text) else what
    if name == "refused_on":
        return "" if _is_date(text) else "a date such as 2026-05-12"
    if name == "time_zone":
        return "" if _is_zone(text) else "a time zone such as Europe/Berlin"
    return ""


def _is_date(text: str) -> bool:
    from datetime import date

    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_zone(text: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        return False
    return True
