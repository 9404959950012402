"""Which mailboxes this machine has accounts for, and whose letters go from them."""

from __future__ import annotations

import pytest

from mailer.fleet.jobs import OwnersWorld, Work, mailboxes
from mailer.sending import world as worlds
from tests.kit.world import World, put

MAILBOX = "jo@novak.example at smtp.novak.example"


@pytest.fixture
def world(tmp_path):
    desk = World(tmp_path)
    lines = ["MAILER_SMTP_HOST=SMTP.Novak.example", "MAILER_SMTP_USERNAME=Jo@Novak.example", "MAILER_AUTH=password"]
    put(desk.config, "accounts/work.env", "\n".join(lines))
    put(desk.config, "accounts/other.env", "MAILER_SMTP_HOST=smtp.x.example\nMAILER_SMTP_USERNAME=ana\n")
    environ = {"MAILER_DATA_DIR": str(desk.data), "MAILER_CONFIG_DIR": str(desk.config)}
    return worlds.World(print, environ, tmp_path)


def test_an_account_is_found_however_its_mailbox_is_written(world):
    found = mailboxes(world)
    # What an earlier version put off stands under the name as it was set.
    as_set = "Jo@Novak.example at smtp.novak.example"
    assert found == {MAILBOX: "work", as_set: "work", "ana at smtp.x.example": ""}
    for name in (MAILBOX, as_set, MAILBOX.upper()):
        assert OwnersWorld(world, Work("jo", "", name), found).settings().account == "work"
