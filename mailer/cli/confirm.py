"""The question before letters go: what is shown with it, and its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.characters import printable
from mailer.cli.problems import warning_lines
from mailer.sending.outcomes import moment_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.message.rendered import Rendered
    from mailer.sending.plan import Plan

_SHOWN = 10
_HELD = {
    "refused": "refused before",
    "in-doubt": "in doubt",
    "busy": "in the hands of another mailer",
    "queued": "queued",
    "queued-other-words": "queued with other words",
}


def lines_to_confirm(plan: Plan) -> list[str]:
    """Return what a person is shown before the question."""
    quota = [plan.quota] if plan.quota else []
    return [*_fault_lines(plan), *_preview_lines(plan.first), *warning_lines(plan), *quota]


def _preview_lines(rendered: Rendered) -> list[str]:
    """Return the preview of the letter, between empty lines."""
    from mailer.message.compose import compose_preview
    from mailer.message.preview import terminal

    return ["", *terminal(rendered, len(compose_preview(rendered))), ""]


def _fault_lines(plan: Plan) -> Iterator[str]:
    """Yield why letters do not go, the most frequent reason first; lines are those of the CSV."""
    for text, count, numbers in plan.reasons[:_SHOWN]:
        lines = ", ".join(map(str, numbers)) + (", …" if count > len(numbers) else "")
        yield f"{count} not ready (line {lines}): {text}" if numbers else f"not ready: {text}"
    if len(plan.reasons) > _SHOWN:
        yield f"… and {len(plan.reasons) - _SHOWN} other reasons."
    for kind, words in _HELD.items():
        if plan.held.get(kind):
            yield f"{plan.held[kind]} {words}: mailer outbox says more."


def question(plan: Plan) -> str:
    """Return what to ask."""
    if plan.to_myself:
        return printable(f"Send this to yourself ({plan.first.sender.addr_spec})?")
    verb = "Queue" if plan.puts_off else "Send"
    then = f" until {moment_words(plan.until)}" if plan.until else ""
    if not plan.is_batch:
        count = sum(problem.level == "warn" for problem in plan.problems)
        warnings = f" ({count} warning{'s' * (count > 1)})" if count else ""
        return f"{verb} this letter{then}{warnings}?"
    good = f"{plan.good} ({plan.warned} with warnings)" if plan.warned else f"{plan.good}"
    bad = plan.not_ready
    if bad:
        return f"{bad} of {bad + plan.good} not ready; {verb.lower()} {good}{then}?"
    return f"{verb} {good}{then}?"
