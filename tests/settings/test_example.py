"""`.env.example` says of each setting what the table says."""

from __future__ import annotations

import re
from pathlib import Path

from mailer.settings.table import HARMLESS, NEVER, SETTINGS, TRUST, WITHIN, Setting
from tests.kit.rows import each_row

FILE = Path(__file__).parents[2] / ".env.example"
LINE = re.compile(r"(?:# )?(MAILER_[A-Z_]+)=(.*)")
REFUSED = ("Not in the `.env` of a working folder.", "In the environment only.")


def told() -> dict[str, tuple[str, str]]:
    """The value that the file shows of each setting, and the paragraph before it."""
    found: dict[str, tuple[str, str]] = {}
    for block in FILE.read_text("utf-8").split("\n\n"):
        lines = block.splitlines()
        about = " ".join(line.removeprefix("# ") for line in lines if not LINE.match(line))
        found |= {match[1]: (match[2], about) for line in lines if (match := LINE.match(line))}
    return found


def in_folder(about: str) -> str:
    """What a paragraph says about the working folder's file."""
    if any(words in about for words in REFUSED):
        return NEVER
    return WITHIN if "(* another one)" in about else TRUST if about.startswith("(*)") else HARMLESS


def test_the_example_has_every_setting_in_the_order_of_the_table() -> None:
    assert list(told()) == list(SETTINGS)


@each_row("setting", SETTINGS.values(), ids=lambda setting: setting.name)
def test_the_example_says_what_the_table_says(setting: Setting) -> None:
    shown, about = told()[setting.name]
    assert shown == (setting.default or shown)
    assert shown
    assert in_folder(about) == setting.in_folder
