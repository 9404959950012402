"""The world of a command: the world of sending, with a terminal; and which exit code is the most serious."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mailer.cli.output import Output
from mailer.cli.terminal import Terminal
from mailer.sending import world

if TYPE_CHECKING:
    from mailer.sending.request import Options
    from mailer.settings.settings import Settings

_Function = TypeVar("_Function", bound=Callable[..., Any])
_SERIOUS = (70, 76, 77, 78, 69, 75, 73, 66, 65, 1)


class App(world.World):
    """The world that a command acts in; tests make their own."""

    __slots__ = ("output",)

    def __init__(
        self,
        environ: Mapping[str, str] = os.environ,
        cwd: Path = Path(),
        now: Callable[[], datetime] = world.read_now,
        token: Callable[[], str] = world.make_token,
        output: Output | None = None,
    ) -> None:
        self.output = output or Output()
        super().__init__(Terminal(self.output), environ, cwd, now, token)

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


def worst(codes: set[int]) -> int:
    """The most serious of some exit codes, as ``cli.md`` orders them."""
    return next((code for code in _SERIOUS if code in codes), 0)
