"""Other programs: the editor, the browser, the mail program.  None of them gets our password in its environment."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import click

_SECRETS = ("MAILER_PASSWORD", "MAILER_OAUTH_CLIENT_SECRET")


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


def browse(address: str) -> bool:
    """Hand an address to the browser that BROWSER names, else to the system's program for it; False if none took it."""
    import webbrowser

    with _without_secrets():
        if os.environ.get("BROWSER") and webbrowser.open(address):
            return True
        return click.launch(address) == 0 or webbrowser.open(address)


def open_file(path: Path) -> bool:
    """Hand a file to the program that the system has for its kind; False if there is none."""
    with _without_secrets():
        return click.launch(str(path)) == 0
