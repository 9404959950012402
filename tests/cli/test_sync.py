"""``mailer sync``, as a user types it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.kit.imap_server import ImapServer
from tests.kit.inbox import DANA, START, Mailbox, bounce, written
from tests.kit.smtp_server import recording_server


@pytest.fixture
def box(tmp_path):
    with recording_server() as smtp, ImapServer() as imap:
        yield Mailbox(tmp_path, smtp, imap)


@pytest.fixture
def simply(monkeypatch):
    monkeypatch.setattr("mailer.answers.rules.verdicts")


def test_with_nobody_and_no_letter(box):
    done = box.mailer("sync")
    assert done.code == 0
    assert "nothing to look for" in done.err
    assert box.sync() == [{"read": 0, "new": 0, "folders": 0, "error": None}]
    assert box.imap.commands == []


def test_without_imap_it_says_what_to_set(box):
    box.send()
    done = box.mailer("sync", MAILER_IMAP_HOST="")
    assert done.code == 78
    assert "MAILER_IMAP_HOST" in done.err


def test_an_answer_is_your_turn_and_said_once(box):
    letter = box.send()
    box.later(hours=3)
    box.arrives(written(f"Dana Ruiz <{DANA}>", "Re: Data Engineer", in_reply_to=letter))
    box.arrives(written("news@shop.example", "Offer of the week"))
    *events, last = box.sync()
    assert last == {"read": 2, "new": 1, "folders": 2, "error": None}
    (event,) = events
    assert (event["class"], event["person"], event["address"]) == ("answer", "p1", DANA)
    assert event["because"] == f"In-Reply-To: {letter}"
    assert event["from"] == f"Dana Ruiz <{DANA}>"
    assert set(event) == {
        *(
            "id",
            "class",
            "confidence",
            "because",
            "person",
            "address",
            "letter",
            "message_id",
            "date",
            "from",
            "subject",
        ),
        *("until", "effect", "undone"),
    }
    assert box.person()["state"] == "answered"
    assert box.sync() == [{"read": 0, "new": 0, "folders": 2, "error": None}]
    assert box.sync("--since", "2026-11-01")[-1] == {"read": 2, "new": 0, "folders": 2, "error": None}


def test_a_bounce_strikes_the_address_out_and_can_be_taken_back(box):
    letter = box.send()
    box.arrives(bounce(letter))
    done = box.mailer("sync")
    assert done.code == 0, done
    (line,) = done.lines
    assert line.startswith("Dana Ruiz: the address does not exist")
    assert "550 5.1.1" in line
    assert "mailer people edit" in line
    assert box.person()["addresses"] == [{"address": DANA, "state": "dead"}]
    undone = box.mailer("sync", "--undo", "e1")
    assert undone.code == 0, undone
    assert box.person()["addresses"] == [{"address": DANA, "state": "ok"}]
    assert box.sync("--since", "2026-11-01")[:-1] == []


def test_a_trial_records_nothing(box):
    letter = box.send()
    box.arrives(bounce(letter))
    (event, last) = box.sync("--dry-run")
    assert (event["class"], last["new"]) == ("dead", 1)
    assert event["effect"]
    assert box.person()["addresses"] == [{"address": DANA, "state": "ok"}]
    assert box.mailer("--json").json["synced"] is None
    assert [one["class"] for one in box.sync()[:-1]] == ["dead"]
    assert box.mailer("--json").json["synced"]


def test_a_second_run_without_news_is_a_few_commands(box):
    letter = box.send()
    for number in range(40):
        box.arrives(written(f"n{number}@shop.example", "Offer"))
    box.arrives(bounce(letter))
    box.sync()
    box.imap.commands.clear()
    box.sync()
    assert len(box.imap.commands) <= 12, box.imap.commands
    assert not [line for line in box.imap.commands if "FETCH" in line or "SEARCH" in line]


def test_of_long_headers_only_what_matters_is_fetched(box, monkeypatch):
    monkeypatch.setattr("mailer.syncing.imap.HEADS", 2)
    letter = box.send()
    for number in range(4):
        box.arrives(written(f"n{number}@shop.example", "Offer", dkim_signature="x" * 5_000))
    box.arrives(written(DANA, "Re: x", in_reply_to=letter, dkim_signature="x" * 5_000))
    assert [one.get("class") for one in box.sync()] == ["answer", None]
    asked = [line for line in box.imap.commands if "BODY.PEEK[HEADER" in line]
    assert ["HEADER.FIELDS" in line for line in asked] == [False, True, True]


def test_nothing_in_the_mailbox_is_touched(box):
    letter = box.send()
    box.arrives(bounce(letter), flags={r"\Seen"})
    box.arrives(written("a@shop.example", "x"))
    before = [(one.uid, set(one.flags), one.content) for one in box.imap.boxes["INBOX"].messages]
    box.sync()
    assert [(one.uid, set(one.flags), one.content) for one in box.imap.boxes["INBOX"].messages] == before
    words = {line.split()[0] if line.split()[0] != "UID" else line.split()[1] for line in box.imap.commands}
    assert words <= {"CAPABILITY", "AUTHENTICATE", "LIST", "EXAMINE", "SEARCH", "FETCH", "LOGOUT"}


def test_what_lies_in_sent_is_a_touch(box):
    box.send()
    box.later(days=2)
    mine = written("Jo Novak <jo@novak.example>", "By the way", at=box.now).replace(
        b"To: Jo Novak <jo@novak.example>", f"To: {DANA}".encode()
    )
    box.arrives(mine, "Sent")
    assert box.sync()[-1]["new"] == 0
    assert [one["kind"] for one in box.person()["timeline"]] == ["letter", "letter"]


@pytest.mark.parametrize("all_folders", [False, True])
def test_which_folders_are_read(box, all_folders):
    from tests.kit.imap_server import Box

    box.imap.boxes |= {
        "Junk": Box(r"\Junk"),
        "Trash": Box(r"\Trash"),
        "Archive": Box(),
        "Papierkorb": Box(),
        "Folders": Box(r"\Noselect"),
    }
    box.send()
    box.sync(*(["--all-folders"] if all_folders else []))
    examined = [line.partition(" ")[2].strip('"') for line in box.imap.commands if line.startswith("EXAMINE")]
    assert examined == ["Sent", "INBOX", *(["Archive", "Junk"] if all_folders else [])]


def test_all_mail_in_place_of_sent_and_inbox(box):
    from tests.kit.imap_server import Box

    box.imap.after += " X-GM-EXT-1"
    box.imap.boxes |= {"[Gmail]/All Mail": Box(r"\All"), "[Gmail]/Spam": Box(r"\Junk")}
    letter = box.send()
    box.later(days=1)
    whole = "[Gmail]/All Mail"
    elsewhere = written("alias@novak.example", "By the way", at=box.now, to=DANA)
    box.imap.labels[box.arrives(elsewhere, whole)] = r'"\\Sent"'
    box.arrives(written(DANA, "Re: x", in_reply_to=letter), whole)
    assert box.sync()[-1] == {"read": 2, "new": 1, "folders": 1, "error": None}
    assert [line for line in box.imap.commands if line.startswith("EXAMINE")] == [f'EXAMINE "{whole}"']


def test_a_folder_that_is_gone_is_said_once_and_the_others_are_read(box):
    from tests.kit.imap_server import Box

    box.imap.boxes["Archive"] = Box()
    letter = box.send()
    box.sync("--all-folders")
    del box.imap.boxes["Archive"]
    box.arrives(bounce(letter))
    done = box.mailer("sync", "--all-folders")
    assert done.code == 73
    assert "Archive" in done.err
    assert "no longer there" in done.err
    assert "Dana Ruiz" in done.out
    assert box.sync("--all-folders")[-1]["error"] is None


def test_a_folder_that_a_setting_names_wrongly(box):
    letter = box.send()
    box.arrives(bounce(letter))
    done = box.mailer("sync", "--json", MAILER_SENT_FOLDER="Nowhere")
    assert done.code == 73
    assert "Nowhere" in done.err
    assert [one.get("class") for one in done.objects] == ["dead", None]
    assert done.objects[-1]["error"]["code"] == 73


def test_uidvalidity_changed(box):
    letter = box.send()
    box.arrives(bounce(letter))
    assert box.sync()[-1]["new"] == 1
    box.imap.boxes["INBOX"].uidvalidity = 99
    assert box.sync()[-1] == {"read": 1, "new": 0, "folders": 2, "error": None}
    assert box.sync()[-1]["read"] == 0


@pytest.mark.parametrize(("command", "after"), [("LIST", 0), ("EXAMINE", 1), ("FETCH", 1), ("FETCH", 2), ("FETCH", 3)])
def test_a_connection_that_is_cut(box, monkeypatch, command, after):
    monkeypatch.setattr("mailer.syncing.imap.HEADS", 2)
    letters = [box.send()]
    for number in range(3):
        box.arrives(written(f"n{number}@shop.example", "Offer"))
    box.arrives(bounce(letters[0], "5.2.2"))
    box.arrives(bounce(letters[0], "5.1.1", at=START + timedelta(hours=5)))
    box.imap.faults[command] = [*[None] * after, "drop"]
    first = box.mailer("sync", "--json")
    box.imap.faults.clear()
    second = box.mailer("sync", "--json")
    assert first.code == 75
    assert second.code == 0
    events = [one for done in (first, second) for one in done.objects if "class" in one]
    assert sorted(one["class"] for one in events) == ["bounced", "dead"]
    assert box.sync()[-1]["read"] == 0
    looked = first.objects[-1].get("read", 0) + second.objects[-1]["read"]
    assert 5 <= looked <= 5 + 2, "what was read is kept, but for the two that were looked at when the connection broke"


def test_sign_in_refused(box):
    box.send()
    assert box.mailer("sync", MAILER_PASSWORD="wrong").code == 77
    done = box.mailer("sync", "--json", MAILER_PASSWORD="wrong")
    assert done.json["error"]["code"] == 77


def test_one_bad_message_ends_nothing(box, monkeypatch):
    from mailer.answers import rules

    right = rules.verdicts

    def judged(raw, known, origin):
        if b"evil" in raw:
            raise RecursionError
        return right(raw, known, origin)

    monkeypatch.setattr(rules, "verdicts", judged)
    letter = box.send()
    box.arrives(written(DANA, "evil", in_reply_to=letter))
    box.arrives(bounce(letter))
    done = box.mailer("sync")
    assert done.code == 0, done
    assert len(done.lines) == 1
    assert "1 not understood" in done.err


def test_hostile_signs_are_made_visible(box):
    letter = box.send()
    box.arrives(written(DANA, "\x1b]0;evil\x07 \x1b[2J\u202eabc", in_reply_to=letter, message_id="<1@acme.example>"))
    done = box.mailer("sync")
    assert done.code == 0, done
    assert len(done.lines) == 1
    assert not {"\x1b", "\x07"} & set(done.out + done.err)


def test_the_line_that_decided_may_be_hostile_too(box):
    letter = box.send()
    body = "Please do not contact me again \x1b[2J\x9b31m\u202e ever.\r\n"
    box.arrives(written(f"Dana Ruiz <{DANA}>", "Re: Data Engineer", body, in_reply_to=letter))
    box.arrives(written("P <p;reboot@acme.example>", "x", "Dana asked me", in_reply_to=letter))
    done = box.mailer("sync")
    assert "do not contact me again" in done.out
    assert "mailer people add 'p;reboot@acme.example'" in done.out
    assert not [sign for sign in done.out if not sign.isprintable() and sign != "\n"]


def test_without_a_sent_folder_it_says_so_once(box):
    box.send()
    del box.imap.boxes["Sent"]
    first, second = box.mailer("sync"), box.mailer("sync")
    assert (first.code, second.code) == (0, 0)
    assert "MAILER_SENT_FOLDER" in first.err
    assert "MAILER_SENT_FOLDER" not in second.err


def test_an_interruption_keeps_what_was_read(box, monkeypatch):
    monkeypatch.setattr("mailer.syncing.imap.HEADS", 1)
    letter = box.send()
    box.arrives(bounce(letter))
    box.arrives(written("a@shop.example", "x"))
    from mailer.imap.reading import Reading

    right, seen = Reading.heads, []

    def heads(self, *args):
        seen.append(1)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return right(self, *args)

    monkeypatch.setattr(Reading, "heads", heads)
    done = box.mailer("sync")
    assert done.code == 130
    assert "is kept" in done.err
    assert "Dana Ruiz" in done.out
    assert box.sync()[-1] == {"read": 1, "new": 0, "folders": 2, "error": None}


def test_files(box, tmp_path):
    letter = box.send()
    (tmp_path / "b.eml").write_bytes(bounce(letter))
    (tmp_path / "x.eml").write_bytes(b"\x00\x01 no mail")
    (tmp_path / "m.msg").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest")
    (event, last) = box.sync("b.eml")
    assert (event["class"], last) == ("dead", {"read": 1, "new": 1, "folders": 1, "error": None})
    assert box.sync("b.eml")[-1]["new"] == 0
    done = box.mailer("sync", "x.eml", "b.eml", "--json")
    assert (done.code, done.objects[-1]["read"]) == (65, 1)
    assert "x.eml is not a mail" in done.err
    assert ".eml" in box.mailer("sync", "m.msg").err
    assert box.mailer("sync", "m.msg").code == 65
    assert box.mailer("sync", "missing.eml").code == 66
    assert box.imap.commands == []


def test_explain(box):
    done = box.mailer("sync", "--explain", "dead")
    assert done.code == 0
    assert done.out.startswith("dead: A mail server says")
    assert box.mailer("sync", "--explain", "dead", "--json").json["class"] == "dead"
    assert box.mailer("sync", "--explain", "DEAD").out == done.out
    wrong = box.mailer("sync", "--explain", "ded")
    assert wrong.code == 2
    assert "Did you mean dead?" in wrong.err


@pytest.mark.parametrize(
    "args", [("--explain", "dead", "x.eml"), ("--undo", "e1", "--dry-run"), ("--since", "today", "x.eml")]
)
def test_options_that_do_not_go_together(box, args):
    assert box.mailer("sync", *args).code == 2


def test_undo_of_nothing(box):
    box.send()
    assert box.mailer("sync", "--undo", "e9").code == 65
    assert json.loads(box.mailer("sync", "--undo", "e9", "--json").octets)["error"]["code"] == 65


def test_the_words_say_once_that_somebody_answered(box):
    letter = box.send()
    box.later(hours=3).arrives(written(f"Dana Ruiz <{DANA}>", "Re: Data Engineer", in_reply_to=letter))
    (line,) = [line for line in box.mailer("sync").out.splitlines() if "Dana" in line]
    assert line.count("answered") == 1
    assert "; it is your turn (In-Reply-To: " in line


@pytest.mark.parametrize(("status", "words"), [("5.2.2", "550 5.2.2"), ("5.1.1", "")])
def test_a_letter_that_came_back_says_so_when_it_is_sent_again(box, status, words):
    box.arrives(bounce(box.send(), status))
    assert "came back" not in box.mailer("send", "r.md", "--yes", MAILER_SYNC="no").err
    box.sync()
    told = box.mailer("send", "r.md", "--yes", "--json")
    assert (told.code, told.json["status"], told.json["error"]) == (0, "already-sent", None)
    assert "Sent already, but it came back: " in told.err
    assert words in told.err
    assert "--again sends it once more" in told.err
    assert len(box.smtp.messages) == 1
