"""``login``, then ``doctor``, at Postfix and Dovecot."""

from __future__ import annotations

import json

import pytest

from tests.kit.accounts import memory, world
from tests.real.servers import USERS, mail, mail_servers

__all__ = ["mail", "mail_servers", "memory", "world"]
pytestmark = pytest.mark.real

DANA, LEE = USERS
WAYS = {"tls": ("smtps", "imaps"), "starttls": ("submission", "imap")}


@pytest.fixture(params=WAYS)
def signed_in(request, world, memory, mail):
    smtp, imap = (f"localhost:{mail.ports[name]}" for name in WAYS[request.param])
    safe = ("--security", request.param, "--imap-security", request.param, "--ca-file", str(mail.ca_file))
    words = ("login", DANA, "--smtp", smtp, "--imap", imap, *safe, "--password-stdin")
    done = world.mailer(*words, input=USERS[DANA].encode())
    assert done.code == 0, done.err
    return world


def steps(done):
    return {step["step"]: step for step in json.loads(done.out)["steps"]}


def test_every_link(signed_in, mail):
    done = signed_in.mailer("doctor", "--json")
    found = steps(done)
    assert done.code == 0, found
    assert {step["ok"] for step in found.values()} == {True}, found
    assert "5,000,000 octets" in found["ehlo"]["seen"]
    assert "drafts in Entwürfe; sent letters in Gesendet" in found["imap"]["seen"]
    assert "trustme" in found["tls"]["seen"]
    assert USERS[DANA] not in done.all
    assert (mail.letters(DANA), mail.letters(DANA, "Gesendet")) == ([], [])


def test_a_wrong_password(signed_in):
    done = signed_in.mailer("doctor", "--json", MAILER_PASSWORD="wrong-horse")
    found = steps(done)
    assert (done.code, found["auth"]["ok"], found["envelope"]["ok"], found["imap"]["ok"]) == (77, False, None, False)
    assert "wrong-horse" not in done.all


def test_a_sender_that_is_not_there(signed_in):
    done = signed_in.mailer("doctor", "--json", MAILER_FROM="nobody@acme.example")
    found = steps(done)
    assert (done.code, found["envelope"]["ok"], found["imap"]["ok"]) == (69, False, True)
    assert "nobody@acme.example" in found["envelope"]["text"]
