"""Where a secret is found and kept: environment, command, OS keyring, a prompt.

The keyring is touched only when a secret is needed.  Each call to it runs in a thread with a time limit, since one that
waits for a dialog never returns; what it raises is translated here, and never shown where it might hold the secret.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from mailer.errors import NotTrusted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from keyring.backend import KeyringBackend

T = TypeVar("T")

SECONDS = 10.0
WINDOWS_OCTETS = 2_560
ELSEWHERE = (
    "or set MAILER_PASSWORD in the environment, or MAILER_PASSWORD_COMMAND to a command that prints the password"
)
_IN_THE_CLEAR = ("keyrings.alt", "keyring.backends.null", "keyring.backends.fail")


@dataclass(frozen=True, slots=True)
class Found:
    """A secret, and where it was found: "MAILER_PASSWORD", "MAILER_PASSWORD_COMMAND", "keyring (NAME)", "prompt"."""

    secret: str = field(repr=False)
    where: str


def smtp_service(host: str) -> str:
    """Return the keyring's service name for sending."""
    return f"mailer:smtp:{host}"


def imap_service(host: str) -> str:
    """Return the keyring's service name for reading, where the secret is not that of sending."""
    return f"mailer:imap:{host}"


def ledger_service(address: str) -> str:
    """Return the keyring's service name for a ledger in a database."""
    return f"mailer:ledger:{address}"


def oauth_service(issuer: str) -> str:
    """Return the keyring's service name for a refresh token."""
    return f"mailer:oauth:{issuer}"


def find(
    service: str,
    user: str,
    environ: Mapping[str, str],
    *,
    command: str = "",
    token: bool = False,
    prompt: Callable[[], str] | None = None,
) -> Found:
    """Return the secret of ``user``: ``MAILER_PASSWORD``, the command, the keyring, else what ``prompt`` gives.

    ``command`` is that of MAILER_TOKEN_COMMAND if ``token``.  With "" as service the keyring is left alone.  ``prompt``
    is None where nobody can be asked.
    Raises NotTrusted (77) if there is none, with the keyring's own trouble where it had any.
    """
    if environ.get("MAILER_PASSWORD"):
        return sound(Found(environ["MAILER_PASSWORD"], "MAILER_PASSWORD"))
    if command:
        from mailer.accounts.secrets import command as secretcommand

        name = "MAILER_TOKEN_COMMAND" if token else "MAILER_PASSWORD_COMMAND"
        return sound(Found(secretcommand.run(command, name, environ), name))
    found, trouble = _lookup_quietly(service, user)
    if found:
        return sound(found)
    if prompt is not None and (typed := prompt()):
        return sound(Found(typed, "prompt"))
    raise trouble or _no_secret_error(service, user, token=token)


def lookup(service: str, user: str) -> Found | None:
    """Return what the keyring holds, None if nothing.  Raises NotTrusted if it cannot be asked."""
    backend = _open()
    secret = _call(lambda: backend.get_password(service, user), backend)
    if secret is not None and not isinstance(secret, str):
        text = f"the keyring ({_name(backend)}) gave something that is not text"
        raise NotTrusted(text, hint=f"choose another with PYTHON_KEYRING_BACKEND, {ELSEWHERE}")
    return Found(secret, f"keyring ({_name(backend)})") if secret else None


def store(service: str, user: str, secret: str) -> str:
    """Store, read back and compare; the name of the backend.  Raises NotTrusted if it is not kept."""
    backend = _open()
    _check_length(backend, secret)
    _call(lambda: backend.set_password(service, user, secret), backend, secret)
    if _call(lambda: backend.get_password(service, user), backend, secret) != secret:
        raise NotTrusted(
            f"the keyring ({_name(backend)}) did not keep what it was given",
            hint=f"choose another with PYTHON_KEYRING_BACKEND, {ELSEWHERE}",
        )
    return _name(backend)


def forget(service: str, user: str) -> bool:
    """Take a secret out of the keyring; whether there was one.  Raises NotTrusted if it cannot be asked."""
    backend = _open()
    if _call(lambda: backend.get_password(service, user), backend) is None:
        return False
    _call(lambda: backend.delete_password(service, user), backend)
    return True


def backend_name() -> str:
    """Return the backend that would be used.  Raises NotTrusted if there is none that keeps secrets."""
    return _name(_open())


def _lookup_quietly(service: str, user: str) -> tuple[Found | None, NotTrusted | None]:
    try:
        return (lookup(service, user) if service else None), None
    except NotTrusted as error:
        return None, error


def _open() -> KeyringBackend:
    backends = _call(_backends, None)
    kept = next((backend for backend in backends if _keeps(backend)), None)
    if kept is None:
        raise _no_safe_backend_error(backends)
    return kept


def _backends() -> list[KeyringBackend]:
    """Return the backend that keyring chose; of a chain its links, best first."""
    import keyring
    from keyring.backends.chainer import ChainerBackend

    chosen = keyring.get_keyring()
    return list(chosen.backends) if isinstance(chosen, ChainerBackend) else [chosen]


def _keeps(backend: KeyringBackend) -> bool:
    names = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(backend).__mro__]
    return not any(
        name.startswith(tuple(f"{module}." for module in _IN_THE_CLEAR)) or "plaintext" in name.lower().replace("_", "")
        for name in names
    )


def _no_safe_backend_error(backends: list[KeyringBackend]) -> NotTrusted:
    modules = {type(backend).__module__ for backend in backends}
    if "keyring.backends.null" in modules:
        text = "the keyring is switched off (null backend): nothing given to it is kept"
        return NotTrusted(text, hint=f"take out PYTHON_KEYRING_BACKEND or keyringrc.cfg, {ELSEWHERE}")
    if modules - {"keyring.backends.fail"}:
        names = ", ".join(_name(backend) for backend in backends)
        text = f"the only keyring here ({names}) keeps secrets in the clear"
        return NotTrusted(text, hint=f"install one that encrypts (GNOME Keyring, KWallet), {ELSEWHERE}")
    return _no_keyring_error()


def _no_keyring_error() -> NotTrusted:
    if os.environ.get("PYTHON_KEYRING_BACKEND"):
        text = f"PYTHON_KEYRING_BACKEND ({os.environ['PYTHON_KEYRING_BACKEND']}) leaves no keyring"
        return NotTrusted(text, hint=f"take it out, {ELSEWHERE}")
    text = "no keyring can be reached here"
    if os.name == "posix" and not os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        text += ": there is no D-Bus session (as over ssh, in cron and in containers)"
    return NotTrusted(text, hint=f"run it in a desktop session, {ELSEWHERE}")


def _check_length(backend: KeyringBackend, secret: str) -> None:
    """Windows keeps 2,560 octets of UTF-16 and fails beyond them with words that explain nothing."""
    windows = any(kind.__name__ == "WinVaultKeyring" for kind in type(backend).__mro__)
    octets = len(secret.encode("utf-16-le", "surrogatepass"))
    if windows and octets > WINDOWS_OCTETS:
        text = f"the Windows credential store keeps {WINDOWS_OCTETS // 2:,} characters, this secret has {octets // 2:,}"
        raise NotTrusted(text, hint=ELSEWHERE.removeprefix("or "))


def _call(call: Callable[[], T], backend: KeyringBackend | None, secret: str = "") -> T:
    """Return what ``call`` gives, within the time limit; its errors in our words."""
    from threading import Thread

    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:
            errors.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(SECONDS)
    if results:
        return results[0]
    if errors:
        raise _keyring_error(errors[0], backend, secret) from None
    raise NotTrusted(
        f"the keyring gave no answer within {SECONDS:g} seconds; it may be locked and wait for a dialog",
        hint=f"unlock it (answer the dialog) and try again, {ELSEWHERE}",
    )


def _keyring_error(error: BaseException, backend: KeyringBackend | None, secret: str) -> NotTrusted:
    kinds = {f"{kind.__module__}.{kind.__name__}" for kind in type(error).__mro__}
    if backend is None:
        return _not_loaded_error(error)
    for kind, (text, hint) in _TROUBLES.items():
        if kind in kinds:
            return NotTrusted(text + _words(error, secret), hint=f"{hint}, {ELSEWHERE}")
    text = f"the keyring ({_name(backend)}) failed with {type(error).__name__}{_words(error, secret)}"
    return NotTrusted(text, hint=f"look at `keyring --list-backends`, {ELSEWHERE}")


_TROUBLES = {
    "keyring.errors.KeyringLocked": ("the keyring is locked", "unlock it in the desktop's password program"),
    "keyring.errors.InitError": (
        "the keyring has no collection to keep secrets in, or it could not be opened",
        "make a default keyring in the desktop's password program, or unlock it",
    ),
    "keyring.errors.NoKeyringError": ("no keyring can be reached here", "run it in a desktop session"),
    "keyring.errors.PasswordSetError": ("the keyring would not keep the secret", "look whether it is unlocked"),
    "keyring.errors.PasswordDeleteError": ("the keyring would not delete the secret", "delete it in its own program"),
    "pywintypes.error": ("the Windows credential store refused", "sign in to Windows, not over ssh or as a service"),
}


def _not_loaded_error(error: BaseException) -> NotTrusted:
    named = os.environ.get("PYTHON_KEYRING_BACKEND")
    what = f"PYTHON_KEYRING_BACKEND names {named}, which cannot be loaded" if named else "no keyring can be loaded"
    hint = "take it out or name a backend of `keyring --list-backends`" if named else "look into keyringrc.cfg"
    return NotTrusted(f"{what}{_words(error, '')}", hint=f"{hint}, {ELSEWHERE}")


def _words(error: BaseException, secret: str) -> str:
    """Return the library's own words, on one line; nothing if they might hold the secret."""
    from mailer.masking import finder

    pattern, said = finder(secret), str(error)
    text = " ".join(said.split())[:300]
    return "" if not text or (pattern and pattern.search(said)) else f" ({text})"


def _name(backend: KeyringBackend) -> str:
    return f"{type(backend).__module__.removeprefix('keyring.backends.')}.{type(backend).__name__}"


def sound(found: Found) -> Found:
    """Return the same secret, if it is text that can be sent and kept.  Raises NotTrusted."""
    if "\0" in found.secret or any("\ud800" <= letter <= "\udfff" for letter in found.secret):
        raise NotTrusted(f"the secret of {found.where} is not UTF-8 text", hint="type it again")
    return found


def _no_secret_error(service: str, user: str, *, token: bool) -> NotTrusted:
    host = f" at {service.rpartition(':')[2]}" if service else ""
    if token:
        hint = "set MAILER_TOKEN_COMMAND to a command that prints a token"
        return NotTrusted(f"there is no OAuth2 token for {user}{host}", hint=hint)
    return NotTrusted(
        f"there is no password for {user}{host}", hint=f"`mailer login` stores it in the keyring; {ELSEWHERE}"
    )
