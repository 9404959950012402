"""Exim and Dovecot: what another server makes of what is submitted, and what only this one does."""

from __future__ import annotations

import json
import re

import pytest

from tests.real.exim import exim, exim_server, mail
from tests.real.servers import USERS, mail_servers
from tests.real.submission_contract import Desk, SubmissionContract, arrived, ids, put_batch

__all__ = ["exim_server", "mail", "mail_servers"]
pytestmark = pytest.mark.real

DANA, LEE = USERS


def taken(mail):
    """A line of its log for each letter that it has said yes to."""
    return {line for line in mail.log().splitlines() if " <= " in line}


class TestExim(SubmissionContract):
    REFUSAL = "550 Unrouteable address"

    def test_a_batch_goes_by_bdat(self, desk, mail):
        assert desk.login().returncode == 0
        put_batch(desk.folder, 50)
        before = taken(mail)
        done = desk("send", "b.md", "--each", "p.csv", "--yes", "--json", "-v")
        assert done.returncode == 0, done.stderr
        assert len(re.findall(r"^> BDAT \d+ LAST$", done.stderr, re.M)) >= 40
        # Exim marks with L a letter that was pipelined (L-: that was not), with K one that came by BDAT.
        new = taken(mail) - before
        assert len(new) == 50
        assert len([line for line in new if re.search(r" L[^- ]* .* K ", line)]) >= 40
        assert len(arrived(mail, count=50)) == 50


@pytest.fixture
def limited(request, exim_server):
    """Another Exim that takes so many letters a connection."""
    with exim(exim_server, f"smtp_accept_max_per_connection = {request.param}") as host:
        host.empty()
        yield host


@pytest.mark.parametrize(("limited", "count"), [(1, 10), (7, 50), (20, 50)], indirect=["limited"])
def test_so_many_letters_a_connection(limited, count, tmp_path):
    desk = Desk(tmp_path, limited)
    assert desk.login().returncode == 0
    put_batch(tmp_path, count)
    before = taken(limited)
    done = desk("send", "b.md", "--each", "p.csv", "--yes", "--json")
    assert done.returncode == 0, done.stderr + limited.log()
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert {each["status"] for each in told} == {"sent"}
    assert ids(arrived(limited, count=count)) == sorted(each["message_id"] for each in told)
    assert len(taken(limited) - before) == count
