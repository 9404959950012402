"""What a refusal gives to its answer."""

import pytest

from mailer.letters.refusal import is_no_reply, read_refusal
from mailer.message.address import parse_mailbox
from tests.kit.rows import each_row


@each_row(
    ("local", "nobody"),
    [
        *[
            (name, True)
            for name in (
                "no-reply",
                "noreply",
                "NoReply",
                "do-not-reply",
                "donotreply",
                "jobs-noreply",
                "noreply+x",
                "mailer-daemon",
                "bounce",
                "keine-antwort",
                "nicht-antworten",
                "ne-pas-repondre",
                "noreply2",
            )
        ],
        *[(name, False) for name in ("dana.ruiz", "norbert", "jobs", "reply", "noah.reply", "bouncer", "nora")],
    ],
)
def test_no_reply(local, nobody):
    assert is_no_reply(f"{local}@acme.example") is nobody


def refusal(tmp_path, *lines: str):
    path = tmp_path / "no.eml"
    path.write_text("\n".join([*lines, "", "Unfortunately, no.\n"]))
    return read_refusal(path)


def test_what_a_refusal_says(tmp_path):
    found = refusal(
        tmp_path,
        "From: Dana Ruiz <dana@acme.example>",
        "Message-ID: <1@a.example>",
        "Subject: Re: Job",
        "Date: Tue, 12 May 2026 23:30:00 +0200",
    )
    assert (found.sender, found.sender_header) == ("Dana Ruiz <dana@acme.example>", "its From")
    assert (found.subject, found.message_id, found.date.isoformat()) == ("Re: Job", "<1@a.example>", "2026-05-12")


def test_a_reply_to_that_a_person_reads_goes_first(tmp_path):
    found = refusal(tmp_path, "From: noreply@acme.example", "Reply-To: Dana <dana@acme.example>")
    assert (found.sender, found.sender_header, found.no_reply) == ("Dana <dana@acme.example>", "its Reply-To", False)


def test_a_machine_cannot_be_answered(tmp_path):
    found = refusal(tmp_path, "From: Jobs <no-reply@acme.example>")
    assert found.no_reply
    assert "whom did you meet?" in found.whom_did_you_meet().text


def test_a_name_that_is_an_address_is_none(tmp_path):
    found = refusal(tmp_path, 'From: "dana@acme.example" <dana@acme.example>')
    assert (found.sender, found.sender_header) == ("dana@acme.example", "its From")


@pytest.mark.parametrize(
    ("line", "sender"),
    [
        ("From: =?utf-8?Q?Ruiz,_Dana?= <dana@acme.example>", '"Ruiz, Dana" <dana@acme.example>'),
        ("From: jobs@acme.example <dana@acme.example>", "dana@acme.example"),
        ("From: =?idna?Q?Dana?= <dana@acme.example>", "Dana <dana@acme.example>"),
        ("From: =?undefined?Q?D=FF?= <dana@acme.example>", "Dÿ <dana@acme.example>"),
        ("From: " + "(" * 500 + "<dana@acme.example>", "dana@acme.example"),
        ("From: Dána Ruiz <dana@bücher.example>", "Dána Ruiz <dana@xn--bcher-kva.example>"),
    ],
)
def test_senders_of_strangers(tmp_path, line, sender):
    assert refusal(tmp_path, line).sender == sender


ME = parse_mailbox("Jo Novak <jo@novak.example>")
MINE = ("From: jo@novak.example", "To: Jo Novak <jo@novak.example>", "Message-ID: <f@novak.example>", "Subject: Fwd: x")
GMAIL = """Look at this.

---------- Forwarded message ---------
From: Dana Ruiz <dana@acme.example>
Date: Tue, May 12, 2026 at 11:30 PM
Subject: Your application
To: Jo Novak <jo@novak.example>

Unfortunately, no."""
OUTLOOK = """-----Ursprüngliche Nachricht-----
Von: Dana Ruiz [mailto:dana@acme.example]
Gesendet: Dienstag, 12. Mai 2026 23:30
An: Jo Novak
Betreff: Your application

Leider nein."""
APPLE = """Begin forwarded message:

> From: "Dana Ruiz" <dana@acme.example>
> Subject: Re: Your application
> Date: 12. May 2026
> To: jo@novak.example
>
> Unfortunately, no."""
THUNDERBIRD = """-------- Message transféré --------
Sujet :  Your application
Objet :  Your application
Date :  Tue, 12 May 2026
De :  Dana Ruiz <dana@acme.example>
Pour :  Jo Novak <jo@novak.example>

Malheureusement, non."""
STARS = GMAIL.replace("From:", "*From:*").replace("Subject:", "*Subject:*")
DOUBLED = OUTLOOK.replace("[mailto:dana@acme.example]", "<dana@acme.example<mailto:dana@acme.example>>")


def forward(tmp_path, body, *lines):
    path = tmp_path / "no.eml"
    path.write_text("\n".join([*MINE, *lines, "", body]))
    return path


@pytest.mark.parametrize("body", [GMAIL, OUTLOOK, APPLE, THUNDERBIRD, STARS, DOUBLED])
@pytest.mark.parametrize("own", [ME, None])
def test_what_the_user_forwarded_names_who_refused(tmp_path, body, own):
    found = read_refusal(forward(tmp_path, body), own)
    assert (found.sender, found.sender_header) == ("Dana Ruiz <dana@acme.example>", "the From in its text")
    assert (found.subject, found.message_id, found.date) == ("Re: Your application", "", None)


def test_a_forward_in_html_is_read(tmp_path):
    html = "<style>From: no@x.example</style>" + GMAIL.replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")
    assert (
        read_refusal(forward(tmp_path, html, "Content-Type: text/html"), ME).sender == "Dana Ruiz <dana@acme.example>"
    )


def test_a_refusal_that_is_enclosed_is_the_one_to_answer(tmp_path):
    inner = "From: Dana Ruiz <dana@acme.example>\nMessage-ID: <1@acme.example>\nSubject: Job\nTo: Jo <jo@novak.example>"
    inner += "\nDate: Tue, 12 May 2026 23:30:00 +0200\n\nNo."
    parts = f"--b\n\nsee below\n--b\nContent-Type: message/rfc822\n\n{inner}\n--b--\n"
    found = read_refusal(forward(tmp_path, parts, 'Content-Type: multipart/mixed; boundary="b"'), ME)
    assert (found.sender, found.message_id, found.enclosed) == (
        "Dana Ruiz <dana@acme.example>",
        "<1@acme.example>",
        True,
    )
    assert (found.subject, found.date.isoformat()) == ("Re: Job", "2026-05-12")


@pytest.mark.parametrize("body", ["No.", "From: here on\nTo: there", "From: Jo <jo@novak.example>\nTo: x", "From: a@b"])
def test_a_forward_that_does_not_say_whose_it_was_names_nobody(tmp_path, body):
    found = read_refusal(forward(tmp_path, body), ME)
    assert (found.sender, found.message_id) == ("", "")
    assert "forwarded" in found.whom_did_you_meet().text


def test_the_name_by_which_the_mail_addresses_the_user(tmp_path):
    lines = ("From: dana@acme.example", "To: HR <hr@acme.example>, =?utf-8?Q?J=C3=B3_Novak?= <Jo@novak.example>")
    refusal(tmp_path, *lines)
    own = parse_mailbox("jo@novak.example")
    assert read_refusal(tmp_path / "no.eml", own).own_name == "Jó Novak"
    assert read_refusal(tmp_path / "no.eml", parse_mailbox("lee@novak.example")).own_name == ""
