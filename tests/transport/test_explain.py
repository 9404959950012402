# ruff: noqa: E501
from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import mailer.transport
from mailer.transport.explain import explain
from mailer.transport.replies import Reply, ReplyReader

ENTRIES = tomllib.loads((Path(mailer.transport.__file__).parent / "replies.toml").read_text("utf-8"))["reply"]


def reply_of(line: str) -> Reply:
    reader = ReplyReader()
    reader.feed(line.encode() + b"\r\n")
    return reader.next_reply()


@pytest.mark.parametrize(
    ("line", "host", "phase", "meaning", "advice"),
    [
        (
            "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.",
            "smtp-mail.outlook.com", "auth", "OAuth2", "`mailer draft` works today",
        ),
        (
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
            "smtp.office365.com", "auth", "switched off", "administrator",
        ),
        ("550 5.7.30 Basic authentication is not supported for Client Submission.", "smtp.office365.com", "", "OAuth2", "draft"),
        ("535 5.7.3 Authentication unsuccessful", "smtp.office365.com", "auth", "Microsoft", "login"),
        ("535 5.7.8 Username and Password not accepted.", "smtp.gmail.com", "auth", "Google", "apppasswords"),
        ("535 5.7.8 Error: authentication failed", "smtp.acme.example", "auth", "user name or password", "mailer login"),
        ("534 5.7.9 Application-specific password required.", "smtp.gmail.com", "auth", "app password", "apppasswords"),
        ("534 5.7.9 Please log in via your web browser", "smtp.gmail.com", "auth", "browser", "browser"),
        ("535 5.7.0 authentication failed", "smtp.mail.yahoo.com", "auth", "app password", "app password"),
        ("530 5.7.0 Must issue a STARTTLS command first.", "smtp.gmail.com", "mail", "TLS", "starttls"),
        ("530 5.7.0 Authentication Required.", "smtp.gmail.com", "mail", "sign-in", "mailer login"),
        ("538 5.7.11 Encryption required", "", "auth", "TLS", "starttls"),
        ("432 4.7.12 A password transition is needed", "", "auth", "password", "change"),
        ("454 4.7.0 Temporary authentication failure", "", "auth", "sign-in", "wait"),
        ("454 TLS not available", "", "starttls", "TLS", "wait"),
        ("550 5.1.1 User unknown", "", "rcpt", "no such mailbox", "typing error"),
        ("550 5.1.10 RecipientNotFound", "", "rcpt", "no such mailbox", "typing error"),
        ("550 5.4.1 Recipient address rejected: Access denied.", "", "rcpt", "no such mailbox", "typing error"),
        ("501 5.1.3 Bad recipient address syntax", "", "rcpt", "form of address", "typing error"),
        ("550 5.7.1 Unable to relay", "", "rcpt", "sign-in", "mailer login"),
        ("550 5.7.1 Message rejected as spam by content filtering", "", "final", "spam", "plainer"),
        ("554 5.7.1 Rejected by policy", "", "final", "rules", "words"),
        ("552 5.3.4 Message size exceeds fixed limit", "", "mail", "too large", "smaller"),
        ("552 5.2.2 Mailbox full", "", "rcpt", "full", "days"),
        ("550 5.7.515 Access denied, sending domain does not meet the requirement", "", "final", "DKIM", "domain"),
        ("550 5.7.26 Unauthenticated email is not accepted", "", "final", "SPF", "DKIM"),
        ("421 4.7.0 Try again later", "", "greeting", "ends the connection", "again"),
        ("450 4.2.0 Recipient address rejected: Greylisted", "", "rcpt", "greylisting", "ten minutes"),
        ("451 4.7.1 Greylisting in action, please come back later", "", "rcpt", "greylisting", "ten minutes"),
        ("450 4.7.1 please wait", "", "rcpt", "greylisting", "ten minutes"),
        ("451 4.7.1 please wait", "", "rcpt", "greylisting", "ten minutes"),
        ("451 4.3.0 queue file write error", "", "final", "fault of its own", "ten minutes"),
        ("452 4.3.1 Insufficient system storage", "", "mail", "no room", "hour"),
        ("452 4.5.3 Too many recipients", "", "rcpt", "too many recipients", "fewer"),
        ("550 5.4.5 Daily user sending limit exceeded", "", "final", "day", "24 hours"),
        ("553 5.7.1 Sender address rejected: not owned by user", "", "mail", "sender address", "MAILER_FROM"),
        ("550 5.7.60 Client does not have permissions to send as this sender", "", "final", "From", "MAILER_FROM"),
        ("550 5.7.30 Unauthenticated email, DKIM = did not pass", "smtp.gmail.com", "final", "DKIM", "provider"),
        ("550 5.1.8 Access denied, bad outbound sender", "smtp.office365.com", "final", "blocked", "administrator"),
        ("550 5.1.90 You've reached your daily limit for recipients", "smtp.office365.com", "final", "a day", "24 hours"),
        ("550 5.7.233 Your tenant exceeded its daily limit", "smtp.office365.com", "final", "a day", "24 hours"),
        ("450 4.2.1 The user is receiving mail too quickly.", "smtp.gmail.com", "rcpt", "gets more mail", "hour"),
        ("550 5.2.1 The user receives mail at a rate that is too high", "smtp.gmail.com", "rcpt", "gets more mail", "hour"),
        ("550 5.2.1 User is inactive", "", "rcpt", "switched off", "another address"),
        ("499 hm", "", "", "not now", "again"),
        ("599 hm", "", "", "refused for good", "words"),
        ("250 ok", "", "", "accepted", ""),
        ("354 ok", "", "", "out of place", "later"),
    ],
)  # fmt: skip
def test_replies_of_the_world(line, host, phase, meaning, advice):
    said, todo = explain(reply_of(line), host, phase)
    assert meaning in said
    assert advice in todo


@pytest.mark.parametrize("phase", ["", "connect", "auth", "mail", "rcpt", "data", "final"])
def test_every_code_is_explained(phase):
    for code in (*range(200, 300), *range(400, 600)):
        meaning, advice = explain(Reply(code, "", "hm"), "smtp.acme.example", phase)
        assert meaning
        assert bool(advice) == (code >= 400)


def test_the_data_are_well_formed():
    for entry in ENTRIES:
        assert set(entry) <= {"code", "status", "words", "host", "phase", "meaning", "advice"}, entry
        assert set(entry) >= {"meaning", "advice"}
        for key in ("words", "host"):
            re.compile(entry.get(key, ""))
        assert not entry["meaning"].endswith(".")
        assert set(entry.get("phase", ())) <= {"connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "final"}


def test_no_entry_stands_behind_one_that_always_comes_first():
    keys = ("code", "status", "words", "host", "phase")
    for index, entry in enumerate(ENTRIES):
        for earlier in ENTRIES[:index]:
            conditions = {key: earlier[key] for key in keys if key in earlier}
            assert not all(entry.get(key) == value for key, value in conditions.items()), (earlier, entry)
