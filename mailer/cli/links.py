"""Hyperlinks, where the terminal has them (OSC 8): words that lead to a page or to a new mail."""

from __future__ import annotations

import functools
import os
import re
import sys

from mailer.cli.style import FOLLOW

# What each mark in a text stands for: only what `link` was asked for becomes a link, whatever a text holds.
ADDRESSES: list[str] = []
_PLACES = {"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio"}
_NAMES = ("WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "DOMTERM")
_TERMS = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm", "contour")
_SAFE = "%:/?#[]@!$&'()*+,;=-._~"


def link(text: str, address: str, *, err: bool = False) -> str:
    """``text``, that leads to ``address`` where stdout, or with ``err`` stderr, is a terminal that has links."""
    stream = sys.stderr if err else sys.stdout
    if stream is None or not stream.isatty() or not _has_links():
        return text
    ADDRESSES.append(address)
    FOLLOW[:] = [followed]
    return f"{_mark()}{len(ADDRESSES) - 1}:{text}{_mark()}:"


def followed(text: str) -> str:
    """The text with its marks as the terminal understands them."""
    return re.sub(rf"{_mark()}(\d*):", _sequence, text)


def dropped(text: str) -> str:
    """The text without its marks, for a pager: not every one knows links."""
    return re.sub(rf"{_mark()}(\d*):", "", text) if ADDRESSES else text


def _sequence(found: re.Match[str]) -> str:
    from urllib.parse import quote

    address = quote(ADDRESSES[int(found[1])], safe=_SAFE) if found[1] else ""
    return f"\x1b]8;;{address}\x1b\\"


@functools.cache
def _mark() -> str:
    """What no text holds: nobody can know it."""
    return f"<{os.urandom(12).hex()}>"


def _has_links() -> bool:
    environ = os.environ
    forced = environ.get("FORCE_HYPERLINK")
    if forced is not None:
        return forced not in ("", "0")
    if environ.get("NO_COLOR") or environ.get("TERM") == "dumb":
        return False
    vte = environ.get("VTE_VERSION", "")
    is_known = environ.get("TERM_PROGRAM") in _PLACES or any(map(environ.get, _NAMES))
    return is_known or environ.get("TERM", "").startswith(_TERMS) or (vte.isdigit() and int(vte) >= 5000)
