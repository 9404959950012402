"""The world as a value, how a command gets it, and which exit code is the most serious."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mailer.cli.output import Output

if TYPE_CHECKING:
    from mailer.errors import MailerError

_Function = TypeVar("_Function", bound=Callable[..., Any])
_SERIOUS = (70, 76, 77, 78, 69, 75, 73, 66, 65, 1)


def _now() -> datetime:
    return datetime.now().astimezone()


def _token() -> str:
    return os.urandom(16).hex()


class App:
    """The world that a command acts in; tests make their own."""

    __slots__ = ("cwd", "environ", "now", "output", "token")

    def __init__(
        self,
        environ: Mapping[str, str] = os.environ,
        cwd: Path = Path(),
        now: Callable[[], datetime] = _now,
        token: Callable[[], str] = _token,
        output: Output | None = None,
    ) -> None:
        self.environ = environ
        self.cwd = cwd
        self.now = now
        self.token = token
        self.output = output or Output()

    def can_ask(self) -> bool:
        """Whether a person sits at a terminal."""
        return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def pass_app(function: _Function) -> _Function:
    """Call a command with the App of its context as first argument."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        world = click.get_current_context().obj
        app = world if isinstance(world, App) else App(output=world)
        return function(app, *args, **kwargs)

    return call  # type: ignore[return-value]


def status_of(error: MailerError) -> str:
    """The JSON ``status`` of a letter that ``error`` kept back."""
    return {1: "not-ready", 65: "invalid", 66: "invalid"}.get(error.code, "not-sent")


def worst(codes: set[int]) -> int:
    """The most serious of some exit codes, as ``cli.md`` orders them."""
    return next((code for code in _SERIOUS if code in codes), 0)
