"""The copy in Sent: when there is one, and that there is one only."""

from __future__ import annotations

import pytest

from mailer.errors import BadSettings, CannotWrite
from mailer.sending.copies import rule
from mailer.sending.sent_folder import SentCopies, found_sent
from mailer.settings.settings import load
from tests.kit.imap import ID, MESSAGE, NOW, account, server
from tests.kit.imap_server import Box

__all__ = ["account", "server"]


@pytest.mark.parametrize(
    ("smtp", "imap", "save", "expected"),
    [
        ("smtp.gmail.com", "imap.gmail.com", "auto", "by-server"),
        ("smtp.gmail.com", "", "auto", "by-server"),
        ("smtp.office365.com", "outlook.office365.com", "auto", "by-server"),
        ("smtp.mail.me.com", "imap.mail.me.com", "auto", "wait"),
        ("smtp.fastmail.com", "imap.fastmail.com", "auto", "wait"),
        ("mail.acme.example", "imap.acme.example", "auto", "look"),
        ("mail.acme.example", "", "auto", "off"),
        ("mail.acme.example", "", "yes", "look"),
        ("smtp.gmail.com", "imap.gmail.com", "yes", "wait"),
        ("smtp.gmail.com", "imap.gmail.com", "no", "off"),
        ("mail.acme.example", "imap.acme.example", "no", "off"),
    ],
)
def test_who_files_it(tmp_path, smtp, imap, save, expected):
    environ = {"HOME": str(tmp_path), "MAILER_CONFIG_DIR": str(tmp_path), "MAILER_SMTP_HOST": smtp}
    environ |= {"MAILER_SAVE_SENT": save} | ({"MAILER_IMAP_HOST": imap} if imap else {})
    assert rule(load(environ, tmp_path).server()) == expected


def kept(server, folder="Sent"):
    return [message.content for message in server.boxes[folder].messages]


def test_it_is_added_where_it_is_absent(server, account):
    assert SentCopies(account, "", "look").copy(ID, MESSAGE, NOW) == "saved"
    copies, other = SentCopies(account, "", "look"), MESSAGE.replace(b"<1@", b"<2@")
    assert copies.copy(ID, MESSAGE, NOW) == "by-server"
    assert copies.copy("<2@novak.example>", other, NOW) == "saved"
    assert kept(server) == [MESSAGE, other]


def test_a_slow_provider_is_given_time(server, account):
    waits = []

    def sleep(seconds):
        waits.append(seconds)
        server.boxes["Sent"].add(MESSAGE)

    copies = SentCopies(account, "", "wait", sleep)
    assert copies.copy(ID, MESSAGE, NOW) == "by-server"
    assert kept(server) == [MESSAGE]
    assert copies.copy("<2@novak.example>", MESSAGE, NOW) == "by-server", "it files the others too"
    assert len(waits) == 1
    assert 2 <= waits[0] <= 5


def test_a_provider_that_files_nothing_is_waited_for_once(server, account):
    waits = []
    copies = SentCopies(account, "", "wait", waits.append)
    other = MESSAGE.replace(b"<1@", b"<2@")
    assert [copies.copy(ID, MESSAGE, NOW), copies.copy("<2@novak.example>", other, NOW)] == ["saved"] * 2
    assert kept(server) == [MESSAGE, other]
    assert len(waits) == 1


@pytest.mark.parametrize("fault", ["drop", "drop-after"])
def test_a_break_makes_no_double(server, account, fault):
    server.faults["APPEND"] = [fault]
    assert SentCopies(account, "", "look").copy(ID, MESSAGE, NOW) == "saved"
    assert kept(server) == [MESSAGE]


def test_a_folder_that_refuses_names_the_setting(server, account):
    server.faults["APPEND"] = ["NO [TRYCREATE] gone"]
    with pytest.raises(CannotWrite) as caught:
        SentCopies(account, "", "look").copy(ID, MESSAGE, NOW)
    assert "MAILER_SENT_FOLDER" in caught.value.hint


def test_where_a_sent_letter_is_found(server, account):
    server.boxes["Everything"] = Box(r"\All")
    server.boxes["Everything"].add(MESSAGE)
    assert found_sent(account.session, "", ID, everywhere=False) is None
    assert found_sent(account.session, "", ID, everywhere=True).name == "Everything"
    server.boxes["Sent"].add(MESSAGE)
    assert found_sent(account.session, "", ID, everywhere=True).name == "Sent"


def test_no_sent_folder(server, account):
    del server.boxes["Sent"]
    with pytest.raises(BadSettings, match="for sent"):
        found_sent(account.session, "", ID, everywhere=True)
