"""``mailer mcp``: serve an assistant over standard input and output, within one folder."""

from __future__ import annotations

import click

from mailer.cli.app import App, app_command
from mailer.cli.options import verbose_option
from mailer.errors import BadSettings


@app_command("mcp", "Serve an assistant (Model Context Protocol), within one folder.", "mailer mcp --folder letters")
@click.option("--folder", metavar="DIR", help="The folder for letters, drafts and attachments; by default this one.")
@click.option("--allow-send", is_flag=True, help="Let it send too, each letter only after you have said yes.")
@click.option("--account", metavar="NAME", help="The account to use.")
@verbose_option
def command(app: App, folder: str | None, allow_send: bool, account: str | None, verbose: int) -> int:
    """Serve an assistant, which can write letters, check them, save drafts, and ask whom to write to.

    It speaks the protocol on standard input and output, so an assistant starts it, not you. No file outside the folder
    is read or written, and none is overwritten. With --allow-send the assistant may ask to send a letter: its client
    shows you the letter and asks, and it goes only to people in your book.
    """
    from importlib.util import find_spec

    if find_spec("mcp") is None:
        raise BadSettings(
            "mailer mcp needs the package mcp, which is not installed",
            hint="pipx install 'letter-mailer[mcp]', or pip install 'letter-mailer[mcp]' where mailer is.",
        )
    from mailer.assistants.desk import Desk
    from mailer.assistants.folder import Folder
    from mailer.assistants.server import serve

    desk = Desk(Folder.of(app.cwd / (folder or "")), account, app.environ)
    if verbose:
        app.output.note(f"folder: {desk.folder.path}")
    if app.can_ask():
        app.output.note("An assistant starts this and speaks to it here (docs/assistants.md); Ctrl-C ends it.")
    _leave_at_once()
    serve(desk, allow_send=allow_send)
    return 0


def _leave_at_once() -> None:
    """Let Ctrl-C and SIGTERM end the process: the thread that waits for the client's words would outlast them.

    A letter that is on its way then is told of by the ledger, as after any kill.
    """
    import signal

    for number in filter(None, (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", None))):
        signal.signal(number, signal.SIG_DFL)
