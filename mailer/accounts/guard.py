"""Which host may get which secret: every secret that goes to a server is found here, and nowhere else.

    a keyring entry, what was typed   its own host
    MAILER_PASSWORD                   the hosts of every layer that counts
    a password or token command       the hosts of its layer, of the account, of a trusted ``./.env``, of an option;
                                      one that no account file names: the hosts of every layer that counts
    OAuth2 tokens                     the hosts of their issuer, else as a command; none that ``./.env`` names

An IMAP host gets the secret of sending only where it is the same host, the account's file holds both, the table of
providers pairs them, or one layer names both.  `settings.Settings.server` decides whether a layer counts.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mailer.accounts.providers import table
from mailer.accounts.secrets import keyring
from mailer.errors import BadSettings, NotTrusted, SecretRefused
from mailer.settings.values import ENVIRONMENT, OPTION
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mailer.accounts.secrets.keyring import Found
    from mailer.imap.server import ImapServer
    from mailer.settings.server import Server

PASSWORD, PASSWORD_COMMAND, TOKEN_COMMAND = "MAILER_PASSWORD", "MAILER_PASSWORD_COMMAND", "MAILER_TOKEN_COMMAND"
OAUTH, KEYRING = "OAuth2", "keyring"
_STORE = "`mailer login` stores a secret for the servers that you agree to"


class FolderSecret(NamedTuple):
    """What signs in to the folders, or gives it; ``where`` it was found."""

    secret: str | Callable[[], str]
    where: str


def source(server: Server, environ: Mapping[str, str]) -> str:
    """Return where the secret of sending would be found."""
    if environ.get(PASSWORD):
        return PASSWORD
    if server.auth == "oauth2":
        return TOKEN_COMMAND if server.token_command else OAUTH
    return PASSWORD_COMMAND if server.password_command else KEYRING


def mind(server: Server, protocol: str, where: str) -> None:
    """Raises BadSettings (78) unless the secret found at ``where`` may go to the server of "smtp" or "imap"."""
    host, layer = (server.host, server.named.smtp) if protocol == "smtp" else (server.imap_host, server.named.imap)
    if not host:
        return
    if where == PASSWORD_COMMAND:
        fits = _fits(server, server.named.password_command, layer)
    elif where == TOKEN_COMMAND:
        fits = _fits(server, server.named.token_command, layer)
    elif where.startswith(OAUTH):
        fits = _fits_token(server, host, layer)
    else:
        fits = where == PASSWORD or protocol == "smtp" or are_paired(server)
    if not fits:
        raise _wrong_host_error(server, protocol, host, layer, where)


def are_paired(server: Server) -> bool:
    """Tell whether the IMAP host may get the secret that is kept for sending."""
    smtp, imap, named = server.host, server.imap_host, server.named
    if smtp == imap or named.smtp == named.imap or {smtp, imap} <= named.hosts:
        return True
    return any(imap == provider.imap.host for provider in table.providers_by(smtp))


def for_smtp(
    server: Server,
    environ: Mapping[str, str],
    *,
    service: str | None = None,
    prompt: Callable[[], str] | None = None,
    renew: bool = True,
) -> Found | None:
    """Return the secret to send with; None without sign-in.

    ``service`` is where the keyring may have it, "" for nowhere; ``renew``: an access token is wanted, not only to know
    where the refresh token is.  Raises BadSettings (78) where it is not for that host, NotTrusted (77) if there is
    none; for OAuth2 what `oauth.find` raises.
    """
    if server.auth == "none":
        return None
    mind(server, "smtp", source(server, environ))
    if server.auth == "oauth2":
        from mailer.accounts.oauth import access

        return access.find(server, environ) if renew else access.stored(server, environ)
    service = keyring.smtp_service(server.host) if service is None else service
    return keyring.find(service, server.username, environ, command=server.password_command, prompt=prompt)


def for_imap(
    server: Server,
    wanted: ImapServer,
    environ: Mapping[str, str],
    *,
    known: str = "",
    prompt: Callable[[], str] | None = None,
) -> FolderSecret:
    """Return the secret of the folders: their own in the keyring, else that of sending, ``known`` if it is in hand.

    Raises BadSettings (78) where that is not for the IMAP host, NotTrusted (77) if there is none.
    """
    where = source(server, environ)
    if wanted.auth == "oauth2":
        from mailer.accounts.oauth import access

        mind(server, "imap", where)
        return FolderSecret(access.renewed(server, environ, known or access.access_token(server, environ)), where)
    if where != KEYRING:
        mind(server, "imap", where)
        return FolderSecret(known or _given(server, wanted, environ), where)
    alone = not (server.host or known)
    try:
        own = keyring.find(
            keyring.imap_service(wanted.host), wanted.username, environ, prompt=prompt if alone else None
        )
    except NotTrusted:
        if alone:
            raise
        return _of_sending(server, wanted, environ, known, prompt)
    return FolderSecret(own.secret, own.where)


def _given(server: Server, wanted: ImapServer, environ: Mapping[str, str]) -> str:
    return keyring.find("", wanted.username, environ, command=server.password_command).secret


def _of_sending(
    server: Server, wanted: ImapServer, environ: Mapping[str, str], known: str, prompt: Callable[[], str] | None
) -> FolderSecret:
    if not are_paired(server):
        # What is typed for the IMAP host by its name is its own.
        if prompt and (typed := prompt()):
            return FolderSecret(keyring.sound(keyring.Found(typed, "prompt")).secret, "prompt")
        mind(server, "imap", KEYRING)
    if known:
        return FolderSecret(known, "")
    service, user = keyring.smtp_service(server.host), server.username or wanted.username
    found = keyring.find(service, user, environ, prompt=prompt)
    return FolderSecret(found.secret, found.where)


def mind_imap(server: Server, environ: Mapping[str, str]) -> None:
    """Raises BadSettings (78) where the folders could get no secret because that of sending is not for their host."""
    if server.auth == "none" or not server.imap_host:
        return
    where = source(server, environ)
    try:
        mind(server, "imap", where)
    except BadSettings:
        service = keyring.imap_service(server.imap_host)
        if where != KEYRING or keyring.lookup(service, server.imap_username) is None:
            raise


@contextmanager
def telling(where: str, secret: object, folders: ImapServer | None = None) -> Iterator[None]:
    """Tell of a secret that a server refuses where it came from, and which odd signs are in it; never the secret.

    For the server of the ``folders`` the hint says what its provider wants.
    """
    try:
        yield
    except SecretRefused as error:
        from mailer.accounts.secrets.odd_signs import odd_signs

        if folders:
            error.hint = _with_advice(error, folders)
        origin, what = _ORIGINS.get(where, (f"the {where}" if where.startswith(KEYRING) else where, ""))
        if origin:
            error.text += f"; the secret came from {origin}"
        odd = odd_signs(secret) if isinstance(secret, str) else ""
        hints = [f"the secret holds {odd}, which pasting may have brought: type it again" if odd else ""]
        error.hint = "; ".join(hint for hint in (*hints, _instead(error.hint, what)) if hint)
        error.args = (error.text,)
        raise


def _with_advice(error: SecretRefused, folders: ImapServer) -> str:
    from mailer.accounts.providers.advice import where_folders_refuse
    from mailer.imap.errors import SecretNotTaken

    if not isinstance(error, SecretNotTaken):
        return error.hint
    advice = where_folders_refuse(folders.host, folders.port, folders.username, token=folders.auth == "oauth2")
    return f"{error.hint} {advice}".strip()


def _instead(hint: str, what: str) -> str:
    """The hint, with ``what`` is to be done in the place of storing in the keyring, which would change nothing."""
    import re

    told = re.sub(r"store (?:it|the password again) with `mailer login`", what, hint) if what else hint
    may_be_wrong = not hint or re.search(_OTHER_WILL_DO, hint)
    return "; ".join(filter(None, (what, hint))) if told == hint and may_be_wrong else told


# Of other hints the reason is none that another secret would mend: a locked account, a server that cannot look it up.
_OTHER_WILL_DO = (
    r"Is the (?:password|token)|(?:again with|then) `mailer login`|look at MAILER_SMTP_USERNAME and MAILER_AUTH"
)
_ORIGINS = {
    PASSWORD: (
        "MAILER_PASSWORD in the environment",
        "set MAILER_PASSWORD again, or unset it for the keyring's (`mailer login` changes only that)",
    ),
    PASSWORD_COMMAND: ("the command of MAILER_PASSWORD_COMMAND", "fix what that command prints"),
    TOKEN_COMMAND: ("the command of MAILER_TOKEN_COMMAND", "fix what that command prints"),
    OAUTH: ("", ""),
    "prompt": ("", ""),
}


def _fits(server: Server, giver: str, layer: str) -> bool:
    """Tell whether what layer ``giver`` names may go to a host that ``layer`` names."""
    named = server.named
    of_account = bool(named.account) and giver == named.account
    return layer in (giver, named.account, named.folder, OPTION) or not of_account


def _fits_token(server: Server, host: str, layer: str) -> bool:
    from mailer.accounts.oauth.client import issuer_name

    if not server.oauth.client_id or host in table.hosts_of(issuer_name(server)):
        return True
    if layer == server.named.folder:
        return False
    return _fits(server, server.named.client, layer) and (host == server.host or are_paired(server))


def _wrong_host_error(server: Server, protocol: str, host: str, layer: str, where: str) -> BadSettings:
    field = f"MAILER_{protocol.upper()}_HOST"
    place = {ENVIRONMENT: "the environment", OPTION: "an option"}.get(layer, layer)
    kind = "token" if where.startswith(OAUTH) else "secret"
    whose = f" of {server.host}" if protocol == "imap" and host != server.host else ""
    if where in (PASSWORD_COMMAND, TOKEN_COMMAND):
        whose = f" of {where}"
    return BadSettings(
        f"{host}, which {place} names, does not get the {kind}{whose}; nothing was sent to it",
        hint=f"{_STORE}; or name the server where the secret is named",
        file=None if layer in (ENVIRONMENT, OPTION) else layer,
        field=field,
    )
