"""``mailer checks``: list the checks, or explain one."""

from __future__ import annotations

import click

from mailer.checks.problem import NAMES, manual
from mailer.cli.app import App, app_command
from mailer.cli.options import verbose_option
from mailer.errors import did_you_mean


@app_command("checks", "List the checks, or explain one.", "mailer checks leak")
@click.argument("name", required=False)
@click.option("as_json", "--json", is_flag=True, help="Print JSON.")
@verbose_option
def command(app: App, name: str | None, as_json: bool, verbose: int) -> int:  # noqa: ARG001
    """List the checks and what each finds; with NAME, explain one."""
    name = name and name.casefold()
    if name is not None and name not in NAMES:
        raise click.UsageError(f"there is no check {name!r}. {did_you_mean(name, NAMES)}")
    for each in [name] if name else NAMES:
        words = manual(each)
        about = words.partition("\n")[0].rstrip(".")
        if as_json:
            app.output.json({"name": each, "about": about, **({"manual": words} if name else {}), "error": None})
        else:
            app.output.line(f"{each}: {words}" if name else f"{each:<{max(map(len, NAMES))}}  {about}")
    return 0
