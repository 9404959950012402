"""Drafts in a mailbox: what every place promises, and that the newest takes the place of the one before, once."""

from __future__ import annotations

import pytest

from mailer.drafts.imap import ImapDraft, take_away
from mailer.errors import CannotWrite, Later
from mailer.imap.errors import Lost
from mailer.imap.folders import Folder
from mailer.imap.session import Place
from mailer.ledger.values import Draft, DraftLocation
from mailer.message.compose import Stamp, compose_draft
from tests.drafts.contract import Contract, rendered
from tests.kit.imap import ID, NOW, account, server
from tests.kit.imap_server import Box

__all__ = ["account", "server"]
DRAFTS = Folder("Drafts", "Drafts", setting="MAILER_DRAFTS_FOLDER")


def draft(earlier=None, unchanged=False):
    return Draft("4k7m2p", ID, NOW, earlier, unchanged)


def message(text="Dear Dana,\n"):
    return compose_draft(rendered(text=text), Stamp(ID, NOW))


def lying(place=None, doubt=False, folder="Drafts", message_id=ID):
    return DraftLocation(folder, message_id, place and place.uidvalidity, place and place.uid, doubt)


class TestMailbox(Contract):
    @pytest.fixture(autouse=True)
    def _box(self, server, account):
        self.server, self.account = server, account

    def store(self, tmp_path):
        return ImapDraft(self.account, DRAFTS, draft())

    def kept(self, tmp_path):
        where = "Drafts (jo@novak.example at imap.example)"
        kept = self.server.boxes["Drafts"].messages
        return {where + ("" if place == 0 else str(place)): message.content for place, message in enumerate(kept)}

    def spoil(self, tmp_path):
        del self.server.boxes["Drafts"]

    def test_for_this_user_only(self, tmp_path):
        self.store(tmp_path).save(message(), "")
        assert self.server.boxes["Drafts"].messages[0].flags == {r"\Draft", r"\Seen"}

    def test_leaves_nothing_beside_it(self, tmp_path):
        self.store(tmp_path).save(message(), "")
        assert [len(box.messages) for box in self.server.boxes.values()] == [0, 1, 0]


def save(account, earlier=None, text="Dear Dana,\n", unchanged=False, folder=DRAFTS):
    """The draft saved; where the ledger is told that it lies, and what was said."""
    places, notes = [], []
    ImapDraft(account, folder, draft(earlier, unchanged), places.append, notes.append).save(message(text), "")
    return places[0], notes


def texts(server, folder="Drafts"):
    return [kept.content.split(b"\r\n\r\n", 1)[1].strip() for kept in server.boxes[folder].messages]


def test_a_draft_has_date_message_id_and_bcc(server, account):
    save(account)
    (kept,) = server.boxes["Drafts"].messages
    for line in (b"Date: Mon, 23 Nov 2026", b"Message-ID: <1@novak.example>", b"Bcc: me@", b"In-Reply-To: <first@"):
        assert line in kept.content
    assert b"X-Unsent" not in kept.content


def test_the_second_replaces_the_first(server, account):
    first, _ = save(account)
    second, notes = save(account, lying(first), "Dear Dana, better.\n")
    assert texts(server) == [b"Dear Dana, better."]
    assert (second, notes) == (Place(11, 2), [])


def test_new_before_old(server, account):
    first, _ = save(account)
    server.faults["APPEND"] = ["NO [OVERQUOTA] full"]
    with pytest.raises(CannotWrite):
        save(account, lying(first), "Dear Dana, better.\n")
    assert texts(server) == [b"Dear Dana,"]


def test_what_was_changed_or_is_somebody_elses_is_left_alone(server, account):
    first, _ = save(account)
    box = server.boxes["Drafts"]
    box.messages[0].content = box.messages[0].content.replace(b"<1@", b"<theirs@")
    save(account, lying(first), "Dear Dana, better.\n")
    assert len(box.messages) == 2


def test_a_folder_that_was_made_anew_is_left_alone(server, account):
    first, _ = save(account)
    server.boxes["Drafts"].uidvalidity += 1
    save(account, lying(first), "Dear Dana, better.\n")
    assert len(server.boxes["Drafts"].messages) == 2


def test_an_old_draft_that_cannot_be_removed_is_told(server, account):
    first, _ = save(account)
    server.faults["STORE"] = ["NO [NOPERM] no"]
    place, notes = save(account, lying(first))
    assert place == Place(11, 2)
    assert "The draft is saved" in notes[0]


def test_it_moves_to_another_folder(server, account):
    first, _ = save(account)
    server.boxes["Entw&APw-rfe"] = Box()
    save(account, lying(first), folder=DRAFTS.at("Entw&APw-rfe"))
    assert [len(box.messages) for box in server.boxes.values()] == [0, 0, 0, 1]


def test_without_uidplus_it_is_looked_for(server, account):
    server.after = "IMAP4rev1"
    first, _ = save(account)
    assert first == Place(11, 1)
    assert save(account, lying(first), "Dear Dana, better.\n")[0] == Place(11, 2)
    assert texts(server) == [b"Dear Dana, better."]


@pytest.mark.parametrize("fault", ["drop", "NO no", "BAD no", "raw * SEARCH x\r\n{tag} OK\r\n"])
@pytest.mark.parametrize("command", ["EXAMINE", "SEARCH"])
def test_what_was_put_there_is_saved_wherever_it_lies(server, account, command, fault):
    server.after = "IMAP4rev1"
    server.faults[command] = [fault]
    places = []
    ImapDraft(account, DRAFTS, draft(), places.append).save(message(), "")
    assert places == [None]
    assert texts(server) == [b"Dear Dana,"]


@pytest.mark.parametrize("fault", ["drop", "drop-after"])
def test_a_connection_lost_at_append_makes_no_double(server, account, fault):
    first, _ = save(account)
    server.faults["APPEND"] = [fault]
    save(account, lying(first), "Dear Dana, better.\n")
    assert texts(server) == [b"Dear Dana, better."]


@pytest.mark.parametrize(("fault", "left"), [("drop", 0), ("drop-after", 1)])
@pytest.mark.parametrize("text", ["Dear Dana,\n", "Dear Dana, better.\n"])
def test_a_connection_lost_for_good_makes_no_double_the_next_time(server, account, fault, left, text):
    server.faults = {"APPEND": [fault], "EXAMINE": ["drop"]}
    with pytest.raises(Lost, match="it is not known whether") as caught:
        save(account)
    assert caught.value.begun
    assert len(texts(server)) == left
    unchanged = text == "Dear Dana,\n"
    place, _ = save(account, lying(doubt=True), text, unchanged=unchanged)
    assert texts(server) == [text.strip().encode()]
    assert place.uid == server.boxes["Drafts"].messages[0].uid


def test_a_server_that_is_gone(server, account):
    server.faults["CAPABILITY"] = ["drop"]
    with pytest.raises(Later):
        save(account)
    with pytest.raises(Later):
        save(account)
    assert server.connections == 1, "what failed is not tried for each letter"


# The draft of a letter that was sent


def left_after(server, account, place, **more):
    taken = take_away(account, lying(place)._replace(**more))
    return taken, len(server.boxes["Drafts"].messages)


def test_the_draft_of_a_sent_letter_is_taken_away(server, account):
    place, _ = save(account)
    assert left_after(server, account, place, size=len(message())) == (True, 0)
    assert left_after(server, account, place, size=len(message())) == (False, 0)


@pytest.mark.parametrize("more", [{"size": 1}, {"message_id": "<2@novak.example>"}, {"uid": 9}, {"uidvalidity": 9}])
def test_what_is_not_that_draft_stays(server, account, more):
    place, _ = save(account)
    assert left_after(server, account, place, **more) == (False, 1)


def test_a_draft_of_which_nobody_knows_where_it_lies_is_not_looked_for(server, account):
    assert take_away(account, lying(doubt=True)) is False
    assert server.connections == 0


@pytest.mark.parametrize("others", [0, 1])
def test_without_uidplus_it_is_only_marked(server, account, others):
    server.after = "IMAP4rev1"
    place, _ = save(account)
    for _ in range(others):
        server.boxes["Drafts"].add(b"x\r\n\r\n", [r"\Deleted"])
    assert left_after(server, account, place) == (True, 1 + others)
    assert server.boxes["Drafts"].messages[0].flags >= {r"\Deleted"}
