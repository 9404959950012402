"""The secret and the sessions of ``send``, and the preview that it shows before it asks."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import click

from mailer.characters import printable
from mailer.cli.app import App
from mailer.cli.job import Job
from mailer.cli.options import Options
from mailer.errors import MailerError, NotTrusted, Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.accounts.secrets.keyring import Found
    from mailer.cli.early import Early
    from mailer.message.rendered import Rendered
    from mailer.settings.settings import Server
    from mailer.transport.session import SmtpSession


def secret(app: App, job: Job, server: Server, *, asked: bool) -> Found | None:
    """The secret to sign in with; None without sign-in.

    With ``asked`` nobody is asked for it yet: None then also where only a person can give it.  Raises NotTrusted.
    """
    if server.auth == "none":
        return None
    from mailer.accounts import guard

    can_ask = app.can_ask() and "-" not in (job.options.letter, job.options.each)

    def prompt() -> str:
        question = printable(f"Password for {server.username} at {server.host}")
        return str(click.prompt(question, hide_input=True, err=True))

    try:
        found = guard.for_smtp(server, app.environ, prompt=prompt if can_ask and not asked else None)
    except NotTrusted:
        if asked and can_ask:
            return None
        raise
    return found


def _mind_copies(app: App, server: Server) -> None:
    """Raises BadSettings where copies are wanted in a mailbox that may not get the secret: before a letter goes."""
    if not server.imap_host or server.auth == "none":
        return
    from mailer.accounts import guard
    from mailer.sending.sent_folder import rule

    if rule(server) in ("look", "wait"):
        guard.mind_imap(server, app.environ)


def connect(app: App, options: Options, server: Server, found: Found | None, without: frozenset[str]) -> SmtpSession:
    """A signed-in session with the server of the settings."""
    from mailer.transport.session import open_session

    log = app.output.note if options.verbose else None
    if found is None:
        return open_session(server, "", log=log, disabled_extensions=without)
    from mailer.accounts import guard

    given: str | Callable[[], str] = found.secret
    if server.auth == "oauth2":
        from mailer.accounts.oauth import access

        given = access.renewed(server, app.environ, found.secret)
    with guard.telling(found.where, given):
        return open_session(server, given, log=log, disabled_extensions=without)


class Way:
    """The way to the server of one run: the secret, found once, and the sessions.  To be closed after use."""

    def __init__(self, app: App, job: Job) -> None:
        self.app, self.job = app, job
        self._has_set_out = False
        self._found: Found | None = None
        self._early: Early | None = None

    @property
    def password(self) -> str:
        """The secret that was found, "" without one."""
        return self._found.secret if self._found else ""

    def find_secret(self, server: Server, *, asked: bool) -> None:
        """Find it, unless it was found before; as ``secret``."""
        if self._found is None:
            self._found = secret(self.app, self.job, server, asked=asked)
            _mind_copies(self.app, server)

    def set_out(self) -> None:
        """Open the first session while letters are looked at, where nobody has to be asked and nothing is shown."""
        if self._has_set_out or self.job.options.verbose:
            return
        self._has_set_out = True
        # What is amiss is told when all were looked at.
        with suppress(MailerError):
            server = self.job.settings.submission_server()
            if server.auth == "oauth2":
                return
            self.find_secret(server, asked=True)
            if self._found or server.auth == "none":
                from mailer.cli.early import Early

                self._early = Early(lambda: self._connected(server, frozenset()))

    def session(self, server: Server, without: frozenset[str]) -> SmtpSession:
        """The one that was opened early, else a new one."""
        early, self._early = self._early, None
        return (early and early.taken(server.window)) or self._connected(server, without)

    def _connected(self, server: Server, without: frozenset[str]) -> SmtpSession:
        return connect(self.app, self.job.options, server, self._found, without)

    def close(self) -> None:
        """Leave the server, where it was reached for nothing."""
        if self._early:
            self._early.close()


def must_be_able_to_ask(app: App) -> None:
    """Raises Usage without a terminal."""
    if not app.can_ask():
        raise Usage("nobody can be asked here", hint="Give --yes to send without a question.")


def show(app: App, rendered: Rendered) -> None:
    """The preview on stderr, before the question."""
    from mailer.cli.preview import placeholder
    from mailer.message.preview import terminal

    app.output.note("")
    for line in terminal(rendered, len(placeholder(rendered))):
        app.output.note(line)
    app.output.note("")
