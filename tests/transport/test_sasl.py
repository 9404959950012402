# ruff: noqa: SIM117
from __future__ import annotations

import base64

import pytest

from mailer.errors import BadData, BadSettings, Later, MailerError, NotTrusted, Refused
from mailer.transport.sasl import choose
from mailer.transport.session import open_session
from mailer.transport.values import SmtpServer
from tests.kit.outgoing import make_letter
from tests.kit.rows import each_row
from tests.kit.smtp_server import DROP, HANG, Scripted, recording_server

NAME, WORD = "jörg@home.example", "pass wörd ✓ hunter2"
TOKEN = "ya29." + "t0k3n" * 20


def server_of(server, **kinds):
    times = {"connect_timeout": 2.0, "reply_timeout": 2.0, "final_timeout": 2.0}
    return SmtpServer("127.0.0.1", server.port, **{"security": "none", "username": NAME, **times, **kinds})


@pytest.mark.parametrize(
    ("auth", "offered", "mechanism"),
    [
        ("password", {"PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"}, "PLAIN"),
        ("password", {"LOGIN", "CRAM-MD5"}, "LOGIN"),
        ("oauth2", {"XOAUTH2", "OAUTHBEARER", "PLAIN"}, "XOAUTH2"),
        ("oauth2", {"OAUTHBEARER", "PLAIN"}, "OAUTHBEARER"),
    ],
)
def test_one_mechanism_is_chosen(auth, offered, mechanism):
    assert choose(auth, frozenset(offered), "h") == mechanism


@pytest.mark.parametrize(
    ("auth", "offered"), [("password", set()), ("password", {"CRAM-MD5"}), ("oauth2", {"PLAIN"}), ("oauth2", set())]
)
def test_no_mechanism_is_refused(auth, offered):
    with pytest.raises(Refused):
        choose(auth, frozenset(offered), "h")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("word", [WORD, "x" * 700, "%s\\\"' =,"])
def test_passwords(mechanism, word):
    with recording_server(password=(NAME, word), mechanisms=[mechanism]) as server:
        with open_session(server_of(server, auth="password"), word) as session:
            assert session.mechanism == mechanism
            assert [o.state for o in session.submit([make_letter()])] == ["sent"]
    assert server.sign_ins == [(mechanism, NAME, word)]


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
@pytest.mark.parametrize("token", [TOKEN, "x" * 500])
def test_tokens(mechanism, token):
    with recording_server(token=("me@home.example", token), mechanisms=["PLAIN", mechanism]) as server:
        wanted = server_of(server, auth="oauth2", username="me@home.example")
        with open_session(wanted, lambda: token) as session:
            assert session.mechanism == mechanism
    assert server.sign_ins == [(mechanism, "me@home.example", token)]


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"])
def test_a_wrong_secret_is_tried_once(mechanism):
    auth = "password" if mechanism in ("PLAIN", "LOGIN") else "oauth2"
    mechanisms = [mechanism, *(["CRAM-MD5", "LOGIN"] if mechanism == "PLAIN" else [])]
    said = []
    with recording_server(password=(NAME, "other"), token=(NAME, "other"), mechanisms=mechanisms) as server:
        with pytest.raises(NotTrusted, match=r"535 5\.7\.8") as error:
            open_session(server_of(server, auth=auth), WORD.replace(" ", ""), log=said.append)
    assert error.value.hint
    assert NAME in error.value.text
    assert len(server.sign_ins) == 1
    assert [c.split(" ")[0] for c in server.commands] == ["EHLO", "AUTH"]
    answer = {"XOAUTH2": "> ", "OAUTHBEARER": "> AQ=="}.get(mechanism)
    assert answer is None or answer in said


@each_row(
    ("answer", "error"),
    [
        (b"535 5.7.8 no\r\n", NotTrusted),
        (b"534 5.7.9 application-specific password required\r\n", NotTrusted),
        (b"538 5.7.11 encryption\r\n", NotTrusted),
        (b"530 5.7.0 no\r\n", NotTrusted),
        (b"550 5.7.30 basic authentication is not supported\r\n", NotTrusted),
        (b"504 5.5.4 mechanism\r\n", NotTrusted),
        (b"454 4.7.0 later\r\n", Later),
        (b"432 4.7.12 transition\r\n", Later),
        (b"421 4.3.0 closing\r\n", Later),
        (b"334 \r\n", Later),
        (b"354 what\r\n", Later),
        (b"what\r\n", Later),
        (b"23", Later),
        (DROP, Later),
        (HANG, Later),
    ],
)
def test_sign_in_faults(answer, error):
    with Scripted({"auth": answer}, password=(NAME, WORD)) as server:
        with pytest.raises(error) as caught:
            open_session(server_of(server, auth="password", reply_timeout=0.3), WORD)
        assert caught.value.hint
    assert server.verbs().count("AUTH") == 1
    assert "MAIL" not in server.verbs()
    assert "hunter2" not in caught.value.text


@pytest.mark.parametrize("answer", [b"504 5.5.4 mechanism\r\n", b"504 5.7.4 Unrecognized authentication type\r\n"])
def test_a_mechanism_that_is_not_known_is_no_wrong_password(answer):
    with Scripted({"auth": answer}, password=(NAME, WORD)) as server, pytest.raises(NotTrusted) as caught:
        open_session(server_of(server, auth="password"), WORD)
    assert "this kind of sign-in" in caught.value.text
    assert "it offers LOGIN, PLAIN" in caught.value.text
    assert "password" not in caught.value.text + caught.value.hint


def test_a_mechanism_that_is_refused_before_the_secret_went_is_tried_the_other_way_once():
    word = "w" * 500  # too long for the command's line, so that the secret waits for a 334
    with Scripted(password=(NAME, word)) as server:
        server.unknown = frozenset({"PLAIN"})
        with open_session(server_of(server, auth="password"), word) as session:
            assert session.mechanism == "LOGIN"
        assert server.verbs().count("AUTH") == 2
    with Scripted(password=(NAME, word)) as server:
        server.unknown = frozenset({"PLAIN", "LOGIN"})
        with pytest.raises(NotTrusted, match="LOGIN was tried"):
            open_session(server_of(server, auth="password"), word)
        assert server.verbs().count("AUTH") == 2


@pytest.mark.parametrize("auth", ["password", "oauth2"])
def test_what_is_offered_is_said_where_it_is_nothing_of_ours(auth):
    with Scripted(password=(NAME, WORD)) as server:
        server.mechanisms = "NTLM GSSAPI"
        with pytest.raises(Refused, match=f"no sign-in by {auth}, only GSSAPI, NTLM") as caught:
            open_session(server_of(server, auth=auth), WORD)
    assert "administrator" in caught.value.hint
    assert "AUTH" not in server.verbs()


def test_a_token_that_is_refused_is_no_matter_of_app_passwords():
    with Scripted({"auth": b"535 5.7.8 Username and Password not accepted\r\n"}, password=(NAME, WORD)) as server:
        server.mechanisms = "XOAUTH2"
        with pytest.raises(NotTrusted, match="access token") as caught:
            open_session(server_of(server, auth="oauth2"), WORD)
    assert "app password" not in caught.value.text + caught.value.hint


def test_microsoft_says_what_to_do():
    with Scripted(
        {"auth": b"535 5.7.139 Authentication unsuccessful, user is locked\r\n"}, password=("a", "b")
    ) as server:
        with pytest.raises(NotTrusted) as error:
            open_session(server_of(server, auth="password"), WORD)
    assert "OAuth2" in error.value.text
    assert "mailer draft" in error.value.hint


def test_sign_in_is_not_offered():
    with Scripted() as server, pytest.raises(Refused, match="AUTH"):
        open_session(server_of(server, auth="password"), WORD)
    assert "AUTH" not in server.verbs()


def test_no_sign_in_where_none_is_wanted():
    with Scripted(password=(NAME, WORD)) as server, open_session(server_of(server, auth="none")) as session:
        assert session.mechanism == ""
    assert server.verbs() == ["EHLO", "QUIT"]


@each_row("auth", ["password", "oauth2"])
@each_row(("name", "word"), [("a\0b", "c"), ("a", "b\0c"), ("a", "b\udcff"), ("a\ud800", "b")])
def test_what_no_mechanism_can_carry(auth, name, word):
    with Scripted({"ehlo": b"250-x\r\n250 AUTH PLAIN XOAUTH2\r\n"}) as server, pytest.raises(BadData) as error:
        open_session(server_of(server, auth=auth, username=name), word)
    assert error.value.__cause__ is None
    assert "AUTH" not in server.verbs()


def test_a_token_of_two_lines():
    with Scripted({"ehlo": b"250-x\r\n250 AUTH XOAUTH2\r\n"}) as server, pytest.raises(BadData):
        open_session(server_of(server, auth="oauth2"), "token\nmore")


def test_sign_in_needs_a_name():
    with Scripted(password=(NAME, WORD)) as server, pytest.raises(BadSettings, match="user name"):
        open_session(server_of(server, auth="password", username=""), WORD)


# Secrets


def encoded(*parts):
    return base64.b64encode("\0".join(parts).encode()).decode()


ECHOES = [
    b"535 5.7.8 bad: " + WORD.encode() + b"\r\n",
    b"535 5.7.8 bad: AUTH PLAIN " + encoded("", NAME, WORD).encode() + b"\r\n",
    b"535 5.7.8 bad: " + encoded("", NAME, WORD).upper().encode() + b"\r\n",
    b"535 5.7.8 bad: " + encoded("", NAME, WORD)[24:].encode() + b"\r\n",
    b"535 5.7.8 bad: " + encoded(WORD).encode() + b"\r\n",
    b"535-5.7.8 bad: " + WORD.encode() + b"\r\n535 5.7.8 " + WORD.upper().encode() + b"\r\n",
    b"what? " + WORD.encode() + b"\r\n",
    b"what? " + encoded("", NAME, WORD).encode() + b"\r\n",
]


@each_row("echo", ECHOES)
def test_an_echoed_secret_is_masked(echo):
    said = []
    with Scripted({"auth": echo}, password=(NAME, WORD)) as server, pytest.raises(MailerError) as error:
        open_session(server_of(server, auth="password"), WORD, log=said.append)
    seen = "\n".join([*said, error.value.text, error.value.hint, repr(error.value.__cause__)]).casefold()
    for form in (WORD, encoded("", NAME, WORD)[24:], encoded(WORD), encoded("", NAME, WORD)):
        assert form.casefold() not in seen
    assert "***" in seen


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("word", [WORD, "y" * 700])
def test_the_transcript_shows_no_secret(mechanism, word):
    said = []
    with recording_server(password=(NAME, word), mechanisms=[mechanism]) as server:
        with open_session(server_of(server, auth="password"), word, log=said.append):
            pass
    talk = "\n".join(said)
    assert word not in talk
    assert encoded("", NAME, word) not in talk
    assert encoded(word) not in talk
    if mechanism == "PLAIN" and len(word) < 100:
        assert "> AUTH PLAIN ***" in said
    else:
        assert f"> AUTH {mechanism}" in said
        assert "> ***" in said


def test_an_echo_in_a_later_reply_is_masked_in_the_outcome():
    script = {"mail": b"550 5.7.1 not for " + WORD.encode() + b"\r\n"}
    with Scripted(script, password=(NAME, WORD)) as server:
        with open_session(server_of(server, auth="password"), WORD) as session:
            outcome = next(iter(session.submit([make_letter()])))
    assert outcome.reply.text == "not for ***"


def test_a_short_secret_does_not_blot_out_words():
    said = []
    with Scripted(password=(NAME, "ok")) as server:
        with open_session(server_of(server, auth="password"), "ok", log=said.append) as session:
            list(session.submit([make_letter()]))
    assert "< 235 2.7.0 welcome" in said
    assert "< 250 2.1.0 sender ***" in said
