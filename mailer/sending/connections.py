"""The secret and the SMTP sessions of one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.errors import NotTrusted

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.accounts.secrets.keyring import Found
    from mailer.sending.request import Options
    from mailer.sending.world import World
    from mailer.settings.settings import Server
    from mailer.transport.session import SmtpSession


def find_secret(world: World, options: Options, server: Server, *, later: bool) -> Found | None:
    """Find the secret to sign in with; None without sign-in.

    With ``later`` nobody is asked for it yet: None then also where only a person can give it.  Raises NotTrusted.
    """
    if server.auth == "none":
        return None
    from mailer.accounts import guard

    can_ask = world.can_ask() and not options.reads_stdin

    def prompt() -> str:
        return world.password(f"Password for {server.username} at {server.host}")

    try:
        return guard.for_smtp(server, world.environ, prompt=prompt if can_ask and not later else None)
    except NotTrusted:
        if later and can_ask:
            return None
        raise


def connect(
    world: World, options: Options, server: Server, found: Found | None, without: frozenset[str] = frozenset()
) -> SmtpSession:
    """Open a signed-in session with the server of the settings; ``without`` these extensions."""
    from mailer.transport.session import open_session

    log = world.note if options.verbose else None
    if found is None:
        return open_session(server, "", log=log, disabled_extensions=without)
    from mailer.accounts import guard

    given: str | Callable[[], str] = found.secret
    if server.auth == "oauth2":
        from mailer.accounts.oauth import access

        given = access.renewed(server, world.environ, found.secret)
    with guard.telling(found.where, given):
        return open_session(server, given, log=log, disabled_extensions=without)


@dataclass(slots=True, eq=False, repr=False)
class Connector:
    """Opens the sessions of one run, with a secret that is found once: ``password``, "" without one."""

    world: World
    options: Options
    password: str = ""
    _found: Found | None = None

    def find_secret(self, server: Server, *, later: bool) -> None:
        """Find the secret unless it was found before; as `find_secret`."""
        if self._found is None:
            self._found = find_secret(self.world, self.options, server, later=later)
            self.password = self._found.secret if self._found else ""
            _mind_copies(self.world, server)

    def session(self, server: Server, without: frozenset[str] = frozenset()) -> SmtpSession:
        """Open a session."""
        return connect(self.world, self.options, server, self._found, without)


def _mind_copies(world: World, server: Server) -> None:
    """Raise BadSettings where copies are wanted in a mailbox that may not get the secret: before a letter goes."""
    if not server.imap_host or server.auth == "none":
        return
    from mailer.accounts import guard
    from mailer.sending.copies import rule

    if rule(server) in ("look", "wait"):
        guard.mind_imap(server, world.environ)
