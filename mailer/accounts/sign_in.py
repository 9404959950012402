"""Signing in and out: what is stored and taken away, in an order that leaves nothing half done.

The secret goes to the keyring, the settings to ``accounts/NAME.env``; the server is asked before either.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer import files
from mailer.accounts import plan as accountplan
from mailer.accounts.providers import table
from mailer.accounts.secrets import entries as accountsecrets
from mailer.accounts.secrets.entries import KeyringEntry
from mailer.errors import BadSettings, MailerError
from mailer.settings import account_file, env_file, values
from mailer.settings.layers import nearest
from mailer.settings.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Set
    from contextlib import AbstractContextManager
    from pathlib import Path

    from mailer.accounts.oauth.access import Granted
    from mailer.accounts.plan import AccountPlan, OwnSignIn
    from mailer.accounts.secrets.keyring import Found
    from mailer.settings.server import Server
    from mailer.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """One account that is set up; ``sender`` as in its file, ``keyring``: whether its secret is kept there.

    ``issuer`` and ``client_id`` are "" but with OAuth2.  With ``error`` its file cannot be read, and only its name is
    known.
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
    imap_host: str = ""
    imap_username: str = ""
    error: MailerError | None = None

    @property
    def entry(self) -> KeyringEntry:
        """Where the secret of sending would be kept."""
        kind, place = ("oauth", self.issuer) if self.issuer else ("smtp", self.host)
        return KeyringEntry(kind, place, self.username)

    @property
    def entries(self) -> frozenset[KeyringEntry]:
        """Where the keyring may hold a secret of this account."""
        has_own = self.imap_host and self.imap_username
        own = [KeyringEntry("imap", self.imap_host, self.imap_username)] if has_own else []
        return frozenset([self.entry, *own] if self.keyring else own)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What was stored: the account's file, and the keyring backend ("" if no secret is kept there).

    ``server`` as it is set now; ``own_secret``: the folders have a secret of their own, which is kept too.  ``gone``
    are secrets of the account that nobody needs any more, and that were taken out of the keyring; ``left`` says why
    one could not be.
    """

    name: str
    path: Path
    backend: str
    default: bool
    server: Server
    own_secret: bool = False
    gone: tuple[KeyringEntry, ...] = ()
    left: str = ""


@dataclass(frozen=True, slots=True)
class Removed:
    """What is gone: whether a secret was, which other account still uses it, and the default account now.

    ``unread``: the file could not be read, so that nobody knows which secret was the account's.
    """

    name: str
    secret: bool
    shared_with: str | None
    default: str | None
    unread: bool = False


def sign_in(
    plan: AccountPlan,
    settings: Settings,
    found: Found | None,
    attempt: Callable[[Server, str], OwnSignIn | None],
    granted: Granted | None = None,
) -> SignedIn:
    """Try the servers, store the secrets, write the settings, and take away what the account had stored before.

    ``attempt`` raises if a server says no, and gives how the folders are signed in to where that is different.  A
    secret that a command gives is not stored, nor is an access token; ``granted`` is what stands behind one.  What
    fails leaves keyring and files as they were.
    """
    server = accountplan.server_of(plan, settings)
    own = attempt(server, found.secret if found else "")
    if own:
        plan = accountplan.with_own(plan, own)
        server = accountplan.server_of(plan, settings)
    secrets = _secrets(server, found, own)
    with _alone(settings.config_dir):
        before = _account_of_file(settings.config_dir, plan.name)
        with granted.kept() if granted else accountsecrets.kept(secrets) as backend:
            path = account_file.write(settings.config_dir, plan.name, plan.values)
        gone, left = _tidied(settings.config_dir, plan.name, before, secrets.keys())
        default = account_file.default(settings.config_dir) == plan.name
    return SignedIn(plan.name, path, backend, default, server, bool(own and own.secret), gone, left)


def _alone(config_dir: Path) -> AbstractContextManager[None]:
    """One change of the accounts at a time: each is of a file and of the keyring, and looks at what others use."""
    from mailer import locks

    return locks.exclusive(config_dir, "accounts.lock")


def _secrets(server: Server, found: Found | None, own: OwnSignIn | None) -> dict[KeyringEntry, str]:
    """Return what the keyring is to hold."""
    secrets: dict[KeyringEntry, str] = {}
    if found and not found.where.endswith("_COMMAND") and server.auth != "oauth2":
        secrets[KeyringEntry("smtp", server.host, server.username)] = found.secret
    if own and own.secret:
        secrets[KeyringEntry("imap", server.imap_host, server.imap_username)] = own.secret
    return secrets


def list_accounts(config_dir: Path) -> tuple[StoredAccount, ...]:
    """Return the accounts that are set up, by name; a file that cannot be read stops none of the others."""
    default = account_file.default(config_dir)
    return tuple(_listed(config_dir, name, default) for name in account_file.names(config_dir))


def _listed(config_dir: Path, name: str, default: str | None) -> StoredAccount:
    try:
        return _account(config_dir, name, default)
    except BadSettings as error:
        path = account_file.path_of(config_dir, name)
        return StoredAccount(name, name == default, "", "", "", keyring=False, path=path, error=error)


def remove(config_dir: Path, name: str | None) -> Removed:
    """Take an account away (the default one for None): its secret, unless another account uses it, and its file.

    Raises BadSettings if there is no such account; NotTrusted if the keyring cannot be asked, and CannotWrite: then
    nothing is removed.
    """
    if not account_file.names(config_dir):
        raise _no_account_error(name, ())
    with _alone(config_dir):
        return _removed(config_dir, name)


def _removed(config_dir: Path, name: str | None) -> Removed:
    accounts = {account.name: account for account in list_accounts(config_dir)}
    wanted = name if name is not None else account_file.default(config_dir)
    if wanted is None or wanted not in accounts:
        raise _no_account_error(wanted, tuple(accounts))
    gone = accounts.pop(wanted)
    shared = next((other.name for other in accounts.values() if other.keyring and other.entry == gone.entry), None)
    secret = _remove_both(gone, gone.entries.difference(*(other.entries for other in accounts.values())))
    if gone.client_id and not any(_same_client(other, gone) for other in accounts.values()):
        _forget_client(gone)
    return Removed(gone.name, secret, shared, _next_default(config_dir, gone), unread=gone.error is not None)


def _account_of_file(config_dir: Path, name: str) -> StoredAccount | None:
    return _account(config_dir, name, None) if name in account_file.names(config_dir) else None


def _tidied(
    config_dir: Path, name: str, before: StoredAccount | None, stored: Set[KeyringEntry]
) -> tuple[tuple[KeyringEntry, ...], str]:
    """Take secrets out that the account had, or that would be found for its folders, and that nobody uses now.

    What was taken out; and why something was not: an account that cannot be read may use it.  It stops nothing.
    """
    gone: list[KeyringEntry] = []
    left = ""
    try:
        accounts = {each: _account(config_dir, each, None) for each in account_file.names(config_dir)}
        for entry in sorted(_useless(accounts, name, before, stored)):
            left = f"{entry.shown}: "
            if entry.forget():
                gone.append(entry)
        if before and before.client_id and not any(_same_client(each, before) for each in accounts.values()):
            _forget_client(before)
    except MailerError as error:
        return tuple(gone), left + error.text
    return tuple(gone), ""


def _useless(
    accounts: Mapping[str, StoredAccount], name: str, before: StoredAccount | None, stored: Set[KeyringEntry]
) -> frozenset[KeyringEntry]:
    used = frozenset(entry for account in accounts.values() for entry in account.entries)
    old = before.entries - used if before else frozenset[KeyringEntry]()
    if not any(entry.kind == "smtp" for entry in stored):
        return old
    # A secret of the folders' own is found before that of sending, which the folders took now.
    return old | frozenset(entry for entry in accounts[name].entries - stored if entry.kind == "imap")


def _account(config_dir: Path, name: str, default: str | None) -> StoredAccount:
    path = account_file.path_of(config_dir, name)
    texts = {key: entry.text for key, entry in env_file.read(path).items()}
    host, username = texts.get("MAILER_SMTP_HOST", ""), texts.get("MAILER_SMTP_USERNAME", "")
    imap_host = texts.get("MAILER_IMAP_HOST", "")
    elsewhere = {"MAILER_PASSWORD_COMMAND", "MAILER_TOKEN_COMMAND"} & texts.keys()
    client_id = texts.get("MAILER_OAUTH_CLIENT_ID", "") if texts.get("MAILER_AUTH") == "oauth2" else ""
    return StoredAccount(
        name=name,
        default=name == default,
        sender=texts.get("MAILER_FROM", ""),
        host=values.host(Value("MAILER_SMTP_HOST", host, str(path))),
        username=username,
        keyring=bool(host and username) and texts.get("MAILER_AUTH") != "none" and not elsewhere,
        path=path,
        issuer=_issuer(texts, host) if client_id else "",
        client_id=client_id,
        imap_host=values.host(Value("MAILER_IMAP_HOST", imap_host, str(path))) if not elsewhere else "",
        imap_username=texts.get("MAILER_IMAP_USERNAME", "") or username,
    )


def _issuer(texts: Mapping[str, str], host: str) -> str:
    provider = table.provider_for_host(host)
    return texts.get("MAILER_OAUTH_ISSUER", "") or (provider.oauth.issuer if provider and provider.oauth else "")


def _same_client(one: StoredAccount, other: StoredAccount) -> bool:
    return (one.issuer, one.client_id) == (other.issuer, other.client_id)


def _forget_client(account: StoredAccount) -> None:
    """The client's secret, if it had one; of no use without the tokens, so that a failure here stops nothing."""
    from mailer.accounts.oauth import store

    with suppress(MailerError):
        store.remove(account.issuer, account.client_id)


def _remove_both(account: StoredAccount, entries: Iterable[KeyringEntry]) -> bool:
    try:
        taken = accountsecrets.take_out(entries)
    except MailerError as error:
        error.hint = f"nothing is removed; {error.hint}; if it is in no keyring, delete {account.path}"
        raise
    try:
        account.path.unlink()
    except OSError as error:
        accountsecrets.put_back(taken)
        raise files.cannot_write(account.path, error) from error
    return bool(taken)


def _next_default(config_dir: Path, gone: StoredAccount) -> str | None:
    default = account_file.default(config_dir)
    if default is None:
        (config_dir / "accounts" / "default").unlink(missing_ok=True)
    elif gone.default:
        account_file.write_default(config_dir, default)
    return default


def _no_account_error(name: str | None, names: tuple[str, ...]) -> BadSettings:
    if name is None or not names:
        return BadSettings("no account is set up", hint="`mailer login ADDRESS` sets one up", field="NAME")
    return BadSettings(f"there is no account {values.shown(name)}", hint=nearest(name, names), field="NAME")
