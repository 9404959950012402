"""Send a letter to people in the book, once a person has seen it and said yes.

An assistant cannot say yes: its calls, however many, are no consent.  The question goes to the person through the
client (elicitation), names what it is about by a digest of the whole mail, and a yes is good for that mail alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailer.characters import printable
from mailer.errors import NotReady
from mailer.sending import api
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.assistants.desk import Desk
    from mailer.errors import MailerError
    from mailer.message.rendered import Rendered
    from mailer.sending.api_values import Result
    from mailer.sending.plan import Plan

_LINES = 12
_SETTLED = ("already-sent", "in-doubt", "refused")
_LINE = 200


class Looked(NamedTuple):
    """A letter as it was looked at: the question and what it is about, or else the result that needs no question."""

    question: str = ""
    digest: str = ""
    result: dict[str, Any] | None = None


def look(desk: Desk, letter: str, *, can_ask: bool) -> Looked:
    """Check a letter, and compare it with what was sent; nothing is sent or claimed.  Raises MailerError.

    Where nobody can be asked it is only told what the ledger says of it.
    """
    plans: list[Plan] = []

    def seen(plan: Plan) -> bool:
        plans.append(plan)
        return False

    results = api.send(desk.letter(letter), settings=desk.settings, confirm=seen)
    if not plans and (can_ask or results[0].state in _SETTLED):
        return Looked(result=_as_json(results[0]))
    if not can_ask:
        return Looked()
    _refuse_strangers(desk, plans[0].first)
    return Looked("\n".join(_question(plans[0])), _digest(plans[0].first))


def send(desk: Desk, letter: str, looked: Looked) -> dict[str, Any]:
    """Send the letter that a person said yes to, if it is still the same.  Raises MailerError."""
    changed = NotReady("the letter has changed since the person saw it", hint="Ask again with send_letter.")

    def same(plan: Plan) -> bool:
        return _digest(plan.first) == looked.digest

    (result,) = api.send(desk.letter(letter), settings=desk.settings, confirm=same)
    if result.error is not None and result.error.name == "declined":
        result = result._replace(error=changed)
    return _as_json(result)


def _refuse_strangers(desk: Desk, rendered: Rendered) -> None:
    """Raise NotReady where it would go to somebody who is not in the book."""
    with desk.book(write=False) as book:
        boxes = (*rendered.to, *rendered.cc, *rendered.bcc)
        strangers = [box.addr_spec for box in boxes if book.of_address(box.addr_spec) is None]
    if strangers:
        hint = f"The person adds them with: mailer people add {strangers[0]}"
        raise NotReady(f"not in the book of people: {', '.join(strangers)}", hint=hint)


def _digest(rendered: Rendered) -> str:
    """A digest of the whole mail, and of whom else it goes to."""
    from hashlib import sha256

    from mailer.message.compose import compose_preview

    hidden = "\n".join(box.addr_spec for box in rendered.bcc)
    return sha256(compose_preview(rendered) + b"\0" + hidden.encode()).hexdigest()[:16]


def _question(plan: Plan) -> Iterator[str]:
    """Yield the lines that a person is asked with; those of the letter's text stand behind a sign."""
    from mailer.message.preview import format_shown, human_size, shown_text

    letter = plan.first
    yield "Send this letter?"
    asked = (("To", letter.to), ("Cc", letter.cc), ("Bcc", letter.bcc), ("From", (letter.sender,)))
    for name, boxes in (*asked, ("Answers to", letter.reply_to)):
        if boxes:
            yield _short(f"{name}: {', '.join(format_shown(box) for box in boxes)}", len(boxes) * _LINE)
    yield _short(f"Subject: {letter.subject}")
    for file in letter.attachments:
        yield _short(f"Attached: {file.filename} ({human_size(file.size)})")
    for problem in plan.problems:
        yield _short(f"Mind: {problem.text}")
    yield "It begins:"
    lines = [line for line in shown_text(letter).splitlines() if line.strip()]
    yield from [f"> {_short(line)}" for line in lines[:_LINES]]
    if len(lines) > _LINES:
        yield f"(and {len(lines) - _LINES} lines more)"
    yield f"The mail as a whole: {_digest(letter)}"


def _short(line: str, most: int = _LINE) -> str:
    line = printable(line.replace("\t", " ").replace("\n", " "))
    return line if len(line) <= most else f"{line[:most]}…"


def _as_json(result: Result) -> dict[str, Any]:
    return {
        "status": result.state,
        "id": result.id,
        "to": list(result.to),
        "subject": result.subject,
        "message_id": result.message_id,
        "copy": result.copy,
        "problems": [problem.as_json() for problem in result.problems],
        "error": _error(result.error) if result.error else None,
    }


def _error(error: MailerError) -> dict[str, Any]:
    """The error, without the options of the command that would send all the same: here there are none."""
    told = error.as_json()
    if "--again" in error.hint or "--allow" in error.hint:
        told["hint"] = "Fix the letter, or leave it to the person."
    return told
