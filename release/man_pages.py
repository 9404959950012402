"""Write a manual page for each command, with click-man, from what ``--help`` says."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from inspect import cleandoc
from pathlib import Path

import click
from click_man.man import ManPage

_EXIT_STATUS = (
    "0: done. 1: the letter is not ready, or the answer was no. 2: the command was called wrongly. 65 to 78: as in"
    " sysexits.h; 69: refused for good, 75: failed for now, 76: in doubt, 77: sign-in failed, 78: settings missing."
)
_PARAGRAPH = "\n.PP\n"


def write(folder: Path) -> list[Path]:
    """Write the pages into a folder, ``mailer.1``, ``mailer-send.1`` and so on, and return them."""
    from mailer import __version__
    from mailer.cli.main import cli

    pages = []
    for context in _commands(click.Context(cli, info_name="mailer", **cli.context_settings)):
        page = folder / f"{context.command_path.replace(' ', '-')}.1"
        page.write_text(_page(context, __version__, _date()), encoding="ascii")
        pages.append(page)
    return pages


def _date() -> str:
    """The day that the build is to bear (SOURCE_DATE_EPOCH of reproducible-builds.org); without one there is none."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.fromtimestamp(int(seconds), UTC).date().isoformat() if seconds else ""


def _commands(context: click.Context) -> Iterator[click.Context]:
    yield context
    for below in _below(context):
        yield from _commands(below)


def _below(context: click.Context) -> list[click.Context]:
    """The commands of a group but for the one that stands for its arguments."""
    group = context.command
    if not isinstance(group, click.Group):
        return []
    found = [(name, group.get_command(context, name)) for name in group.list_commands(context) if name != "list"]
    return [
        click.Context(one, info_name=name, parent=context, **one.context_settings)
        for name, one in found
        if one and not one.hidden
    ]


def _page(context: click.Context, version: str, date: str) -> str:
    command = context.command
    page = ManPage(context.command_path)
    page.version, page.date = version, date
    page.short_help = _escaped(_brief(command))
    page.synopsis = _ascii(" ".join(command.collect_usage_pieces(context)))
    page.description = _escaped(cleandoc(command.help or ""))
    options = [one for one in command.get_params(context) if isinstance(one, click.Option) and not one.hidden]
    records = [option.get_help_record(context) for option in options]
    page.options = [(_ascii(record[0]), _escaped(record[1])) for record in records if record]
    page.commands = [(str(one.info_name), _escaped(_brief(one.command))) for one in _below(context)]
    return str(page) + "".join(_more(context))


def _more(context: click.Context) -> Iterator[str]:
    """What click-man has no place for."""
    example = (context.command.epilog or "").removeprefix("Example: ")
    if example:
        yield f".SH EXAMPLE\n{_escaped(cleandoc(example))}\n"
    above = context.parent.command_path.replace(" ", "-") if context.parent else ""
    if above:
        yield f".SH SEE ALSO\n.BR {_ascii(above).replace('-', chr(92) + '-')} (1)\n"
    else:
        yield f".SH EXIT STATUS\n{_escaped(_EXIT_STATUS)}\n"


def _brief(command: click.Command) -> str:
    return command.get_short_help_str(200).rstrip(".")


def _escaped(text: str) -> str:
    """Running text for groff: signs that it would take for its own, and paragraphs."""
    text = _ascii(text.replace("\\", "\\e")).replace("-", "\\-")
    lines = [f"\\&{line}" if line[:1] in (".", "'") else line for line in map(str.strip, text.split("\n"))]
    return re.sub(r"\n{2,}", lambda _: _PARAGRAPH, "\n".join(lines))


def _ascii(text: str) -> str:
    r"""Other signs by their numbers, ``\[u2026]`` for ``…``, which groff reads whatever the locale."""
    return "".join(sign if sign.isascii() else f"\\[u{ord(sign):04X}]" for sign in text)
