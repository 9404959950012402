"""Postfix and Dovecot: what a real server makes of what is submitted."""

from __future__ import annotations

import pytest

from tests.real.servers import mail, mail_servers
from tests.real.submission_contract import SubmissionContract

__all__ = ["mail", "mail_servers"]
pytestmark = pytest.mark.real


class TestPostfix(SubmissionContract):
    REFUSAL = "5.1.1"
