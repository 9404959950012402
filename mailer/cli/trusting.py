"""Ask whether a folder is trusted, when a command is about to use what its ``.env`` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mailer.characters import printable
from mailer.errors import Declined

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mailer.sending.request import Options
    from mailer.sending.world import World
    from mailer.settings.settings import Settings
    from mailer.settings.values import Value


def trusted(
    world: World, settings: Settings, options: Options | None = None, *, names: Iterable[str] | None = None
) -> Settings:
    """The same settings, once their folder is trusted as far as they use what it says.

    ``options``: a letter or CSV of theirs may be on standard input, where then nobody can be asked.  ``names`` as for
    `Settings.untrusted`.  Raises Untrusted (78) where nobody can be asked, Declined (1), CannotWrite (73).
    """
    lines = settings.untrusted(names)
    if lines:
        from mailer.settings import trust

        if not world.can_ask() or (options and options.reads_stdin):
            raise trust.untrusted_error(lines)
        agree(world, settings)
    return settings


def agree(world: World, settings: Settings, *, yes: bool = False) -> None:
    """Show the lines, ask unless ``yes``, and remember the answer.  Raises Declined (1), CannotWrite (73)."""
    from mailer.settings import trust

    lines = trust.needing(settings.folder)
    show(world, settings, lines)
    if not yes and not click.confirm("Trust this folder with these lines?", default=False, err=True):
        hint = "None of those lines was used. Take them out of its .env, or agree later: mailer trust."
        raise Declined("the folder is not trusted", hint=hint)
    trust.remember(settings.config_dir, settings.cwd, lines)


def show(world: World, settings: Settings, lines: Iterable[Value]) -> None:
    """The lines, on stderr."""
    note = world.note
    note(printable(f"{settings.cwd.absolute() / '.env'} decides where letters and secrets go:"))
    for line in lines:
        note(printable(f"  {line.name}={line.text}".replace("\n", "\\n")))
