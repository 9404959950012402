from __future__ import annotations

import pytest

from mailer.accounts import guard
from mailer.accounts.providers import table
from mailer.accounts.secrets import odd_signs
from mailer.errors import BadSettings, NotTrusted, SecretRefused
from mailer.imap.errors import Said, sign_in_error
from mailer.imap.server import ImapServer
from mailer.settings.settings import load
from mailer.transport.explain import explain
from mailer.transport.replies import Reply
from tests.kit.keyring import memory
from tests.kit.rows import each_row

__all__ = ["memory"]
NAME = "MAILER_SMTP_USERNAME=dana\n"
OAUTH = "MAILER_AUTH=oauth2\nMAILER_OAUTH_CLIENT_ID=1\nMAILER_OAUTH_ISSUER=https://auth.acme.example\n"
GOOGLE = OAUTH.replace("auth.acme.example", "accounts.google.com")


def server(tmp_path, *, account="", user="", options=None, **environ):
    (tmp_path / "config" / "accounts").mkdir(parents=True)
    (tmp_path / "config" / ".env").write_text(user)
    if account:
        (tmp_path / "config" / "accounts" / "me.env").write_text(account)
    known = {"MAILER_CONFIG_DIR": str(tmp_path / "config")}
    return load({**known, **environ}, tmp_path, None, options).server()


def smtp(host):
    return f"MAILER_SMTP_HOST={host}\n"


def imap(host):
    return f"MAILER_IMAP_HOST={host}\n"


def goes(found, protocol, where):
    try:
        guard.mind(found, protocol, where)
    except BadSettings:
        return False
    return True


@pytest.mark.parametrize(
    ("layers", "paired"),
    [
        ({"account": smtp("a.example") + imap("b.example")}, True),
        ({"user": smtp("a.example") + imap("b.example")}, True),
        ({"MAILER_SMTP_HOST": "a.example", "MAILER_IMAP_HOST": "b.example"}, True),
        ({"account": smtp("a.example"), "user": imap("a.example")}, True),
        ({"account": smtp("a.example"), "user": imap("A.example.")}, True),
        ({"account": smtp("a.example"), "user": imap("b.example")}, False),
        ({"account": smtp("a.example"), "MAILER_IMAP_HOST": "b.example"}, False),
        ({"account": imap("b.example"), "MAILER_SMTP_HOST": "a.example"}, False),
        ({"account": smtp("a.example") + imap("b.example"), "MAILER_IMAP_HOST": "c.example"}, False),
        ({"account": smtp("a.example") + imap("b.example"), "MAILER_IMAP_HOST": "b.example"}, True),
        ({"account": smtp("smtp.gmail.com"), "MAILER_IMAP_HOST": "imap.gmail.com"}, True),
        ({"account": smtp("smtp.gmail.com"), "MAILER_IMAP_HOST": "imap.gmail.com.evil.test"}, False),
        ({"account": smtp("smtp.gmail.com"), "MAILER_IMAP_HOST": "outlook.office365.com"}, False),
    ],
)
def test_which_mailbox_gets_the_secret_of_sending(tmp_path, layers, paired):
    found = server(tmp_path, **layers)
    assert guard.are_paired(found) is paired
    for where in (guard.KEYRING, "keyring (SecretService)", "prompt", "standard input"):
        assert goes(found, "imap", where) is paired
        assert goes(found, "smtp", where)
    assert goes(found, "imap", guard.PASSWORD)


def test_every_provider_pairs_its_own():
    for provider in table._providers():
        is_local = provider.smtp.host.startswith("127.")
        assert is_local or provider in table.providers_by(provider.smtp.host)
    assert table.providers_by("127.0.0.1") == ()


COMMAND = "MAILER_PASSWORD_COMMAND=pass show x\n"


@pytest.mark.parametrize(
    ("layers", "fits"),
    [
        ({"account": COMMAND + smtp("a.example")}, True),
        ({"account": COMMAND, "options": {"MAILER_SMTP_HOST": "a.example"}}, True),
        ({"account": COMMAND, "user": smtp("a.example")}, False),
        ({"account": COMMAND + smtp("a.example"), "MAILER_SMTP_HOST": "b.example"}, False),
        ({"user": COMMAND, "account": smtp("a.example")}, True),
        ({"user": COMMAND + smtp("a.example")}, True),
        ({"user": COMMAND, "MAILER_SMTP_HOST": "a.example"}, True),
        ({"MAILER_PASSWORD_COMMAND": "pass show x", "account": smtp("a.example")}, True),
        ({"MAILER_PASSWORD_COMMAND": "pass show x", "user": smtp("a.example")}, True),
    ],
)
def test_which_host_gets_what_a_command_prints(tmp_path, layers, fits):
    found = server(tmp_path, **layers)
    assert goes(found, "smtp", guard.PASSWORD_COMMAND) is fits


@pytest.mark.parametrize(
    ("layers", "fits"),
    [
        ({"account": OAUTH + smtp("a.example")}, True),
        ({"account": OAUTH + smtp("a.example"), "MAILER_SMTP_HOST": "b.example"}, False),
        ({"user": OAUTH + smtp("a.example")}, True),
        (
            {
                "account": GOOGLE,
                "MAILER_SMTP_HOST": "smtp.gmail.com",
            },
            True,
        ),
    ],
)
def test_which_host_gets_a_token(tmp_path, layers, fits):
    assert goes(server(tmp_path, **layers), "smtp", guard.OAUTH) is fits


def test_a_mailbox_of_another_layer_gets_no_token(tmp_path):
    found = server(tmp_path, account=OAUTH + NAME + smtp("a.example"), MAILER_IMAP_HOST="b.example")
    assert goes(found, "smtp", guard.OAUTH)
    assert not goes(found, "imap", guard.OAUTH)


def test_a_mailbox_with_a_secret_of_its_own(tmp_path, memory):
    from mailer.imap.server import of_settings

    found = server(tmp_path, account=NAME + smtp("a.example"), MAILER_IMAP_HOST="b.example")
    memory.set_password("mailer:smtp:a.example", "dana", "of sending")
    with pytest.raises(BadSettings) as caught:
        guard.for_imap(found, of_settings(found), {}, known="of sending")
    assert caught.value.field == "MAILER_IMAP_HOST"
    assert "of sending" not in f"{caught.value.text}{caught.value.hint}"
    with pytest.raises(BadSettings):
        guard.mind_imap(found, {})
    assert guard.for_imap(found, of_settings(found), {}, prompt=lambda: "typed").secret == "typed"
    memory.set_password("mailer:imap:b.example", "dana", "its own")
    assert guard.for_imap(found, of_settings(found), {}, known="of sending").secret == "its own"
    guard.mind_imap(found, {})


def test_a_mailbox_alone(tmp_path, memory):
    from mailer.imap.server import of_settings

    found = server(tmp_path, user=imap("b.example") + "MAILER_IMAP_USERNAME=dana\n")
    with pytest.raises(NotTrusted):
        guard.for_imap(found, of_settings(found), {})
    assert guard.for_imap(found, of_settings(found), {}, prompt=lambda: "typed").secret == "typed"


# What is said of a refused secret


def refused(where, secret, hint="what the reply means"):
    with pytest.raises(SecretRefused) as caught, guard.telling(where, secret):
        raise SecretRefused("a.example refuses the sign-in", hint=hint)
    return caught.value


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("MAILER_PASSWORD", "MAILER_PASSWORD in the environment"),
        ("MAILER_PASSWORD_COMMAND", "the command of MAILER_PASSWORD_COMMAND"),
        ("MAILER_TOKEN_COMMAND", "the command of MAILER_TOKEN_COMMAND"),
        ("keyring (SecretService.Keyring)", "the keyring (SecretService.Keyring)"),
        ("standard input", "standard input"),
    ],
)
def test_a_refused_secret_is_told_with_where_it_came_from(where, words):
    error = refused(where, "hunter2")
    assert error.text.endswith(f"came from {words}")
    assert "what the reply means" in error.hint
    assert "hunter2" not in f"{error.text} {error.hint} {error}"


def test_nobody_is_sent_to_the_keyring_for_a_secret_that_is_not_there():
    with pytest.raises(SecretRefused) as caught, guard.telling("MAILER_PASSWORD", "x"):
        raise SecretRefused("refused", hint="look at the login, store the password again with `mailer login`; or ask")
    assert caught.value.hint.startswith("look at the login, set MAILER_PASSWORD again, or unset it")
    assert caught.value.hint.endswith("; or ask")


@pytest.mark.parametrize(
    "reply",
    [
        "535 5.7.0 lost connection to authentication server",
        "535 5.7.8 Error: authentication failed: account is locked",
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant",
        "534 5.7.9 Please log in via your web browser and then try again",
        "538 5.7.11 Encryption required for requested authentication mechanism",
    ],
)
def test_nobody_is_told_to_change_a_secret_that_is_not_what_is_wrong(reply):
    code, status, words = reply.split(" ", 2)
    advice = explain(Reply(int(code), status, words), "mail.acme.example", "auth", "password")[1]
    assert refused("MAILER_PASSWORD", "hunter2", advice).hint == advice


@pytest.mark.parametrize("reply", ["535 5.7.8 Error: authentication failed", "550 5.7.0 no", "535 wrong password"])
def test_where_it_may_be_wrong_they_are(reply):
    code, _, words = reply.partition(" ")
    advice = explain(Reply(int(code), "", words), "mail.acme.example", "auth", "password")[1]
    assert "set MAILER_PASSWORD again" in refused("MAILER_PASSWORD", "hunter2", advice).hint


@each_row(
    ("secret", "said"),
    [
        ("hunter\u00a02", "no-break space (U+00A0)"),
        ("hunter2\u200b", "zero width space (U+200B)"),
        ("\ufeffhunter2", "(U+FEFF)"),
        ("\u201chunter2\u201d", "left double quotation mark (U+201C), right double quotation mark (U+201D)"),
        ("hunter\u20192", "right single quotation mark (U+2019)"),
        ("hunter\u20132", "en dash (U+2013)"),
        ("hunter\u20282", "line separator (U+2028)"),
        ("hunter\u202e2", "right-to-left override (U+202E)"),
        ("hunter\u00ad2", "soft hyphen (U+00AD)"),
        ("hunter2 ", "a blank at its edge"),
        ("hunter2\r", "CARRIAGE RETURN (U+000D)"),
        ("hunter\t2", "TAB (U+0009)"),
    ],
)
def test_the_odd_sign_in_a_refused_secret_is_named(secret, said):
    hint = refused("prompt", secret).hint
    assert said in hint
    assert "hunter" not in hint


@pytest.mark.parametrize("secret", ["corréct horse", "pä55wörd!\"'", "密码", "a-b_c.d", "x" * 100])
def test_a_plain_secret_holds_nothing_odd(secret):
    assert odd_signs.odd_signs(secret) == ""
    assert refused("prompt", secret).hint == "what the reply means"


# What is said where the folders refuse a secret


def folders_refused(server, answer):
    with pytest.raises(SecretRefused) as caught, guard.telling("prompt", "x", server):
        raise sign_in_error(server, answer)
    return caught.value


@each_row(
    ("host", "port", "username", "auth", "words"),
    [
        ("imap.gmail.com", 993, "d@gmail.com", "password", ("Gmail", "https://myaccount.google.com/apppasswords")),
        ("imap.gmail.com", 993, "d@acme.example", "password", ("Google Workspace", "app password", "administrator")),
        ("outlook.office365.com", 993, "d@hotmail.com", "password", ("Outlook.com", "OAuth2", "mailer login")),
        ("outlook.office365.com", 993, "d@acme.example", "password", ("Microsoft 365", "OAuth2", "IMAP may be off")),
        ("outlook.office365.com", 993, "d@acme.example", "oauth2", ("token", "IMAP may be off for the mailbox")),
        ("imap.mail.me.com", 993, "dana", "password", ("iCloud", "app password", "https://account.apple.com")),
        ("imap.gmx.net", 993, "d@gmx.de", "password", ("GMX", "first: allow POP3 and IMAP once")),
        ("imap.zoho.eu", 993, "d@acme.example", "password", ("Zoho", "IMAP access on in the settings")),
        ("127.0.0.1", 1143, "d@proton.me", "password", ("Bridge must run", "the password that Bridge shows")),
        ("localhost", 1143, "d@acme.example", "password", ("Bridge",)),
        ("imap.acme.example", 993, "d@acme.example", "password", ("Many providers want an app password",)),
        ("imap.acme.example", 993, "d@acme.example", "oauth2", ("token",)),
    ],
)
def test_what_this_provider_wants_is_said_where_it_refuses(host, port, username, auth, words):
    error = folders_refused(ImapServer(host, port, "tls", username, auth), Said("AUTHENTICATIONFAILED", "no"))
    assert (error.code, host in error.text) == (77, True)
    for word in words:
        assert word in error.hint
    assert ("SMTP" in error.hint, "Bridge" in error.hint) == (False, port == 1143)


def test_a_server_of_this_machine_is_no_bridge():
    error = folders_refused(ImapServer("127.0.0.1", 143, "none", "d@acme.example", "password"), Said("", "no"))
    assert "Bridge" not in error.hint
