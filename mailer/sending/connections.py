"""The secret and the SMTP sessions of one run."""

from __future__ import annotations

from collections import deque
from functools import partial
from itertools import count
from threading import Lock, get_ident
from typing import TYPE_CHECKING

from mailer.errors import NotTrusted

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.accounts.secrets.keyring import Found
    from mailer.sending.request import Options
    from mailer.sending.world import World
    from mailer.settings.server import Server
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


def _given(world: World, server: Server, found: Found | None) -> str | Callable[[], str]:
    """What gives the secret to a connection."""
    if found is None or server.auth != "oauth2":
        return found.secret if found else ""
    from mailer.accounts.oauth import access

    return access.renewed(server, world.environ, found.secret)


def _opened(
    server: Server,
    given: str | Callable[[], str],
    found: Found | None,
    log: Callable[[str], None] | None,
    without: frozenset[str],
) -> SmtpSession:
    from mailer.transport.session import open_session

    if found is None:
        return open_session(server, "", log=log, disabled_extensions=without)
    from mailer.accounts import guard

    with guard.telling(found.where, given):
        return open_session(server, given, log=log, disabled_extensions=without)


class Connector:
    """Opens the sessions of one run, with a secret that is found once: ``password``, "" without one."""

    def __init__(self, world: World, options: Options) -> None:
        self.world, self.options = world, options
        self.password = ""
        self._found: Found | None = None
        self._lock = Lock()
        self._numbers = count(1)
        self._owner = get_ident()
        self._overheard: deque[str] = deque()

    def find_secret(self, server: Server, *, later: bool) -> None:
        """Find the secret unless it was found before; as `find_secret`."""
        if self._found is None:
            self._found = find_secret(self.world, self.options, server, later=later)
            self.password = self._found.secret if self._found else ""
            _mind_copies(self.world, server)

    def session(self, server: Server, without: frozenset[str] = frozenset(), *, named: bool = False) -> SmtpSession:
        """Open a session; ``named`` by its number in the conversation.  Several threads may at once."""
        given = _given(self.world, server, self._found)
        name = f"[{next(self._numbers)}] " if named else ""
        log = partial(self._say, name) if self.options.verbose else None
        return _opened(
            server, given if isinstance(given, str) else partial(self._ask, given), self._found, log, without
        )

    def _ask(self, given: Callable[[], str]) -> str:
        """A token is renewed once for all connections."""
        with self._lock:
            return given()

    def _say(self, name: str, text: str) -> None:
        """A line of a conversation; one that another thread hears is printed before the next one of this thread."""
        self._overheard.append(f"{name}{text}")
        while self._overheard and get_ident() == self._owner:
            self.world.note(self._overheard.popleft())


def _mind_copies(world: World, server: Server) -> None:
    """Raise BadSettings where copies are wanted in a mailbox that may not get the secret: before a letter goes."""
    if not server.imap_host or server.auth == "none":
        return
    from mailer.accounts import guard
    from mailer.sending.copies import rule

    if rule(server) in ("look", "wait"):
        guard.mind_imap(server, world.environ)
