"""Store the secrets of an account in the keyring, all or none, and remove them so that they can be put back."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from mailer.accounts.secrets import keyring
from mailer.errors import MailerError
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class KeyringEntry(NamedTuple):
    """Where one secret of ``user`` is kept: ``kind`` "smtp" or "imap" at a host, "oauth" of an issuer.

    Each call raises NotTrusted (77) if the keyring cannot be asked.
    """

    kind: str
    where: str
    user: str

    @property
    def shown(self) -> str:
        """For people."""
        return f"{self.user} at {self.where}" + (" (IMAP)" if self.kind == "imap" else "")

    def read(self) -> str:
        """Return the secret; "" if there is none."""
        from mailer.accounts.oauth import store

        look = store.load if self.kind == "oauth" else keyring.lookup
        found = look(self._name, self.user)
        return found.secret if found else ""

    def store(self, secret: str) -> str:
        """Store, read back and compare; the name of the backend."""
        from mailer.accounts.oauth import store

        return (store.save if self.kind == "oauth" else keyring.store)(self._name, self.user, secret)

    def forget(self) -> bool:
        """Take it out; whether there was one."""
        from mailer.accounts.oauth import store

        return (store.remove if self.kind == "oauth" else keyring.forget)(self._name, self.user)

    @property
    def _name(self) -> str:
        names = {"smtp": keyring.smtp_service, "imap": keyring.imap_service}
        return names[self.kind](self.where) if self.kind in names else self.where


@contextmanager
def kept(secrets: Mapping[KeyringEntry, str]) -> Iterator[str]:
    """Store all of them; gives the keyring's backend, "" for none.  Raises NotTrusted (77).

    If that fails, or what is done within, the keyring is as it was before.
    """
    before = {entry: entry.read() for entry in secrets}
    backend = ""
    try:
        for entry, secret in secrets.items():
            backend = entry.store(secret)
        yield backend
    except BaseException:
        put_back(before)
        raise


def take_out(entries: Iterable[KeyringEntry]) -> dict[KeyringEntry, str]:
    """Take them out; what was there.  Raises NotTrusted (77); then all are there as before."""
    taken: dict[KeyringEntry, str] = {}
    try:
        for entry in entries:
            taken[entry] = entry.read()
            entry.forget()
    except MailerError:
        put_back(taken)
        raise
    return {entry: secret for entry, secret in taken.items() if secret}


def put_back(before: Mapping[KeyringEntry, str]) -> None:
    """The keyring as it was; if that fails too, the error that led here is the one to tell."""
    for entry, secret in before.items():
        with suppress(MailerError):
            if secret:
                entry.store(secret)
            else:
                entry.forget()
