"""``mailer trust``: let the working folder's ``.env`` decide where letters and secrets go, or stop that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mailer.characters import printable
from mailer.cli.app import App, app_command
from mailer.cli.options import verbose_option
from mailer.errors import Usage

if TYPE_CHECKING:
    from mailer.settings.settings import Settings


@app_command("trust", "Let this folder's .env decide where letters go.", "mailer trust; mailer trust --list")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("list_them", "--list", is_flag=True, help="List the folders that are trusted.")
@click.option("--forget", is_flag=True, help="Stop trusting this folder.")
@verbose_option
def command(app: App, yes: bool, list_them: bool, forget: bool, verbose: int) -> int:
    """Show what this folder's .env says about where letters and secrets go, and ask whether to trust it.

    A .env that came with a download could send your letters and passwords to somebody else. So its servers, ports,
    logins and mailbox folders are used only once you trust the folder; when one of those lines changes, you are asked
    again. Your own .env, the accounts and the environment need no trust.
    """
    if yes + list_them + forget > 1:
        raise click.UsageError("give one of --yes, --list and --forget.")
    from mailer.settings import trust
    from mailer.settings.layers import config_dir

    base = config_dir(app.environ, app.cwd)
    if verbose:
        app.output.note(f"looked in {base}")
    if list_them:
        for folder in sorted(trust.folders(base)):
            app.output.line(printable(folder))
    elif forget:
        was = trust.forget(base, app.cwd)
        app.output.note("This folder is no longer trusted." if was else "This folder was not trusted.")
    else:
        _trust(app, app.settings(), yes=yes)
    return 0


def _trust(app: App, settings: Settings, *, yes: bool) -> None:
    from mailer.cli.trusting import agree, show
    from mailer.settings import trust

    lines = trust.needing(settings.folder)
    if not lines:
        app.output.note("Nothing here needs it: no .env of this folder says where letters and secrets go.")
        return
    if trust.is_trusted(settings.config_dir, settings.cwd, lines):
        show(app, settings, lines)
        app.output.note("This folder is already trusted with these lines.")
        return
    if not (yes or app.can_ask()):
        show(app, settings, lines)
        raise Usage("nobody can be asked here", hint="Give --yes to trust this folder with these lines.")
    agree(app, settings, yes=yes)
    app.output.note("This folder is trusted; a changed line is asked about again.")
