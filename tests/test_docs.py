"""The pages for people name every command, option, setting and exit code, and their links lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from mailer import errors
from mailer.cli.main import cli
from mailer.settings.layers import DEFAULTS
from tests.kit.rows import each_row

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
CONTRACT = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("cli.md", "keeping-in-touch.md"))
HIDDEN = {"list"}


def commands(group: click.Group, path: str = "mailer") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if found is None or name in HIDDEN:
            continue
        yield f"{path} {name}", found
        if isinstance(found, click.Group):
            yield from commands(found, f"{path} {name}")


COMMANDS = dict(commands(cli))


@each_row("name", COMMANDS)
def test_every_command_and_option_is_described(name: str) -> None:
    words = name.removeprefix("mailer ")
    assert re.search(rf"`(?:mailer )?{re.escape(words)}\b", CONTRACT) or f"{words}`" in CONTRACT, name
    options = [option for param in COMMANDS[name].params for option in param.opts if option.startswith("--")]
    assert [option for option in options if option not in CONTRACT] == []


@each_row("name", COMMANDS)
def test_every_help_page_has_words_and_an_example(name: str) -> None:
    found = COMMANDS[name]
    assert (found.help or "").strip().split("\n")[0].endswith((".", "…")), name
    assert (found.epilog or "").startswith("Example: mailer"), name


def test_every_setting_is_described() -> None:
    assert [name for name in DEFAULTS if name not in CONTRACT] == []


def test_every_exit_code_is_described() -> None:
    codes = {one.code for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.MailerError)}
    assert [code for code in sorted(codes) if not re.search(rf"^\| (?:\d+, )?{code}[ ,]", CONTRACT, re.MULTILINE)] == []


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.*)", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


@each_row("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", text):
        there = page.parent / target if target else page
        assert there.is_file(), target
        assert not anchor or anchor in anchors(there), anchor
