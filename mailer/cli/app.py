"""The world of a command: the world of sending, with a terminal; and which exit code is the most serious."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mailer.characters import printable
from mailer.cli.output import Output
from mailer.sending import world

if TYPE_CHECKING:
    from mailer.sending.plan import Plan
    from mailer.sending.request import Options
    from mailer.settings.settings import Settings

_Function = TypeVar("_Function", bound=Callable[..., Any])
HELP = {"help_option_names": ["-h", "--help"]}
_SERIOUS = (70, 76, 77, 78, 69, 75, 73, 66, 65, 1)


class App(world.World):
    """The world that a command acts in; tests make their own.  ``stopped``: a signal ended it, and it told the end."""

    __slots__ = ("output", "stopped")

    def __init__(
        self,
        environ: Mapping[str, str] = os.environ,
        cwd: Path = Path(),
        now: Callable[[], datetime] = world.read_now,
        token: Callable[[], str] = world.make_token,
        output: Output | None = None,
    ) -> None:
        self.output, self.stopped = output or Output(), False
        super().__init__(self.output.note, environ, cwd, now, token)

    def can_ask(self) -> bool:
        """Tell whether a person sits at a terminal, with stdin for the answer."""
        return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))

    def password(self, question: str) -> str:
        """Ask for a secret, which is not shown as it is typed."""
        return str(click.prompt(printable(question), hide_input=True, err=True))

    def confirm(self, plan: Plan) -> bool:
        """Show what is about to be sent, and ask whether to send it."""
        from mailer.cli.confirm import lines_to_confirm, question

        self.output.note("\n".join(lines_to_confirm(plan)))
        return click.confirm(question(plan), default=False, err=True)

    def trusted(
        self, settings: Settings, options: Options | None = None, *, names: Iterable[str] | None = None
    ) -> Settings:
        """Return the same settings, once their folder is trusted; a person is asked.  See `trusting.trusted`."""
        if settings.folder:
            from mailer.cli.trusting import trusted

            trusted(self, settings, options, names=names)
        return settings


def pass_app(function: _Function) -> _Function:
    """Call a command with the App of its context as first argument."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        obj = click.get_current_context().obj
        app = obj if isinstance(obj, App) else App(output=obj)
        return function(app, *args, **kwargs)

    return call  # type: ignore[return-value]


def app_command(
    name: str, words: str, example: str, *, of: click.Group | None = None
) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a function a command that is called with the App; ``words`` stand in lists, ``example`` ends its page."""

    def made(function: Callable[..., Any]) -> click.Command:
        make = of.command if of else click.command
        return make(name, short_help=words, epilog=f"Example: {example}", context_settings=HELP)(pass_app(function))

    return made


def worst(codes: set[int]) -> int:
    """The most serious of some exit codes, as ``cli.md`` orders them."""
    return next((code for code in _SERIOUS if code in codes), 0)
