"""``mailer sync`` of a user with several accounts: somebody may answer to any of their addresses."""

from __future__ import annotations

import pytest

from mailer.settings import account_file
from tests.kit.imap_server import ImapServer
from tests.kit.inbox import DANA, Mailbox, written
from tests.kit.smtp_server import recording_server
from tests.kit.world import through

ANSWER = written(f"Dana Ruiz <{DANA}>", "Re: x", "Coffee?\r\n")


class Accounts(Mailbox):
    """A user whose accounts are set up, the first of them the default."""

    def __init__(self, folder, smtp, imap):
        super().__init__(folder, smtp, imap)
        self.settings = {"MAILER_TIMEZONE": "Europe/Berlin", "MAILER_SAVE_SENT": "no", "MAILER_TIMEOUT": "5"}

    def add(self, name, imap, **more):
        account_file.write(
            self.folder / "home" / "config",
            name,
            {
                **through(self.smtp),
                "MAILER_FROM": f"Jo <jo@{name}.example>",
                "MAILER_IMAP_HOST": "127.0.0.1",
                "MAILER_IMAP_PORT": str(imap.port),
                "MAILER_IMAP_SECURITY": "none",
                "MAILER_IMAP_USERNAME": "jo@novak.example",
                "MAILER_PASSWORD_COMMAND": "printf 'correct horse'",
                **more,
            },
        )


@pytest.fixture
def box(tmp_path):
    with recording_server() as smtp, ImapServer() as first, ImapServer() as second:
        made = Accounts(tmp_path, smtp, first)
        made.add("novak", first)
        made.add("other", second, MAILER_IMAP_HOST="localhost")
        made.send()
        made.second = second
        second.boxes["INBOX"].add(ANSWER, (), made.now.date())
        first.commands.clear()
        yield made.later(hours=4)


def test_every_mailbox_is_read(box):
    *events, last = box.sync()
    assert [(one["class"], one["person"]) for one in events] == [("answer", "p1")]
    assert (last["read"], last["folders"]) == (1, 4)
    assert box.sync()[-1] == {"read": 0, "new": 0, "folders": 4, "error": None}


def test_one_that_is_named_alone(box):
    assert box.sync("--account", "novak") == [{"read": 0, "new": 0, "folders": 2, "error": None}]
    assert box.second.commands == []


def test_one_that_cannot_be_read_keeps_none_of_the_others(box):
    box.add("novak", box.imap, MAILER_IMAP_PORT="1")
    *events, last = box.sync(code=75)
    assert [one["class"] for one in events] == ["answer"]
    assert last["error"]
