"""The commands and the mailbox: drafts there, copies in Sent, and finding out what was sent."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import pytest

from mailer.ledger.ledger import open_ledger
from tests.kit.imap_server import Box, ImapServer, boxes
from tests.kit.letters import ALONE, LETTER, ME, PROSE, ROWS
from tests.kit.smtp_server import DROP, Scripted, recording_server
from tests.kit.world import World, put

LOGIN, PASSWORD = "jo@novak.example", "correct horse"


@pytest.fixture
def imap():
    with ImapServer() as server:
        yield server


@pytest.fixture
def letter(tmp_path):
    put(tmp_path, "letter.md", LETTER)


def app(tmp_path, imap=None, smtp=None, **more):
    found = {"MAILER_FROM": ME, "MAILER_PASSWORD": PASSWORD, "MAILER_TIMEOUT": "3"}
    if imap:
        found |= {"MAILER_IMAP_HOST": "127.0.0.1", "MAILER_IMAP_PORT": str(imap.port), "MAILER_IMAP_SECURITY": "none"}
        found |= {"MAILER_IMAP_USERNAME": LOGIN}
    if smtp:
        found |= {"MAILER_SMTP_HOST": "127.0.0.1", "MAILER_SMTP_PORT": str(smtp.port), "MAILER_SMTP_SECURITY": "none"}
    return World(tmp_path, **(found | more))


def outbox(tmp_path):
    return World(tmp_path).mailer("outbox", "--json").objects


def kept(server, folder="Drafts"):
    return [message.content for message in server.boxes[folder].messages]


def moved(server):
    """As a mail program sends a draft: it goes from Drafts to Sent."""
    server.boxes["Sent"].messages += server.boxes["Drafts"].messages
    server.boxes["Drafts"].messages = []


# Drafts


def test_a_draft_lies_in_drafts_and_stands_in_the_outbox(tmp_path, imap, letter):
    done = app(tmp_path, imap).mailer("draft", "letter.md", "--imap", "--json")
    assert (done.code, done.json["status"], done.json["error"]) == (0, "saved", None)
    assert done.json["where"] == "Drafts (jo@novak.example at 127.0.0.1)"
    (content,) = kept(imap)
    assert PROSE.encode() in content
    assert done.json["message_id"].encode() in content
    (waiting,) = outbox(tmp_path)
    assert (waiting["id"], waiting["state"]) == (done.json["id"], "draft")
    assert waiting["message_id"] == done.json["message_id"]
    assert f"resolve {waiting['id']}" in waiting["next"]


def test_the_same_letter_again_replaces_it(tmp_path, imap, letter):
    world_ = app(tmp_path, imap)
    first = world_.mailer("draft", "letter.md", "--imap", "--json").json
    put(tmp_path, "letter.md", LETTER.replace(PROSE, "Better words."))
    second = world_.mailer("draft", "letter.md", "--imap", "--json").json
    (content,) = kept(imap)
    assert b"Better words." in content
    assert first["id"] == second["id"]
    assert len(outbox(tmp_path)) == 1


def test_every_row_over_one_sign_in(tmp_path, imap, letter):
    put(tmp_path, "rows.csv", ROWS)
    put(tmp_path, "each.md", ALONE)
    done = app(tmp_path, imap).mailer("draft", "each.md", "--each", "rows.csv", "--imap", "--json")
    assert (done.code, [row["row"] for row in done.objects]) == (0, [1, 2, 3]), done
    assert len(kept(imap)) == 3
    assert imap.connections == 1


def test_a_blocked_letter_is_not_saved(tmp_path, imap):
    put(tmp_path, "letter.md", LETTER.replace(PROSE, "I saw ‹what you saw› there."))
    done = app(tmp_path, imap).mailer("draft", "letter.md", "--imap", "--json")
    assert (done.code, done.json["status"], done.json["error"]["name"]) == (1, "not-ready", "not-ready")
    assert (imap.connections, outbox(tmp_path)) == (0, [])


def test_localised_names_arrive_in_modified_utf7(tmp_path, letter):
    folders = {"INBOX": Box(), "Entw&APw-rfe": Box(r"\HasNoChildren \Drafts"), "Gesendet": Box(r"\Sent")}
    with ImapServer(folders) as imap:
        done = app(tmp_path, imap).mailer("draft", "letter.md", "--imap")
        assert "Entwürfe" in done.out
        assert len(kept(imap, "Entw&APw-rfe")) == 1


def test_the_setting_names_the_folder(tmp_path, letter):
    with ImapServer(boxes(Kladde=Box())) as imap:
        app(tmp_path, imap, MAILER_DRAFTS_FOLDER="Kladde").mailer("draft", "letter.md", "--imap")
        assert (len(kept(imap, "Kladde")), kept(imap)) == (1, [])


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("NO [OVERQUOTA] Quota exceeded", "quota"),
        ("NO [TRYCREATE] Mailbox doesn't exist", "no folder Drafts"),
        ("NO [READ-ONLY] no", "read-only"),
    ],
)
def test_a_folder_that_refuses_is_73_and_nothing_stands(tmp_path, imap, letter, fault, words):
    imap.faults["APPEND"] = [fault]
    done = app(tmp_path, imap).mailer("draft", "letter.md", "--imap", "--json")
    assert (done.code, done.json["status"], done.json["error"]["code"]) == (73, "not-sent", 73)
    assert words in done.json["error"]["text"]
    assert "Drafts" in done.json["error"]["text"]
    assert outbox(tmp_path) == []


def test_a_folder_renamed_in_between(tmp_path, imap, letter):
    world_ = app(tmp_path, imap)
    world_.mailer("draft", "letter.md", "--imap")
    imap.boxes["Entw&APw-rfe"] = imap.boxes.pop("Drafts")
    assert world_.mailer("draft", "letter.md", "--imap").code == 0
    assert len(kept(imap, "Entw&APw-rfe")) == 2, "what lies there now may have been changed by its owner"


@pytest.mark.parametrize("edited", [False, True])
def test_a_connection_lost_after_append_is_told_and_makes_no_double(tmp_path, imap, letter, edited):
    world_ = app(tmp_path, imap)
    imap.faults = {"APPEND": ["drop-after"], "EXAMINE": ["drop"]}
    done = world_.mailer("draft", "letter.md", "--imap")
    assert done.code == 75
    assert "it is not known whether" in done.err
    assert [waiting["state"] for waiting in outbox(tmp_path)] == ["draft"]
    if edited:
        put(tmp_path, "letter.md", LETTER.replace(PROSE, "Better words."))
    assert world_.mailer("draft", "letter.md", "--imap").code == 0
    (content,) = kept(imap)
    assert (b"Better words." in content) == edited


@pytest.mark.parametrize("fault", [{"EXAMINE": ["drop"]}, {"EXAMINE": ["NO no"]}, {"SEARCH": ["BAD no"]}])
@pytest.mark.parametrize("edited", [False, True])
def test_without_uidplus_a_draft_that_is_not_found_again_makes_no_double(tmp_path, letter, fault, edited):
    with ImapServer(after="IMAP4rev1 SPECIAL-USE") as imap:
        imap.faults = fault
        assert app(tmp_path, imap).mailer("draft", "letter.md", "--imap").code == 0
        if edited:
            put(tmp_path, "letter.md", LETTER.replace(PROSE, "Better words."))
        assert app(tmp_path, imap).mailer("draft", "letter.md", "--imap").code == 0
        (content,) = kept(imap)
        assert (b"Better words." in content) == edited


@pytest.mark.parametrize(("name", "status", "code"), [("Dana", "already-sent", 0), ("Beth", "not-ready", 1)])
def test_a_row_leaves_the_draft_of_an_earlier_row_alone(tmp_path, imap, name, status, code):
    put(tmp_path, "rows.csv", f"name,email\nDana,dana@acme.example\n{name},dana@acme.example\nLee,lee@acme.example\n")
    put(tmp_path, "each.md", f"From: {ME}\nTo: {{{{email}}}}\nSubject: Hello\n\nDear {{{{name}}}}, good luck.\n")
    done = app(tmp_path, imap).mailer("draft", "each.md", "--each", "rows.csv", "--imap", "--json")
    assert (done.code, [row["status"] for row in done.objects]) == (code, ["saved", status, "saved"])
    assert [b"Dear Dana" in content for content in kept(imap)] == [True, False]
    assert done.objects[1].get("id") == (done.objects[0]["id"] if code == 0 else None)
    assert code == 0 or "row 1 is the same letter" in done.objects[1]["error"]["text"]


def test_a_row_whose_draft_was_refused_keeps_no_other_back(tmp_path, imap):
    imap.faults["APPEND"] = ["NO [LIMIT] not now"]
    put(tmp_path, "rows.csv", "name,email\nDana,dana@acme.example\nBeth,dana@acme.example\n")
    put(tmp_path, "each.md", f"From: {ME}\nTo: {{{{email}}}}\nSubject: Hello\n\nDear {{{{name}}}}, good luck.\n")
    done = app(tmp_path, imap).mailer("draft", "each.md", "--each", "rows.csv", "--imap", "--json")
    assert (done.code, [row["status"] for row in done.objects]) == (75, ["not-sent", "saved"])


def test_sign_in_and_settings(tmp_path, imap, letter):
    assert app(tmp_path).mailer("draft", "letter.md", "--imap").code == 78
    wrong = app(tmp_path, imap, MAILER_PASSWORD="wrong-horse")
    done = wrong.mailer("draft", "letter.md", "--imap", "-v")
    assert (done.code, len(imap.sign_ins)) == (77, 1)
    assert "refuses the sign-in" in done.err
    assert "wrong-horse" not in done.err
    assert outbox(tmp_path) == []


def test_an_imap_password_is_not_asked_of_the_letter_on_stdin(tmp_path, imap):
    world_ = app(tmp_path, imap, MAILER_PASSWORD="")
    assert world_.mailer("draft", "-", "--imap", input=LETTER.encode()).code == 77


# Sent from elsewhere


def test_found_in_sent_it_counts_as_sent(tmp_path, imap, letter):
    world_ = app(tmp_path, imap)
    name = world_.mailer("draft", "letter.md", "--imap", "--json").json["id"]
    early = world_.mailer("outbox", "resolve", name)
    assert (early.code, "still a draft" in early.err) == (75, True)
    moved(imap)
    done = world_.mailer("outbox", "resolve", name)
    assert (done.code, "Sent (jo@novak.example" in done.out) == (0, True)
    assert outbox(tmp_path) == []
    with recording_server() as smtp:
        again = app(tmp_path, imap, smtp).mailer("send", "letter.md", "--yes", "--json")
        assert (again.code, again.json["status"]) == (0, "already-sent")
        assert smtp.messages == []


def test_send_looks_first_whether_the_draft_was_sent(tmp_path, imap, letter):
    app(tmp_path, imap).mailer("draft", "letter.md", "--imap")
    moved(imap)
    with recording_server() as smtp:
        done = app(tmp_path, imap, smtp).mailer("send", "letter.md", "--yes", "--json")
        assert (done.code, done.json["status"]) == (0, "already-sent")
        assert "was sent from your mail program" in done.err
        assert smtp.messages == []


def test_a_draft_that_was_not_sent_goes_under_its_message_id(tmp_path, imap, letter):
    draft = app(tmp_path, imap).mailer("draft", "letter.md", "--imap", "--json").json
    with recording_server() as smtp:
        result = app(tmp_path, imap, smtp).mailer("send", "letter.md", "--yes", "--json")
        done = result.json
        assert (done["status"], done["message_id"], done["id"]) == ("sent", draft["message_id"], draft["id"])
        assert len(smtp.messages) == 1


# The draft of what was sent


def drafted_then_sent(tmp_path, imap, meanwhile=lambda: None, **more):
    """What ``send`` said after ``draft --imap`` of the same letter, with what happened between the two."""
    put(tmp_path, "letter.md", LETTER)
    assert app(tmp_path, imap).mailer("draft", "letter.md", "--imap").code == 0
    imap.boxes["Drafts"].add(b"Message-ID: <other@novak.example>\r\n\r\nnot ours\r\n", [r"\Deleted"])
    imap.commands.clear()
    meanwhile()
    with recording_server() as smtp:
        done = app(tmp_path, imap, smtp, **more).mailer("send", "letter.md", "--yes", "--json")
        assert (done.code, done.json["status"], done.json["error"], len(smtp.messages)) == (0, "sent", None, 1), done
    return done


def test_the_draft_is_gone_once_the_letter_is_sent(tmp_path, imap):
    done = drafted_then_sent(tmp_path, imap)
    assert [content.endswith(b"not ours\r\n") for content in kept(imap)] == [True], "only the one of the letter"
    assert "UID EXPUNGE 1" in imap.commands
    assert (done.json["copy"], len(kept(imap, "Sent"))) == ("saved", 1)
    assert "draft of it" not in done.err
    assert outbox(tmp_path) == []
    with open_ledger(Path(World(tmp_path).environ()["MAILER_DATA_DIR"]) / "ledger.sqlite") as ledger:
        assert ledger.draft_of(done.json["id"]) is None


def test_the_draft_is_gone_where_no_copy_is_wanted(tmp_path, imap):
    assert drafted_then_sent(tmp_path, imap, MAILER_SAVE_SENT="no").json["copy"] == "off"
    assert len(kept(imap)) == 1


def test_words_that_changed_here_do_not_keep_the_draft(tmp_path, imap):
    drafted_then_sent(tmp_path, imap, lambda: put(tmp_path, "letter.md", LETTER.replace(PROSE, "Better words.")))
    assert len(kept(imap)) == 1
    assert b"Better words." in kept(imap, "Sent")[0]


def test_without_uidplus_the_draft_is_marked_and_nothing_is_expunged(tmp_path, imap):
    imap.after = "IMAP4rev1 SPECIAL-USE"
    drafted_then_sent(tmp_path, imap)
    assert [r"\Deleted" in message.flags for message in imap.boxes["Drafts"].messages] == [True, True]
    assert not [command for command in imap.commands if "EXPUNGE" in command]


def edited(box):
    box.messages[0].content = box.messages[0].content.replace(PROSE.encode(), b"Words of the telephone.")


def renamed(box):
    box.messages[0].content = box.messages[0].content.replace(b"Message-ID: <", b"Message-ID: <x")


def saved_anew(box):
    box.messages.append(box.messages.pop(0))
    box.messages[-1].uid = 77


def made_anew(box):
    box.uidvalidity += 1


@pytest.mark.parametrize("change", [edited, renamed, saved_anew, made_anew])
def test_a_draft_that_was_edited_there_is_left_alone(tmp_path, imap, change):
    done = drafted_then_sent(tmp_path, imap, lambda: change(imap.boxes["Drafts"]))
    assert len(kept(imap)) == 2
    assert not [command for command in imap.commands if "STORE" in command or "EXPUNGE" in command]
    assert "a draft of it still lies in your mailbox" in done.err


@pytest.mark.parametrize("fault", [{"SELECT": ["NO [NONEXISTENT] gone"]}, {"STORE": ["drop"]}, {"EXPUNGE": ["NO no"]}])
def test_a_draft_that_cannot_be_taken_away_is_told_and_nothing_else(tmp_path, imap, fault):
    done = drafted_then_sent(tmp_path, imap, lambda: imap.faults.update(fault))
    assert done.json["copy"] == "saved"
    assert "a draft of it still lies in your mailbox: " in done.err


def test_a_mailbox_that_is_not_set_up_any_more_is_not_asked(tmp_path, imap):
    done = drafted_then_sent(tmp_path, imap, MAILER_IMAP_HOST="")
    assert imap.commands == []
    assert "still lies in the mailbox jo@novak.example at 127.0.0.1" in done.err


def test_a_draft_in_another_mailbox_is_left_alone(tmp_path, imap):
    imap.passwords["lee@novak.example"] = PASSWORD
    done = drafted_then_sent(tmp_path, imap, MAILER_IMAP_USERNAME="lee@novak.example")
    assert len(kept(imap)) == 2
    assert "still lies in the mailbox jo@novak.example at 127.0.0.1" in done.err


def test_a_draft_of_a_retry_is_taken_away_too(tmp_path, imap, letter):
    app(tmp_path, imap).mailer("draft", "letter.md", "--imap")
    with Scripted({"mail": [b"451 4.3.0 later\r\n"]}) as busy:
        assert app(tmp_path, imap, busy).mailer("send", "letter.md", "--yes", "--json").json["status"] == "deferred"
    assert len(kept(imap)) == 1
    send(tmp_path, imap)
    assert kept(imap) == []


def test_a_letter_without_a_draft_opens_no_mailbox(tmp_path, imap, letter):
    send(tmp_path, imap, MAILER_SAVE_SENT="no")
    assert imap.connections == 0


@pytest.mark.parametrize(("flag", "kind"), [("--sent", "already-sent"), ("--not-sent", "sent")])
def test_told_by_hand(tmp_path, imap, letter, flag, kind):
    name = app(tmp_path, imap).mailer("draft", "letter.md", "--imap", "--json").json["id"]
    assert World(tmp_path).mailer("outbox", "resolve", name, flag).code == 0
    assert outbox(tmp_path) == []
    with recording_server() as smtp:
        assert app(tmp_path, smtp=smtp).mailer("send", "letter.md", "--yes", "--json").json["status"] == kind


# In doubt


@pytest.fixture
def doubt(tmp_path, letter):
    with Scripted({"final": [DROP]}) as smtp:
        done = app(tmp_path, smtp=smtp).mailer("send", "letter.md", "--yes", "--json")
    assert done.json["status"] == "in-doubt", done
    return done.json


def test_a_doubt_is_settled_where_the_letter_lies(tmp_path, imap, doubt):
    missing = app(tmp_path, imap).mailer("outbox", "resolve", doubt["id"])
    assert missing.code == 76
    assert "stays in doubt" in missing.err
    assert [waiting["state"] for waiting in outbox(tmp_path)] == ["in-doubt"]
    imap.boxes["Sent"].add(f"Message-ID: {doubt['message_id']}\r\n\r\n".encode())
    done = app(tmp_path, imap).mailer("outbox", "resolve", doubt["id"])
    assert (done.code, "is in Sent" in done.out) == (0, True)
    assert outbox(tmp_path) == []


def test_a_doubt_is_looked_for_among_all_mail(tmp_path, doubt):
    everything = boxes()
    everything["[Gmail]/Alle Nachrichten"] = Box(r"\All")
    everything["[Gmail]/Alle Nachrichten"].add(f"Message-ID: {doubt['message_id']}\r\n\r\n".encode())
    with ImapServer(everything) as imap:
        done = app(tmp_path, imap).mailer("outbox", "resolve", doubt["id"])
    assert (done.code, "Alle Nachrichten" in done.out) == (0, True)


# The copy in Sent


def send(tmp_path, imap, **more):
    with recording_server() as smtp:
        done = app(tmp_path, imap, smtp, **more).mailer("send", "letter.md", "--yes", "--json")
        return done, smtp


def test_the_copy_is_the_octets_as_sent(tmp_path, imap):
    put(tmp_path, "letter.md", LETTER.replace("Company:", "Bcc: me@novak.example\nCompany:"))
    done, smtp = send(tmp_path, imap)
    assert (done.code, done.json["status"], done.json["copy"]) == (0, "sent", "saved")
    assert kept(imap, "Sent") == [smtp.messages[0].content]
    assert imap.boxes["Sent"].messages[0].flags == {r"\Seen"}
    assert b"Bcc" not in kept(imap, "Sent")[0]
    log = World(tmp_path).mailer("log", "--eml", done.json["id"])
    assert log.octets == kept(imap, "Sent")[0]


def test_no_copy_where_none_is_wanted(tmp_path, imap, letter):
    done, _ = send(tmp_path, imap, MAILER_SAVE_SENT="no")
    assert (done.json["copy"], kept(imap, "Sent"), imap.connections) == ("off", [], 0)


def test_a_server_that_files_it_itself_gets_no_second(tmp_path, imap, letter):
    class Filing(list):
        def append(self, message):
            super().append(message)
            imap.boxes["Sent"].add(message.content)

    with recording_server() as smtp:
        smtp.messages = Filing()
        done = app(tmp_path, imap, smtp).mailer("send", "letter.md", "--yes", "--json")
        assert (done.json["copy"], len(kept(imap, "Sent"))) == ("by-server", 1)


@pytest.mark.parametrize(
    "fault",
    [
        {"APPEND": ["NO [OVERQUOTA] full"]},
        {"AUTHENTICATE": ["NO [AUTHENTICATIONFAILED] no"]},
        {"APPEND": ["drop"], "EXAMINE": [None, "drop"]},
        {"LIST": ["silent"]},
    ],
)
def test_a_copy_that_fails_changes_nothing_and_is_offered_again(tmp_path, imap, letter, fault):
    imap.faults = fault
    done, smtp = send(tmp_path, imap, MAILER_TIMEOUT="1")
    assert (done.code, done.json["status"], done.json["copy"], done.json["error"]) == (0, "sent", "failed", None)
    assert "no copy in Sent" in done.err
    (waiting,) = outbox(tmp_path)
    assert (waiting["state"], waiting["id"]) == ("sent", done.json["id"])
    assert waiting["next"].endswith(f"mailer outbox copy {waiting['id']}.")
    again, second = send(tmp_path, imap)
    assert (again.json["status"], second.messages, again.code) == ("already-sent", [], 0)
    assert app(tmp_path, imap).mailer("outbox", "copy").code == 0
    assert kept(imap, "Sent") == [smtp.messages[0].content]
    assert outbox(tmp_path) == []
    assert app(tmp_path, imap).mailer("outbox", "copy", waiting["id"]).code == 2


def test_a_copy_that_fails_again_says_so(tmp_path, imap, letter):
    imap.faults = {"APPEND": ["NO [OVERQUOTA] full"] * 2}
    send(tmp_path, imap)
    done = app(tmp_path, imap).mailer("outbox", "copy")
    assert (done.code, "quota" in done.err) == (73, True)
    assert len(outbox(tmp_path)) == 1


def test_copies_of_a_batch_over_one_sign_in(tmp_path, imap):
    put(tmp_path, "rows.csv", ROWS)
    put(tmp_path, "each.md", ALONE)
    with recording_server() as smtp:
        done = app(tmp_path, imap, smtp).mailer("send", "each.md", "--each", "rows.csv", "--yes", "--json")
        assert [row["copy"] for row in done.objects] == ["saved"] * 3, done
        assert sorted(kept(imap, "Sent")) == sorted(message.content for message in smtp.messages)
    assert imap.connections == 1


def copies_of_a_batch(tmp_path, imap, **more):
    """What ``send`` said of three rows, how many seconds it took, and the copies that the outbox offers."""
    put(tmp_path, "rows.csv", ROWS)
    put(tmp_path, "each.md", ALONE)
    began = time.monotonic()
    with recording_server() as smtp:
        done = app(tmp_path, imap, smtp, **more).mailer("send", "each.md", "--each", "rows.csv", "--yes", "--json")
        assert [row["status"] for row in done.objects] == ["sent"] * 3, done
        assert len(smtp.messages) == 3
    return done, time.monotonic() - began, [waiting["state"] for waiting in outbox(tmp_path)]


@pytest.mark.parametrize(
    "fault",
    [
        {"LIST": ["silent"]},
        {"EXAMINE": ["drop"]},
        {"LIST": ["raw * LIST " + "(" * 5_000 + "\r\n{tag} OK done\r\n"]},
        {"SEARCH": ["raw * SEARCH 99999999999999999999\r\n{tag} OK done\r\n"]},
    ],
)
def test_a_mailbox_that_broke_off_is_not_asked_for_the_other_copies(tmp_path, imap, fault):
    imap.faults = fault
    done, _, offered = copies_of_a_batch(tmp_path, imap, MAILER_TIMEOUT="0.3")
    assert (done.code, [row["copy"] for row in done.objects]) == (0, ["failed"] * 3)
    assert (imap.connections, offered) == (1, ["sent"] * 3)
    assert done.err.count("no copy in Sent") == 1


def test_an_interruption_does_not_wait_for_the_other_copies(tmp_path, imap):
    class Interrupting(list):
        def pop(self, place):
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            return super().pop(place)

    imap.faults["LIST"] = Interrupting(["silent"] * 3)
    done, seconds, offered = copies_of_a_batch(tmp_path, imap, MAILER_TIMEOUT="30")
    assert (done.code, [row["copy"] for row in done.objects]) == (130, ["failed"] * 3)
    assert (imap.connections, offered) == (1, ["sent"] * 3)
    assert seconds < 20


def test_a_copy_that_was_never_tried_is_made_where_its_letter_is_named(tmp_path, imap, letter):
    name = send(tmp_path, imap, MAILER_SAVE_SENT="no")[0].json["id"]
    assert app(tmp_path, imap).mailer("outbox", "copy", name).code == 0
    assert len(kept(imap, "Sent")) == 1
    assert app(tmp_path, imap).mailer("outbox", "copy", name).code == 2


def test_a_letter_that_was_not_sent_has_no_copy_to_make(tmp_path, imap, letter):
    name = app(tmp_path, imap).mailer("draft", "letter.md", "--imap", "--json").json["id"]
    assert app(tmp_path, imap).mailer("outbox", "copy", name).code == 2
