from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from smtp_server import Authority

from mailer.transport.outgoing import Outgoing


@dataclass(frozen=True)
class Envelope:
    reverse_path: str
    forward_paths: tuple[str, ...]


CONTENT = b"Subject: hello\r\n\r\nGood morning.\r\n"


def make_letter(name="1", to=("dana@acme.example",), content=CONTENT, sender="me@home.example"):
    return Outgoing(str(name), Envelope(sender, tuple(to)), content)


def make_letters(count, **kinds):
    return [make_letter(n, to=(f"r{n}@acme.example",), **kinds) for n in range(1, count + 1)]


@pytest.fixture
def letter():
    return make_letter


@pytest.fixture
def letters():
    return make_letters


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))
