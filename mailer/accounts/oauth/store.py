"""Refresh tokens and client secrets in the keyring: pieces of 1,000 characters, since Windows keeps 1,280 at most.

The first piece is under the service's own name, the others under ``service#1``, ``service#2`` …; a piece that is full
has another behind it.
"""

from __future__ import annotations

from mailer.accounts.secrets import keyring
from mailer.errors import NotTrusted

PIECE = 1_000
_MOST = 32


def save(issuer: str, user: str, secret: str) -> str:
    """Store, each piece read back and compared; the name of the backend.

    Raises NotTrusted (77), for one that is too long too; then nothing is stored.
    """
    if len(secret) > PIECE * _MOST:
        most = f"{len(secret):,} characters; {PIECE * _MOST:,} are the most that is kept"
        raise NotTrusted(
            f"the secret of {user} at {issuer} has {most}",
            hint="ask for fewer scopes, or set MAILER_TOKEN_COMMAND to a command that prints a token",
        )
    pieces = [secret[start : start + PIECE] for start in range(0, len(secret), PIECE)]
    old = _count(issuer, user)
    backend = ""
    # The first piece last: where nothing was stored before, half a secret is never found.
    for number, piece in reversed(list(enumerate(pieces))):
        backend = keyring.store(_name(issuer, number), user, piece)
    for number in range(len(pieces), old):
        keyring.forget(_name(issuer, number), user)
    return backend


def load(issuer: str, user: str) -> keyring.Found | None:
    """Return what was stored, None if nothing.  Raises NotTrusted (77) if the keyring cannot be asked."""
    first = keyring.lookup(_name(issuer, 0), user)
    if first is None:
        return None
    pieces = [first.secret]
    while len(pieces[-1]) == PIECE and len(pieces) < _MOST:
        piece = keyring.lookup(_name(issuer, len(pieces)), user)
        if piece is None:
            break
        pieces.append(piece.secret)
    return keyring.sound(keyring.Found("".join(pieces), first.where))


def remove(issuer: str, user: str) -> bool:
    """Take it out, with all its pieces; whether there was one.  Raises NotTrusted (77)."""
    save_scope(issuer, user, "")
    gone = [keyring.forget(_name(issuer, number), user) for number in reversed(range(_count(issuer, user)))]
    return bool(gone)


def save_scope(issuer: str, user: str, scope: str) -> None:
    """Keep what was granted beside the refresh token; "" for what was asked for."""
    if scope:
        keyring.store(_scope_name(issuer), user, scope)
    elif load_scope(issuer, user):
        keyring.forget(_scope_name(issuer), user)


def load_scope(issuer: str, user: str) -> str:
    """Return what was granted, where it is less than what was asked for; "" else."""
    found = keyring.lookup(_scope_name(issuer), user)
    return found.secret if found else ""


def _scope_name(issuer: str) -> str:
    return f"{keyring.oauth_service(issuer)}#scope"


def _count(issuer: str, user: str) -> int:
    for number in range(_MOST):
        if keyring.lookup(_name(issuer, number), user) is None:
            return number
    return _MOST


def _name(issuer: str, number: int) -> str:
    service = keyring.oauth_service(issuer)
    return f"{service}#{number}" if number else service
