"""The world as a value, how a command gets it, and which exit code is the most serious."""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mailer.characters import printable
from mailer.cli.output import Output

if TYPE_CHECKING:
    from mailer.cli.options import Options
    from mailer.errors import MailerError
    from mailer.settings.settings import Settings

_Function = TypeVar("_Function", bound=Callable[..., Any])
_OCTETS = 16
_SERIOUS = (70, 76, 77, 78, 69, 75, 73, 66, 65, 1)


def _now() -> datetime:
    moment = time.time()
    return datetime.fromtimestamp(moment, _zone(int(moment) // 60))


@functools.lru_cache(maxsize=1)
def _zone(minute: int) -> tzinfo | None:
    """The zone of this machine; clocks are put forward and back at whole minutes."""
    return datetime.fromtimestamp(minute * 60).astimezone().tzinfo


def _tokens() -> Iterator[str]:
    """128 random bits each, in hex; many are asked of the system at once."""
    while True:
        octets = os.urandom(_OCTETS * 64)
        for at in range(0, len(octets), _OCTETS):
            yield octets[at : at + _OCTETS].hex()


_token: Callable[[], str] = functools.partial(next, _tokens())


def _told(clock: Callable[[], datetime]) -> datetime:
    """The time; BadData where it is one that no letter can bear."""
    try:
        moment = clock()
    except (OverflowError, ValueError, OSError) as error:
        raise _wrong_clock(str(error)) from error
    # A day on either side is left for the zones of those who read it.
    if not 1970 <= moment.year <= 9998:
        raise _wrong_clock(f"year {moment.year}")
    return moment


def _wrong_clock(said: str) -> MailerError:
    from mailer.errors import BadData

    return BadData(f"the clock of this computer is wrong: {said}", hint="Set it right; letters are dated by it.")


class App:
    """The world that a command acts in; tests make their own."""

    __slots__ = ("_told", "cwd", "environ", "now", "output", "token")

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
        self.now: Callable[[], datetime] = functools.partial(_told, now)
        self.token = token
        self.output = output or Output()
        self._told: set[str] = set()

    def settings(self, account: str | None = None, options: Mapping[str, str] | None = None) -> Settings:
        """The settings that hold here; names that are none of ours are told of once.  Raises BadSettings."""
        from mailer.settings import layers
        from mailer.settings.settings import load

        settings = load(self.environ, self.cwd, account, options)
        for value in settings.foreign:
            if value.name not in self._told:
                self._told.add(value.name)
                self.output.note(printable(layers.told_foreign(value)))
        return settings

    def trusted(
        self, settings: Settings, options: Options | None = None, *, names: Iterable[str] | None = None
    ) -> Settings:
        """The same settings, once their folder is trusted; see `trusting.trusted`."""
        if settings.folder:
            from mailer.cli.trusting import trusted

            trusted(self, settings, options, names=names)
        return settings

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
