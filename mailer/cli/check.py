"""``mailer check``: look for mistakes in a letter before it goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import click

from mailer.cli.app import App, app_command
from mailer.cli.job import failed, run_together
from mailer.cli.options import letter_options
from mailer.cli.problems import all_shown, group_lines
from mailer.cli.progress import watched
from mailer.message.address import Mailbox
from mailer.sending.item import Item, not_ready_error
from mailer.sending.problem_groups import Groups
from mailer.sending.request import Options

_BLANK: dict[str, Any] = {"ready": False, "row": None, "problems": []}
_INVENTED = "you@example.invalid"
_PLURAL = {"block": "blocks", "warn": "warnings", "hint": "hints"}


@app_command(
    "check",
    "Check a letter for mistakes before it goes.",
    "mailer check letter.md; mailer checks lists what it looks for",
)
@click.argument("letter")
@letter_options
def command(app: App, options: Options) -> int:
    """Check a letter for mistakes: placeholders, wrong names, missing attachments, tone, timing and more.

    Nothing is sent or recorded.  A block stops send, rehearse and draft --imap, unless --allow names its check;
    warnings and hints stop nothing.  Exit code 0 if nothing blocks, else 1.
    """
    groups = Groups()
    counts: Counter[str] = Counter()

    def act(items: Iterator[Item]) -> Iterator[int]:
        for item in watched(app.output, "checked", items, quiet=options.json or options.each is None):
            counts["ready" if item.error is None and not item.blocked else "not"] += 1
            yield _told(app, options, item, groups)

    sender = Mailbox(_INVENTED, "Your Name")
    code = run_together(app, options, act, _BLANK, sender=sender, ledger="yes")
    if options.each is not None and not options.json and counts:
        for line in group_lines(groups):
            app.output.line(line)
        app.output.line(f"{counts['ready']} of {counts.total()} ready")
    return code


def _told(app: App, options: Options, item: Item, groups: Groups) -> int:
    """Tell of one letter, or keep what there is to tell of it for the end; its exit code."""
    if item.error is not None:
        return failed(app, options, item, _BLANK)
    if options.json:
        app.output.json(_as_json(item))
    elif item.row is not None:
        groups.add(item.row, item.source.values if item.source else {}, item.problems)
    else:
        _tell(app, options, item)
    return 1 if item.blocked else 0


def _as_json(item: Item) -> dict[str, Any]:
    return {
        "ready": not item.blocked,
        "row": item.row,
        "problems": [problem.as_json() for problem in item.problems],
        "error": not_ready_error(item).as_json() if item.blocked else None,
    }


def _tell(app: App, options: Options, item: Item) -> None:
    for line in all_shown(item.problems, err=False):
        app.output.line(line)
    counts = Counter(problem.level for problem in item.problems if not problem.allowed)
    told = [f"{count} {level if count == 1 else _PLURAL[level]}" for level, count in counts.items()]
    allowed = sum(problem.allowed for problem in item.problems)
    told += [f"{allowed} allowed"] if allowed else []
    state = "not ready" if item.blocked else "ready"
    app.output.line(f"{options.letter}: {state}" + (f" ({', '.join(told)})" if told else ""))
    if item.words().sender.addr_spec == _INVENTED:
        app.output.note("It has no From yet, which send needs: write a From: line, or set MAILER_FROM.")
