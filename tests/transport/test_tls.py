# ruff: noqa: SIM117
from __future__ import annotations

import socket
import ssl
import threading
import warnings

import pytest

from mailer.errors import BadSettings, Later, NotTrusted, Refused
from mailer.transport.session import a_label, open_session
from mailer.transport.values import SmtpServer
from tests.kit.outgoing import CONTENT, make_letter
from tests.kit.smtp_server import DROP, HANG, OK, OwnAuthority, Scripted, recording_server

NAME, WORD = "me@home.example", "hunter2-grüße"
SECURITIES = ["tls", "starttls"]


def server_of(server, authority=None, host="localhost", **kinds):
    times = {"connect_timeout": 2.0, "reply_timeout": 2.0, "final_timeout": 2.0}
    ca = authority.ca_file if authority else None
    login = {"username": NAME, "auth": "password"}
    return SmtpServer(host, server.port, **{"security": "tls", "ca_file": ca, **login, **times, **kinds})


def scripted(authority, security, tls=None, script=None, **kinds):
    return Scripted(script, security=security, tls=tls or authority.good(), password=(NAME, WORD), **kinds)


@pytest.mark.parametrize("security", SECURITIES)
def test_a_letter_over_a_verified_line(authority, security):
    steps = []
    with (
        scripted(authority, security) as server,
        open_session(server_of(server, authority, security=security), WORD, on_step=steps.append) as session,
    ):
        outcomes = list(session.submit([make_letter()]))
        assert session.tls.version in ("TLSv1.2", "TLSv1.3")
        assert session.tls.names == ("localhost", "127.0.0.1")
        assert session.tls.not_after
        assert "trustme" in session.tls.issuer
    assert steps == ["dns", "tcp", "tls", "ehlo", "auth"]
    assert [o.state for o in outcomes] == ["sent"]
    assert server.messages[0].content == CONTENT
    verbs = server.verbs()
    assert verbs[: 5 if security == "starttls" else 3] == (
        ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL"] if security == "starttls" else ["EHLO", "AUTH", "MAIL"]
    )
    assert b"AUTH" not in server.clear_text
    assert b"MAIL" not in server.clear_text


@pytest.mark.parametrize("security", SECURITIES)
def test_against_aiosmtpd(authority, security):
    with (
        recording_server(security=security, tls=authority.good(), password=(NAME, WORD)) as server,
        open_session(server_of(server, authority, security=security), WORD) as session,
    ):
        assert [o.state for o in session.submit([make_letter()])] == ["sent"]
    assert server.sign_ins == [("PLAIN", NAME, WORD)]
    assert server.messages[0].content == CONTENT


BAD = {
    "expired": "expired",
    "wrong_host": "not for this host name",
    "cn_only": "not for this host name",
    "unknown": "not (known|trusted) here",
    "self_signed": "self-signed",
}


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_certificate_ends_it(authority, security, kind, tmp_path):
    make = getattr(authority, kind)
    tls = make(tmp_path) if kind == "self_signed" else make()
    with scripted(authority, security, tls) as server:
        with pytest.raises(NotTrusted, match=BAD[kind]) as error:
            open_session(server_of(server, authority, security=security), WORD)
        assert error.value.hint
        assert "localhost" in error.value.text
    assert server.messages == []
    # To learn the names of a certificate for another host it is looked at once more.
    looks = 2 if "host name" in BAD[kind] else 1
    assert server.verbs() == (["EHLO", "STARTTLS"] * looks if security == "starttls" else [])
    assert b"hunter2" not in server.clear_text
    assert b"AUTH" not in server.clear_text


@pytest.mark.parametrize("security", SECURITIES)
def test_a_certificate_for_another_name_shows_its_names(authority, security):
    tls = authority.good("mail.other.example", "smtp.other.example")
    with scripted(authority, security, tls) as server, pytest.raises(NotTrusted) as error:
        open_session(server_of(server, authority, security=security), WORD)
    assert "it is for mail.other.example, smtp.other.example; nothing was sent" in error.value.text
    many = authority.good(*(f"mail{number}.other.example" for number in range(9)))
    with scripted(authority, security, many) as server, pytest.raises(NotTrusted, match=r"mail5\.other\.example, …;"):
        open_session(server_of(server, authority, security=security), WORD)


def test_a_server_that_comes_but_once(authority):
    with scripted(authority, "starttls", authority.wrong_host(), {"greeting": [OK, DROP]}) as server:
        with pytest.raises(NotTrusted, match="not for this host name"):
            open_session(server_of(server, authority, security="starttls"), WORD)


# Authorities of one's own: what Python 3.13 by itself judges more strictly, and what it does not by itself


@pytest.mark.parametrize("kind", ["plain", "not critical"])
def test_an_authority_of_plain_form_is_trusted(tmp_path, kind):
    own = OwnAuthority(tmp_path, kind)
    with scripted(None, "tls", own.server()) as server, open_session(server_of(server, own), WORD) as session:
        assert session.usable


def test_a_certificate_that_is_named_itself_is_trusted(tmp_path):
    own = OwnAuthority(tmp_path, "plain")
    tls = own.server()
    own.ca_file.write_bytes(own.chain.read_bytes())
    with scripted(None, "tls", tls) as server, open_session(server_of(server, own), WORD) as session:
        assert session.usable


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("no authority", "not one for an authority"),
        ("for clients", "not one for servers"),
        ("other names", "may not sign for this name"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(tmp_path, kind, words):
    own = OwnAuthority(tmp_path, kind)
    with scripted(None, "tls", own.server()) as server, pytest.raises(NotTrusted, match=words) as error:
        open_session(server_of(server, own), WORD)
    assert "MAILER_CA_FILE" not in error.value.hint
    assert "get a new certificate" in error.value.hint


def test_the_hint_does_not_say_to_set_what_is_set(authority, tmp_path):
    with scripted(authority, "tls", authority.unknown()) as server:
        with pytest.raises(NotTrusted) as error:
            open_session(server_of(server, authority), WORD)
        assert "put those in it" in error.value.hint
        with pytest.raises(NotTrusted) as error:
            open_session(server_of(server), WORD)
        assert "name its authority's certificate in MAILER_CA_FILE" in error.value.hint


def test_without_the_ca_file_its_certificates_are_not_trusted(authority):
    with scripted(authority, "tls") as server, pytest.raises(NotTrusted, match=r"not (known|trusted) here"):
        open_session(server_of(server), WORD)


def test_an_ip_address_is_checked_too(authority):
    with scripted(authority, "tls") as server, open_session(server_of(server, authority, "127.0.0.1"), WORD) as session:
        assert session.usable
    with scripted(authority, "tls", authority.good("localhost")) as server:
        with pytest.raises(NotTrusted, match="not for this address"):
            open_session(server_of(server, authority, "127.0.0.1"), WORD)


@pytest.mark.parametrize("content", [None, "", "no certificate here\n"])
def test_a_ca_file_that_cannot_be_used(authority, tmp_path, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with scripted(authority, "tls") as server:
        with pytest.raises(BadSettings, match="MAILER_CA_FILE"):
            open_session(server_of(server, ca_file=path), WORD)
        assert server.connections == 0


def test_old_tls_is_refused(authority):
    tls = authority.good()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        tls.minimum_version = ssl.TLSVersion.TLSv1
        tls.maximum_version = ssl.TLSVersion.TLSv1_1
    tls.set_ciphers("ALL:@SECLEVEL=0")
    with scripted(authority, "tls", tls) as server:
        with pytest.raises(NotTrusted, match=r"no TLS with localhost") as error:
            open_session(server_of(server, authority), WORD)
        assert "1.2" in error.value.hint


# STARTTLS


def test_starttls_stripped(authority):
    said = []
    with Scripted(password=(NAME, WORD)) as server, pytest.raises(Refused, match="does not offer STARTTLS"):
        open_session(server_of(server, authority, security="starttls"), WORD, log=said.append)
    assert server.commands == ["EHLO [127.0.0.1]"]
    assert server.clear_text == b"EHLO [127.0.0.1]\r\n"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"502 no\r\n", Refused),
        (b"454 4.7.0 not now\r\n", Later),
        (b"250 fine\r\n", Later),
        (b"what\r\n", Later),
        (DROP, Later),
        (HANG, Later),
    ],
)
def test_starttls_refused(authority, answer, error):
    with scripted(authority, "starttls", script={"starttls": answer}) as server, pytest.raises(error):
        open_session(server_of(server, authority, security="starttls", reply_timeout=0.3), WORD)
    assert server.verbs()[:2] == ["EHLO", "STARTTLS"]
    assert "AUTH" not in server.verbs()
    assert "MAIL" not in server.verbs()
    assert b"AUTH" not in server.clear_text


def test_ehlo_refused_does_not_fall_back(authority):
    with scripted(authority, "starttls", script={"ehlo": b"502 what\r\n"}) as server:
        with pytest.raises(Refused, match="EHLO"):
            open_session(server_of(server, authority, security="starttls"), WORD)
    assert server.verbs() == ["EHLO"]


INJECTED = (
    b"250-evil.example\r\n250-AUTH LOGIN\r\n250 SIZE 1\r\n235 welcome\r\n250 ok\r\n250 ok\r\n354 go\r\n250 mine\r\n"
)


def test_injected_answers_are_thrown_away(authority):
    script = {"starttls": b"220 2.0.0 ready\r\n" + INJECTED}
    with scripted(authority, "starttls", script=script) as server:
        with open_session(server_of(server, authority, security="starttls"), WORD) as session:
            assert "SIZE" not in session.capabilities
            assert session.mechanism == "PLAIN"
            outcomes = list(session.submit([make_letter()]))
        assert [o.state for o in outcomes] == ["sent"]
        assert outcomes[0].reply.text == "queued"
        assert server.verbs().count("EHLO") == 2
        assert len(server.messages) == 1


def test_injected_answers_and_no_tls_behind_them(authority):
    script = {"starttls": (b"220 2.0.0 ready\r\n" + INJECTED, HANG)}
    with Scripted(script, security="starttls", password=(NAME, WORD)) as server, pytest.raises((NotTrusted, Later)):
        open_session(server_of(server, authority, security="starttls", connect_timeout=0.3), WORD)
    assert b"AUTH" not in server.clear_text
    assert b"hunter2" not in server.clear_text
    assert server.messages == []


# Handshakes that go wrong


def answering(octets, *, hang=False):
    """A socket that says ``octets`` to the first comer and closes, or stays."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def run():
        sock, _ = listener.accept()
        with sock:
            sock.sendall(octets)
            if hang:
                stop.wait(5)
            else:
                sock.recv(4096)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    class Answering:
        port = listener.getsockname()[1]

        def __enter__(self):
            return self

        def __exit__(self, *_):
            stop.set()
            thread.join(5)
            listener.close()

    return Answering()


def test_tls_with_a_port_that_speaks_plain_text(authority):
    with answering(b"220 plain.example ESMTP\r\n") as server:
        with pytest.raises(NotTrusted, match="not TLS") as error:
            open_session(server_of(server, authority), WORD)
        assert "starttls" in error.value.hint


def test_tls_with_nobody_answering(authority):
    with answering(b"", hang=True) as server, pytest.raises(Later, match="no TLS"):
        open_session(server_of(server, authority, connect_timeout=0.3), WORD)


def test_tls_cut_off(authority):
    with answering(b"") as server, pytest.raises(Later, match="TLS"):
        open_session(server_of(server, authority), WORD)


@pytest.mark.parametrize("kind", [ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError])
def test_whatever_openssl_calls_a_closed_connection(authority, monkeypatch, kind):
    def closed(self, *_):
        raise kind(8, "EOF occurred in violation of protocol")

    with scripted(authority, "tls") as server:
        monkeypatch.setattr("ssl.SSLSocket.do_handshake", closed)
        with pytest.raises(Later, match="closed the connection") as error:
            open_session(server_of(server, authority), WORD)
    assert error.value.code == 75


def test_plain_text_with_a_port_that_waits_for_tls(authority):
    with scripted(authority, "tls") as server:
        with pytest.raises(Later) as error:
            open_session(server_of(server, authority, security="starttls", reply_timeout=0.3), WORD)
        assert "MAILER_SMTP_SECURITY=tls" in error.value.hint


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",), ("PIPELINING", "CHUNKING")])
def test_large_letters_over_tls(authority, extensions):
    body = b"Subject: x\r\n\r\n" + (b"y" * 76 + b"\r\n") * 12_000
    with scripted(authority, "tls", extensions=extensions) as server:
        with open_session(server_of(server, authority), WORD) as session:
            letters = [make_letter(n, content=body) for n in range(4)]
            assert {o.state for o in session.submit(letters)} == {"sent"}
        assert all(m.content == body for m in server.messages)


@pytest.mark.parametrize("fault", [DROP, b"\xff\r\n", b"250 half"])
def test_a_fault_after_the_dot_over_tls(authority, fault):
    script = {"final": (fault, DROP) if fault is not DROP else DROP}
    with scripted(authority, "tls", script=script) as server:
        with open_session(server_of(server, authority), WORD) as session:
            outcomes = list(session.submit([make_letter()]))
        assert [o.state for o in outcomes] == ["in-doubt"]


@pytest.mark.parametrize(
    ("host", "label"),
    [
        ("smtp.example", "smtp.example"),
        ("smtp.example.", "smtp.example"),
        ("[::1]", "::1"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),
        (" smtp.example ", "smtp.example"),
    ],
)
def test_host_names_are_a_labels(host, label):
    assert a_label(host) == label
