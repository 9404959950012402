"""``mailer send``: the order of things, JSON, exit codes, reruns, batches, the question."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import re
import stat
import sys
import time

import pytest

from mailer.ledger.opening import open_store
from mailer.ledger.rekeying import rekey
from tests.bench import kit as bench
from tests.kit.letters import BATCH, SHORT, people
from tests.kit.smtp_server import HANG, OK, Scripted, recording_server
from tests.kit.terminal import interrupt
from tests.kit.world import World, program, put, through

KEYS = ["status", "row", "id", "to", "subject", "message_id", "refused", "reply", "copy", "problems", "error"]
UNREADY = SHORT.replace("Good luck", "‹what stayed with you›")
RUNNER = """Template: runner-up
From: Jo Novak <jo@novak.example>
To: Dana Ruiz <dana@acme.example>
Company: Acme
Position: Engineer

The afternoon with Priya's team stayed with me.
"""


@pytest.fixture
def desk(tmp_path):
    return World(tmp_path).with_letter()


def test_the_date_has_the_zone_of_the_settings(desk, server):
    assert desk.send(server, MAILER_TIMEZONE="Asia/Kolkata").code == 0
    date = next(line for line in server.messages[0].content.split(b"\r\n") if line.startswith(b"Date: "))
    assert date.endswith(b" +0530")


def at_the_third(act):
    """What a server does at the end of a content: ``act``, once, when it has taken three."""

    def final(server):
        if len(server.messages) == 3:
            act()
        return OK

    return final


class TestJson:
    def test_shape(self, desk, server):
        told = desk.send(server).json
        assert list(told) == KEYS
        assert told["status"] == "sent"
        assert told["row"] is None
        assert re.fullmatch("[0-9a-hj-km-np-tv-z]{6}", told["id"])
        assert told["to"] == ["dana@acme.example"]
        assert told["subject"] == "Hello"
        assert told["message_id"].endswith("@novak.example>")
        assert told["reply"] == {"code": 250, "status": "2.0.0", "text": "recorded"}
        assert (told["refused"], told["copy"], told["problems"], told["error"]) == ({}, "off", [], None)
        assert f"Message-ID: {told['message_id']}".encode() in server.messages[0].content

    def test_an_error_has_its_shape(self, desk, server):
        put(desk.folder, "l.md", UNREADY)
        result = desk.send(server)
        assert (result.code, result.json["status"]) == (1, "not-ready")
        assert set(result.json["error"]) == {"code", "name", "text", "hint", "file", "line", "field"}
        assert result.json["problems"][0]["level"] == "block"

    def test_a_letter_that_cannot_be_read_is_an_error_alone(self, desk, server):
        result = desk.send(server, "nothing.md")
        assert (result.code, list(result.json)) == (66, ["error"])

    def test_international_addresses_are_a_labels(self, desk, server):
        put(desk.folder, "l.md", SHORT.replace("dana@acme.example", "Dana@bücher.example"))
        assert desk.send(server).json["to"] == ["Dana@xn--bcher-kva.example"]

    def test_lines_without_json(self, desk, server):
        result = desk.mailer("send", "l.md", "--yes", **through(server))
        status, to, subject, name = result.out.rstrip("\n").split("\t")
        assert (status, to, subject) == ("sent", "dana@acme.example", "Hello")
        assert name == desk.mailer("log", "--json").json["id"]


class TestOrder:
    """Letter, From, ledger, checks, settings, secret: all before connecting."""

    def test_an_unready_letter_needs_no_account(self, desk):
        put(desk.folder, "l.md", UNREADY)
        result = desk.mailer("send", "l.md", "--yes", "--json")
        assert (result.code, result.json["status"]) == (1, "not-ready")

    def test_the_letter_before_from(self, desk):
        put(desk.folder, "l.md", "To: nobody\nSubject: S\n\nHi\n")
        assert desk.mailer("send", "l.md", "--yes").code == 65

    def test_from_before_the_ledger(self, desk):
        put(desk.folder, "l.md", "To: a@x.example\nSubject: S\n\nHi\n")
        put(desk.folder, "home/data/ledger.sqlite", b"garbage" * 999)
        result = desk.mailer("send", "l.md", "--yes", "--json")
        assert (result.code, result.json["status"]) == (78, "not-sent")

    def test_a_bad_letter_before_the_ledger(self, desk):
        put(desk.folder, "l.md", SHORT.replace("Good luck", "{{ nothing }}"))
        put(desk.folder, "home/data/ledger.sqlite", b"garbage" * 999)
        assert desk.mailer("send", "l.md", "--yes").code == 65

    def test_the_ledger_before_the_checks(self, desk):
        put(desk.folder, "l.md", UNREADY)
        put(desk.folder, "home/data/ledger.sqlite", b"garbage" * 999)
        result = desk.mailer("send", "l.md", "--yes", "--json")
        assert (result.code, result.json["status"], result.json["to"]) == (73, "not-sent", ["dana@acme.example"])

    def test_settings_before_the_secret(self, desk):
        result = desk.mailer("send", "l.md", "--yes", "--json")
        assert (result.code, result.json["status"]) == (78, "not-sent")
        assert result.json["error"]["field"] == "MAILER_SMTP_HOST"
        assert desk.outbox() == []

    def test_no_secret(self, desk, server):
        more = {"MAILER_SMTP_USERNAME": "jo", "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
        result = desk.send(server, **more)
        assert (result.code, result.json["status"]) == (77, "not-sent")
        assert server.commands == []
        assert desk.outbox() == []
        assert desk.mailer("log", "--json").objects == []

    def test_an_already_sent_letter_needs_no_account_either(self, desk, server):
        assert desk.send(server).code == 0
        result = desk.mailer("send", "l.md", "--yes", "--json")
        assert (result.code, result.json["status"]) == (0, "already-sent")


class TestUsage:
    def test_nobody_to_ask(self, desk, server):
        result = desk.mailer("send", "l.md", **through(server))
        assert result.code == 2
        assert "--yes" in result.err
        assert server.commands == []
        assert desk.outbox() == []

    @pytest.mark.parametrize(
        "args",
        [
            ("l.md", "--to-myself", "--each", "p.csv"),
            ("-",),
            ("l.md", "--each", "-"),
            ("l.md", "--failed", "f.csv"),
            ("l.md", "--rate", "quick"),
            ("l.md", "--rate", "0/min"),
            ("l.md", "--limit", "3"),
            ("l.md", "--row", "3"),
            ("l.md", "--allow", "leftovers"),
            (),
        ],
    )
    def test_nonsense(self, desk, args):
        put(desk.folder, "p.csv", people(3))
        result = desk.mailer("send", *args)
        assert result.code == 2
        assert result.octets == b""

    def test_help_has_an_example(self, desk):
        assert "mailer send letter.md" in desk.mailer("send", "--help").out


class TestReruns:
    def test_already_sent_is_not_checked(self, desk, server):
        assert desk.send(server).code == 0
        again = desk.send(server)
        assert (again.code, again.json["status"], again.json["problems"]) == (0, "already-sent", [])
        assert len(server.messages) == 1

    def test_other_words(self, desk, server):
        assert desk.send(server).code == 0
        put(desk.folder, "l.md", SHORT.replace("Good luck", "Bad luck"))
        result = desk.send(server)
        assert (result.code, result.json["status"]) == (1, "not-ready")
        assert "sent on 23 November with other words" in result.json["error"]["text"]
        assert "--again" in result.json["error"]["hint"]
        assert desk.send(server, "l.md", "--again").code == 0
        assert len(server.messages) == 2
        assert desk.send(server).json["status"] == "already-sent"

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("jo@novak.example", "other@novak.example"),
            ("Subject:", "Cc: lee@x.example\nSubject:"),
            ("Subject:", "Bcc: lee@x.example\nSubject:"),
            ("Dana Ruiz <dana@acme.example>", "D. <DANA@ACME.EXAMPLE>"),
        ],
    )
    def test_what_makes_no_new_letter(self, desk, server, old, new):
        assert desk.send(server).code == 0
        put(desk.folder, "l.md", SHORT.replace(old, new))
        assert desk.send(server).json["status"] == "already-sent"

    def test_the_signature_is_no_part_of_the_words(self, desk, server):
        for text in (RUNNER, SHORT.replace("Subject:", "Content-Type: text/markdown\nSubject:")):
            put(desk.folder, "l.md", text)
            for number, signature in enumerate(("", "Jo", "Jo Novak\n+49 30 1234", "-- \nJo")):
                told = desk.send(server, MAILER_SIGNATURE=signature).json
                assert told["status"] == ("already-sent" if number else "sent"), signature
        assert len(server.messages) == 2

    def test_an_attachment_is_part_of_the_words(self, desk, server):
        put(desk.folder, "cv.txt", "one")
        put(desk.folder, "l.md", SHORT.replace("Subject:", "Attach: cv.txt\nSubject:"))
        assert desk.send(server).code == 0
        put(desk.folder, "cv.txt", "two")
        assert desk.send(server).code == 1

    def test_again_of_unchanged_words_is_a_new_letter(self, desk, server):
        first = desk.send(server).json
        second = desk.send(server, "l.md", "--again").json
        assert second["status"] == "sent"
        assert second["message_id"] != first["message_id"]
        assert second["id"] != first["id"]
        assert len(desk.mailer("log", "--json").objects) == 2

    def test_a_retry_is_the_same_bytes(self, desk):
        with Scripted({"final": [b"451 4.3.0 later\r\n"]}, keeps=True) as server:
            first = desk.send(server)
            assert first.code == 75
            put(desk.folder, "l.md", SHORT.replace("Jo Novak", "J. Novak"))
            assert desk.send(server).json["message_id"] == first.json["message_id"]
            one, two = server.messages
            assert one.content == two.content

    def test_a_retry_takes_todays_words(self, desk):
        with Scripted({"final": [b"451 4.3.0 later\r\n"]}) as server:
            first = desk.send(server)
            put(desk.folder, "l.md", SHORT.replace("Good luck", "Much luck"))
            second = desk.send(server)
            assert second.json["status"] == "sent"
            assert second.json["message_id"] == first.json["message_id"]
            assert b"Much luck" in server.messages[0].content

    def test_another_template_company_or_position_is_another_letter(self, desk, server):
        for text in (RUNNER, RUNNER.replace("Acme\n", "Birch\n"), RUNNER.replace("Engineer", "Analyst")):
            put(desk.folder, "l.md", text)
            assert desk.send(server).json["status"] == "sent"

    def test_another_account_is_not(self, desk, server):
        assert desk.send(server).code == 0
        config = desk.folder / "home" / "config" / "accounts"
        put(
            config,
            "work.env",
            f"MAILER_SMTP_HOST=127.0.0.1\nMAILER_SMTP_PORT={server.port}\nMAILER_SMTP_SECURITY=none\n",
        )
        result = desk.mailer("send", "l.md", "--yes", "--json", "--account", "work")
        assert result.json["status"] == "already-sent"


class TestPartlyRefused:
    TWO = "From: jo@novak.example\nTo: a@x.example, b@x.example\nSubject: Hello\n\nHi\n"
    SPAM, FULL, NOBODY = b"550 5.7.1 spam\r\n", b"452 4.5.3 too many\r\n", b"550 5.1.1 no such user\r\n"

    def runs(self, desk, *scripts, extensions=(), args=("l.md",)):
        """What each run tells, and to whom its server took the letter."""
        told = []
        for script in scripts:
            with Scripted(script, extensions=extensions) as server:
                result = desk.send(server, *args)
                told.append((result.json["status"], result.code, set(result.json["refused"])))
                told[-1] += ([message.rcpt_to for message in server.messages],)
        return told

    @pytest.mark.parametrize("extensions", [(), ("PIPELINING",), ("PIPELINING", "CHUNKING")])
    @pytest.mark.parametrize("phase", ["data", "final"])
    def test_a_refusal_of_one_is_not_forgotten_for_the_sake_of_another(self, desk, extensions, phase):
        put(desk.folder, "l.md", self.TWO)
        if phase == "data" and "CHUNKING" in extensions:
            extensions = ("PIPELINING",)
        refusing = {"rcpt": [self.FULL, OK], phase: [self.SPAM]}
        first, second, third = self.runs(desk, refusing, {}, {}, extensions=extensions)
        assert first == ("deferred", 75, {"a@x.example"}, [])
        assert second == ("sent", 69, {"b@x.example"}, [("a@x.example",)])
        assert third == ("already-sent", 0, {"b@x.example"}, [])

    @pytest.mark.parametrize("phase", ["mail", "rcpt", "data", "final"])
    def test_one_that_some_have_is_sent_whatever_becomes_of_the_rest(self, desk, phase):
        put(desk.folder, "l.md", self.TWO)
        first, second, third = self.runs(desk, {"rcpt": [OK, self.FULL]}, {phase: [self.NOBODY]}, {})
        assert first == ("sent", 75, {"b@x.example"}, [("a@x.example",)])
        assert second == ("sent", 69, {"b@x.example"}, [])
        assert third == ("already-sent", 0, {"b@x.example"}, [])

    def test_its_row_is_not_among_those_that_did_not_go(self, desk):
        put(desk.folder, "b.md", "From: jo@novak.example\nSubject: Hello\n\nHi\n")
        put(desk.folder, "p.csv", 'to\n"a@x.example, b@x.example"\n')
        rows = ("b.md", "--each", "p.csv")
        self.runs(desk, {"rcpt": [OK, self.FULL]}, {"rcpt": self.NOBODY}, args=rows)
        assert not (desk.folder / "p.failed.csv").exists()


class TestServer:
    def test_too_large(self, desk):
        put(desk.folder, "l.md", SHORT + "x" * 70 + "\n" + "y\n" * 5000)
        with Scripted(extensions=("SIZE 5000",)) as server:
            result = desk.send(server)
            assert not [command for command in server.commands if command.startswith("MAIL")]
        assert (result.code, result.json["status"]) == (69, "not-sent")
        assert "5,000" in result.json["error"]["text"]
        assert len(re.findall(r"\d[\d,]+", result.json["error"]["text"])) == 2
        assert desk.outbox() == []
        with recording_server() as server:
            assert desk.send(server).code == 0

    def test_smtputf8_is_needed(self, desk):
        put(desk.folder, "l.md", SHORT.replace("dana@", "dañа@"))
        with recording_server(smtputf8=False) as server:
            result = desk.send(server)
            assert (result.code, result.json["status"]) == (69, "not-sent")
            assert not server.messages
        with recording_server() as server:
            assert desk.send(server).code == 0

    def test_none_is_for_loopback_only(self, desk, server):
        result = desk.send(server, MAILER_SMTP_HOST="192.0.2.1", MAILER_TIMEOUT="0.3")
        assert result.code in (75, 78)

    def test_the_conversation_with_v_hides_the_password(self, desk):
        with recording_server(password=("jo", "hunter2secret")) as server:
            more = {"MAILER_SMTP_USERNAME": "jo", "MAILER_PASSWORD": "hunter2secret"}
            result = desk.mailer("send", "l.md", "--yes", "-vv", **through(server), **more)
            assert result.code == 0
        assert "MAIL FROM" in result.err
        assert "hunter2secret" not in result.err
        assert "aHVudGVyMnNlY3JldA" not in result.err

    def test_a_refused_sign_in_records_nothing_and_is_tried_once(self, desk):
        with recording_server(password=("jo", "right")) as server:
            more = {"MAILER_SMTP_USERNAME": "jo", "MAILER_PASSWORD": "wrong"}
            put(desk.folder, "b.md", BATCH)
            put(desk.folder, "p.csv", people(5) + "bad,no address,C\n")
            result = desk.send(server, "b.md", "--each", "p.csv", **more)
            assert len(server.sign_ins) == 1
        assert result.code == 77
        assert [told["status"] for told in result.objects] == ["not-sent"] * 5 + ["invalid"]
        assert [told["row"] for told in result.objects] == [1, 2, 3, 4, 5, 6]
        assert {told["error"]["code"] for told in result.objects} == {77, 65}
        assert desk.outbox() == []


class TestKept:
    def rows(self, desk, sql):
        import sqlite3

        connection = sqlite3.connect(desk.folder / "home" / "data" / "ledger.sqlite")
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def test_template_company_position_prose_and_file(self, desk, server):
        put(desk.folder, "l.md", RUNNER)
        assert desk.send(server).code == 0
        (row,) = self.rows(desk, "SELECT template, company, position, prose, letter_file FROM letters JOIN contents")
        assert row[:3] == ("runner-up", "Acme", "Engineer")
        assert row[3].strip() == "The afternoon with Priya's team stayed with me."
        assert row[4] == str(desk.folder / "l.md")

    def test_prose_of_a_set_and_of_a_column(self, desk, server):
        put(desk.folder, "l.md", RUNNER)
        assert desk.send(server, "l.md", "--set", "prose=Other words entirely.").code == 0
        put(desk.folder, "p.csv", "to,prose\nLee Okafor <lee@x.example>,From the column.\n")
        put(desk.folder, "b.md", RUNNER.replace("To: Dana Ruiz <dana@acme.example>\n", ""))
        assert desk.send(server, "b.md", "--each", "p.csv").code == 0
        found = [prose for (prose,) in self.rows(desk, "SELECT prose FROM contents ORDER BY letter")]
        assert found == ["Other words entirely.", "From the column."]

    def test_contacts(self, desk, server):
        put(desk.folder, "l.md", RUNNER.replace("Company:", "Cc: lee@x.example\nBcc: mo@x.example\nCompany:"))
        assert desk.send(server).code == 0
        rows = self.rows(desk, "SELECT key, name, company FROM contacts ORDER BY id")
        assert rows == [("dana@acme.example", "Dana Ruiz", "Acme"), ("lee@x.example", "", ""), ("mo@x.example", "", "")]

    def test_bcc_is_in_the_envelope_only(self, desk, server):
        put(desk.folder, "l.md", SHORT.replace("Subject:", "Bcc: mo@x.example\nSubject:"))
        told = desk.send(server).json
        assert server.messages[0].rcpt_to == ("dana@acme.example", "mo@x.example")
        assert b"mo@x" not in server.messages[0].content
        kept = desk.mailer("log", "--eml", told["id"])
        assert kept.octets == server.messages[0].content


class TestDryRunAndToMyself:
    def test_dry_run_is_preview(self, desk):
        result = desk.mailer("send", "l.md", "--dry-run")
        assert (result.code, result.octets) == (0, desk.mailer("preview", "l.md").octets)
        assert not (desk.folder / "home" / "data").exists()

    def test_dry_run_of_standard_input_asks_nothing(self, desk):

        assert World(desk.folder).mailer("send", "-", "--dry-run", input=SHORT.encode()).code == 0

    def test_to_myself(self, desk, server):
        put(desk.folder, "l.md", UNREADY.replace("Subject:", "Cc: x@y.example\nBcc: z@y.example\nSubject:"))
        for _ in range(2):
            result = desk.send(server, "l.md", "--to-myself")
            assert (result.code, result.json["status"], result.json["id"]) == (0, "sent", None)
            assert result.json["to"] == ["jo@novak.example"]
            assert result.json["subject"] == "[to myself] Hello"
            assert result.json["problems"][0]["level"] == "block"
        for message in server.messages:
            assert message.rcpt_to == ("jo@novak.example",)
            assert b"Subject: [to myself] Hello" in message.content
            assert b"y.example" not in message.content
        assert len(server.messages) == 2
        assert not (desk.folder / "home" / "data").exists()

    def test_to_myself_after_it_was_sent(self, desk, server):
        desk.send(server)
        assert desk.send(server, "l.md", "--to-myself").json["status"] == "sent"
        assert desk.send(server).json["status"] == "already-sent"

    def test_to_myself_needs_no_ledger_but_a_server(self, desk):
        result = desk.mailer("send", "l.md", "--to-myself", "--yes", "--json")
        assert (result.code, result.json["status"]) == (78, "not-sent")

    def test_to_myself_in_doubt(self, desk):
        with Scripted({"final": [b"garbage\r\n"]}) as server:
            result = desk.send(server, "l.md", "--to-myself")
        assert (result.code, result.json["status"]) == (76, "in-doubt")
        assert "outbox" not in result.json["error"]["hint"]
        assert desk.outbox() == []


class TestBatch:
    @pytest.fixture(autouse=True)
    def files(self, desk):
        put(desk.folder, "b.md", BATCH)
        put(desk.folder, "p.csv", people(5))

    def send(self, desk, server, *args, **more):
        return desk.send(server, "b.md", "--each", "p.csv", *args, **more)

    def test_an_object_a_row(self, desk, server):
        result = self.send(desk, server)
        assert result.code == 0
        assert [(told["row"], told["status"]) for told in result.objects] == [(n, "sent") for n in range(1, 6)]
        assert all(list(told) == KEYS for told in result.objects)
        assert len({command for command in server.commands if command.startswith("EHLO")}) == 1

    def test_a_fault_of_the_file_sends_nothing(self, desk, server):
        for text in (people(3) + "ragged,row\n", people(3) + "nul,\0@x.example,C\n", "name,name\na,b\n", "name\n"):
            put(desk.folder, "p.csv", text)
            result = self.send(desk, server)
            assert result.code == 65
            assert list(result.json) == ["error"]
            assert result.json["error"]["file"] == "p.csv"
        assert not server.messages

    def test_a_fault_of_a_row_keeps_that_row_back(self, desk, server):
        put(desk.folder, "p.csv", people(3) + "X,no address,C\n" + "Y,y@x.example,‹company›\n")
        result = self.send(desk, server)
        assert [told["status"] for told in result.objects if told["row"] > 3] == ["invalid", "not-ready"]
        bad = next(told for told in result.objects if told["row"] == 4)
        assert (bad["error"]["file"], bad["error"]["line"], bad["error"]["field"]) == ("p.csv", 5, "To")
        assert len(server.messages) == 3
        assert result.code == 65

    def test_a_second_row_with_the_same_identity(self, desk, server):
        put(desk.folder, "p.csv", people(3) + people(2).split("\n", 1)[1] + "Other,n2@x.example,C2\n")
        result = self.send(desk, server)
        found = {told["row"]: told["status"] for told in result.objects}
        assert found == {1: "sent", 2: "sent", 3: "sent", 4: "already-sent", 5: "already-sent", 6: "not-ready"}
        assert result.code == 1
        assert len(server.messages) == 3

    def test_limit_counts_letters_that_would_go(self, desk, server):
        put(desk.folder, "p.csv", "name,email,company\nX,no address,C\n" + people(5).split("\n", 1)[1])
        for sent in (2, 4, 5):
            self.send(desk, server, "--limit", "2")
            assert len(server.messages) == sent

    def test_row(self, desk, server):
        result = self.send(desk, server, "--row", "3")
        assert (result.json["row"], result.json["to"]) == (3, ["n2@x.example"])
        assert len(server.messages) == 1
        again = self.send(desk, server, "--row", "3", "--again")
        assert again.json["status"] == "sent"

    def test_rate(self, desk, server):
        began = time.monotonic()
        assert self.send(desk, server, "--rate", "600/min").code == 0
        assert time.monotonic() - began >= 0.38
        assert len(server.messages) == 5

    def test_a_slow_rate_holds_no_letter_beyond_the_next(self, desk):
        with Scripted({"final": {1: HANG}}, extensions=("PIPELINING", "CHUNKING")) as server:
            result = self.send(desk, server, "--rate", "900/min", MAILER_TIMEOUT="0.3", MAILER_FINAL_TIMEOUT="0.3")
            assert [told["status"] for told in result.objects].count("in-doubt") == 1
            assert result.code == 76

    def test_codes_of_rows_make_one(self, desk):
        script = {"rcpt": [OK, b"550 5.1.1 no\r\n", b"450 4.2.0 later\r\n"]}
        with Scripted(script) as server:
            result = self.send(desk, server, MAILER_RETRY_SECONDS="0")
        assert result.code == 69
        assert [told["status"] for told in result.objects].count("sent") == 3

    @pytest.mark.parametrize("extensions", [(), ("PIPELINING",), ("PIPELINING", "CHUNKING")])
    @pytest.mark.parametrize("most", [1, 2, 5])
    def test_a_server_that_takes_so_many_letters_a_connection(self, desk, most, extensions):
        put(desk.folder, "p.csv", people(20))

        def limit(server):
            return b"421 4.7.0 enough\r\n" if len(server.messages) >= most * server.connections else OK

        with Scripted({"mail": limit}, extensions=extensions) as server:
            result = self.send(desk, server, MAILER_RETRY_SECONDS="0")
            assert len({message.rcpt_to for message in server.messages}) == len(server.messages) == 20
            assert server.connections <= 20 // most + 1
        assert result.code == 0

    def test_a_server_that_drops_every_fourth_content(self, desk):
        from tests.kit.smtp_server import DROP

        put(desk.folder, "p.csv", people(12))
        with Scripted({"final": {3: DROP, 7: DROP}}, keeps=True) as server:
            result = self.send(desk, server)
            assert len({message.rcpt_to for message in server.messages}) == len(server.messages) == 12
        assert result.code == 76
        assert [told["status"] for told in result.objects].count("in-doubt") == 2
        assert desk.states() == ["in-doubt", "in-doubt"]

    def test_a_csv_that_changes_while_it_is_sent_stops_the_run(self, desk):
        path = put(desk.folder, "p.csv", people(500))
        change = at_the_third(lambda: path.write_text(people(500).replace(",C", ",X")))
        with Scripted({"final": change}, extensions=("PIPELINING", "CHUNKING")) as server:
            result = self.send(desk, server)
            assert 3 < len(server.messages) < 500
            assert all(b"Subject: Hello C" in message.content for message in server.messages)
        assert result.code == 1
        assert "changed since it was looked at" in result.err
        assert "not reached" in result.err
        assert desk.states() == []

    @pytest.mark.parametrize("change", ["replaced", "gone"])
    def test_another_file_in_its_place_stops_the_run_too(self, desk, change):
        path = put(desk.folder, "p.csv", people(500))
        other = put(desk.folder, "other.csv", people(500).replace(",C", ",X"))
        step = at_the_third(path.unlink if change == "gone" else lambda: other.replace(path))
        with Scripted({"final": step}, extensions=("PIPELINING", "CHUNKING")) as server:
            result = self.send(desk, server)
            assert 3 < len(server.messages) < 500
        assert result.code == 1
        assert "changed since it was looked at" in result.err

    def test_a_csv_that_breaks_while_it_is_sent_stops_the_run(self, desk):
        path = put(desk.folder, "p.csv", people(500))
        change = at_the_third(lambda: path.write_text(people(500).replace(",C", "")))
        with Scripted({"final": change}, extensions=("PIPELINING", "CHUNKING")) as server:
            result = self.send(desk, server)
            assert 3 < len(server.messages) < 500
            assert len(server.messages) == [told["status"] for told in result.objects].count("sent")
        assert result.code == 1
        assert "changed since it was looked at" in result.err
        assert "in-doubt" not in desk.states()

    def test_a_csv_that_is_written_anew_as_it_was_stops_nothing(self, desk):
        path = put(desk.folder, "p.csv", people(100))
        anew = put(desk.folder, "anew.csv", people(100))
        rewrite = at_the_third(lambda: anew.replace(path))
        with Scripted({"final": rewrite}, extensions=("PIPELINING", "CHUNKING")) as server:
            result = self.send(desk, server)
            assert len(server.messages) == 100
        assert result.code == 0

    def test_an_attachment_that_changes_between_the_passes(self, desk):
        """The first row's file is written anew when the server sees the first letter."""
        rows = "name,email,company,attach\n" + "".join(f"N,n{n}@x.example,C{n},{n}.txt\n" for n in range(40))
        put(desk.folder, "p.csv", rows)
        for number in range(40):
            put(desk.folder, f"{number}.txt", f"file {number}")

        def change(server):
            put(desk.folder, "39.txt", "another file")
            return OK

        with Scripted({"final": change}) as server:
            result = self.send(desk, server)
            assert len(server.messages) == 39
        assert result.code == 1
        assert "row 40:" in result.err
        assert "changed since" in result.err or "changes while" in result.err

    def test_a_ledger_that_is_deleted_meanwhile_stops_the_run(self, desk):
        put(desk.folder, "p.csv", people(40))

        def lose(server):
            if len(server.messages) == 2:
                for path in desk.folder.rglob("ledger.sqlite*"):
                    path.unlink()
            return OK

        with Scripted({"final": lose}) as server:
            result = self.send(desk, server)
            assert len(server.messages) <= 8
        assert result.code in (73, 75)
        assert "was moved or deleted" in result.err
        assert len(result.objects) == 40

    def test_a_csv_that_changes_before_the_answer_is_told_of_every_row(self, desk, server, monkeypatch):
        rows = people(3) + "X,no address,C\n"
        put(desk.folder, "p.csv", rows)

        def changed(*_args, **_more):
            put(desk.folder, "p.csv", rows.replace("C1", "D1"))
            return True

        monkeypatch.setattr("mailer.cli.app.App.can_ask", lambda _app: True)
        monkeypatch.setattr("click.confirm", changed)
        result = desk.mailer("send", "b.md", "--each", "p.csv", "--json", **through(server))
        assert not server.messages
        assert result.code == 65
        assert [told["status"] for told in result.objects] == ["not-ready"] * 3 + ["invalid"]

    def test_a_csv_on_standard_input(self, desk, server):
        result = desk.process("send", "b.md", "--each", "-", "--yes", input=people(3).encode(), **through(server))
        assert result.code == 0
        assert len(server.messages) == 3

    def test_settings_that_are_wrong_are_told_of_each_row(self, desk, server):
        put(desk.folder, "p.csv", people(3))
        result = desk.send(server, "b.md", "--each", "p.csv", "--account", "nobody")
        assert result.code == 78
        assert [(told["row"], told["status"]) for told in result.objects] == [(n, "not-sent") for n in (1, 2, 3)]
        assert result.err.count("nobody") == 1

    def test_the_summary_says_what_to_type_next(self, desk):
        with Scripted({"rcpt": b"450 4.2.0 later\r\n"}) as server:
            result = self.send(desk, server, MAILER_RETRY_SECONDS="0")
        assert result.code == 75
        assert "5 deferred" in result.err
        assert "same command again" in result.err


class TestFailedRows:
    ROWS = 'Name;x,E-Mail,Company,\nX,no address,"C, Inc.\nof Y",1\nGood,good@x.example,G,2\nNo,no@x.example,N,3\n'
    TEXT = "From: jo@novak.example\nTo: {{ e_mail }}\nSubject: Hello {{ name }}\n\nHi {{ company }}\n"

    @pytest.fixture(autouse=True)
    def files(self, desk):
        put(desk.folder, "b.md", self.TEXT)
        put(desk.folder, "p.csv", self.ROWS.replace(";x", ""))

    def send(self, desk, *args, script=None, **more):
        script = {"rcpt": [OK, b"550 5.1.1 unknown\r\n"]} if script is None else script
        with Scripted(script) as server:
            return desk.send(server, "b.md", "--each", "p.csv", *args, **more)

    def read(self, path):
        with path.open(newline="") as file:
            return list(csv.DictReader(file))

    def test_bad_and_refused_rows(self, desk):
        result = self.send(desk)
        path = desk.folder / "p.failed.csv"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        rows = self.read(path)
        assert list(rows[0]) == ["Name", "E-Mail", "Company", "error"]
        assert {row["Name"] for row in rows} == {"X", "No"}
        mended = next(row for row in rows if row["Name"] == "X")
        assert mended["Company"] == "C, Inc.\nof Y"
        assert "no address" in mended["error"]
        assert "5.1.1" in next(row for row in rows if row["Name"] == "No")["error"]
        assert "p.failed.csv" in result.err
        assert list(desk.folder.glob(".*.tmp")) == []

    def test_it_is_input_again(self, desk, server):
        self.send(desk)
        path = desk.folder / "p.failed.csv"
        path.write_text(path.read_text().replace("no address", "yes@x.example"))
        result = desk.send(server, "b.md", "--each", "p.failed.csv")
        assert {told["status"] for told in result.objects} == {"sent", "refused"}
        (again,) = self.read(desk.folder / "p.failed.failed.csv")
        assert list(again) == ["Name", "E-Mail", "Company", "error"]

    def test_named(self, desk):
        assert self.send(desk, "--failed", "out.csv").code == 69
        assert len(self.read(desk.folder / "out.csv")) == 2
        assert not (desk.folder / "p.failed.csv").exists()

    def test_doubts_and_deferred_rows_are_never_in_it(self, desk):
        script = {"final": [b"what\r\n"], "rcpt": [OK, b"450 4.2.0 later\r\n"]}
        self.send(desk, script=script, MAILER_RETRY_SECONDS="0")
        assert {row["Name"] for row in self.read(desk.folder / "p.failed.csv")} == {"X"}

    def test_no_file_without_failed_rows(self, desk):
        put(desk.folder, "p.csv", "name,e-mail,company\nA,a@x.example,C\n")
        self.send(desk, script={})
        assert not (desk.folder / "p.failed.csv").exists()

    def test_a_place_that_cannot_be_written_sends_nothing(self, desk):
        (desk.folder / "folder").mkdir()
        for name in ("no/such/f.csv", "folder", "p.csv", "b.md", ".", "/", "x" * 300):
            with recording_server() as server:
                result = desk.send(server, "b.md", "--each", "p.csv", "--failed", name)
                assert result.code == 73, name
                assert not server.commands
        assert (desk.folder / "p.csv").read_text() == self.ROWS.replace(";x", "")

    def test_a_run_that_asks_in_vain_leaves_nothing_behind(self, desk, server):
        result = desk.mailer("send", "b.md", "--each", "p.csv", "--failed", "out.csv", **through(server))
        assert result.code == 2
        assert sorted(path.name for path in desk.folder.iterdir()) == ["b.md", "home", "l.md", "p.csv"]

    def test_its_encoding_is_that_of_the_csv(self, desk):
        text = "Name,E-Mail,Company\nJosé,kein Ort,Größe\n"
        put(desk.folder, "p.csv", text.encode("cp1252"))
        assert self.send(desk, "--encoding", "cp1252").code == 65
        assert "José" in (desk.folder / "p.failed.csv").read_bytes().decode("cp1252")

    @pytest.mark.parametrize("mark", [";", "\t", "|"])
    @pytest.mark.parametrize("sep", [True, False])
    def test_its_delimiter_is_that_of_the_csv(self, desk, server, mark, sep):
        if mark == "|" and not sep:
            return
        text = f"Name{mark}E-Mail{mark}Company\nX{mark}no address{mark}C, D\nY{mark}y@x.example{mark}E\n"
        put(desk.folder, "p.csv", (f"sep={mark}\r\n" if sep else "") + text)
        assert self.send(desk, script={}).code == 65
        path = desk.folder / "p.failed.csv"
        assert f"X{mark}no address{mark}C, D{mark}" in path.read_text()
        path.write_text(path.read_text().replace(f"{mark}no address{mark}", f"{mark}x@x.example{mark}"))
        assert desk.send(server, "b.md", "--each", "p.failed.csv").code == 0

    def test_a_comma_in_a_column_name_does_not_make_it_another_csv(self, desk, server):
        put(desk.folder, "p.csv", "sep=;\nname, first;Name;E-Mail;Company\nx;X;no address;C\n")
        assert self.send(desk, script={}).code == 65
        path = desk.folder / "p.failed.csv"
        path.write_text(path.read_text().replace(";no address;", ";x@x.example;"))
        assert desk.send(server, "b.md", "--each", "p.failed.csv").code == 0

    def test_another_run_writes_it_anew(self, desk):
        self.send(desk)
        self.send(desk)
        assert len(self.read(desk.folder / "p.failed.csv")) == 2
        assert not (desk.folder / "p.failed.csv~").exists()

    def test_one_that_was_mended_is_not_lost_to_another_run(self, desk):
        self.send(desk)
        path = desk.folder / "p.failed.csv"
        mended = path.read_text().replace("no address", "x@x.example")
        path.write_text(mended)
        result = self.send(desk)
        assert "no address" in path.read_text()
        assert (desk.folder / "p.failed.csv~").read_text() == mended
        assert "p.failed.csv~" in result.err
        path.write_text(mended)
        self.send(desk)
        assert (desk.folder / "p.failed.csv~1").read_text() == mended

    def test_one_that_is_no_csv_is_kept_too(self, desk):
        put(desk.folder, "p.failed.csv", b"\xff" * 9 + b"x" * 2_000_000)
        self.send(desk)
        assert len(self.read(desk.folder / "p.failed.csv")) == 2
        assert (desk.folder / "p.failed.csv~").stat().st_size == 2_000_009

    def test_its_reasons_are_nobodys_words(self, desk, server):
        put(desk.folder, "b.md", "From: jo@novak.example\nTo: {{ e_mail }}\nSubject: x\n\nWhy: {{ error }}\n")
        result = desk.send(server, "b.md", "--each", "p.csv")
        assert {told["status"] for told in result.objects} == {"invalid"}
        again = desk.send(server, "b.md", "--each", "p.failed.csv")
        assert {told["status"] for told in again.objects} == {"invalid"}
        assert server.messages == []

    def test_a_place_that_is_none_is_told_where_no_row_is_good_too(self, desk):
        put(desk.folder, "p.csv", "name,e-mail,company\nX,no address,C\n")
        result = self.send(desk, "--failed", "no/such/f.csv")
        assert "no/such/f.csv" in result.err
        assert result.code == 73


@pytest.mark.skipif(sys.platform == "win32", reason="no terminals to drive")
class TestQuestion:
    """At a terminal."""

    def spawn(self, desk, server, *args, **more):
        pexpect = pytest.importorskip("pexpect")
        command, *rest = program()
        env = desk.environ(**through(server), TERM="dumb", **more)
        return pexpect.spawn(
            command, [*rest, "send", *args], cwd=str(desk.folder), env=env, encoding="utf-8", timeout=60
        )

    def finish(self, child):
        import pexpect

        child.expect(pexpect.EOF)
        child.close()
        return child.exitstatus

    def test_yes(self, desk, server):
        child = self.spawn(desk, server, "l.md")
        child.expect("Good luck")
        child.expect("Send this letter")
        child.sendline("y")
        assert self.finish(child) == 0
        assert len(server.messages) == 1

    @pytest.mark.parametrize("answer", ["n", "", "no"])
    def test_no(self, desk, server, answer):
        child = self.spawn(desk, server, "l.md", "--json")
        child.expect("Send this letter")
        child.sendline(answer)
        child.expect(r"(\{.*\})")
        told = json.loads(child.match[1])
        assert self.finish(child) == 1
        assert (told["status"], told["error"]["name"], told["error"]["code"]) == ("not-ready", "declined", 1)
        assert server.commands == []
        assert desk.outbox() == []

    def test_ctrl_c_at_the_question(self, desk, server):
        child = self.spawn(desk, server, "l.md")
        child.expect("Send this letter")
        interrupt(child)
        assert self.finish(child) == 130
        assert server.commands == []

    @pytest.mark.parametrize("name", ["l.md", "cv.txt", "mail.eml", "templates/own.md"])
    def test_a_file_that_changed_before_the_answer(self, desk, server, name):
        put(desk.folder, "cv.txt", "my life")
        put(desk.folder, "mail.eml", "From: a@x.example\nMessage-ID: <1@x>\nSubject: S\n\nHi\n")
        put(desk.folder, "templates/own.md", "Subject: Hi {{ to.first }}\nAbout: x\n\n{{ prose }}\n")
        put(
            desk.folder,
            "l.md",
            "Template: own\nFrom: jo@novak.example\nTo: Dana <dana@acme.example>\n"
            "In-Reply-To: mail.eml\nAttach: cv.txt\n\nGood luck.\n",
        )
        child = self.spawn(desk, server, "l.md")
        child.expect("Send this letter")
        path = desk.folder / name
        text = path.read_text()
        path.write_text(text[:-2] + "!\n")
        child.sendline("y")
        child.expect("has changed")
        assert self.finish(child) == 1
        assert server.commands == []
        assert desk.outbox() == []

    def test_a_csv_that_changed_before_the_answer(self, desk, server):
        put(desk.folder, "b.md", BATCH)
        put(desk.folder, "p.csv", people(3))
        child = self.spawn(desk, server, "b.md", "--each", "p.csv")
        child.expect("Send 3")
        put(desk.folder, "p.csv", people(3).replace("C2", "C9"))
        child.sendline("y")
        assert self.finish(child) == 1
        assert server.commands == []

    def test_the_question_of_a_batch(self, desk, server):
        put(desk.folder, "b.md", BATCH)
        put(desk.folder, "p.csv", people(3))
        assert desk.send(server, "b.md", "--each", "p.csv").code == 0
        put(desk.folder, "p.csv", people(6) + "X,no address,C\nY,none here,C\n")
        child = self.spawn(desk, server, "b.md", "--each", "p.csv")
        child.expect("1 not ready \\(line 8\\)")
        child.expect("N3 <n3@x.example>")
        child.expect("2 of 5 not ready; send 3\\?")
        child.sendline("y")
        assert self.finish(child) == 65
        assert len(server.messages) == 6

    def test_the_password_is_asked_for_after_the_yes(self, desk):
        with recording_server(password=("jo", "hunter2secret")) as server:
            more = {"MAILER_SMTP_USERNAME": "jo", "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
            child = self.spawn(desk, server, "l.md", **more)
            child.expect("Send this letter")
            child.sendline("y")
            child.expect("Password for jo")
            child.sendline("hunter2secret")
            assert self.finish(child) == 0
            assert len(server.messages) == 1
            assert "hunter2secret" not in (child.before or "")


@pytest.mark.slow
def test_large_attachments_make_the_window_smaller_not_the_memory_larger(tmp_path):
    """Twenty-four files of 8 MB, each for one person: 260 MiB; with the window as it was asked for, over 500."""
    rows = "name,email,company,file\n" + "".join(f"N,n{n}@x.example,C{n},{n}.bin\n" for n in range(24))
    put(tmp_path, "p.csv", rows)
    put(tmp_path, "b.md", BATCH.replace("\n\n", "\nAttach: {{ file }}\n\n"))
    for number in range(24):
        (tmp_path / f"{number}.bin").write_bytes(os.urandom(8_000_000))
    with bench.sink(24) as port:
        there = {"MAILER_SMTP_HOST": "127.0.0.1", "MAILER_SMTP_PORT": str(port), "MAILER_SMTP_SECURITY": "none"}
        run = bench.timed(
            [*bench.command(), "send", "b.md", "--each", "p.csv", "--yes"],
            tmp_path,
            {**there, "MAILER_AUTH": "none", "MAILER_WINDOW": "24", "MAILER_DATA_DIR": str(tmp_path / "data")},
        )
    assert run.peak < 350


class TestAnswersOfEarlierVersions:
    """A reply of its own is found by its subject as earlier versions wrote it (cli.md, *Details*)."""

    EML = "From: Dana Ruiz <dana@acme.example>\nMessage-ID: <1@acme.example>\nSubject: {}\n\nNo.\n"
    ANSWER = "From: Jo Novak <jo@novak.example>\nTo: dana@acme.example\nIn-Reply-To: no.eml\n{}\nGood luck.\n"

    @staticmethod
    def recorded_by_an_earlier_version(desk):
        path = desk.folder / "home" / "data" / "ledger.sqlite"
        with contextlib.closing(open_store(path, create=False)) as store, store.transaction():
            rekey(store)

    @pytest.mark.parametrize(
        ("subject", "former"),
        [
            ("Data Engineer, Ref: 4711", "Re: Data Engineer,4711"),
            ("Head of Software: your application", "Re: Head of Softwayour application"),
            ("Ref: 4711", "Re: 4711"),
            ("=?utf-8?Q?Gr=C3=BC?=\n aus Wien", "Re: Grü aus Wien"),
        ],
    )
    def test_one_that_went_does_not_go_again(self, desk, server, subject, former):
        put(desk.folder, "no.eml", self.EML.format(subject))
        put(desk.folder, "l.md", self.ANSWER.format(f"Subject: {former}\n"))
        assert desk.send(server).json["status"] == "sent"
        self.recorded_by_an_earlier_version(desk)
        put(desk.folder, "l.md", self.ANSWER.format("").replace("Good luck", "All the best"))
        done = desk.send(server)
        assert (done.code, done.json["status"]) == (0, "already-sent")
        assert len(server.messages) == 1
        assert desk.send(server, "l.md", "--again").json["status"] == "sent"

    def test_one_that_waits_goes_with_todays_subject_under_its_message_id(self, desk):
        put(desk.folder, "no.eml", self.EML.format("Data Engineer, Ref: 4711"))
        put(desk.folder, "l.md", self.ANSWER.format("Subject: Re: Data Engineer,4711\n"))
        with Scripted({"final": [b"451 4.3.0 later\r\n"]}) as server:
            first = desk.send(server).json
            self.recorded_by_an_earlier_version(desk)
            put(desk.folder, "l.md", self.ANSWER.format(""))
            second = desk.send(server).json
        assert (first["status"], second["status"]) == ("deferred", "sent")
        assert first["message_id"] == second["message_id"]
        assert b"Subject: Re: Data Engineer, Ref: 4711" in server.messages[-1].content
