"""A letter, its template and a row of values become finished words: ``Letter`` + ``Template`` + row → ``Rendered``.

``compile_letter`` does once what is the same for every row; ``Program.render`` does the rest.  Values are text and
nothing else: they reach the words through marks (``slots``), after Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mailer import language as words
from mailer.address import Mailbox, fold_doubles, parse_list
from mailer.attachments import Attachments
from mailer.errors import BadData, BadSettings, MailerError
from mailer.fields import Given
from mailer.files import stamp
from mailer.letter import ABOUT_HEADERS, NAMED, Letter
from mailer.markdown import Page, convert, page
from mailer.people import People
from mailer.render.about import misshapen
from mailer.render.compiling import HTML, MARKDOWN, PLAIN, Compiled, compiled
from mailer.render.compiling import Defaults as Defaults
from mailer.render.enclosures import attachments, thread
from mailer.render.headervalues import HeaderValues
from mailer.rendered import Rendered, Span, Thread
from mailer.slots import Piece, fill, fill_spans

if TYPE_CHECKING:
    from mailer.batch import Row
    from mailer.template import Template
    from mailer.threads import Seen

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

MAX_MARKDOWN = 500_000
_KEPT = 64
_ABOUT = tuple(name for name in ABOUT_HEADERS if name != "template")
_TRAILING = re.compile(r"[ \t]+(?=\n|\Z)")


def compile_letter(
    letter: Letter, template: Template | None, sets: Mapping[str, str], defaults: Defaults, *, avoid: str = ""
) -> Program:
    """A letter with its template, ready for rows.  Raises BadData.  ``avoid``: more text that marks must not be in."""
    return Program(compiled(letter, template, sets, defaults, avoid))


@dataclass(slots=True, eq=False, repr=False)
class Program:
    """A compiled letter, and what rows have in common: parsed addresses, converted Markdown, opened files."""

    compiled: Compiled
    files: Attachments = field(default_factory=Attachments)
    _pieces: dict[str, list[Piece]] = field(default_factory=dict)
    _pages: dict[tuple[str, str], Page] = field(default_factory=dict)
    _boxes: dict[str, tuple[Mailbox, ...]] = field(default_factory=dict)
    _seen: dict[Path, tuple[tuple[int, ...], Seen]] = field(default_factory=dict)
    _shapes: dict[tuple[str, str], str] = field(default_factory=dict)

    def render(self, row: Row | None = None) -> Rendered:
        """The finished words of one row.  Raises BadData, Unreadable, BadSettings."""
        made = self.compiled
        given = Given(made.letter, made.own, row, made.sets)
        try:
            prose = self._prose(given)
            if prose and made.marks.held(prose):
                again = compile_letter(made.letter, made.template, made.sets, made.defaults, avoid=prose)
                return again.render(row)
            return _Rendering(self, given, prose).rendered()
        except MailerError as error:
            raise error.at(file=made.letter.file) from error.__cause__

    @property
    def letter(self) -> Letter:
        """The letter that was compiled."""
        return self.compiled.letter

    @property
    def template(self) -> Template | None:
        """Its template."""
        return self.compiled.template

    def _prose(self, given: Given) -> str:
        text = given.outside("prose")
        if text is None:
            text = self.compiled.letter.prose if self.compiled.template else ""
        return text.strip("\n")

    def pieces(self, text: str) -> list[Piece]:
        """``text`` cut at its marks, remembered."""
        found = self._pieces.get(text)
        if found is None:
            found = _room(self._pieces)[text] = self.compiled.marks.pieces(text, "verbatim")
        return found

    def boxes(self, text: str) -> tuple[Mailbox, ...]:
        """A parsed address list, remembered: most rows share theirs with the row before."""
        found = self._boxes.get(text)
        if found is None:
            found = _room(self._boxes)[text] = fold_doubles(parse_list(text))
        return found

    def page(self, skeleton: str, language: str) -> Page:
        """Text and HTML page of a Markdown skeleton, converted once."""
        found = self._pages.get((skeleton, language))
        if found is None:
            if len(skeleton) > MAX_MARKDOWN:
                raise BadData(f"the text is longer than {MAX_MARKDOWN:,} characters", hint="Attach it as a file.")
            both = convert(skeleton, self.compiled.marks)
            found = _room(self._pages)[skeleton, language] = page(both, language, self.compiled.defaults.signature)
        return found

    def mail(self, path: Path) -> Seen:
        """What the ``.eml`` at ``path`` says, read once."""
        found = self._seen.get(path)
        if found is None:
            was = stamp(path)
            from mailer.threads import read_eml

            found = _room(self._seen)[path] = was, read_eml(path)
        return found[1]

    def changed_mail(self) -> str:
        """The first of the mails that were read last that is no longer what it was, or ""."""
        return next((str(path) for path, (was, _) in self._seen.items() if stamp(path) != was), "")

    def shape(self, name: str, text: str) -> str:
        """What a header about the letter should be, or "" if it is; remembered."""
        found = self._shapes.get((name, text))
        if found is None:
            found = _room(self._shapes)[name, text] = misshapen(name, text)
        return found


def _room(kept: dict[_Key, _Value]) -> dict[_Key, _Value]:
    """``kept``, emptied if it is full: what many rows share comes back at once."""
    if len(kept) >= _KEPT:
        kept.clear()
    return kept


class _Rendering:
    """One row on its way through a program."""

    def __init__(self, program: Program, given: Given, prose: str) -> None:
        self.program, self.given, self.prose = program, given, prose
        self.made = program.compiled
        self.headers = HeaderValues(program, given)

    def rendered(self) -> Rendered:
        template = self.made.template
        values = self._values()
        about = self._about()
        language = about.get("language") or (template.language if template else "") or self.made.defaults.language
        to, cc, bcc, reply_to = (self.headers.mailboxes(name, values) for name in ("to", "cc", "bcc", "reply_to"))
        if not (to or cc or bcc):
            raise BadData("the letter has no recipient", hint="Write 'To: Name <address>'.", field="To")
        sender = self._sender(values)
        scope = self._scope(values, to, sender, about.get("greeting", ""), language or "en")
        answered = thread(self.headers, scope)
        subject, spans = self._subject(scope, answered)
        text, html, more = self._body(scope, language)
        return Rendered(
            sender=sender,
            to=to,
            subject=subject,
            text=text,
            html=html,
            cc=cc,
            bcc=bcc,
            reply_to=reply_to,
            flowed=self.made.kind == MARKDOWN,
            attachments=tuple(attachments(self.headers, scope)),
            thread=answered[0],
            language=language,
            prose=self.prose or self.made.letter.prose,
            fields=values | about,
            spans=(*spans, *more),
        )

    def _values(self) -> dict[str, str]:
        if self.made.template:
            fields = self.made.template.fields
            return {field.name: self._field(field.name, field.about, field.optional) for field in fields}
        found = {name: self.given.text(name) for name in self.made.fields}
        return {name: text for name, text in found.items() if text is not None}

    def _field(self, name: str, about: str, optional: bool) -> str:
        text = self.given.text(name)
        if text is not None and (optional or text.strip()):
            return text
        if optional:
            return ""
        what = f"{name} ({about})" if about else name
        if text is None:
            header = self.made.own.get("template")
            hint = f"Write a header '{'-'.join(part.capitalize() for part in name.split('_'))}: …', or --set {name}=…"
            error = BadData(f"the field {what} is missing", hint=hint, field=name)
            raise error.at(self.made.letter.file, header.line if header else None)
        raise self.given.place(BadData(f"the field {what} is empty", hint="Give it a value."), name)

    def _about(self) -> dict[str, str]:
        """What is said about the letter, by header; empty ones left out."""
        found = {}
        for name in _ABOUT:
            text = self.given.text(name)
            if text and text.strip():
                found[name] = self._shaped(name, text.strip())
        if "known_as" in found and not self.given.gives("known_as"):
            found["known_as"] = "\n".join(header.value for header in self.made.letter.all("known_as"))
        return found

    def _shaped(self, name: str, text: str) -> str:
        wanted = self.program.shape(name, text)
        if wanted:
            raise self.given.place(BadData(f"{NAMED[name]} {text!r} is not {wanted}", hint=f"Write {wanted}."), name)
        return text

    def _sender(self, values: dict[str, Any]) -> Mailbox:
        boxes = self.headers.mailboxes("from", values) if self.headers.lines("from") else ()
        if len(boxes) > 1:
            error = BadData("From holds more than one mailbox", hint="Keep one.")
            raise self.headers.placed(error, "from")
        if boxes:
            return boxes[0]
        if self.made.defaults.sender is None:
            hint = "Write 'From: Your Name <you@example.org>' in the letter, or set MAILER_FROM."
            raise BadSettings("nobody is named as sender", hint=hint, field="From")
        return self.made.defaults.sender

    def _scope(
        self, values: dict[str, str], to: Sequence[Mailbox], sender: Mailbox, greeting: str, language: str
    ) -> dict[str, Any]:
        asked, given = self.made.asked, self.given
        scope: dict[str, Any] = dict(values)
        if "to" in asked or "greeting" in asked:
            people = scope["to"] = People.of(to, language, given.outside("to"))
            scope["greeting"] = greeting or words.greeting(language, people.first)
        if "from" in asked:
            scope["from"] = People.of([sender], language, given.outside("from"))
        if "prose" in asked and (self.made.template or given.gives("prose")):
            from mailer.sandbox import Prose

            scope["prose"] = Prose(self.prose)
        return scope

    def _subject(self, scope: dict[str, Any], answered: tuple[Thread | None, str]) -> tuple[str, Sequence[Span]]:
        lines = self.headers.lines("subject")
        if not lines:
            outside = self.given.mail("subject")
            if outside is not None:
                return self.headers.fit("subject", outside.strip()), ()
            if answered[1]:
                return self.headers.fit("subject", answered[1]), ()
        return self.headers.subject(lines[0] if lines else None, scope)

    def _body(self, scope: dict[str, Any], language: str) -> tuple[str | None, str | None, Sequence[Span]]:
        text, prints = self.made.body.render(scope)
        try:
            if self.made.kind == PLAIN:
                filled, spans = fill_spans(self.program.pieces(text), prints, "text")
                return filled, None, spans
            if self.made.kind == HTML:
                from mailer import htmlbody

                return None, fill(htmlbody.cut(text, self.made.marks), prints), ()
            parts = self.program.page(text, language)
            filled, spans = _trimmed(*fill_spans(parts.text, prints, "text"))
            return f"{filled}\n{parts.signature}", fill(parts.html, prints), spans
        except BadData as error:
            if error.field is None:
                raise
            name, error.field = error.field, None
            raise self.given.place(error, name) from error


def _trimmed(text: str, spans: list[Span]) -> tuple[str, list[Span]]:
    """Flowed text ends no line in white space (RFC 3676 4.1); the spans of what is left."""
    if " \n" not in text and "\t\n" not in text and not text.endswith((" ", "\t")):
        return text, spans
    gaps = [match.span() for match in _TRAILING.finditer(text)]

    def moved(at: int) -> int:
        return at - sum(min(at, end) - start for start, end in gaps if start < at)

    kept = [Span(span.where, moved(span.start), moved(span.end), span.name) for span in spans]
    return _TRAILING.sub("", text), kept
