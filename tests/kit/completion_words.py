"""Write ``words.tsv``, what completion knows of the commands, anew: ``make completion``."""

from __future__ import annotations

from pathlib import Path

import click

import mailer
from mailer.checks.problem import NAMES
from mailer.cli.main import cli

FILE = Path(mailer.__file__).parent / "cli" / "completion" / "words.tsv"
# A stop is not to be allowed.
_CHECKS = "|" + "|".join(name for name in NAMES if name != "stop")
_BY_METAVAR = {
    "CHECK": _CHECKS,
    "FILE.csv": ".csv",
    "FILE.eml": ".eml",
    "FILE": "file",
    "F": "file",
    "DIR": "dir",
    "DATE": "|today|yesterday|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday",
}
_OPTIONS = {"account": "accounts", "plan": "plans", "eml": "letters", "template": "templates", "maildir": "dir"}
_ARGUMENTS = {
    "letter": ".md",
    "template": "templates",
    "who": "people",
    "other": "people",
    "person": "people",
    "file": "file",
    "files": "file",
}
# Where the name alone does not tell.
_SPECIAL = {
    ("templates", "name"): "templates",
    ("checks", "name"): _CHECKS,
    ("plans", "name"): "plans",
    ("logout", "name"): "accounts",
    ("new", "file"): ".md",
    ("follow-up", "file"): ".md",
    ("touch", "undo"): "entries",
    ("help", "words"): "command",
    ("preview", "eml"): "",
}


def lines():
    """The lines of the file."""
    return list(_lines(cli, ""))


def _lines(command, path):
    # click keeps the option for help, as it is first asked for, with the command.
    context = click.Context(command, info_name="mailer", **command.context_settings)
    kinds = " ".join(_argument(path, each) for each in _arguments(command))
    if kinds:
        yield f"{path}\t\t{kinds}\t"
    for option in command.get_params(context):
        if isinstance(option, click.Option) and not option.hidden:
            for name in option.opts:
                yield f"{path}\t{name}\t{_option(path, option)}\t{_about(option.help)}"
    if not isinstance(command, click.Group):
        return
    found = [(name, command.get_command(context, name)) for name in command.list_commands(context)]
    below = [(name, one) for name, one in found if name != "list"]
    for name, one in below:
        yield f"{path}\t{name}\tcommand\t{_about(one.get_short_help_str(200))}"
    for name, one in below:
        yield from _lines(one, f"{path} {name}".strip())


def _arguments(command):
    """Its arguments; those of the hidden command of a group that takes words too."""
    hidden = getattr(command, "commands", {}).get("list", command)
    return [param for param in hidden.params if isinstance(param, click.Argument)]


def _argument(path, param):
    last = path.rpartition(" ")[2]
    if (last, param.name) in _SPECIAL:
        kind = _SPECIAL[last, param.name]
    elif isinstance(param.type, click.Choice):
        kind = "|" + "|".join(param.type.choices)
    elif path.startswith("outbox") and param.name in ("id", "ids", "letter", "letters", "which"):
        kind = "waiting"
    elif path == "people":
        kind = "people"
    else:
        kind = _ARGUMENTS.get(param.name, "text")
    return kind + ("*" if param.nargs == -1 else "")


def _option(path, option):
    if option.is_flag or option.count:
        return ""
    if isinstance(option.type, click.Choice):
        return "=|" + "|".join(option.type.choices)
    if (path, option.name) in _SPECIAL:
        return f"={_SPECIAL[path, option.name]}"
    return "=" + (_BY_METAVAR.get(option.metavar) or _OPTIONS.get(option.name, ""))


def _about(text):
    return " ".join((text or "").split())


if __name__ == "__main__":
    FILE.write_text("\n".join([*lines(), ""]), encoding="utf-8")
