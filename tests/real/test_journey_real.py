"""The whole way at a terminal: sign in, look, write, save as a draft, send, find it again."""

from __future__ import annotations

import base64
import email
import email.policy

import pytest

from tests.real.exim import exim_server
from tests.real.servers import USERS, mail_servers
from tests.real.submission_contract import arrived

__all__ = ["exim_server", "mail_servers"]
pytestmark = pytest.mark.real
pytest.importorskip("pexpect", reason="pexpect is not installed")

DANA, LEE = USERS
SECRET = USERS[DANA]
DRAFTS, SENT = "Entw&APw-rfe", "Gesendet"
WORDS = (
    "The afternoon with your test-bench team stayed with me, above all how a worn bearing is told from a noisy sensor."
)
PORTS = {"tls": ("smtps", "imaps"), "starttls": ("submission", "imap")}


@pytest.fixture(params=[("mail_servers", "tls"), ("exim_server", "starttls")], ids=["postfix", "exim"])
def place(request):
    """A server with empty mailboxes, and how the lines to it are made safe."""
    server, security = request.param
    host = request.getfixturevalue(server)
    host.empty()
    return host, security


@pytest.fixture
def person(tmp_path):
    from tests.real.terminal import Terminal

    with Terminal(tmp_path) as there:
        yield there


def login(person, place, secret=SECRET):
    """Types the command, the server's name and the password."""
    host, security = place
    smtp, imap = (f"localhost:{host.ports[name]}" for name in PORTS[security])
    safe = "" if security == "tls" else f" --security {security} --imap-security {security}"
    line = f"mailer login {DANA} --imap {imap}{safe} --ca-file {host.ca_file}"
    answers = {"HOST or HOST:PORT): ": smtp, "Password of ": secret}
    if secret == SECRET:
        answers["Your name"] = "Dana Ruiz"
    return person.run(line, answers, hidden="Password of ")


def write(person):
    """Answers the questions of ``new``, and puts the words in with an editor."""
    assert person.run(f"export EDITOR=../editor WORDS='{WORDS}'").code == 0
    answers = {"Company (": "Acme Robotics", "Position (": "Analyst"}
    answers |= {"Disappointment (": "", "Strength (": "", "When (": ""}
    return person.run(f"mailer new runner-up letter.md --to 'Lee Okafor <{LEE}>'", answers)


def read(letter):
    return email.message_from_bytes(letter, policy=email.policy.default)


def is_clean(data):
    """Whether the password is nowhere, nor what goes over the line in its place."""
    forms = SECRET.encode(), SECRET.encode("latin-1"), SECRET.split()[0].encode(), SECRET.split()[1].encode()
    encoded = [base64.b64encode(form.encode()).rstrip(b"=") for form in (SECRET, f"\0{DANA}\0{SECRET}")]
    return not any(form in data for form in (*forms, *encoded))


def test_from_the_address_to_the_mailbox(person, place):
    host = place[0]
    done = login(person, place)
    assert done.code == 0, done
    assert f"in the keyring ({person.backend})" in done.said
    done = person.run("mailer doctor")
    assert done.code == 0, done
    assert "drafts in Entwürfe; sent letters in Gesendet" in done.said
    assert (host.letters(DANA), host.letters(DANA, SENT)) == ([], [])

    done = write(person)
    assert done.code == 0, done
    assert WORDS in (person.home / "letter.md").read_text()
    assert "your own words" not in done.said
    for _ in range(2):
        done = person.run("mailer draft --imap letter.md")
        assert done.code == 0, done
        assert "Entwürfe" in done.said
        assert len(host.letters(DANA, DRAFTS)) == 1
    assert host.letters(LEE) == []

    done = person.run("mailer send letter.md", {"Send this letter? [y/N]: ": "y"})
    assert done.code == 0, done
    shown = done.said.partition("Send this letter?")[0]
    assert WORDS in " ".join(shown.split())
    assert f"Lee Okafor <{LEE}>" in shown
    (letter,) = arrived(host)
    assert WORDS in " ".join(read(letter).get_body(("plain",)).get_content().split())
    assert host.letters(DANA, SENT) == [letter]
    assert host.letters(DANA, DRAFTS) == []

    (line,) = person.run("mailer log --json").lines
    assert '"state": "sent"' in line
    assert read(letter)["Message-ID"] in line
    assert LEE in person.run("mailer log").said
    assert "The outbox is empty" in person.run("mailer outbox").said

    done = person.run("mailer send letter.md")
    assert done.code == 0, done
    assert "already-sent" in done.said
    assert "Send this letter?" not in done.said
    assert (len(host.letters(LEE)), len(host.letters(DANA, SENT))) == (1, 1)

    assert (person.home / ".local/share/mailer/ledger.sqlite").is_file()
    files = [path for path in person.home.rglob("*") if path.is_file()]
    assert [path for path in files if not is_clean(path.read_bytes())] == []
    assert is_clean(person.shown.encode())


def test_a_wrong_password_typed(person, place):
    done = login(person, place, "wrong-horse")
    assert (done.code, "535" in done.said) == (77, True), done
    assert not (person.home / ".config" / "mailer").exists()
    assert "wrong-horse" not in person.shown
    assert login(person, place).code == 0


def test_a_no_sends_nothing(person, place):
    assert login(person, place).code == 0
    assert write(person).code == 0
    assert person.run("mailer send letter.md", {"Send this letter? [y/N]: ": "n"}).code == 1
    assert (place[0].letters(LEE), place[0].letters(DANA, SENT)) == ([], [])
    assert "Nothing was sent" in person.run("mailer log").said
