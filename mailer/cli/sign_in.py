"""Get the secret of a sign-in, and try it once."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from mailer.characters import printable
from mailer.errors import NotTrusted, Usage

if TYPE_CHECKING:
    from mailer.accounts.plan import OwnSignIn
    from mailer.accounts.secrets.keyring import Found
    from mailer.cli.app import App
    from mailer.cli.login_folders import Folders
    from mailer.settings.server import Server

_LARGEST = 1 << 20
_LOG_IN, _TYPE = "store the password again with `mailer login`", "give the password again"


def secret(app: App, server: Server, service: str, *, stdin: bool) -> Found | None:
    """What signs in: standard input if ``stdin``, else as for sending; None without sign-in.

    ``service`` is where the keyring may have it, "" for an account to be.  Raises Usage where it would have to be asked
    for and nobody can be, NotTrusted if there is none.
    """
    from mailer.accounts import guard

    if server.auth == "none":
        return None
    if stdin:
        return _from_stdin()
    asks, is_oauth = app.can_ask(), server.auth == "oauth2"
    if not (service or server.password_command or asks or is_oauth or app.environ.get("MAILER_PASSWORD")):
        raise Usage(f"the password of {server.username} is needed", hint="pass --password-stdin and give it there")
    question = f"Password of {server.username} at {server.host}"
    return guard.for_smtp(
        server,
        app.environ,
        service=service,
        prompt=(lambda: str(click.prompt(printable(question), hide_input=True, err=True))) if asks else None,
    )


def _from_stdin() -> Found:
    """All of standard input less one final line end."""
    from mailer.accounts.secrets.keyring import Found, sound

    if sys.stdin is None:
        raise Usage("the password should come from standard input, which is closed")
    data = sys.stdin.buffer.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise NotTrusted("what came on standard input is not a password: it is larger than 1 MB")
    data = data[: -2 if data.endswith(b"\r\n") else -1] if data.endswith(b"\n") else data
    if not data:
        raise NotTrusted("no password came on standard input", hint="such as: pass show mail | mailer login …")
    return sound(Found(data.decode("utf-8", "surrogateescape"), "standard input"))


@dataclass(slots=True)
class Attempt:
    """One sign-in to send, and one to the folders if there are any; afterwards ``mechanism`` and ``tls`` say how."""

    app: App
    verbose: int
    folders: Folders
    mechanism: str = ""
    tls: str = ""

    def __call__(self, server: Server, secret: str) -> OwnSignIn | None:
        """Connect, verify, sign in, and go; how the folders are signed in to.  Raises what `open_session` does."""
        from mailer.accounts import guard
        from mailer.transport.session import open_session

        log = self.app.output.note if self.verbose else None
        self.app.output.note(f"Signing in to {server.host} …" if server.auth != "none" else f"Asking {server.host} …")
        try:
            with guard.telling(self._where, secret), open_session(server, secret, log=log) as session:
                self.mechanism = session.mechanism
                self.tls = session.tls.version if session.tls else ""
        except NotTrusted as error:
            # Whoever is in `mailer login` is not to be sent there.
            error.hint = error.hint.replace(_LOG_IN, _TYPE) if self.folders.store else error.hint
            raise
        return self.folders(server) if server.imap_host else None

    @property
    def _where(self) -> str:
        return self.folders.found.where if self.folders.found else ""

    def how(self, server: Server) -> str:
        """One line about it."""
        line = self.tls or "this machine only, without TLS"
        if server.auth == "none":
            return f"{server.host} answers without sign-in ({line})"
        folders = f", and to {server.imap_host}" if server.imap_host else ""
        return f"Signed in to {server.host} as {printable(server.username)} ({self.mechanism}, {line}){folders}"
