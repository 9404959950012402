"""OAuth2 for SMTP and IMAP (RFC 6749, 7636, 8252, 8414, 8628, 9207): signing in once, access tokens from then on.

Only the refresh token is kept, in the keyring; access tokens live in memory.  A token command, if set, goes first.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from mailer.accounts.oauth.person import Person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from mailer.accounts.oauth.client import Client
    from mailer.accounts.oauth.issuer import Issuer
    from mailer.accounts.oauth.tokens import Tokens
    from mailer.accounts.secrets.keyring import Found
    from mailer.settings.server import Server

CLIENT_SECRET = "MAILER_OAUTH_CLIENT_SECRET"  # noqa: S105
_EARLY = 60.0


@dataclass(frozen=True, slots=True)
class Granted:
    """A sign-in that worked and is not kept yet: ``found`` to try the servers with, ``kept`` to store the rest."""

    client: Client
    tokens: Tokens

    @property
    def found(self) -> Found:
        """The access token, as a secret to sign in with."""
        from mailer.accounts.secrets.keyring import Found

        return Found(self.tokens.access, f"OAuth2 ({self.client.issuer})")

    @contextmanager
    def kept(self) -> Iterator[str]:
        """Store refresh token and client secret; gives the keyring's backend.  Raises NotTrusted (77).

        If that fails, or what is done within, the keyring is as it was before.
        """
        from mailer.accounts.oauth import store
        from mailer.errors import MailerError

        client = self.client
        before = store.load(client.issuer, client.login)
        secret, scope = _kept_secret(client), store.load_scope(client.issuer, client.login)
        try:
            if client.secret:
                store.save(client.issuer, client.id, client.secret)
            store.save_scope(client.issuer, client.login, self.tokens.scope)
            yield store.save(client.issuer, client.login, self.tokens.refresh)
        except BaseException:
            _put_back(client.issuer, client.login, before.secret if before else "")
            _put_back(client.issuer, client.id, secret)
            with suppress(MailerError):
                store.save_scope(client.issuer, client.login, scope)
            raise


def _put_back(issuer: str, user: str, secret: str) -> None:
    """The keyring as it was; if that fails too, the first error is the one to tell."""
    from mailer.accounts.oauth import store
    from mailer.errors import MailerError

    with suppress(MailerError):
        if secret:
            store.save(issuer, user, secret)
        else:
            store.remove(issuer, user)


def sign_in(server: Server, environ: Mapping[str, str], person: Person) -> Granted:
    """Let ``person`` agree in a browser.

    A client secret is that of ``MAILER_OAUTH_CLIENT_SECRET`` in the environment, else the keyring's, else asked for
    where the issuer insists on one.
    Raises NotTrusted (77), Later (75), BadSettings (78), Refused (69).
    """
    from mailer.accounts.oauth import flow
    from mailer.accounts.oauth.client import client_of, find_issuer

    client = client_of(server)
    issuer = find_issuer(client)
    secret = environ.get(CLIENT_SECRET, "") or _kept_secret(client)
    if not secret and issuer.wants_secret:
        secret = person.ask_secret(f"Client secret of {client.id} (empty if it has none)")
    client = replace(client, secret=secret)
    return Granted(client, flow.run(client, issuer, environ, person))


def find(server: Server, environ: Mapping[str, str]) -> Found:
    """Return an access token and where it is from.  Raises what `access_token` does."""
    from mailer.accounts.secrets import keyring

    if _given(server, environ):
        return keyring.find("", server.username, environ, command=server.token_command, token=True)
    source = _source_of(server, environ)
    return keyring.Found(source(), f"OAuth2 ({source.issuer})")


def access_token(server: Server, environ: Mapping[str, str]) -> str:
    """Return one access token: ``MAILER_PASSWORD`` or the token command, else by the refresh token in the keyring.

    Raises NotTrusted (77) if there is none or it is no longer good, Later (75), BadSettings (78).
    """
    return find(server, environ).secret


def renewed(server: Server, environ: Mapping[str, str], token: str) -> str | Callable[[], str]:
    """For another connection: ``token`` if it was given to us, else what gives one that is still good."""
    return token if _given(server, environ) else _source_of(server, environ)


def stored(server: Server, environ: Mapping[str, str]) -> Found:
    """Where the refresh token is, without asking the issuer; what `find` would use if it is a command or environment.

    Raises NotTrusted (77) if there is none, BadSettings (78).
    """
    from mailer.accounts.oauth import store
    from mailer.accounts.oauth.client import client_of

    if _given(server, environ):
        return find(server, environ)
    client = client_of(server)
    kept = store.load(client.issuer, client.login)
    if kept is None:
        raise _not_signed_in_error(client)
    return kept


def _given(server: Server, environ: Mapping[str, str]) -> bool:
    return bool(environ.get("MAILER_PASSWORD") or server.token_command)


def _source_of(server: Server, environ: Mapping[str, str]) -> Source:
    from mailer.accounts.oauth.client import client_of

    return _source(replace(client_of(server), secret=environ.get(CLIENT_SECRET, "")))


@cache
def _source(client: Client) -> Source:
    """Return one for each client: SMTP and IMAP get the same token."""
    return Source(client)


class Source:
    """Access tokens of one client, kept in memory until a minute before their end."""

    def __init__(self, client: Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._issuer: Issuer | None = None
        self._tokens: Tokens | None = None

    @property
    def issuer(self) -> str:
        """Whose tokens these are."""
        return self._client.issuer

    def __call__(self) -> str:
        """Return an access token.  Raises NotTrusted (77), Later (75), BadSettings (78)."""
        if self._tokens is None or self._clock() >= self._tokens.expires - _EARLY:
            self._tokens = self._refreshed()
        return self._tokens.access

    def _refreshed(self) -> Tokens:
        from mailer.accounts.oauth import store, tokens
        from mailer.accounts.oauth.client import find_issuer

        client = self._client
        with _alone(client.lock_dir):
            kept = store.load(client.issuer, client.login)
            if kept is None:
                raise _not_signed_in_error(client)
            client = replace(client, secret=client.secret or _kept_secret(client))
            self._issuer = self._issuer or find_issuer(client)
            scope = store.load_scope(client.issuer, client.login) or self._issuer.scope
            fresh = tokens.refresh(client, self._issuer, kept.secret, scope)
            if fresh.refresh and fresh.refresh != kept.secret:
                # Before the access token is used: the old refresh token may be void from now on.
                store.save(client.issuer, client.login, fresh.refresh)
        return fresh


def _kept_secret(client: Client) -> str:
    from mailer.accounts.oauth import store

    found = store.load(client.issuer, client.id)
    return found.secret if found else ""


@contextmanager
def _alone(folder: Path | None) -> Iterator[None]:
    """One refresh at a time: an issuer that rotates ends the whole sign-in when an old token is used again."""
    from mailer import locks

    with locks.exclusive(folder, "oauth.lock"):
        yield


def _not_signed_in_error(client: Client) -> Exception:
    from mailer.errors import NotTrusted

    return NotTrusted(
        f"there is no OAuth2 token for {client.login} of {client.issuer}",
        hint=f"sign in: mailer login {client.login}; or set MAILER_TOKEN_COMMAND to a command that prints a token",
    )
