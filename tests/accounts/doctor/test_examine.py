"""Each link of the chain, broken once: which step says so, with which code, and what is looked at all the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import keyring
import pytest

from mailer.accounts.doctor.examine import examine
from mailer.accounts.doctor.steps import NAMES, DiagnosisBuilder
from mailer.errors import Later
from mailer.settings.settings import load
from tests.kit import keyring_double as double
from tests.kit.imap_server import Box, ImapServer, boxes
from tests.kit.keyring import memory
from tests.kit.smtp_server import DROP, Authority, Scripted, recording_server

ME, PASSWORD = "jo@novak.example", "correct horse"
__all__ = ["memory"]
SMTP = ("dns", "tcp", "tls", "ehlo", "auth", "envelope")


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def smtp():
    with recording_server(password=(ME, PASSWORD)) as server:
        yield server


@pytest.fixture
def imap():
    with ImapServer() as server:
        yield server


class Looked:
    """A diagnosis, by step."""

    def __init__(self, tmp_path, smtp=None, imap=None, now=None, **more):
        self.log, self.told = [], []
        environ = {"MAILER_CONFIG_DIR": str(tmp_path / "config"), "MAILER_DATA_DIR": str(tmp_path / "data")}
        environ |= {"MAILER_FROM": f"Jo Novak <{ME}>", "MAILER_TIMEOUT": "3"}
        if smtp:
            environ |= {"MAILER_SMTP_HOST": "127.0.0.1", "MAILER_SMTP_PORT": str(smtp.port)}
            environ |= {"MAILER_SMTP_SECURITY": "none", "MAILER_SMTP_USERNAME": ME, "MAILER_PASSWORD": PASSWORD}
        if imap:
            environ |= {"MAILER_IMAP_HOST": "127.0.0.1", "MAILER_IMAP_PORT": str(imap.port)}
            environ |= {"MAILER_IMAP_SECURITY": "none", "MAILER_IMAP_USERNAME": ME}
        environ = {name: value for name, value in {**environ, **more}.items() if value is not None}
        clock = {"now": now} if now else {}
        found = examine(lambda: load(environ, tmp_path), environ, log=self.log.append, tell=self.told.append, **clock)
        self.steps = {step.step: step for step in found.steps}
        self.oks = {step.step: step.ok for step in found.steps}
        self.error = found.error
        self.ok = found.ok
        assert tuple(self.steps) == NAMES
        assert self.told == list(found.steps)
        assert all(step.text and step.seconds >= 0 for step in found.steps)
        for secret in (PASSWORD, "Y29ycmVjdCBob3JzZ", "wrong-horse"):
            assert secret not in repr(found) + "".join(self.log) + repr(found.error and found.error.as_json())

    def fails(self, step, code, *words):
        """This step is the first that fails, and says so."""
        assert next((name for name, ok in self.oks.items() if ok is False), "") == step, self.steps
        assert self.error.code == code
        found = self.steps[step]
        for word in words:
            assert word in f"{found.seen} {found.text} {found.hint}", found
        return self


def null(looked, *names):
    assert [looked.oks[name] for name in names] == [None] * len(names), looked.steps


# All is well


def test_every_link_over_tls(tmp_path, authority, memory):
    context = authority.good()
    memory.set_password("mailer:smtp:localhost", ME, PASSWORD)
    with (
        recording_server(security="tls", tls=context, password=(ME, PASSWORD), size=5_000_000) as smtp,
        ImapServer(boxes(Entwürfe=Box()), tls="tls", context=context) as imap,
    ):
        safe = {"MAILER_SMTP_SECURITY": "tls", "MAILER_IMAP_SECURITY": "tls", "MAILER_PASSWORD": None}
        hosts = {"MAILER_SMTP_HOST": "localhost", "MAILER_IMAP_HOST": "localhost"}
        looked = Looked(tmp_path, smtp, imap, MAILER_CA_FILE=str(authority.ca_file), **safe, **hosts)
    assert looked.ok
    assert set(looked.oks.values()) == {True}, looked.steps
    seen = {name: step.seen for name, step in looked.steps.items()}
    assert f"localhost port {smtp.port} (tls)" in seen["settings"]
    assert seen["keyring"] == "keyring (tests.kit.keyring_double.Memory)"
    assert seen["dns"] == "localhost"
    assert seen["tcp"] == f"127.0.0.1 port {smtp.port}"
    assert "TLSv1.3" in seen["tls"]
    for word in ("subject organizationName=trustme", "issuer organizationName=trustme", "localhost", "GMT"):
        assert word in seen["tls"]
    assert "SIZE 5000000" in seen["ehlo"]
    assert "5,000,000 octets" in seen["ehlo"]
    assert seen["auth"] == f"PLAIN, {ME}"
    assert seen["envelope"].startswith("MAIL 250")
    for word in ("drafts in Drafts", "sent letters in Sent", "UIDPLUS", "PLAIN", "issuer organizationName=trustme"):
        assert word in seen["imap"]
    assert looked.steps["tls"].seconds > 0


def test_nothing_is_sent_and_each_server_is_signed_in_to_once(tmp_path, smtp, imap):
    assert Looked(tmp_path, smtp, imap).ok
    assert smtp.messages == []
    assert [command.split()[0] for command in smtp.commands] == ["EHLO", "AUTH", "MAIL", "RCPT", "RSET", "QUIT"]
    assert smtp.commands[2:4] == [f"MAIL FROM:<{ME}>", f"RCPT TO:<{ME}>"]
    assert (len(smtp.sign_ins), imap.sign_ins) == (1, ["PLAIN"])
    assert {command.split()[0] for command in imap.commands} == {
        "CAPABILITY",
        "AUTHENTICATE",
        "LIST",
        "EXAMINE",
        "LOGOUT",
    }
    assert [len(box.messages) for box in imap.boxes.values()] == [0, 0, 0]


@pytest.mark.parametrize("folder", ["Drafts", "Sent"])
def test_a_folder_that_is_listed_and_cannot_be_opened_is_told(tmp_path, smtp, imap, folder):
    answers = ["NO Unsafe Login. Please contact us"]
    imap.faults["EXAMINE"] = answers if folder == "Drafts" else [None, *answers]
    looked = Looked(tmp_path, smtp, imap)
    assert not looked.ok
    assert looked.oks["imap"] is False
    assert folder in looked.steps["imap"].text
    assert "Unsafe Login" in looked.steps["imap"].text
    assert looked.error.code == 73


def test_without_imap_and_tls_their_steps_say_why(tmp_path, smtp):
    looked = Looked(tmp_path, smtp)
    assert looked.ok
    null(looked, "tls", "imap")
    assert "MAILER_IMAP_HOST" in looked.steps["imap"].text
    assert "this machine only" in looked.steps["tls"].text
    assert looked.steps["keyring"].seen == "MAILER_PASSWORD"


def test_without_sign_in_neither_keyring_nor_auth_is_needed(tmp_path, memory):
    with recording_server() as smtp:
        looked = Looked(tmp_path, smtp, MAILER_SMTP_USERNAME=None, MAILER_PASSWORD=None)
    assert looked.ok
    null(looked, "keyring", "auth")
    assert "not needed" in looked.steps["keyring"].text + looked.steps["auth"].text
    assert looked.oks["envelope"] is True


def test_a_mailbox_with_a_password_of_its_own(tmp_path, smtp, imap, memory):
    memory.set_password("mailer:smtp:127.0.0.1", ME, PASSWORD)
    memory.set_password("mailer:imap:127.0.0.1", ME, "another")
    imap.passwords[ME] = "another"
    assert Looked(tmp_path, smtp, imap, MAILER_PASSWORD=None).ok


def test_starttls(tmp_path, authority):
    with recording_server(security="starttls", tls=authority.good(), password=(ME, PASSWORD)) as smtp:
        more = {"MAILER_SMTP_SECURITY": "starttls", "MAILER_CA_FILE": str(authority.ca_file)}
        looked = Looked(tmp_path, smtp, **more)
    assert looked.ok
    assert looked.oks["tls"] is True


@pytest.mark.parametrize(("off", "hint"), [(5, False), (3600, True), (-3600, True)])
def test_the_clock_of_a_server_that_tells_it(tmp_path, off, hint):
    now = datetime(2026, 11, 23, 9, 10, tzinfo=UTC)
    greeting = f"220 mail.example ESMTP {format_datetime(now - timedelta(seconds=off))}\r\n".encode()
    with Scripted({"greeting": greeting}) as smtp:
        looked = Looked(tmp_path, smtp, now=lambda: now, MAILER_SMTP_USERNAME=None)
    assert f"{abs(off)} s {'ahead' if off > 0 else 'behind'}" in looked.steps["ehlo"].seen
    assert ("clock" in looked.steps["ehlo"].hint) is hint


def test_a_clock_that_does_not_tell_its_zone(tmp_path):
    now = datetime(2026, 11, 23, 13, 0, 5, tzinfo=UTC)
    with Scripted({"greeting": b"220 mail.example Mon, 23 Nov 2026 13:00:00 -0000\r\n"}) as smtp:
        looked = Looked(tmp_path, smtp, now=lambda: now, MAILER_SMTP_USERNAME=None)
    assert "5 s ahead" in looked.steps["ehlo"].seen


# Settings and secret


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"MAILER_SMTP_HOST": None}, "no server"),
        ({"MAILER_SMTP_PORT": "many"}, "MAILER_SMTP_PORT"),
        ({"MAILER_FROM": "nobody"}, "nobody"),
        ({"MAILER_CA_FILE": "empty.pem"}, "no certificate"),
        ({"MAILER_SIGNATURE": "./none.txt"}, "none.txt"),
    ],
)
def test_settings_that_are_wrong_are_78_and_nothing_else_is_looked_at(tmp_path, smtp, imap, more, word):
    (tmp_path / "empty.pem").write_text("nothing")
    looked = Looked(tmp_path, smtp, imap, **more).fails("settings", 78, word)
    null(looked, *NAMES[1:])
    assert (smtp.commands, imap.connections) == ([], 0)


def test_no_secret_is_77_and_the_line_is_looked_at_all_the_same(tmp_path, smtp, imap, memory):
    looked = Looked(tmp_path, smtp, imap, MAILER_PASSWORD=None)
    looked.fails("keyring", 77, "no password", "mailer login", "keyring (tests.kit.keyring_double.Memory)")
    assert [looked.oks[name] for name in ("dns", "tcp", "ehlo")] == [True] * 3
    null(looked, "auth", "envelope", "imap")
    assert (smtp.sign_ins, imap.connections) == ([], 0)


def test_a_locked_keyring_says_so(tmp_path, smtp, memory):
    keyring.set_keyring(double.Raising(double.LOCKED))
    Looked(tmp_path, smtp, MAILER_PASSWORD=None).fails("keyring", 77, "locked", "unlock")


def test_a_command_that_fails_is_run_once(tmp_path, smtp, imap, memory):
    command = f"sh -c 'echo run >> {tmp_path}/runs; exit 3'"
    looked = Looked(tmp_path, smtp, imap, MAILER_PASSWORD=None, MAILER_PASSWORD_COMMAND=command, PATH="/usr/bin:/bin")
    looked.fails("keyring", 77, "MAILER_PASSWORD_COMMAND")
    null(looked, "auth", "envelope", "imap")
    assert (tmp_path / "runs").read_text().split() == ["run"]


def test_no_token_is_77_and_needs_no_issuer(tmp_path, smtp, imap, memory):
    looked = Looked(tmp_path, smtp, imap, MAILER_PASSWORD=None, MAILER_AUTH="oauth2")
    looked.fails("keyring", 77, "MAILER_TOKEN_COMMAND")
    null(looked, "auth", "envelope", "imap")


def test_one_token_for_both(tmp_path, imap):
    with recording_server(token=(ME, "good-token"), mechanisms=("XOAUTH2",)) as smtp:
        imap.before = "IMAP4rev1 AUTH=XOAUTH2"
        looked = Looked(tmp_path, smtp, imap, MAILER_PASSWORD="good-token", MAILER_AUTH="oauth2")
        assert [mechanism for mechanism, *_ in smtp.sign_ins] == ["XOAUTH2"]
    assert looked.ok
    assert "good-token" not in "".join(looked.log) + repr(looked.steps)


# The line


def test_a_name_that_is_nowhere(tmp_path, smtp, imap):
    looked = Looked(tmp_path, smtp, imap, MAILER_SMTP_HOST="mail.novak.invalid", MAILER_SMTP_SECURITY="tls")
    looked.fails("dns", 75, "mail.novak.invalid")
    null(looked, *SMTP[1:])
    assert looked.oks["imap"] is True, "another server"


def test_the_provider_of_the_sender_is_named_where_the_host_is_wrong(tmp_path, smtp):
    wrong = {"MAILER_SMTP_HOST": "smtp.gmial.invalid", "MAILER_SMTP_SECURITY": "tls", "MAILER_FROM": "jo@gmail.com"}
    Looked(tmp_path, smtp, **wrong).fails("dns", 75, "Gmail submits at smtp.gmail.com, port 465")


def test_nothing_listens(tmp_path):
    with Scripted() as smtp:
        pass
    looked = Looked(tmp_path, smtp).fails("tcp", 75, "connection refused")
    assert looked.oks["dns"] is True
    null(looked, *SMTP[2:])


@pytest.mark.parametrize(
    ("kind", "words"), [("unknown", "not known"), ("expired", "expired"), ("wrong_host", "not for this")]
)
def test_a_certificate_that_is_not_good(tmp_path, authority, kind, words):
    with Scripted(security="tls", tls=getattr(authority, kind)(), password=(ME, PASSWORD)) as smtp:
        more = {"MAILER_SMTP_SECURITY": "tls", "MAILER_CA_FILE": str(authority.ca_file)}
        looked = Looked(tmp_path, smtp, **more).fails("tls", 77, words)
        null(looked, "ehlo", "auth", "envelope")
        assert smtp.commands == []


def test_starttls_taken_out(tmp_path):
    with Scripted(password=(ME, PASSWORD)) as smtp:
        looked = Looked(tmp_path, smtp, MAILER_SMTP_SECURITY="starttls").fails("tls", 69, "STARTTLS")
        null(looked, "ehlo", "auth", "envelope")
        assert smtp.verbs() == ["EHLO"]


@pytest.mark.parametrize(
    ("phase", "reply", "code"),
    [("greeting", b"554 5.7.1 go away\r\n", 69), ("ehlo", b"421 4.3.2 later\r\n", 75), ("greeting", DROP, 75)],
)
@pytest.mark.parametrize("security", ["none", "tls", "starttls"])
def test_a_server_that_does_not_talk(tmp_path, authority, phase, reply, code, security):
    with Scripted({phase: reply}, security=security, tls=authority.good()) as smtp:
        more = {"MAILER_SMTP_SECURITY": security, "MAILER_CA_FILE": str(authority.ca_file)}
        looked = Looked(tmp_path, smtp, **more).fails("ehlo", code)
        assert looked.oks["tls"] is (True if security == "tls" else None)
        null(looked, "auth", "envelope")


def test_not_tls_at_all(tmp_path):
    with Scripted() as smtp:
        Looked(tmp_path, smtp, MAILER_SMTP_SECURITY="tls").fails("tls", 77, "not TLS", "starttls")


# Sign-in and envelope


def test_a_wrong_password_is_tried_once_a_protocol(tmp_path, smtp, imap):
    looked = Looked(tmp_path, smtp, imap, MAILER_PASSWORD="wrong-horse").fails("auth", 77, ME, "mailer login")
    null(looked, "envelope")
    assert looked.oks["imap"] is False
    assert (len(smtp.sign_ins), imap.sign_ins) == (1, ["PLAIN"])


def test_no_sign_in_is_offered(tmp_path):
    with Scripted(extensions=("SIZE 10",)) as smtp:
        looked = Looked(tmp_path, smtp).fails("auth", 69, "AUTH")
        assert smtp.verbs() == ["EHLO"]
    null(looked, "envelope")


@pytest.mark.parametrize(
    ("phase", "reply", "code"),
    [
        ("mail", b"550 5.7.1 not yours\r\n", 69),
        ("rcpt", b"550 5.1.1 nobody\r\n", 69),
        ("rcpt", b"451 4.7.1 greylisted\r\n", 75),
        ("rcpt", DROP, 75),
    ],
)
def test_an_envelope_that_is_refused(tmp_path, imap, phase, reply, code):
    with Scripted({phase: reply}, password=(ME, PASSWORD)) as smtp:
        looked = Looked(tmp_path, smtp, imap).fails("envelope", code)
        assert not {"DATA", "BDAT"} & set(smtp.verbs())
        assert smtp.verbs().count("AUTH") == 1
    if isinstance(reply, bytes):
        assert reply.decode().strip() in looked.steps["envelope"].seen
        assert ME in looked.steps["envelope"].text
    assert looked.steps["envelope"].hint
    assert looked.oks["imap"] is True


def test_an_address_that_cannot_be_tried(tmp_path, smtp):
    looked = Looked(tmp_path, smtp, MAILER_FROM="jörg@novak.example")
    null(looked, "envelope")
    assert "SMTPUTF8" in looked.steps["envelope"].text
    assert Looked(tmp_path, smtp, MAILER_FROM=None).oks["envelope"] is True, "the user name is an address"


# Folders


def test_imap_that_refuses_the_sign_in(tmp_path, smtp, imap):
    imap.passwords.clear()
    looked = Looked(tmp_path, smtp, imap).fails("imap", 77, "refuses the sign-in", "IMAP")
    assert [looked.oks[name] for name in ("auth", "envelope")] == [True, True]
    assert len(imap.sign_ins) == 1


def test_imap_that_is_not_there(tmp_path, smtp):
    with ImapServer() as imap:
        pass
    Looked(tmp_path, smtp, imap).fails("imap", 75, "connection refused", "MAILER_IMAP_PORT")


def test_imap_with_a_certificate_that_is_not_known(tmp_path, smtp, authority):
    with ImapServer(tls="tls", context=authority.unknown()) as imap:
        more = {"MAILER_IMAP_SECURITY": "tls", "MAILER_CA_FILE": str(authority.ca_file)}
        Looked(tmp_path, smtp, imap, **more).fails("imap", 77, "not known", "MAILER_CA_FILE")


def test_imap_without_starttls(tmp_path, smtp, imap):
    Looked(tmp_path, smtp, imap, MAILER_IMAP_SECURITY="starttls").fails("imap", 69, "STARTTLS")
    assert imap.sign_ins == []


def test_folders_that_are_not_there(tmp_path, smtp, imap):
    Looked(tmp_path, smtp, imap, MAILER_DRAFTS_FOLDER="Kladde").fails("imap", 78, "Kladde", "Drafts", "UIDPLUS")
    del imap.boxes["Sent"]
    Looked(tmp_path, smtp, imap).fails("imap", 78, "sent", "MAILER_SENT_FOLDER")
    assert Looked(tmp_path, smtp, imap, MAILER_SAVE_SENT="no").ok, "no copies are wanted"


def test_a_mailbox_that_answers_nothing(tmp_path, smtp, imap):
    imap.faults["LIST"] = ["drop"]
    Looked(tmp_path, smtp, imap).fails("imap", 75, "broke")


# Steps


def test_the_first_failure_is_the_one_that_counts():
    ticks = iter([0.0, 1.0, 3.5, 4.0])
    diagnosis = DiagnosisBuilder(str, lambda: next(ticks))
    first = Later("one", hint="first")
    diagnosis.failed(first)
    diagnosis.passed("x", "fine")
    diagnosis.failed(Later("two"), hint="second")
    assert diagnosis.error is first
    assert [step.seconds for step in diagnosis.steps] == [1.0, 2.5, 0.5]
    assert [step.hint for step in diagnosis.steps] == ["first", "", "second"]
    assert diagnosis.next == "tcp"
