"""Signing in and out: what is stored and taken away, in an order that leaves nothing half done.

The secret goes to the keyring, the settings to ``accounts/NAME.env``; the server is asked before either.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer import accountfile, accountplan, credentials, discovery, envfile, files, values
from mailer.errors import BadSettings, MailerError
from mailer.layers import nearest
from mailer.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from mailer.accountplan import Plan
    from mailer.oauth import Granted
    from mailer.settings import Server, Settings


@dataclass(frozen=True, slots=True)
class Account:
    """One account that is set up; ``sender`` as in its file, ``keyring``: whether its secret is kept there.

    ``issuer`` and ``client_id`` are "" but with OAuth2.
    """

    name: str
    default: bool
    sender: str
    host: str
    username: str
    keyring: bool
    path: Path
    issuer: str = ""
    client_id: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What was stored: the account's file, and the keyring backend ("" if the secret is not kept there)."""

    name: str
    path: Path
    backend: str
    default: bool


@dataclass(frozen=True, slots=True)
class Removed:
    """What is gone: whether a secret was, which other account still uses it, and the default account now."""

    name: str
    secret: bool
    shared_with: str | None
    default: str | None


def sign_in(
    plan: Plan,
    settings: Settings,
    found: credentials.Found | None,
    attempt: Callable[[Server, str], None],
    granted: Granted | None = None,
) -> SignedIn:
    """Try the server, store the secret, write the settings.  ``attempt`` raises if the server says no.

    A secret that a command gives is not stored, nor is an access token; ``granted`` is what stands behind one.  What
    fails leaves keyring and files as they were.
    """
    server = accountplan.server_of(plan, settings)
    attempt(server, found.secret if found else "")
    if granted:
        with granted.kept() as backend:
            return _written(plan, settings, backend)
    if found is None or found.where.endswith("_COMMAND") or server.auth == "oauth2":
        return _written(plan, settings, "")
    service = credentials.smtp_service(server.host)
    before = credentials.lookup(service, server.username)
    try:
        return _written(plan, settings, credentials.store(service, server.username, found.secret))
    except BaseException:
        _put_back(service, server.username, before)
        raise


def list_accounts(config_dir: Path) -> tuple[Account, ...]:
    """The accounts that are set up, by name.  Raises BadSettings for a file that cannot be read."""
    default = accountfile.default(config_dir)
    return tuple(_account(config_dir, name, default) for name in accountfile.names(config_dir))


def remove(config_dir: Path, name: str | None) -> Removed:
    """Take an account away (the default one for None): its secret, unless another account uses it, and its file.

    Raises BadSettings if there is no such account; NotTrusted if the keyring cannot be asked, and CannotWrite: then
    nothing is removed.
    """
    accounts = {account.name: account for account in list_accounts(config_dir)}
    wanted = name if name is not None else accountfile.default(config_dir)
    if wanted is None or wanted not in accounts:
        raise _no_account(wanted, tuple(accounts))
    gone = accounts.pop(wanted)
    shared = next((other.name for other in accounts.values() if _same_secret(other, gone)), None)
    secret = _remove_both(gone, forget=gone.keyring and shared is None)
    if gone.client_id and not any(_same_client(other, gone) for other in accounts.values()):
        _forget_client(gone)
    return Removed(gone.name, secret, shared, _next_default(config_dir, gone))


def _written(plan: Plan, settings: Settings, backend: str) -> SignedIn:
    path = accountfile.write(settings.config_dir, plan.name, plan.values)
    return SignedIn(plan.name, path, backend, accountfile.default(settings.config_dir) == plan.name)


def _put_back(service: str, user: str, before: credentials.Found | None) -> None:
    """The keyring as it was; if that fails too, the first error is the one to tell."""
    try:
        if before:
            credentials.store(service, user, before.secret)
        else:
            credentials.forget(service, user)
    except MailerError:
        return


def _account(config_dir: Path, name: str, default: str | None) -> Account:
    path = accountfile.path_of(config_dir, name)
    texts = {key: entry.text for key, entry in envfile.read(path).items()}
    host, username = texts.get("MAILER_SMTP_HOST", ""), texts.get("MAILER_SMTP_USERNAME", "")
    elsewhere = {"MAILER_PASSWORD_COMMAND", "MAILER_TOKEN_COMMAND"} & texts.keys()
    client_id = texts.get("MAILER_OAUTH_CLIENT_ID", "") if texts.get("MAILER_AUTH") == "oauth2" else ""
    return Account(
        name=name,
        default=name == default,
        sender=texts.get("MAILER_FROM", ""),
        host=values.host(Value("MAILER_SMTP_HOST", host, str(path))),
        username=username,
        keyring=bool(host and username) and texts.get("MAILER_AUTH") != "none" and not elsewhere,
        path=path,
        issuer=_issuer(texts, host) if client_id else "",
        client_id=client_id,
    )


def _issuer(texts: Mapping[str, str], host: str) -> str:
    provider = discovery.provider_for_host(host)
    return texts.get("MAILER_OAUTH_ISSUER", "") or (provider.oauth.issuer if provider and provider.oauth else "")


def _same_secret(one: Account, other: Account) -> bool:
    if one.issuer or other.issuer:
        return one.keyring and (one.issuer, one.username) == (other.issuer, other.username)
    return one.keyring and (one.host, one.username) == (other.host, other.username)


def _same_client(one: Account, other: Account) -> bool:
    return (one.issuer, one.client_id) == (other.issuer, other.client_id)


def _forget_client(account: Account) -> None:
    """The client's secret, if it had one; of no use without the tokens, so that a failure here stops nothing."""
    from mailer.oauth import store

    with suppress(MailerError):
        store.remove(account.issuer, account.client_id)


def _remove_both(account: Account, *, forget: bool) -> bool:
    before = _taken_out(account) if forget else None
    try:
        account.path.unlink()
    except OSError as error:
        if before:
            _restore(account, before)
        raise files.cannot_write(account.path, error) from error
    return before is not None


def _restore(account: Account, before: credentials.Found) -> None:
    if not account.issuer:
        _put_back(credentials.smtp_service(account.host), account.username, before)
        return
    from mailer.oauth import store

    with suppress(MailerError):
        store.save(account.issuer, account.username, before.secret)


def _taken_out(account: Account) -> credentials.Found | None:
    from mailer.oauth import store

    service = credentials.smtp_service(account.host)
    try:
        if account.issuer:
            before = store.load(account.issuer, account.username)
            store.remove(account.issuer, account.username)
        else:
            before = credentials.lookup(service, account.username)
            credentials.forget(service, account.username)
    except MailerError as error:
        error.hint = f"nothing is removed; {error.hint}; if it is in no keyring, delete {account.path}"
        raise
    return before


def _next_default(config_dir: Path, gone: Account) -> str | None:
    default = accountfile.default(config_dir)
    if default is None:
        (config_dir / "accounts" / "default").unlink(missing_ok=True)
    elif gone.default:
        accountfile.write_default(config_dir, default)
    return default


def _no_account(name: str | None, names: tuple[str, ...]) -> BadSettings:
    if name is None or not names:
        return BadSettings("no account is set up", hint="`mailer login ADDRESS` sets one up", field="--account")
    return BadSettings(f"there is no account {values.shown(name)}", hint=nearest(name, names), field="--account")
