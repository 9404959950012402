"""What a new letter is made of: what was given, found in the refusal, asked, or left as an example."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import click

from mailer.characters import printable
from mailer.errors import BadData, MailerError
from mailer.letters.letter import spelled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mailer.letters.refusal import Refusal
    from mailer.letters.template import Field, Template
    from mailer.message.address import Mailbox
    from mailer.sending.world import World
    from mailer.settings.settings import Settings

_EXAMPLE_NAME = "‹Name›"
_EXAMPLE_TO = f"{_EXAMPLE_NAME} <someone@example.invalid>"
_EXAMPLE_GREETING = "‹the greeting without its comma, such as Dear Dana›"
_NO_MARKS = {ord("‹"): None, ord("›"): None}
_LONGEST = 150


@dataclass(slots=True)
class Answers:
    """Everything a new letter is made of: given, found in the refusal, asked, or left as an example."""

    app: World
    template: Template
    path: Path
    given: dict[str, str]
    suggested: dict[str, str] = field(default_factory=dict)

    def letter(self, settings: Settings, refusal: str | None) -> str:
        """The letter file's text."""
        from mailer.letters.letter import NAMED
        from mailer.letters.phrases import example_prose

        own_name = "" if refusal is None else self._learn(refusal, settings.sender)
        self._promise(settings)
        headers = [("Template", self.template.name)]
        if sender := self._sender(settings.sender, own_name):
            headers.append(("From", sender))
        headers.append(("To", self._recipient()))
        if self._lacks_greeting():
            headers.append(("Greeting", _EXAMPLE_GREETING))
        named = [name for name in NAMED if name in self.given and name not in ("to", "template")]
        headers += [(NAMED[name], self.given[name]) for name in named]
        headers += [(spelled(each.name), value) for each in self.template.fields if (value := self._field(each))]
        prose = self.given.get("prose") or (example_prose(self.template.name) if self.template.wants_prose else "")
        lines = "".join(f"{name}: {value}\n" for name, value in headers)
        return f"{lines}\n{prose}\n{_comment(self.template)}"

    def _learn(self, refusal: str, own: Mailbox | None) -> str:
        """Take what the refusal tells, and say so; the user's name, if it says that."""
        from mailer.letters.refusal import read_refusal

        found = read_refusal(self.app.cwd / refusal, own)
        whom = "to" not in self.given and (found.no_reply or not found.sender)
        if whom and not found.forwarded and not self.app.can_ask():
            raise found.whom_did_you_meet()
        told = (
            ("to", "" if found.no_reply else found.sender, found.sender_header),
            ("in_reply_to", self._answered(found, refusal), "its Message-ID"),
            ("subject", found.subject, "its Subject"),
            ("refused_on", found.date.isoformat() if found.date else "", "its Date"),
        )
        notes = [self._found(*each) for each in told if each[1] and each[0] not in self.given]
        self.app.note("\n".join([f"{refusal} says:", *notes]) if notes else f"{refusal} says nothing of use here")
        if whom:
            self.app.note(found.whom_did_you_meet().text)
        return found.own_name

    def _answered(self, found: Refusal, refusal: str) -> str:
        """What In-Reply-To names: the mail's file, or the id of a mail that it only encloses."""
        return found.message_id if found.enclosed else found.message_id and self._path_from_letter(refusal)

    def _promise(self, settings: Settings) -> None:
        """When the writer will be in touch again: the plan that the letter starts knows it, and `due` keeps it."""
        if self.template.name != "runner-up" or "when" in self.given or "when" not in self._names():
            return
        from mailer.sending.book import default_plan, here

        name = self.given.get("plan") or default_plan(self.app, settings)
        if name == "none":
            return
        from mailer.letters.phrases import primary
        from mailer.people.plan import load
        from mailer.people.planning import second
        from mailer.people.when import when_words

        today = here(self.app, settings).date()
        try:
            refused = date.fromisoformat(self.given.get("refused_on", ""))
        except ValueError:
            refused = today
        # For words that mean ten days weekends are enough; the table of holidays is a large import.
        day = second(
            load(name, settings.config_dir), refused, today, lambda day: "weekend" if day.weekday() > 4 else ""
        )
        words = when_words(day, today, primary(self.template.language)) if day else ""
        if words:
            self.suggested["when"] = words

    def _names(self) -> set[str]:
        return {field.name for field in self.template.fields}

    def _found(self, name: str, value: str, where: str) -> str:
        """Take the value, unless it is unfit for a header; what to say of it."""
        from mailer.characters import bad_in_header
        from mailer.letters.letter import NAMED

        if bad_in_header(value):
            return f"  {where} is left out: it holds {bad_in_header(value)}"
        self.given[name] = value
        return f"  {NAMED[name]}: {value}  ({where})"

    def _path_from_letter(self, refusal: str) -> str:
        """The refusal's path as the letter file will name it: relative to its own folder where it can be."""
        target, folder = (self.app.cwd / refusal).resolve(), self.path.parent.resolve()
        try:
            path = os.path.relpath(target, folder)
        except ValueError:
            return str(target)
        return str(target) if path.startswith(("~", "<")) else path

    def _sender(self, known: Mailbox | None, own_name: str) -> str:
        """From, where the settings do not have it, or not the name that the template signs with; else ""."""
        if known is None:
            return _ask("Your name and address (Name <address>)", check_to) if self.app.can_ask() else ""
        if known.display_name or not self.template.wants_sender_name:
            return ""
        from mailer.message.address import format_mailbox

        name = own_name or (_ask("Your name", _check_name) if self.app.can_ask() else _EXAMPLE_NAME)
        return format_mailbox(known._replace(display_name=name))

    def _recipient(self) -> str:
        if "to" not in self.given:
            return _ask("To (Name <address>)", check_to) if self.app.can_ask() else _EXAMPLE_TO
        if "greeting" in self.given or not self.template.wants_recipient_name:
            return self.given["to"]
        return _with_names(self.given["to"])

    def _lacks_greeting(self) -> bool:
        """Whether it goes to an organisation, which no first name can be told of."""
        from mailer.message.address import parse_list
        from mailer.message.given_names import first_name

        if "greeting" in self.given or "to" not in self.given or not self.template.wants_recipient_name:
            return False
        names = [box.display_name for box in parse_list(self.given["to"])]
        return any(name and not first_name(name) for name in names)

    def _field(self, one: Field) -> str:
        if one.name in self.given:
            return self.given[one.name]
        what = one.about.translate(_NO_MARKS)[:_LONGEST] or one.name
        if not self.app.can_ask():
            return self.suggested.get(one.name, "") if one.optional else f"‹{what}›"
        if one.optional:
            question = printable(f"{spelled(one.name)} ({what}; may be empty)")
            suggested = self.suggested.get(one.name, "")
            return str(click.prompt(question, suggested, show_default=bool(suggested), err=True)).strip()
        return _ask(f"{spelled(one.name)} ({what})", _check_value)


def _ask(question: str, check: Callable[[str], None]) -> str:
    """Ask until the answer passes ``check``."""
    while True:
        answer = str(click.prompt(printable(question), err=True)).strip()
        try:
            check(answer)
        except MailerError as error:
            click.echo(printable(f"{error.text}. {error.hint}"), err=True)
        else:
            return answer


def check_to(text: str) -> None:
    """Raise BadData for what is no list of mailboxes."""
    from mailer.message.address import parse_list

    try:
        parse_list(text)
    except BadData as error:
        raise error.at(field="To") from error


def _with_names(text: str) -> str:
    """The mailboxes of a header as they are, with an example name where one is missing."""
    from mailer.message.address import format_mailbox, parse_list

    boxes = parse_list(text)
    if all(box.display_name for box in boxes):
        return text
    return ", ".join(format_mailbox(box._replace(display_name=box.display_name or _EXAMPLE_NAME)) for box in boxes)


def _check_name(text: str) -> None:
    from mailer.cli.own_name import check_name

    _check_value(text)
    check_name(text)


def _check_value(text: str) -> None:
    from mailer.characters import bad_in_header

    bad = bad_in_header(text)
    if bad or not text:
        raise BadData(f"the answer holds {bad}" if bad else "the answer is empty", hint="Type it again.")


def _comment(template: Template) -> str:
    return (
        "\n-- >8 --\n"
        "Everything from the line above on is a comment and never reaches the mail.\n"
        f"Your words go between the headers and that line; {template.name} adds the rest"
        f" (mailer templates {template.name}).\n"
        "They are Markdown: *emphasis*, [a link](https://example.org), lists.\n"
    )
