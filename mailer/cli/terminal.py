"""The person at the terminal: told on stderr, asked there, with stdin for the answer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from mailer.characters import printable

if TYPE_CHECKING:
    from mailer.cli.output import Output
    from mailer.sending.plan import Plan


class Terminal:
    """Who is told and asked (`mailer.sending.world.Person`)."""

    def __init__(self, output: Output) -> None:
        self.output = output

    def note(self, text: str) -> None:
        """Print a line on stderr."""
        self.output.note(text)

    def can_ask(self) -> bool:
        """Tell whether a person sits at a terminal."""
        return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))

    def password(self, question: str) -> str:
        """Ask for a secret, which is not shown as it is typed."""
        return str(click.prompt(printable(question), hide_input=True, err=True))

    def confirm(self, plan: Plan) -> bool:
        """Show what is about to be sent, and ask whether to send it."""
        from mailer.cli.confirm import lines_to_confirm, question

        for line in lines_to_confirm(plan):
            self.note(line)
        return click.confirm(question(plan), default=False, err=True)
