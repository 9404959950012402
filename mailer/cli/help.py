"""``mailer help``: the same as ``--help``, for those who look for it here."""

from __future__ import annotations

import click

from mailer.cli.main import Group
from mailer.cli.options import verbose_option


@click.command(
    "help",
    short_help="Show what a command does; the same as --help.",
    epilog="Example: mailer help send; mailer help outbox resolve",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("words", metavar="[COMMAND]…", nargs=-1)
@verbose_option
@click.pass_context
def command(ctx: click.Context, words: tuple[str, ...], verbose: int) -> None:  # noqa: ARG001
    """Show the help of a command; without COMMAND, that of mailer."""
    context = ctx.find_root()
    for word in words:
        if not isinstance(context.command, Group):
            ctx.fail(f"{context.command_path} has no commands of its own.")
        found = context.command.named(context, word)
        context = click.Context(found, info_name=found.name, parent=context, **found.context_settings)
    click.echo(context.get_help())
