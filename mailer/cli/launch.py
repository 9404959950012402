"""Open the editor, the pager, the browser or the mail program.  None of them gets our password in its environment."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

_SECRETS = ("MAILER_PASSWORD", "MAILER_OAUTH_CLIENT_SECRET")
# Where xdg-open knows no browser.
_BROWSERS = ("x-www-browser", "firefox", "chromium", "google-chrome")
# They share the terminal with us, so that the one waits for the other.
_IN_THE_TERMINAL = frozenset({"browsh", "elinks", "links", "links2", "lynx", "w3m", "www-browser"})
# A program that has not ended by then shows what it was given.
_SECONDS = 3.0
_NOT_THERE = "not there"


@contextlib.contextmanager
def _without_secrets() -> Iterator[None]:
    kept = {name: os.environ.pop(name) for name in _SECRETS if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)


def edit(path: Path) -> str:
    """Let the person change a file in VISUAL, EDITOR or what there is; "" or why that failed."""
    with _without_secrets():
        try:
            click.edit(filename=str(path))
        except click.ClickException as error:
            return error.format_message()
    return ""


def page(lines: Iterator[str]) -> None:
    """Show lines by PAGER or what there is, as they come; it may be left before they end."""
    with _without_secrets():
        # The last line gets its end there.
        click.echo_via_pager(f"\n{line}" if at else line for at, line in enumerate(lines))


def browse(address: str) -> str:
    """Hand an address to the browser that BROWSER names, else to the system's; "" or why nothing opened it."""
    named = [words for words in os.environ.get("BROWSER", "").split(os.pathsep) if words.strip()]
    commands = [_with_address(words, address) for words in named]
    return _first([*commands, *_openers(address, _BROWSERS)])


def open_file(path: Path) -> str:
    """Hand a file to the program that the system has for its kind; "" or why that failed."""
    return _first(_openers(str(path.absolute()), ()))


def _with_address(words: str, address: str) -> list[str]:
    """A command of BROWSER, with the address where ``%s`` stands or at its end."""
    import shlex

    try:
        command = shlex.split(words)
    except ValueError:
        command = [words]
    if any("%s" in word for word in command):
        return [word.replace("%s", address) for word in command]
    return [*command, address]


def _openers(what: str, others: Sequence[str]) -> list[list[str]]:
    """What the system opens things with, and then the other programs; on Windows its shell alone, named by ""."""
    if sys.platform == "win32":
        return [["", what]]
    return [[name, what] for name in ("open" if sys.platform == "darwin" else "xdg-open", *others)]


def _first(commands: Iterable[Sequence[str]]) -> str:
    """Try commands until one opens it; "" or what became of the first that there is."""
    faults = []
    for command in commands:
        fault = _run(command) if command[0] else _by_the_shell(command[1])
        if not fault:
            return ""
        faults.append(fault)
    return next((fault for fault in faults if fault != _NOT_THERE), "there is no program for it")


def _run(command: Sequence[str]) -> str:
    """Run a program; one that ends tells by its exit status whether it opened what it was given."""
    import subprocess

    name = Path(command[0]).name
    shares = name in _IN_THE_TERMINAL
    streams = None if shares else subprocess.DEVNULL
    environ = {key: value for key, value in os.environ.items() if key not in _SECRETS}
    try:
        child = subprocess.Popen(
            command, env=environ, stdin=streams, stdout=streams, stderr=streams, start_new_session=not shares
        )
        status = child.wait(None if shares else _SECONDS)
    except subprocess.TimeoutExpired:
        return ""
    except FileNotFoundError:
        return _NOT_THERE
    except OSError as error:
        return f"{name} cannot be started: {error.strerror or error}"
    return f"{name} ended with {status}" if status else ""


def _by_the_shell(what: str) -> str:
    if sys.platform != "win32":
        return _NOT_THERE
    try:
        os.startfile(what)  # noqa: S606 - a file of ours, or the link that was asked for
    except OSError as error:
        return error.strerror or str(error)
    return ""
