"""Keyrings of priority -1, so that none is ever chosen by itself: each test sets the one that it means."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend
from keyring.errors import InitError, KeyringLocked, PasswordDeleteError, PasswordSetError


class Memory(KeyringBackend):
    """Keeps what it is given, in this process."""

    priority = -1

    def __init__(self):
        super().__init__()
        self.entries = {}

    def get_password(self, service, username):
        return self.entries.get((service, username))

    def set_password(self, service, username, password):
        self.entries[service, username] = password

    def delete_password(self, service, username):
        if (service, username) not in self.entries:
            raise PasswordDeleteError("No such password!")
        del self.entries[service, username]


class Dropping(Memory):
    """Takes a secret and keeps nothing."""

    def set_password(self, service, username, password):
        return None


class Altering(Memory):
    def set_password(self, service, username, password):
        self.entries[service, username] = password[:5]


class PlaintextKeyring(Memory):
    """Bears the name of the file backend that stores in the clear."""


class WinVaultKeyring(Memory):
    """Bears the name of the Windows backend."""


class Raising(Memory):
    """Every call raises; the error of a store holds the secret, as careless backends' do."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def get_password(self, service, username):
        raise self.error

    def set_password(self, service, username, password):
        raise type(self.error)(*self.error.args, password)


class RefusingToSet(Memory):
    def set_password(self, service, username, password):
        raise PasswordSetError(f"cannot set {password}")


class Stuck(Memory):
    """Waits for a dialog that nobody answers."""

    def __init__(self):
        super().__init__()
        self.answered = threading.Event()

    def get_password(self, service, username, password=None):
        self.answered.wait(60)

    set_password = get_password


class Chain(ChainerBackend):
    """A chain of the links that it is given."""

    links = ()
    priority = -1

    @property
    def backends(self):
        return self.links


class PywinError(Exception):
    """What win32 calls raise: an Exception that is no KeyringError."""


PywinError.__module__, PywinError.__name__ = "pywintypes", "error"

LOCKED = KeyringLocked("Failed to unlock the collection!")
NO_COLLECTION = InitError("Failed to create the collection: Prompt dismissed.")


class Kept(KeyringBackend):
    """For subprocesses: keeps secrets in the file that KEYRING_DOUBLE_FILE names, not readable as they stand."""

    priority = -1

    def _entries(self):
        path = Path(os.environ["KEYRING_DOUBLE_FILE"])
        return json.loads(bytes.fromhex(path.read_text())[::-1]) if path.exists() else {}

    def _write(self, entries):
        Path(os.environ["KEYRING_DOUBLE_FILE"]).write_text(json.dumps(entries).encode()[::-1].hex())

    def get_password(self, service, username):
        return self._entries().get(f"{service} {username}")

    def set_password(self, service, username, password):
        self._write({**self._entries(), f"{service} {username}": password})

    def delete_password(self, service, username):
        entries = self._entries()
        if entries.pop(f"{service} {username}", None) is None:
            raise PasswordDeleteError("No such password!")
        self._write(entries)
