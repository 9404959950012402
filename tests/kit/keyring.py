"""A keyring in this process; the environment names one that fails: this machine's is never touched."""

from __future__ import annotations

from contextlib import contextmanager

import keyring
import pytest
from keyring.backends import fail

from tests.kit import keyring_double as double

FAIL = "keyring.backends.fail.Keyring"


@contextmanager
def in_memory(monkeypatch):
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", FAIL)
    monkeypatch.delenv("MAILER_PASSWORD", raising=False)
    backend = double.Memory()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(fail.Keyring())


@pytest.fixture
def memory(monkeypatch):
    with in_memory(monkeypatch) as backend:
        yield backend
