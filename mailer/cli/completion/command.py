"""``mailer completion``: print the script of a shell."""

from __future__ import annotations

from pathlib import Path

import click

from mailer.cli.app import App, app_command
from mailer.cli.options import verbose_option

_SHELLS = ("bash", "zsh", "fish", "powershell")


@app_command(
    "completion",
    "Print a tab-completion script for your shell.",
    "mailer completion bash > ~/.local/share/bash-completion/completions/mailer",
)
@click.argument("shell", type=click.Choice(_SHELLS))
@verbose_option
def command(app: App, shell: str, verbose: int) -> None:
    """Print the script that lets SHELL complete commands, options, templates, people, letters and files.

    Its first lines say where it goes: for bash and fish a file that is read by itself, for zsh a folder of $fpath,
    for PowerShell the profile. It asks mailer itself what there is, and is the same for each version.
    """
    path = Path(__file__).with_name("scripts") / f"mailer.{shell}"
    if verbose:
        app.output.note(f"script: {path}")
    app.output.write(path.read_bytes())
