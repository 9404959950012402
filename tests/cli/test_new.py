"""``mailer new``: a letter file from a template, a refusal and a few answers."""

from __future__ import annotations

import sys
import time

import pytest

from mailer.letters.letter import read_letter
from tests.kit.letters import LETTER, ME
from tests.kit.terminal import interrupt
from tests.kit.world import World, program, put, tree

OPTIONAL = ("Disappointment", "Strength", "When")
REFUSAL = """Message-ID: <no-1@acme.example>
From: Dana Ruiz <dana.ruiz@acme.example>
To: jo@novak.example
Date: Fri, 20 Nov 2026 17:42:00 +0100
Subject: Your application as Data Engineer

We chose someone else.
"""


@pytest.fixture
def app(tmp_path):
    return World(tmp_path, MAILER_FROM=ME)


def headers(path):
    return {header.spelled: header.value for header in read_letter(path).headers}


class TestWithoutTerminal:
    def test_example_values_stay(self, app, tmp_path):
        done = app.mailer("new", "runner-up")
        assert done.code == 0
        assert done.lines == ["runner-up.md"] or done.lines == [str(tmp_path / "runner-up.md")]
        assert headers(tmp_path / "runner-up.md") == {
            "Template": "runner-up",
            "To": "‹Name› <someone@example.invalid>",
            "Company": "‹the company, as it calls itself›",
            "Position": "‹the position you interviewed for›",
            "When": "late in December",
        }
        assert read_letter(tmp_path / "runner-up.md").prose.strip().startswith("‹")
        assert (tmp_path / "runner-up.md").stat().st_mode & 0o777 == 0o600
        assert "mailer preview" in done.err

    @pytest.mark.parametrize(("host", "then"), [("", "rehearse"), ("127.0.0.1", "check")])
    def test_what_comes_next_is_what_can_be_done(self, app, host, then):
        done = app.mailer("new", "runner-up", MAILER_SMTP_HOST=host)
        assert f"and mailer {then} runner-up.md" in done.err.replace(f"{app.folder}/", "")

    def test_a_letter_that_is_ready_may_be_sent(self, app):
        given = ("--to", "Dana <d@acme.example>", "--set", "company=Acme", "--set", "position=Cook")
        prose = ("--set", "prose=It was a good day.")
        done = app.mailer("new", "runner-up", *given, *prose, MAILER_SMTP_HOST="127.0.0.1")
        assert "and mailer send " in done.err

    def test_such_a_letter_is_not_ready(self, app, tmp_path):
        app.mailer("new", "runner-up")
        assert app.mailer("preview", "runner-up.md").code == 0
        assert app.mailer("rehearse", "runner-up.md").code == 1

    @pytest.mark.parametrize("left", ["to", "company", "position", "prose"])
    def test_one_example_value_is_enough(self, app, tmp_path, left):
        given = {"to": "Dana <d@acme.example>", "company": "Acme", "position": "Cook", "prose": "It was a good day."}
        sets = [part for name, value in given.items() if name != left for part in ("--set", f"{name}={value}")]
        assert app.mailer("new", "runner-up", *sets).code == 0
        assert app.mailer("rehearse", "runner-up.md").code == 1

    def test_everything_given_is_ready(self, app, tmp_path):
        sets = ("--set", "company=Acme", "--set", "Position=Cook", "--set", "prose=It was a good day.")
        assert app.mailer("new", "runner-up", "--to", "Dana <d@acme.example>", *sets).code == 0
        told = app.mailer("rehearse", "runner-up.md", "--json").json
        assert told["status"] == "sent", told
        assert "‹" not in (tmp_path / "runner-up.md").read_text()

    @pytest.mark.parametrize(
        ("to", "written"),
        [
            ("jobs@acme.example", "‹Name› <jobs@acme.example>"),
            ("Dana <d@acme.example>, lee@acme.example", "Dana <d@acme.example>, ‹Name› <lee@acme.example>"),
        ],
    )
    def test_a_name_that_is_missing_stays_an_example(self, app, tmp_path, to, written):
        sets = ("--set", "company=Acme", "--set", "position=Cook", "--set", "prose=It was a good day.")
        assert app.mailer("new", "runner-up", "--to", to, *sets).code == 0
        assert headers(tmp_path / "runner-up.md")["To"] == written
        assert app.mailer("check", "runner-up.md").code == 1
        assert app.mailer("new", "runner-up", "b.md", "--to", to, *sets, "--set", "greeting=Dear all").code == 0
        assert headers(tmp_path / "b.md")["To"] == to

    def test_the_name_that_the_settings_lack_stays_an_example(self, tmp_path):
        app = World(tmp_path, MAILER_FROM="jo@novak.example")
        sets = ("--set", "company=Acme", "--set", "position=Cook", "--set", "prose=It was a good day.")
        assert app.mailer("new", "runner-up", "--to", "Dana <d@acme.example>", *sets).code == 0
        assert headers(tmp_path / "runner-up.md")["From"] == "‹Name› <jo@novak.example>"
        assert app.mailer("check", "runner-up.md").code == 1

    def test_an_organisation_leaves_the_greeting_an_example(self, app, tmp_path):
        sets = ("--set", "company=Acme", "--set", "position=Cook", "--set", "prose=It was a good day.")
        assert app.mailer("new", "runner-up", "--to", "Acme Recruiting <d@acme.example>", *sets).code == 0
        assert headers(tmp_path / "runner-up.md")["Greeting"].startswith("‹")
        assert app.mailer("check", "runner-up.md").code == 1

    def test_no_name_is_wanted_where_the_template_says_none(self, app, tmp_path):
        put(tmp_path, "templates/own.md", "Subject: s\n\nGood morning.\n")
        assert app.mailer("new", "own", "--to", "d@acme.example").code == 0
        assert headers(tmp_path / "own.md") == {"Template": "own", "To": "d@acme.example"}

    def test_optional_fields_are_left_out(self, app, tmp_path):
        put(tmp_path, "templates/own.md", "Subject: s\nField: a - one\nField: b? - two\n\n{{ a }}{{ prose }}\n")
        assert app.mailer("new", "own").code == 0
        assert set(headers(tmp_path / "own.md")) == {"Template", "To", "A"}
        assert app.mailer("new", "own", "two.md", "--set", "b=here").code == 0
        assert headers(tmp_path / "two.md")["B"] == "here"

    def test_what_a_field_is_may_be_long_and_odd(self, app, tmp_path):
        about = "a ‹thing› " * 40
        put(tmp_path, "templates/own.md", f"Subject: s\nField: a - {about}\n\n{{{{ a }}}}\n")
        assert app.mailer("new", "own", "--to", "Dana <d@acme.example>").code == 0
        assert app.mailer("rehearse", "own.md").code == 1

    def test_named_file(self, app, tmp_path):
        assert app.mailer("new", "runner-up", "dana.md").code == 0
        assert tree(tmp_path) == ["dana.md", "home"]

    def test_exists_is_73_and_speaks_of_no_force(self, app, tmp_path):
        put(tmp_path, "runner-up.md", "mine")
        done = app.mailer("new", "runner-up")
        assert done.code == 73
        assert "--force" not in done.err
        assert "exists" in done.err
        assert (tmp_path / "runner-up.md").read_text() == "mine"

    def test_a_dangling_link_is_not_followed(self, app, tmp_path):
        (tmp_path / "runner-up.md").symlink_to("nowhere")
        assert app.mailer("new", "runner-up").code == 73
        assert not (tmp_path / "nowhere").exists()

    def test_folder_is_missing(self, app, tmp_path):
        assert app.mailer("new", "runner-up", "no/such.md").code == 73

    def test_mail_headers_by_set(self, app, tmp_path):
        done = app.mailer("new", "runner-up", "--set", "cc=lee@birch.example", "--set", "greeting=Dear Dana")
        assert done.code == 0
        assert headers(tmp_path / "runner-up.md")["Cc"] == "lee@birch.example"
        assert headers(tmp_path / "runner-up.md")["Greeting"] == "Dear Dana"

    def test_values_are_text(self, app, tmp_path):
        values = {"company": "{{ x }} <b> *A*", "position": "007"}
        app.mailer(
            "new",
            "runner-up",
            "--to",
            "D <d@a.example>",
            *[p for k, v in values.items() for p in ("--set", f"{k}={v}")],
        )
        assert headers(tmp_path / "runner-up.md")["Company"] == "{{ x }} <b> *A*"
        text = app.mailer("preview", "runner-up.md", "--json").json["text"]
        assert "{{ x }} <b> *A*" in text


BAD = [
    (("runer-up",), 65, "runner-up"),
    (("runner-up", "--set", "compny=x"), 65, "company"),
    (("runner-up", "--set", "company"), 65, "NAME=VALUE"),
    (("runner-up", "--set", "company=a\nBcc: x@y.example"), 65, "company"),
    (("runner-up", "--set", "company=a", "--set", "Company=b"), 65, "twice"),
    (("runner-up", "--set", "from=a@b.example"), 65, "From"),
    (("runner-up", "--to", "dana"), 65, "To"),
    (("runner-up", "--to", ""), 65, "To"),
    (("runner-up", "--to", "a@b.example", "--set", "to=a@b.example"), 65, "twice"),
    (("runner-up", "--set", "prose=a\n-- >8 --\nb"), 65, "prose"),
    (("runner-up", "--set", "prose=a\rb"), 65, "carriage return"),
    (("runner-up", "--refusal", "no.eml"), 66, "no.eml"),
    (("runner-up", "--refusal", "."), 66, "folder"),
    ((), 2, "TEMPLATE"),
    (("runner-up", "a", "b"), 2, "b"),
]


@pytest.mark.parametrize(("arguments", "code", "words"), BAD, ids=[" ".join(case[0]) for case in BAD])
def test_bad_input_leaves_nothing(app, tmp_path, arguments, code, words):
    done = app.mailer("new", *arguments)
    assert done.code == code
    assert words in done.err
    assert "Traceback" not in done.err
    assert tree(tmp_path) == ["home"]


class TestRefusal:
    def test_recipient_thread_subject_and_date(self, app, tmp_path):
        put(tmp_path, "no.eml", REFUSAL)
        done = app.mailer("new", "runner-up", "--refusal", "no.eml")
        assert done.code == 0
        found = headers(tmp_path / "runner-up.md")
        assert found["To"] == "Dana Ruiz <dana.ruiz@acme.example>"
        assert found["In-Reply-To"] == "no.eml"
        assert found["Subject"] == "Re: Your application as Data Engineer"
        assert found["Refused-On"] == "2026-11-20"
        for where in ("From", "Message-ID", "Subject", "Date"):
            assert where in done.err

    def test_the_letter_answers_it(self, app, tmp_path):
        put(tmp_path, "mails/no.eml", REFUSAL)
        (tmp_path / "letters").mkdir()
        sets = ("--set", "company=Acme", "--set", "position=Cook", "--set", "prose=It was a good day.")
        assert app.mailer("new", "runner-up", "letters/l.md", "--refusal", "mails/no.eml", *sets).code == 0
        assert headers(tmp_path / "letters/l.md")["In-Reply-To"] == "../mails/no.eml"
        eml = app.mailer("preview", "letters/l.md", "--eml").out
        assert "In-Reply-To: <no-1@acme.example>" in eml
        assert "References: <no-1@acme.example>" in eml
        assert "Subject: Re: Your application as Data Engineer" in eml

    def test_what_is_given_goes_before(self, app, tmp_path):
        put(tmp_path, "no.eml", REFUSAL)
        app.mailer("new", "runner-up", "--refusal", "no.eml", "--to", "Lee <l@acme.example>", "--set", "subject=Thanks")
        found = headers(tmp_path / "runner-up.md")
        assert (found["To"], found["Subject"]) == ("Lee <l@acme.example>", "Thanks")

    @pytest.mark.parametrize(
        "sender", ["no-reply@acme.example", "Jobs <noreply+1@ats.example>", "Nicht-Antworten@x.example"]
    )
    def test_no_reply_asks_whom_did_you_meet(self, app, tmp_path, sender):
        put(tmp_path, "no.eml", REFUSAL.replace("Dana Ruiz <dana.ruiz@acme.example>", sender))
        done = app.mailer("new", "runner-up", "--refusal", "no.eml")
        assert done.code == 65
        assert "whom did you meet?" in done.err
        assert tree(tmp_path) == ["home", "no.eml"]
        assert app.mailer("new", "runner-up", "--refusal", "no.eml", "--to", "Dana <d@acme.example>").code == 0
        assert headers(tmp_path / "runner-up.md")["In-Reply-To"] == "no.eml"

    def test_a_reply_to_goes_before_from(self, app, tmp_path):
        put(tmp_path, "no.eml", "Reply-To: Lee Okafor <lee@acme.example>\n" + REFUSAL)
        done = app.mailer("new", "runner-up", "--refusal", "no.eml")
        assert headers(tmp_path / "runner-up.md")["To"] == "Lee Okafor <lee@acme.example>"
        assert "Reply-To" in done.err

    def test_a_no_reply_reply_to_does_not(self, app, tmp_path):
        put(tmp_path, "no.eml", "Reply-To: noreply@acme.example\n" + REFUSAL)
        app.mailer("new", "runner-up", "--refusal", "no.eml")
        assert headers(tmp_path / "runner-up.md")["To"] == "Dana Ruiz <dana.ruiz@acme.example>"

    def test_odd_mails(self, app, tmp_path):
        name = "=?utf-8?q?J=C3=B6rg_M=C3=BCller?= <joerg@acme.example>"
        odd = REFUSAL.replace("Dana Ruiz <dana.ruiz@acme.example>", name).replace(
            "Message-ID: <no-1@acme.example>\n", ""
        )
        put(tmp_path, "no.eml", odd.replace("Date: Fri, 20 Nov 2026 17:42:00 +0100", "Date: yesterday"))
        assert app.mailer("new", "runner-up", "--refusal", "no.eml").code == 0
        found = headers(tmp_path / "runner-up.md")
        assert found["To"] == "Jörg Müller <joerg@acme.example>"
        assert "In-Reply-To" not in found
        assert "Refused-On" not in found

    @pytest.mark.parametrize(
        "line",
        [
            b"Subject: =?utf-8?q?a=0ABcc:_x@y.example?=",
            b"Subject: =?utf-8?b?AAEC?=",
            b"Subject: \xff\xfe",
            b"Subject: =?no-such?q?x?=",
            b"Subject:",
            b"From: =?utf-8?q?Dana=0ABcc=3A_x?= <dana@acme.example>",
            b'From: "a, b" <dana@acme.example>',
            b"Message-ID: <a b@c>",
            b"Message-ID: none",
        ],
    )
    def test_hostile_headers_make_no_header(self, app, tmp_path, line):
        name = line.partition(b":")[0]
        lines = [old for old in REFUSAL.encode().split(b"\n") if not old.startswith(name + b":")]
        put(tmp_path, "no.eml", b"\n".join([line, *lines]))
        done = app.mailer("new", "runner-up", "--refusal", "no.eml")
        assert done.code == 0, done.err
        assert "Bcc" not in headers(tmp_path / "runner-up.md")
        sets = ("--set", "company=Acme", "--set", "position=Cook", "--set", "prose=Good.")
        assert app.mailer("new", "runner-up", "b.md", "--refusal", "no.eml", *sets).code == 0
        assert app.mailer("preview", "b.md").code == 0

    def test_a_name_that_is_an_address_is_not_copied(self, app, tmp_path):
        put(tmp_path, "no.eml", REFUSAL.replace("Dana Ruiz", '"dana.ruiz@acme.example"'))
        assert app.mailer("new", "runner-up", "--refusal", "no.eml").code == 0
        assert headers(tmp_path / "runner-up.md")["To"] == "‹Name› <dana.ruiz@acme.example>"

    def test_a_mail_that_says_nothing(self, app, tmp_path):
        put(tmp_path, "no.eml", "From: undisclosed\n\nno\n")
        done = app.mailer("new", "runner-up", "--refusal", "no.eml")
        assert done.code == 65
        assert "no.eml says" not in done.err
        done = app.mailer("new", "runner-up", "--refusal", "no.eml", "--to", "Dana <d@acme.example>")
        assert done.code == 0
        assert "no.eml says nothing of use" in done.err

    def test_the_users_name_is_taken_from_the_mail(self, tmp_path):
        app = World(tmp_path, MAILER_FROM="jo@novak.example")
        put(tmp_path, "no.eml", REFUSAL.replace("To: jo@novak.example", "To: Jo Novak <JO@novak.example>"))
        assert app.mailer("new", "runner-up", "--refusal", "no.eml").code == 0
        assert headers(tmp_path / "runner-up.md")["From"] == "Jo Novak <jo@novak.example>"

    def test_a_name_that_is_nobodys_is_not_taken(self, tmp_path):
        app = World(tmp_path, MAILER_FROM="jo@novak.example")
        put(tmp_path, "no.eml", REFUSAL.replace("To: jo@novak.example", "To: Lee <lee@birch.example>"))
        assert app.mailer("new", "runner-up", "--refusal", "no.eml").code == 0
        assert headers(tmp_path / "runner-up.md")["From"] == "‹Name› <jo@novak.example>"

    def test_a_refusal_that_the_user_forwarded_goes_to_who_wrote_it(self, app, tmp_path):
        quoted = "---------- Forwarded message ---------\n" + REFUSAL
        put(tmp_path, "no.eml", REFUSAL.replace("Dana Ruiz <dana.ruiz@acme.example>", "jo@novak.example") + quoted)
        done = app.mailer("new", "runner-up", "--refusal", "no.eml")
        assert done.code == 0
        found = headers(tmp_path / "runner-up.md")
        assert (found["To"], found["Subject"]) == (
            "Dana Ruiz <dana.ruiz@acme.example>",
            "Re: Your application as Data Engineer",
        )
        assert "In-Reply-To" not in found

    def test_a_forward_without_its_sender_leaves_an_example(self, app, tmp_path):
        put(tmp_path, "no.eml", REFUSAL.replace("Dana Ruiz <dana.ruiz@acme.example>", "jo@novak.example"))
        done = app.mailer("new", "runner-up", "--refusal", "no.eml")
        assert (done.code, headers(tmp_path / "runner-up.md")["To"]) == (0, "‹Name› <someone@example.invalid>")
        assert "forwarded" in done.err

    def test_an_enclosed_refusal_is_answered_itself(self, app, tmp_path):
        start = "From: jo@novak.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nLook.\n--b\n"
        put(tmp_path, "no.eml", f"{start}Content-Type: message/rfc822\n\n{REFUSAL}--b--\n")
        assert app.mailer("new", "runner-up", "--refusal", "no.eml").code == 0
        found = headers(tmp_path / "runner-up.md")
        assert (found["To"], found["In-Reply-To"]) == ("Dana Ruiz <dana.ruiz@acme.example>", "<no-1@acme.example>")

    @pytest.mark.parametrize(
        "line",
        [
            b"From: =?idna?Q?Dana?= <dana@acme.example>",
            b"From: =?punycode?Q?D-?= <dana@acme.example>",
            b"From: =?undefined?B?RA==?= <dana@acme.example>",
            b"From: =?a\0b?Q?Dana?= <dana@acme.example>",
            b"From: " + b"(" * 500 + b" <dana@acme.example>",
            b"Content-Type: text/plain; charset=idna",
            b"Content-Type: text/plain; charset=punycode",
            b"Content-Type: text/plain; charset=undefined",
            b'Content-Type: text/plain; charset="a\0b"',
            b"Content-Type: multipart/mixed; boundary=" + b"b" * 70,
            b"Content-Type: " + b"a;" * 30_000,
            b"Subject: " + b"=?utf-8?Q?a?= " * 280_000,
            b"Date: " + b"1" * 100_000,
        ],
        ids=lambda line: line[:40].decode("latin-1"),
    )
    def test_hostile_mails_are_read_in_words_and_soon(self, app, tmp_path, line):
        name = line.partition(b":")[0]
        lines = [old for old in REFUSAL.encode().split(b"\n") if not old.startswith(name + b":")]
        put(tmp_path, "no.eml", b"\n".join([line, *lines]))
        began = time.monotonic()
        done = app.mailer("new", "runner-up", "--refusal", "no.eml")
        assert done.code == 0, done.err
        assert "dana" in headers(tmp_path / "runner-up.md")["To"]
        assert time.monotonic() - began < 10

    def test_no_mail(self, app, tmp_path):
        put(tmp_path, "no.eml", "Dear Jo,\n\nwe chose someone else.\n")
        assert app.mailer("new", "runner-up", "--refusal", "no.eml").code == 65

    def test_names_that_paths_give_a_meaning(self, app, tmp_path):
        put(tmp_path, "~no.eml", REFUSAL)
        sets = ("--set", "company=Acme", "--set", "position=Cook", "--set", "prose=Good.")
        assert app.mailer("new", "runner-up", "--refusal", "./~no.eml", *sets).code == 0
        assert "In-Reply-To: <no-1@acme.example>" in app.mailer("preview", "runner-up.md", "--eml").out


pexpect = pytest.importorskip("pexpect", reason="pexpect is not installed")


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
class TestWithTerminal:
    @pytest.fixture
    def editor(self, tmp_path):
        script = put(tmp_path, "editor", f'#!/bin/sh\necho "$1" > {tmp_path}/edited\nenv > {tmp_path}/env\n')
        script.chmod(0o700)
        return str(script)

    def spawn(self, tmp_path, *arguments, **more):
        command, *first = program()
        env = World(tmp_path).environ(TERM="dumb", NO_COLOR="1", **more)
        return pexpect.spawn(command, [*first, "new", *arguments], cwd=tmp_path, env=env, encoding="utf-8", timeout=60)

    def end(self, child):
        child.expect(pexpect.EOF)
        child.close()
        return child.exitstatus

    def leave_out(self, child, *names):
        for name in names:
            child.expect(f"{name} .*may be empty.*: ")
            child.sendline("")

    def test_asks_and_opens_the_editor(self, tmp_path, editor):
        child = self.spawn(tmp_path, "runner-up", EDITOR=editor, MAILER_FROM=ME, MAILER_PASSWORD="hunter2")
        child.expect("To .*: ")
        child.sendline("dana at acme")
        child.expect("To .*: ")
        child.sendline("Dana Ruiz <dana.ruiz@acme.example>")
        child.expect("Company .*: ")
        child.sendline("Acme Robotics")
        child.expect("Position .*: ")
        child.sendline("Data Engineer")
        child.expect("Disappointment .*may be empty.*: ")
        child.sendline("I had seen myself at that bench")
        self.leave_out(child, "Strength", "When")
        assert self.end(child) == 0
        assert headers(tmp_path / "runner-up.md") == {
            "Template": "runner-up",
            "To": "Dana Ruiz <dana.ruiz@acme.example>",
            "Company": "Acme Robotics",
            "Position": "Data Engineer",
            "Disappointment": "I had seen myself at that bench",
            "When": headers(tmp_path / "runner-up.md")["When"],  # what the plan says today
        }
        assert (tmp_path / "edited").read_text().strip().endswith("runner-up.md")
        assert "hunter2" not in (tmp_path / "env").read_text()

    def test_no_edit(self, tmp_path, editor):
        sets = ("--set", "company=Acme", "--set", "position=Cook")
        child = self.spawn(
            tmp_path, "runner-up", "--to", "D <d@a.example>", *sets, "--no-edit", EDITOR=editor, MAILER_FROM=ME
        )
        self.leave_out(child, *OPTIONAL)
        assert self.end(child) == 0
        assert not (tmp_path / "edited").exists()

    def test_optional_fields_may_be_empty(self, tmp_path):
        put(tmp_path, "templates/own.md", "Subject: s\nField: a - one\nField: b? - two\n\n{{ a }}\n")
        child = self.spawn(tmp_path, "own", "--to", "D <d@a.example>", "--no-edit", MAILER_FROM=ME)
        child.expect("A .one.*: ")
        child.sendline("")
        child.sendline("x")
        child.expect("B .two; may be empty.*: ")
        child.sendline("")
        assert self.end(child) == 0
        assert set(headers(tmp_path / "own.md")) == {"Template", "To", "A"}

    def test_asks_for_from_where_no_setting_has_it(self, tmp_path):
        child = self.spawn(tmp_path, "runner-up", "--to", "D <d@a.example>", "--set", "company=A", "--no-edit")
        child.expect("name and address.*: ")
        child.sendline(ME)
        child.expect("Position .*: ")
        child.sendline("Cook")
        self.leave_out(child, *OPTIONAL)
        assert self.end(child) == 0
        assert headers(tmp_path / "runner-up.md")["From"] == ME

    def test_asks_for_the_name_that_the_settings_lack(self, tmp_path):
        sets = ("--set", "company=A", "--set", "position=Cook")
        words = ("runner-up", "--to", "D <d@a.example>", *sets, "--no-edit")
        child = self.spawn(tmp_path, *words, MAILER_FROM="jo@novak.example")
        child.expect("Your name: ")
        child.sendline("")
        child.expect("Your name: ")
        child.sendline("Jo Novak <jo@other.example>")
        child.expect("is an address, not a name")
        child.expect("Your name: ")
        child.sendline("Novak, Jo")
        self.leave_out(child, *OPTIONAL)
        assert self.end(child) == 0
        assert headers(tmp_path / "runner-up.md")["From"] == '"Novak, Jo" <jo@novak.example>'

    def test_asks_for_no_name_that_the_template_does_not_use(self, tmp_path):
        put(tmp_path, "templates/own.md", "Subject: s\n\nGood morning.\n")
        child = self.spawn(tmp_path, "own", "--to", "D <d@a.example>", "--no-edit", MAILER_FROM="jo@novak.example")
        assert self.end(child) == 0
        assert set(headers(tmp_path / "own.md")) == {"Template", "To"}

    def test_ctrl_c_is_130_and_leaves_nothing(self, tmp_path):
        child = self.spawn(tmp_path, "runner-up", MAILER_FROM=ME)
        child.expect("To .*: ")
        interrupt(child)
        assert self.end(child) == 130
        assert "Traceback" not in (child.before or "")
        assert not (tmp_path / "runner-up.md").exists()

    def test_whom_did_you_meet(self, tmp_path):
        put(tmp_path, "no.eml", REFUSAL.replace("dana.ruiz@", "no-reply@"))
        child = self.spawn(tmp_path, "runner-up", "--refusal", "no.eml", "--no-edit", MAILER_FROM=ME)
        child.expect("whom did you meet")
        child.expect("To .*: ")
        child.sendline("Dana <dana@acme.example>")
        child.expect("Company .*: ")
        child.sendline("Acme")
        child.expect("Position .*: ")
        child.sendline("Cook")
        self.leave_out(child, *OPTIONAL)
        assert self.end(child) == 0
        assert headers(tmp_path / "runner-up.md")["To"] == "Dana <dana@acme.example>"

    def test_an_editor_that_fails_loses_nothing(self, tmp_path):
        sets = ("--set", "company=Acme", "--set", "position=Cook")
        child = self.spawn(
            tmp_path, "runner-up", "--to", "D <d@a.example>", *sets, EDITOR="/no/such/editor", MAILER_FROM=ME
        )
        self.leave_out(child, *OPTIONAL)
        assert self.end(child) == 0
        assert "editor failed" in child.before
        assert (tmp_path / "runner-up.md").exists()


def test_letter_fixture_matches_the_template():
    assert LETTER.startswith("Template: runner-up")
