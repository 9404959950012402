"""Servers that several real tests share."""

from __future__ import annotations

import pytest

from tests.real.servers import dovecot, mail_host, missing


@pytest.fixture(scope="module")
def host():
    """A host of mail with Dovecot; empty it before a test."""
    if why := missing():
        pytest.skip(why)
    with mail_host() as made, dovecot(made):
        yield made
