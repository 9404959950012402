# ruff: noqa: E501
from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import mailer.transport
from mailer.transport.explain import explain
from mailer.transport.replies import Reply, ReplyReader
from tests.kit.rows import each_row

ENTRIES = tomllib.loads((Path(mailer.transport.__file__).parent / "replies.toml").read_text("utf-8"))["reply"]


def reply_of(line: str) -> Reply:
    reader = ReplyReader()
    reader.feed(line.encode() + b"\r\n")
    return reader.next_reply()


@each_row(
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
        ("450 4.7.1 please wait", "", "rcpt", "not now", "again"),
        ("451 4.7.1 please wait", "", "rcpt", "not now", "again"),
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


SENDER, DOMAIN, RELAY = "this sender address", "the domain of the recipient", "does not carry mail to this recipient"
NOW = "could not check the sign-in"


@each_row(
    ("line", "host", "phase", "sign_in", "meaning"),
    [
        ("432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", "smtp.office365.com", "final", "", "too many connections"),
        ("432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded", "smtp.office365.com", "final", "", "gets more mail"),
        ("432 4.3.2 Something else", "", "final", "", "not now"),
        ("454 4.7.1 <dana@acme.example>: Relay access denied", "", "rcpt", "", RELAY),
        ("554 5.7.1 <dana@acme.example>: Relay access denied", "", "rcpt", "", RELAY),
        ("550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", "", "rcpt", "", RELAY),
        ("550 relay not permitted", "", "rcpt", "", RELAY),
        ("450 4.1.2 <d@acme.exampel>: Recipient address rejected: Domain not found", "", "rcpt", "", DOMAIN),
        ("550 Unrouteable address", "", "rcpt", "", "its domain or its mailbox"),
        ("450 4.1.8 <jo@novak.exampel>: Sender address rejected: Domain not found", "", "mail", "", "your own From"),
        ("501 mail from address must be same as authorization user", "smtp.qq.com", "mail", "", SENDER),
        ("553 Mail from must equal authorized user", "smtp.163.com", "mail", "", SENDER),
        ("550 5.7.0 From address is not one of your addresses", "smtp.mail.me.com", "mail", "", SENDER),
        ("553 5.7.1 Sender address rejected: not owned by auth user.", "smtp.yandex.com", "mail", "", SENDER),
        ("551 5.7.1 Not authorised to send from this header address", "smtp.fastmail.com", "final", "", SENDER),
        ("554 5.2.252 SendAsDenied; jo@novak.example not allowed to send as lee@birch.example", "", "final", "", SENDER),
        ("553 Relaying disallowed as jo@novak.example", "smtp.zoho.com", "mail", "", SENDER),
        ("554 5.0.0 Error: The account is not available in Bridge", "127.0.0.1", "final", "", SENDER),
        ("451 4.0.0 backend: invalid return path: not owned by user", "127.0.0.1", "final", "", SENDER),
        ("550 The from address does not match a verified Sender Identity.", "smtp.sendgrid.net", "final", "", "confirmed"),
        ("550 Unauthenticated senders not allowed", "smtp.sendgrid.net", "mail", "", "confirmed"),
        ("554 Message rejected: Email address is not verified.", "", "final", "", "confirmed"),
        ("421 Domain x.example is not allowed to send: Sandbox subdomains are for test purposes only.", "", "rcpt", "", "may not send to"),
        ("535 5.7.8 Error: authentication failed: Connection lost to authentication server", "", "auth", "", NOW),
        ("535 5.7.8 Error: authentication failed: lost connection to authentication server", "smtp.mail.yahoo.com", "auth", "", NOW),
        ("535 5.7.8 temporary failure", "smtp.gmail.com", "auth", "", NOW),
        ("454 4.7.0 Cannot authenticate due to a temporary system problem", "smtp.gmail.com", "auth", "", NOW),
        ("435 Unable to authenticate at present", "", "auth", "", NOW),
        ("535 5.7.8 Error: authentication failed", "smtp.acme.example", "auth", "token", "access token"),
        ("535 5.7.8 Username and Password not accepted.", "smtp.gmail.com", "auth", "token", "access token"),
        ("535 5.7.0 (#AUTH005) Too many bad auth attempts.", "smtp.mail.yahoo.com", "auth", "password", "app password"),
        ("535 5.7.0 Mailgun is not loving your login or password", "smtp.mailgun.org", "auth", "password", "user name or password"),
        ("535 Incorrect authentication data", "", "auth", "password", "user name or password"),
        ("535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.", "", "auth", "", "user name and password"),
        ("504 5.7.4 Unrecognized authentication type", "", "auth", "", "this kind of sign-in"),
        ("535 5.7.8 Error: authentication failed: Invalid authentication mechanism", "", "auth", "", "this kind of sign-in"),
        ("530 5.7.57 Client not authenticated to send mail", "", "mail", "", "sign-in first"),
        ("553 5.7.1 <jo@novak.example>: Sender address rejected: not logged in", "", "rcpt", "", "sign-in first"),
        ("553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, the ip is in Spamhaus's list", "", "mail", "", "list of senders of spam"),
        ("551 5.7.1 Multiple addresses in a From header is not allowed", "smtp.fastmail.com", "final", "", "rules"),
        ("454 Throttling failure: Maximum sending rate exceeded.", "", "data", "", "more was sent"),
        ("454 Throttling failure: Daily message quota exceeded.", "", "data", "", "in a day"),
        ("451 Authentication failed: Maximum credits exceeded", "", "auth", "", "nothing left"),
        ("550 5.4.6 Unusual sending activity detected.", "smtp.zoho.com", "final", "", "blocked"),
        ("554 5.1.8 Email Outgoing Blocked", "smtp.zoho.com", "mail", "", "blocked"),
        ("552 5.7.1 virus Win.Test detected by Zoho Mail", "", "final", "", "virus"),
        ("554 Transaction failed Reject due to policy restrictions.", "mail.gmx.net", "final", "", "rules"),
        ("550 Requested action not taken: mailbox unavailable", "mail.gmx.net", "rcpt", "", "for this recipient"),
        ("550 5.1.1 dana@acme.example... User not listed in Domino Directory", "", "rcpt", "", "no such mailbox"),
        ("550 Sender verify failed", "", "rcpt", "", "From address"),
        ("550 5.7.1 message content rejected", "posteo.de", "final", "", "spam"),
        ("550 5.2.1 The user you are trying to contact is receiving mail at a rate that", "", "rcpt", "", "gets more mail"),
    ],
)  # fmt: skip
def test_words_phase_and_sign_in_decide_together(line, host, phase, sign_in, meaning):
    assert meaning in explain(reply_of(line), host, phase, sign_in)[0]


@each_row("line", ["450 hm", "451 hm", "452 hm", "454 hm", "432 hm", "500 hm", "550 hm", "553 hm", "554 hm"])
@each_row("phase", ["mail", "rcpt", "data", "final"])
def test_a_code_alone_is_no_cause(line, phase):
    said = " ".join(explain(reply_of(line), "smtp.acme.example", phase))
    for cause in ("greylist", "spam", "password", "full", "room", "typing error", "MAILER_FROM", "mailer login"):
        assert cause not in said


@each_row("entry", ENTRIES, ids=lambda entry: entry["example"][:50])
def test_every_entry_explains_its_own_example(entry):
    phase = entry.get("phase", [""])[0]
    found = explain(reply_of(entry["example"]), entry.get("at", ""), phase, entry.get("sign_in", ""))
    assert found == (entry["meaning"], entry["advice"])


def test_the_data_are_well_formed():
    phases = {"connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "final"}
    for entry in ENTRIES:
        asked = {"code", "status", "words", "host", "phase", "sign_in"}
        assert set(entry) <= asked | {"meaning", "advice", "seen", "example", "at"}, entry
        assert set(entry) >= {"meaning", "advice", "seen", "example"}
        for key in ("words", "host"):
            re.compile(entry.get(key, ""))
        assert not entry["meaning"].endswith(".")
        assert len(entry["seen"]) > 5
        assert set(entry.get("phase", ())) <= phases
        assert entry.get("sign_in", "token") in ("token", "password")
