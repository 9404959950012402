"""One row on its way through a program."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mailer.errors import BadData, BadSettings, UnknownName
from mailer.letters.letter import ABOUT_HEADERS, MAIL_HEADERS, NAMED
from mailer.message.address import Mailbox, format_mailbox
from mailer.message.rendered import Rendered
from mailer.message.slots import Spans, Valued
from mailer.render.compile import HTML, MARKDOWN, PLAIN
from mailer.render.enclosures import Answered, answered, attachments
from mailer.render.headers import HeaderValues
from mailer.render.jinja.simple import Prose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailer.letters.template import Field
    from mailer.render.compile import Compiled
    from mailer.render.fields import Given
    from mailer.render.shared import Shared

_ABOUT = tuple(filter("template".__ne__, ABOUT_HEADERS))
_ADDRESSED = ("to", "cc", "bcc", "reply_to")
_THREAD = frozenset({"in_reply_to", "references"})
_OURS = frozenset({"plan", "step"})
_FILES = frozenset({"attach", "attachment"})
_TRAILING = r"[ \t]+(?=\n|\Z)"


class People(str):
    """The mailboxes of one header: printed, they are the header's text; ``name`` and ``first`` are for sentences."""

    name: str
    first: str

    __slots__ = ("first", "name")

    @classmethod
    def of(cls, boxes: Sequence[Mailbox], language: str, text: str | None = None) -> People:
        """``text`` is what printing shows where it is not the boxes themselves."""
        from mailer.letters.phrases import in_sentences

        people = cls(", ".join(map(format_mailbox, boxes)) if text is None else text)
        names = [box.display_name for box in boxes]
        people.name, people.first = in_sentences(language, names)
        return people


@lru_cache(maxsize=4)
def _sender_as(sender: Mailbox, language: str, text: str | None) -> People:
    """Whom all letters of a batch are from."""
    return People.of([sender], language, text)


class ColumnPlan:
    """How to render the rows of those ``columns``.

    ``fields`` are the fields that have a value, ``about_names`` the headers about the letter that have one, ``mail``
    the mail headers that may have one.  ``people`` are the names "to" and "from" where, in a letter without template,
    they stand for columns and not for the people it is to and from.  ``about`` and ``sender`` are found in the first
    row, and kept where they are the same for all.
    """

    def __init__(self, made: Compiled, columns: tuple[str, ...]) -> None:
        self.columns = columns
        outside = {*columns, *made.sets}
        given = outside.union(made.said)
        self.fields = tuple(name for name in made.fields if name in given)
        self.about_names = tuple(name for name in _ABOUT if name in given)
        self.mail = frozenset(name for name in MAIL_HEADERS if made.headers[name] or name in outside)
        self.people = () if made.template else tuple(sorted({"to", "from"} & outside & made.asked))
        self.is_about_fixed = outside.isdisjoint(_ABOUT)
        self.about: dict[str, str] | None = None
        self.is_sender_fixed = not any(line.text.names for line in made.headers["from"])
        self.sender: Mailbox | None = None


class Rendering:
    """One row: ``plan`` is that of its columns."""

    __slots__ = ("given", "headers", "made", "plan", "program", "prose")

    def __init__(self, program: Shared, plan: ColumnPlan, given: Given, prose: str) -> None:
        self.program, self.plan, self.given, self.prose = program, plan, given, prose
        self.made = program.compiled
        self.headers = HeaderValues(program, given)

    def rendered(self) -> Rendered:
        """Its finished words.  Raises BadData, Unreadable, BadSettings."""
        plan, template = self.plan, self.made.template
        values = self._values()
        named = values | self.given.texts(plan.people) if plan.people else values
        about = self._about() if plan.about is None else plan.about
        language = about.get("language") or (template.language if template else "") or self.made.defaults.language
        to, cc, bcc, reply_to = self._addressed(named)
        sender = plan.sender or self._sender(named)
        scope = self._scope(values, to, sender, about.get("greeting", ""), language or "en")
        carried_on = answered(self.headers, scope) if plan.mail & _THREAD else Answered()
        subject = self._subject(scope, carried_on.subject)
        text, html = self._body(scope, language)
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
            attachments=tuple(attachments(self.headers, scope)) if plan.mail & _FILES else (),
            thread=carried_on.thread,
            language=language,
            prose=self.prose or self.made.letter.prose,
            fields=values | about,
            spans=Spans(subject, text),
            former_subject=carried_on.former_subject if subject == carried_on.subject else "",
            worded=template.language if template else "",
        )

    def _addressed(self, values: dict[str, Any]) -> Sequence[tuple[Mailbox, ...]]:
        given, mailboxes = self.plan.mail, self.headers.mailboxes
        lists = [mailboxes(name, values) if name in given else () for name in _ADDRESSED]
        if not (lists[0] or lists[1] or lists[2]):
            raise UnknownName("the letter has no recipient", hint="Write 'To: Name <address>'.", field="To")
        return lists

    def _values(self) -> dict[str, str]:
        if self.made.template:
            fields = self.made.template.fields
            given = self.given.texts([field.name for field in fields])
            return {field.name: self._field(field, given.get(field.name)) for field in fields}
        return self.given.texts(self.plan.fields)

    def _field(self, field: Field, text: str | None) -> str:
        if text is not None and (field.optional or text.strip()):
            return text
        if field.optional:
            return ""
        name, what = field.name, f"{field.name} ({field.about})" if field.about else field.name
        if text is None:
            header = self.made.own.get("template")
            hint = f"Write a header '{'-'.join(part.capitalize() for part in name.split('_'))}: …', or --set {name}=…"
            error = UnknownName(f"the field {what} is missing", hint=hint, field=name)
            error.asked = name
            raise error.at(self.made.letter.file, header.line if header else None)
        raise self.given.place(BadData(f"the field {what} is empty", hint="Give it a value."), name)

    def _about(self) -> dict[str, str]:
        """What is said about the letter, by header; empty ones left out."""
        given = self.given.texts(self.plan.about_names)
        said = {name: text.strip() for name, text in given.items()}
        found = {name: text for name, text in said.items() if text and self._is_meant(name, text)}
        if "known_as" in found and not self.given.gives("known_as"):
            found["known_as"] = "\n".join(header.value for header in self.made.letter.all("known_as"))
        if self.plan.is_about_fixed:
            self.plan.about = found
        return found

    def _is_meant(self, name: str, text: str) -> bool:
        """Whether the value is one about the letter.  Raises BadData where it should be, and is not shaped so."""
        if name in _OURS and not (self.made.template or "company" in self.made.own):  # noqa: SIM102
            # Mail of any kind has plans and steps of any kind, for its own {{ }}.
            if self.given.from_column(name) or name in self.made.asked:
                return False
        wanted = self.program.shape(name, text)
        if not wanted or (name == "greeting" and not self.made.template):
            return True
        if self.given.from_column(name) and not (self.made.template or "company" in self.made.own):
            # Mail of any kind has columns of any kind, for its own {{ }}.
            return False
        raise self.given.place(BadData(f"{NAMED[name]} {text!r} is not {wanted}", hint=f"Write {wanted}."), name)

    def _sender(self, values: dict[str, Any]) -> Mailbox:
        sender = self._named_sender(values)
        if self.plan.is_sender_fixed:
            self.plan.sender = sender
        return sender

    def _named_sender(self, values: dict[str, Any]) -> Mailbox:
        boxes = self.headers.mailboxes("from", values) if self.made.headers["from"] else ()
        if len(boxes) > 1:
            error = BadData("From holds more than one mailbox", hint="Keep one.")
            raise self.headers.placed(error, "from")
        if boxes:
            return boxes[0]
        if self.made.defaults.sender is None:
            hint = "Write 'From: Your Name <you@example.org>' in the letter, or set MAILER_FROM."
            raise BadSettings("the letter has no sender", hint=hint, field="From")
        return self.made.defaults.sender

    def _scope(
        self, values: dict[str, str], to: Sequence[Mailbox], sender: Mailbox, greeting: str, language: str
    ) -> dict[str, Any]:
        asked, given = self.made.asked, self.given
        scope: dict[str, Any] = dict(values)
        if "to" in asked or "greeting" in asked:
            from mailer.letters import phrases

            people = scope["to"] = People.of(to, language, given.outside("to"))
            scope |= {"to.name": people.name, "to.first": people.first}
            scope["greeting"] = greeting or phrases.greeting(language, [box.display_name for box in to])
        if "from" in asked:
            people = scope["from"] = _sender_as(sender, language, given.outside("from"))
            scope |= {"from.name": people.name, "from.first": people.first}
        if "prose" in asked and (self.made.template or given.gives("prose")):
            scope["prose"] = Prose(self.prose)
        return scope

    def _subject(self, scope: dict[str, Any], carried_on: str) -> str:
        lines = self.made.headers["subject"]
        if not lines:
            outside = self.given.mail("subject")
            if outside is not None:
                return self.headers.fit("subject", outside.strip(" \n"))
            if carried_on:
                return self.headers.fit("subject", carried_on)
        return self.headers.subject(lines[0] if lines else None, scope)

    def _body(self, scope: dict[str, Any], language: str) -> tuple[str | None, str | None]:
        text, prints = self.made.body.render(scope)
        try:
            if self.made.kind == PLAIN:
                return self.program.cut(text).fill(prints), None
            if self.made.kind == HTML:
                return None, self.program.cut(text, HTML).fill(prints)
            page = self.program.page(text, language)
            filled: Valued = page.text.fill(prints)
            tail = page.tail_of(filled)
            if page.columns:
                from mailer.message.text_tables import aligned

                filled = aligned(filled, page.columns)
            return _trimmed(filled, tail), page.html.fill(prints)
        except BadData as error:
            if error.field is None:
                raise
            name, error.field = error.field, None
            raise self.given.place(error, name) from error


def _trimmed(text: Valued, tail: int) -> Valued:
    """Flowed text ends no line in white space (RFC 3676 4.1), but for those of its last ``tail`` characters."""
    end = len(text) - tail
    if (
        text.find(" \n", 0, end) < 0
        and ("\t" not in text or text.find("\t\n", 0, end) < 0)
        and not text.endswith((" ", "\t"), 0, end)
    ):
        return text
    import re

    gaps = [match.span() for match in re.finditer(_TRAILING, text[:end])]

    def moved(at: int) -> int:
        return at - sum(min(at, stop) - start for start, stop in gaps if start < at)

    return text.changed(re.sub(_TRAILING, "", text[:end]) + text[end:], moved)
