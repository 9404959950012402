from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import ssl
import threading
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, quote, quote_plus, urlsplit

import keyring
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from mailer.accounts import guard
from mailer.accounts.oauth import access, code, device, flow, loopback, metadata, refusals, store, tokens, web
from mailer.accounts.oauth.access import Granted, Source
from mailer.accounts.oauth.client import Client, client_of, find_issuer
from mailer.accounts.oauth.issuer import Issuer
from mailer.accounts.oauth.tokens import Tokens
from mailer.errors import BadSettings, Later, MailerError, NotTrusted, Refused
from mailer.settings import trust
from mailer.settings.settings import load
from tests.kit import keyring_double as double
from tests.kit.keyring import in_memory
from tests.kit.oauth import Person
from tests.kit.oauth_server import playing

LOGIN = "dana.ruiz@acme.example"
GOOGLE = "https://accounts.google.com"
BEARER = {"access_token": "at-1", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "rt-1"}
ISSUER = Issuer("https://auth.acme.example", "https://auth.acme.example/a", "https://auth.acme.example/t", scope="mail")
CLIENT = Client("my client", ISSUER.name, LOGIN)


@pytest.fixture
def server():
    with playing() as played:
        played.metadata()
        yield played


@pytest.fixture
def client(server, tmp_path):
    return Client("me", server.url, LOGIN, scope="mail", lock_dir=tmp_path)


@pytest.fixture(autouse=True)
def memory(monkeypatch):
    monkeypatch.setattr(loopback, "SECONDS", 10.0)
    with in_memory(monkeypatch) as backend:
        yield backend


# The keyring


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=4_000))
def test_a_secret_comes_back_whole_in_pieces_that_windows_keeps(secret):
    backend = double.Memory()
    keyring.set_keyring(backend)
    store.save(ISSUER.name, LOGIN, secret)
    assert store.load(ISSUER.name, LOGIN).secret == secret
    assert all(len(piece) <= 1_000 for piece in backend.entries.values())


@pytest.mark.parametrize(("length", "pieces"), [(1, 1), (1_000, 1), (1_001, 2), (2_000, 2), (2_001, 3)])
def test_pieces_and_their_names(memory, length, pieces):
    store.save(ISSUER.name, LOGIN, "x" * length)
    name = f"mailer:oauth:{ISSUER.name}"
    assert set(memory.entries) == {(name if n == 0 else f"{name}#{n}", LOGIN) for n in range(pieces)}


@pytest.mark.parametrize("length", [1, 1_000, 1_500, 2_000])
def test_a_shorter_secret_leaves_nothing_of_the_longer_one(memory, length):
    store.save(ISSUER.name, LOGIN, "o" * 5_000)
    store.save(ISSUER.name, LOGIN, "n" * length)
    assert store.load(ISSUER.name, LOGIN).secret == "n" * length
    assert "o" not in "".join(memory.entries.values())


def test_a_token_too_long_to_be_kept_whole_is_refused(memory):
    most = store.PIECE * 32
    store.save(ISSUER.name, LOGIN, "x" * most)
    assert store.load(ISSUER.name, LOGIN).secret == "x" * most
    with pytest.raises(NotTrusted, match="32,001 characters"):
        store.save(ISSUER.name, LOGIN, "y" * (most + 1))
    assert store.load(ISSUER.name, LOGIN).secret == "x" * most


def test_taken_out_with_all_its_pieces(memory):
    store.save(ISSUER.name, LOGIN, "x" * 3_500)
    assert store.remove(ISSUER.name, LOGIN)
    assert memory.entries == {}
    assert not store.remove(ISSUER.name, LOGIN)


# The address to open, and what comes back


def test_the_address_asks_for_a_code_with_pkce():
    request = code.Request("http://127.0.0.1:4711")
    url = urlsplit(code.address(request, CLIENT, ISSUER))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    digest = hashlib.sha256(request.verifier.encode()).digest()
    assert url.geturl().startswith(ISSUER.authorize + "?")
    assert query == {
        "response_type": "code",
        "client_id": "my client",
        "redirect_uri": "http://127.0.0.1:4711",
        "scope": "mail",
        "state": request.state,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
        "login_hint": LOGIN,
    }
    assert 43 <= len(request.verifier) <= 128


def test_no_two_sign_ins_share_anything():
    one, other = code.Request("r"), code.Request("r")
    assert one.state != other.state
    assert one.verifier != other.verifier
    assert one.verifier not in repr(one)


@pytest.mark.parametrize(
    "form", ["http://127.0.0.1:1?{}", "http://127.0.0.1:1/?{}", "/?{}", " http://x/?{}\n", "/?{}#a=b"]
)
def test_the_code_of_a_redirect(form):
    request = code.Request("r")
    assert code.answer(form.format(f"code=c%2F1&state={request.state}"), request, CLIENT, ISSUER) == "c/1"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("code=c", "another sign-in"),
        ("code=c&state=", "another sign-in"),
        ("code=c&state=other", "another sign-in"),
        ("code=c&state={}&state={}", "another sign-in"),
        ("code=c&state={}&iss=https://evil.test", "not from"),
        ("error=access_denied&state={}", "not agreed to"),
        ("error=access_denied&error_description=no%1b%5b2J&state={}", "not agreed to"),
        ("error=weird&state={}", "weird"),
        ("state={}", "no code"),
        ("code=&state={}", "no code"),
        ("code=a&code=b&state={}", "no code"),
        ("error=access_denied", "another sign-in"),
        ("&".join(f"a{n}=1" for n in range(100)), "another sign-in"),
    ],
)
def test_what_is_not_our_answer(query, words):
    request = code.Request("r")
    with pytest.raises(NotTrusted, match=words) as caught:
        code.answer("http://127.0.0.1:1/?" + query.replace("{}", request.state), request, CLIENT, ISSUER)
    assert caught.value.text.isprintable()


def test_an_issuer_that_names_itself_must_do_so():
    request = code.Request("r")
    issuer = replace(ISSUER, says_iss=True)
    query = f"?code=c&state={request.state}"
    with pytest.raises(NotTrusted, match="not from"):
        code.answer(query, request, CLIENT, issuer)
    assert code.answer(f"{query}&iss={ISSUER.name}", request, CLIENT, issuer) == "c"


def test_microsoft_names_the_tenant():
    shared = replace(ISSUER, name="https://login.microsoftonline.com/consumers/v2.0")
    request = code.Request("r")
    query = f"?code=c&state={request.state}&iss="
    assert code.answer(query + "https://login.microsoftonline.com/9188/v2.0", request, CLIENT, shared) == "c"
    with pytest.raises(NotTrusted):
        code.answer(query + "https://login.microsoftonline.com.evil.test/9188/v2.0", request, CLIENT, shared)


# The loopback


def fetch(port, target, host=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", target, headers={"Host": host} if host else {})
        response = connection.getresponse()
        return response.status, dict(response.headers), response.read().decode()
    finally:
        connection.close()


def test_one_answer_is_taken():
    with loopback.Loopback() as listener:
        first = fetch(listener.port, "/?code=a&state=s")
        second = fetch(listener.port, "/?code=b&state=s")
        assert listener.wait(30) == "/?code=a&state=s"
        with pytest.raises(Later, match="did not come back"):
            listener.wait(0.05)
    assert (first[0], second[0]) == (200, 404)
    assert "You can close this page" in first[2]
    assert first[1]["Referrer-Policy"] == "no-referrer"
    assert first[1]["Cache-Control"] == "no-store"
    assert "Server" not in first[1] or "Python" not in first[1]["Server"]


@pytest.mark.parametrize(
    ("target", "host"),
    [("/favicon.ico", None), ("/", None), ("/?a=b", None), ("/x?code=a&state=s", None), ("/?code=a", "evil.test")],
)
def test_nothing_else_is_served_and_it_goes_on_waiting(target, host):
    with loopback.Loopback() as listener:
        assert fetch(listener.port, target, host)[0] == 404
        assert fetch(listener.port, "/?code=a&state=s")[0] == 200
        assert "code=a" in listener.wait(30)


def test_a_browser_that_connects_and_says_nothing_holds_up_nobody():
    with loopback.Loopback() as listener:
        silent = http.client.HTTPConnection("127.0.0.1", listener.port, timeout=30)
        silent.connect()
        assert fetch(listener.port, "/?code=a&state=s")[0] == 200
        silent.close()


def test_other_machines_cannot_connect():
    with loopback.Loopback() as listener:
        listening = Path("/proc/net/tcp")
        if not listening.exists():
            pytest.skip("no /proc/net/tcp")
        lines = [line.split()[1] for line in listening.read_text().splitlines()[1:]]
        assert f"0100007F:{listener.port:04X}" in lines
        assert f"00000000:{listener.port:04X}" not in lines


# The web


@pytest.mark.parametrize(
    "url",
    [
        "http://auth.acme.example",
        "http://127.0.0.1.evil.test/",
        "ftp://auth.acme.example",
        "https://",
        "https://user@auth.acme.example",
        "https://auth.acme.example/#x",
        "https://auth.acme.example/ x",
        "https://auth.acme.example/\r\nX: y",
        "https://aüth.example",
        "https://[::1",
        "https://x:99999/",
        "",
    ],
)
def test_only_https_leaves_this_machine(url):
    with pytest.raises(BadSettings):
        web.parts(url)


@pytest.mark.parametrize("url", ["https://a.example/x?y", "http://127.0.0.1:1/", "http://localhost", "http://[::1]:2/"])
def test_addresses_that_may_be_asked(url):
    assert web.parts(url).host


def test_a_redirect_is_not_followed(server):
    server.routes["/r"] = [(302, b"", ("Location", server.url + "/elsewhere"))]
    with pytest.raises(NotTrusted, match="not followed"):
        web.post_form(server.url + "/r", {"refresh_token": "rt"}, {}, None)
    assert not server.forms("/elsewhere")


def test_an_endless_answer(server):
    def pour(handler):
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
        while True:
            handler.wfile.write(b"x" * 65_536)

    server.routes["/x"] = [pour]
    with pytest.raises(NotTrusted, match="more than"):
        web.get_json(server.url + "/x")


@pytest.mark.parametrize("drip", [b"HTTP/1.0 200 OK\r\n\r\n", b"H", b""])
def test_an_answer_that_does_not_end(server, drip):
    over = threading.Event()

    def dawdle(handler):
        for _ in range(600):
            if over.wait(0.05):
                return
            handler.wfile.write(drip[:1] or b"")

    server.routes["/x"] = [dawdle]
    try:
        with pytest.raises(Later, match="within"):
            web.get_json(server.url + "/x", seconds=0.3)
    finally:
        over.set()


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b"[" * 100_000, b"\xff", b"null"])
def test_what_is_no_object_is_empty(server, body):
    server.routes["/x"] = [(200, body)]
    assert web.get_json(server.url + "/x").body == {}


def test_nobody_there():
    with pytest.raises(Later, match="cannot reach"):
        web.get_json("http://127.0.0.1:1/")


def test_the_certificate_is_checked(server, tmp_path):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server.server.socket = context.wrap_socket(server.server.socket, server_side=True)
    server.routes["/x"] = [(200, {"a": "b"})]
    url = f"https://localhost:{server.server.server_port}/x"
    with pytest.raises(NotTrusted, match="not trusted"):
        web.post_form(url, {"refresh_token": "rt"}, {}, None)
    assert not server.asked
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    assert web.get_json(url, tmp_path / "ca.pem").text("a") == "b"
    with pytest.raises(NotTrusted, match="not trusted"):
        web.get_json(url.replace("localhost", "127.0.0.1"), tmp_path / "ca.pem")


# Metadata


def test_where_metadata_is():
    assert metadata.addresses("https://a.example/t/1") == (
        "https://a.example/.well-known/oauth-authorization-server/t/1",
        "https://a.example/t/1/.well-known/openid-configuration",
    )
    assert metadata.addresses("https://a.example/") == metadata.addresses("https://a.example")


def test_openid_configuration_will_do(server, client):
    known = server.routes.pop("/.well-known/oauth-authorization-server")
    server.routes["/.well-known/openid-configuration"] = known
    assert find_issuer(client).token == server.url + "/token"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"issuer": "https://evil.test"}, NotTrusted),
        ({"issuer": None}, NotTrusted),
        ({"token_endpoint": "http://evil.test/token"}, BadSettings),
        ({"token_endpoint": ""}, Refused),
        ({"authorization_endpoint": 7}, Refused),
        ({"device_authorization_endpoint": "http://evil.test/d"}, BadSettings),
        ({"code_challenge_methods_supported": ["plain"]}, Refused),
    ],
)
def test_metadata_that_is_not_good(server, client, changes, error):
    server.metadata(**changes)
    with pytest.raises(error):
        find_issuer(client)


@pytest.mark.parametrize(("status", "error"), [(404, BadSettings), (503, Later), (429, Later)])
def test_no_metadata(server, client, status, error):
    server.routes["/.well-known/oauth-authorization-server"] = [(status, {})]
    with pytest.raises(error):
        find_issuer(client)


@pytest.mark.parametrize("name", [GOOGLE, "https://login.microsoftonline.com/consumers/v2.0"])
def test_known_issuers_are_not_asked(name):
    found = find_issuer(replace(CLIENT, issuer=name))
    assert found.scope
    assert found.token.startswith("https://")
    assert bool(found.device) == (name != GOOGLE)


# Tokens


def test_a_code_for_tokens(server, client):
    server.routes["/token"] = [(200, BEARER)]
    found = tokens.exchange(client, find_issuer(client), "c", "v" * 43, "http://127.0.0.1:1")
    assert (found.access, found.refresh) == ("at-1", "rt-1")
    assert "at-1" not in repr(found)
    assert "rt-1" not in repr(Granted(client, found))
    assert server.forms("/token") == [
        {
            "grant_type": "authorization_code",
            "code": "c",
            "redirect_uri": "http://127.0.0.1:1",
            "code_verifier": "v" * 43,
            "client_id": "me",
        }
    ]


@pytest.mark.parametrize("methods", [["client_secret_post"], ["client_secret_basic"], None])
def test_the_client_secret_goes_where_the_issuer_wants_it(server, client, methods):
    server.metadata(token_endpoint_auth_methods_supported=methods)
    server.routes["/token"] = [(200, BEARER)]
    client = replace(client, secret="s:ü")
    tokens.refresh(client, find_issuer(client), "rt")
    if methods == ["client_secret_post"]:
        assert server.forms("/token")[0]["client_secret"] == "s:ü"
    else:
        encoded = base64.b64encode(b"me:s%3A%C3%BC").decode()
        assert server.headers[-1]["Authorization"] == f"Basic {encoded}"
        assert "client_secret" not in server.forms("/token")[0]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**BEARER, "token_type": "mac"},
        {**BEARER, "access_token": ""},
        {**BEARER, "access_token": "a\r\nb"},
        {**BEARER, "access_token": "ä"},
        {**BEARER, "access_token": ["x"]},
        {**BEARER, "refresh_token": ""},
        {**BEARER, "refresh_token": "r\0t"},
        {**BEARER, "refresh_token": "\ud800"},
    ],
)
def test_tokens_that_are_none(server, client, body):
    server.routes["/token"] = [(200, body)]
    with pytest.raises(NotTrusted):
        tokens.exchange(client, find_issuer(client), "c", "v", "r")


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (400, {"error": "invalid_grant"}, NotTrusted, "no longer good"),
        (400, {"error": "invalid_grant", "error_description": "AADSTS50173: x"}, NotTrusted, "password was changed"),
        (400, {"error": "invalid_grant", "error_description": "AADSTS700082: x"}, NotTrusted, "90 days"),
        (401, {"error": "invalid_client"}, BadSettings, "client id"),
        (400, {"error": "invalid_request", "error_description": "client_secret is missing."}, BadSettings, "client id"),
        (400, {"error": "unauthorized_client"}, BadSettings, "client id"),
        (400, {"error": "invalid_scope"}, BadSettings, "scope"),
        (400, {"error": "access_denied"}, NotTrusted, "not agreed to"),
        (400, {"error": "temporarily_unavailable"}, Later, "cannot answer now"),
        (503, b"<html>", Later, "cannot answer now"),
        (429, {}, Later, "cannot answer now"),
        (400, b"nonsense", NotTrusted, "refused the sign-in"),
        (200, {"error": "invalid_grant"}, NotTrusted, "no longer good"),
        (
            400,
            {"error": "x", "error_description": "token rt-secret, \x1b[2J" + "y" * 999},
            NotTrusted,
            "token \\*\\*\\*,",
        ),
    ],
)
def test_refusals_in_words(server, client, status, body, error, words):
    server.routes["/token"] = [(status, body)]
    with pytest.raises(error, match=words) as caught:
        tokens.refresh(replace(client, secret="client-secret"), find_issuer(client), "rt-secret")
    assert "rt-secret" not in str(caught.value.as_json())
    assert "client-secret" not in str(caught.value.as_json())
    assert caught.value.text.isprintable()
    assert len(caught.value.text) < 600
    assert caught.value.hint


@pytest.mark.parametrize("echo", ["refresh_token={}", '{{"t": "{}"}}', "{}"])
def test_a_server_that_quotes_the_form_shows_no_secret(server, client, echo):
    token, secret = "1//0ab+c/d", 'c"s/x'
    for spell in (quote_plus, quote, lambda text: json.dumps(text)[1:-1], str):
        said = echo.format(spell(token)) + " " + echo.format(spell(secret))
        server.routes["/token"] = [(400, {"error": echo.format(spell(token)), "error_description": said})]
        with pytest.raises(MailerError) as caught:
            tokens.refresh(replace(client, secret=secret), find_issuer(client), token)
        assert "0ab" not in str(caught.value.as_json())
        assert "s/x" not in caught.value.text.replace("%2F", "/")


@pytest.mark.parametrize("lasts", [b"1" + b"0" * 400, b"1e999", b"NaN", b"true", b'"x"', b"-1"])
def test_any_time_that_a_token_lasts(server, client, memory, lasts):
    kept(client)
    body = b'{"access_token": "at", "token_type": "bearer", "refresh_token": "rt-new", "expires_in": ' + lasts + b"}"
    server.routes["/token"] = [(200, body)]
    assert Source(client)() == "at"
    assert list(memory.entries.values()) == ["rt-new"]


def test_a_client_secret_that_is_no_text(client):
    with pytest.raises(NotTrusted, match="UTF-8"):
        tokens.refresh(replace(client, secret="\udcff"), ISSUER, "rt")


def test_google_says_seven_days():
    answer = web.Answer(400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
    error = refusals.answer_error(answer, replace(CLIENT, issuer=GOOGLE))
    assert error.code == 77
    for reason in ("seven days", "Testing", "password is changed", "taken away"):
        assert reason in error.text
    assert f"mailer login {LOGIN}" in error.hint


# Access tokens from then on


def kept(client, secret="rt-0"):
    store.save(client.issuer, client.login, secret)


def test_an_access_token_is_kept_in_memory_until_a_minute_before_its_end(server, client, memory):
    kept(client)
    server.routes["/token"] = [(200, {**BEARER, "access_token": f"at-{n}", "refresh_token": "rt-0"}) for n in range(3)]
    now = [time.monotonic()]
    source = Source(client, lambda: now[0])
    assert [source(), source()] == ["at-0", "at-0"]
    now[0] += 3_500
    assert source() == "at-0"
    now[0] += 60
    assert source() == "at-1"
    assert list(memory.entries.values()) == ["rt-0"]
    assert len(server.forms("/token")) == 2


def test_a_new_refresh_token_is_stored_before_the_access_token_is_given(server, client, memory):
    kept(client)
    server.routes["/token"] = [(200, {**BEARER, "refresh_token": "r" * 1_500})]
    assert Source(client)() == "at-1"
    assert "".join(memory.entries.values()) in ("r" * 1_500,)
    asked = {"grant_type": "refresh_token", "refresh_token": "rt-0", "client_id": "me", "scope": "mail"}
    assert server.forms("/token") == [asked]


def test_the_scope_that_was_granted_goes_along_at_refresh(server, client, memory):
    server.routes["/token"] = [(200, {**BEARER, "scope": "mail.send"})]
    wide = replace(client, scope="mail.send mail.read offline_access", flow="browser")

    def browse(url):
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        fetch(urlsplit(query["redirect_uri"]).port, f"/?code=c&state={query['state']}&iss={server.url}")

    given = flow.run(wide, find_issuer(wide), {}, Person(browse))
    narrow = tokens.narrowed("mail.send mail.read offline_access", given.scope)
    assert narrow == "mail.send offline_access"
    with Granted(wide, replace(given, scope=narrow)).kept():
        pass
    assert Source(wide)() == "at-1"
    assert server.forms("/token")[-1]["scope"] == narrow
    assert store.remove(wide.issuer, wide.login)
    assert not memory.entries


def test_a_server_that_finds_the_scope_too_wide_is_asked_without(server, client, memory):
    kept(client)
    server.routes["/token"] = [(400, {"error": "invalid_scope"}), (200, BEARER)]
    assert Source(client)() == "at-1"
    assert [form.get("scope") for form in server.forms("/token")] == ["mail", None]


@pytest.mark.parametrize(
    ("asked", "granted", "scope"),
    [
        ("a b", "b a", "a b"),
        ("a b offline_access", "a", "a offline_access"),
        ("a", "b", "b"),
        ("", "b", "b"),
    ],
)
def test_of_what_was_asked_for_what_was_granted_stays(asked, granted, scope):
    assert tokens.narrowed(asked, granted) == scope


def test_a_keyring_that_will_not_store_the_new_one_gives_no_access_token(server, client, memory):
    kept(client)
    server.routes["/token"] = [(200, BEARER)]

    def refuse(*_):
        raise OSError("full")

    memory.set_password = refuse
    with pytest.raises(NotTrusted):
        Source(client)()


def test_no_new_refresh_token_keeps_the_old_one(server, client, memory):
    kept(client)
    server.routes["/token"] = [(200, {"access_token": "a", "token_type": "bearer"})]
    assert Source(client)() == "a"
    assert list(memory.entries.values()) == ["rt-0"]


def test_not_signed_in(client):
    with pytest.raises(NotTrusted, match="no OAuth2 token") as caught:
        Source(client)()
    assert "mailer login" in caught.value.hint


def test_the_client_secret_comes_from_the_environment_or_the_keyring(server, client):
    kept(client)
    server.routes["/token"] = [(200, {**BEARER, "refresh_token": "rt-0"})]
    Source(replace(client, secret="from-environ"))()
    store.save(client.issuer, "me", "from-keyring")
    Source(client)()
    assert [form["client_secret"] for form in server.forms("/token")] == ["from-environ", "from-keyring"]


# What is kept


def test_keeping_stores_only_the_refresh_token(memory):
    with Granted(CLIENT, Tokens("access", "refresh", 0)).kept():
        pass
    assert memory.entries == {(f"mailer:oauth:{ISSUER.name}", LOGIN): "refresh"}


def test_keeping_that_fails_puts_the_old_one_back(memory):
    kept(CLIENT, "old")
    set_password = memory.set_password

    def refuse_new(service, user, secret):
        if "new" in secret:
            raise OSError
        set_password(service, user, secret)

    memory.set_password = refuse_new
    with pytest.raises(NotTrusted), Granted(CLIENT, Tokens("access", "new", 0)).kept():
        pass
    assert store.load(ISSUER.name, LOGIN).secret == "old"


# The ways in


@pytest.mark.parametrize(
    ("wanted", "issuer", "environ", "way"),
    [
        ("auto", ISSUER, {"DISPLAY": ":0"}, "browser"),
        ("auto", ISSUER, {"DISPLAY": ":0", "SSH_CONNECTION": "x"}, "paste"),
        ("auto", ISSUER, {}, "paste"),
        ("auto", replace(ISSUER, device="d"), {}, "device"),
        ("auto", replace(ISSUER, device="d"), {"DISPLAY": ":0"}, "browser"),
        ("auto", replace(ISSUER, device="d", flow="device"), {"DISPLAY": ":0"}, "device"),
        ("paste", replace(ISSUER, device="d", flow="device"), {"DISPLAY": ":0"}, "paste"),
        ("browser", ISSUER, {"SSH_TTY": "x"}, "browser"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="a desktop is there without any variable")
def test_which_way(wanted, issuer, environ, way):
    assert flow.choose(replace(CLIENT, flow=wanted), issuer, environ) == way


def test_in_a_browser(server, client):
    server.routes["/token"] = [(200, BEARER)]

    def browse(url):
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        port = urlsplit(query["redirect_uri"]).port
        fetch(port, f"/?code=c&state={query['state']}&iss={server.url}")

    person = Person(browse)
    assert flow.run(replace(client, flow="browser"), find_issuer(client), {}, person).access == "at-1"
    person.join()
    assert server.forms("/token")[0]["code"] == "c"


WRONG = ("code=x&state=guessed", "code=x", "error=access_denied", "error=x&state=", "code=x&state=a&state={state}")


@pytest.mark.parametrize("wrong", [*WRONG, "state=%ff&code=x", "code=x&state={state}x"])
def test_a_wrong_state_is_ignored_and_the_real_one_still_taken(server, client, wrong):
    server.routes["/token"] = [(200, BEARER)]
    seen = []

    def browse(url):
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        port = urlsplit(query["redirect_uri"]).port
        seen.append(fetch(port, f"/?{wrong.format(state=query['state'])}"))
        seen.append(fetch(port, f"/?code=c&state={query['state']}&iss={server.url}"))

    person = Person(browse)
    assert flow.run(replace(client, flow="browser"), find_issuer(client), {}, person).access == "at-1"
    person.join()
    assert [form["code"] for form in server.forms("/token")] == ["c"]
    assert (seen[0][0], seen[1][0]) == (400, 200)
    assert "another sign-in" in seen[0][2]


def test_nobody_comes_back(monkeypatch, server, client):
    monkeypatch.setattr(loopback, "SECONDS", 0.1)
    with pytest.raises(Later, match="did not come back"):
        flow.run(replace(client, flow="browser"), find_issuer(client), {}, Person())


def test_pasted_after_two_mistakes(server, client):
    server.routes["/token"] = [(200, BEARER)]
    answers = ["", "what?"]

    def paste(person):
        url = next(text for text in person.told if text.startswith("http"))
        state = parse_qs(urlsplit(url).query)["state"][0]
        return answers.pop(0) if answers else f"http://127.0.0.1:1/?code=c&state={state}"

    person = Person(answer=paste)
    assert flow.run(replace(client, flow="paste"), find_issuer(client), {}, person).refresh == "rt-1"


@pytest.mark.parametrize("query", ["?code=c&state=\udcff", "?code=\udcff&state={}"])
def test_what_is_pasted_and_no_text(server, client, query):
    with pytest.raises(NotTrusted, match="no address"):
        flow.run(replace(client, flow="paste"), find_issuer(client), {}, Person(answer=lambda _: query))


def test_a_device_code_that_is_no_text(server, client):
    server.routes["/device"] = [(200, {**DEVICE, "device_code": "\ud800"})]
    with pytest.raises(NotTrusted, match="no device code"):
        device.ask(client, find_issuer(client))


def test_nothing_is_pasted(server, client):
    with pytest.raises(NotTrusted, match="no address"):
        flow.run(replace(client, flow="paste"), find_issuer(client), {}, Person(answer=lambda _: "no"))


# The device code


class Clock:
    def __init__(self):
        self.at = 0.0
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.at += seconds

    @property
    def time(self):
        return device.Time(lambda: self.at, self.sleep)


DEVICE = {
    "device_code": "dc",
    "user_code": "WDJB-MJHT",
    "verification_uri": "https://auth.acme.example/device",
    "expires_in": 60,
    "interval": 2,
}


def wait(server, client, *answers, **changes):
    server.routes["/device"] = [(200, {**DEVICE, **changes})]
    server.routes["/token"] = list(answers)
    clock, issuer = Clock(), find_issuer(client)
    given = device.ask(client, issuer)
    try:
        return device.wait(client, issuer, given, clock.time), clock
    except MailerError as error:
        return error, clock


PENDING, SLOW = (400, {"error": "authorization_pending"}), (400, {"error": "slow_down"})


def test_a_code_is_typed_after_a_while(server, client):
    found, clock = wait(server, client, PENDING, SLOW, PENDING, (200, BEARER))
    assert found.access == "at-1"
    assert clock.slept == [2, 2, 7, 7]
    assert server.forms("/device") == [{"client_id": "me", "scope": "mail"}]
    assert server.forms("/token")[0] == {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": "dc",
        "client_id": "me",
    }


def test_without_an_interval_it_is_five_seconds(server, client):
    assert wait(server, client, (200, BEARER), interval=None)[1].slept == [5]


@pytest.mark.parametrize("busy", [(503, b""), (429, {}), lambda handler: None])
def test_a_server_that_cannot_now_is_asked_less_often(server, client, busy):
    assert wait(server, client, busy, PENDING, (200, BEARER))[1].slept == [2, 4, 4]


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ((400, {"error": "access_denied"}), 77, "not agreed"),
        ((400, {"error": "expired_token"}), 77, "not typed in time"),
        ((400, {"error": "invalid_client"}), 78, "client id"),
        (PENDING, 77, "not typed in time"),
        ((200, {**BEARER, "refresh_token": None}), 77, "no refresh token"),
    ],
)
def test_a_code_that_comes_to_nothing(server, client, answer, code, words):
    error, clock = wait(server, client, answer)
    assert error.code == code
    assert words in error.text
    assert clock.at <= 60


@pytest.mark.parametrize(
    "changes",
    [{"device_code": ""}, {"user_code": None}, {"verification_uri": ""}, {"verification_uri": "http://evil.test/"}],
)
def test_device_codes_that_are_none(server, client, changes):
    server.routes["/device"] = [(200, {**DEVICE, **changes})]
    with pytest.raises(MailerError):
        device.ask(client, find_issuer(client))


def test_no_device_codes_at_gmail():
    with pytest.raises(BadSettings, match="no device codes"):
        device.ask(CLIENT, find_issuer(replace(CLIENT, issuer=GOOGLE)))


def test_the_code_and_its_page_are_told(server, client):
    server.routes["/device"] = [(200, {**DEVICE, "user_code": "AB\x1b[2J", "interval": 0.01})]
    server.routes["/token"] = [(200, BEARER)]
    person = Person()
    flow.run(replace(client, flow="device"), find_issuer(client), {}, person)
    told = " ".join(person.told)
    assert "https://auth.acme.example/device" in told
    assert "AB" in told
    assert told.isprintable()


# From settings


def settings(tmp_path, working="", account="", **environ):
    (tmp_path / "config" / "accounts").mkdir(parents=True)
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / ".env").write_text(working)
    (tmp_path / "config" / "accounts" / "me.env").write_text(account)
    (tmp_path / "config" / "accounts" / "default").write_text("me\n")
    return load({"MAILER_CONFIG_DIR": str(tmp_path / "config"), **environ}, tmp_path / "work")


GMAIL = """MAILER_SMTP_HOST=smtp.gmail.com
MAILER_SMTP_USERNAME=dana.ruiz@gmail.com
MAILER_AUTH=oauth2
MAILER_OAUTH_CLIENT_ID=1234.apps
"""


def test_gmail_needs_a_client_id_only(tmp_path):
    made = settings(tmp_path, account=GMAIL)
    client = client_of(made.submission_server())
    assert (client.issuer, client.id, client.login) == (GOOGLE, "1234.apps", "dana.ruiz@gmail.com")


@pytest.mark.parametrize(
    "working",
    ["MAILER_SMTP_HOST=mail.evil.test\n", "MAILER_IMAP_HOST=mail.evil.test\n", "MAILER_SMTP_HOST=127.0.0.1\n"],
)
def test_the_working_folder_does_not_say_who_gets_a_token(tmp_path, working):
    issuer = {"MAILER_OAUTH_ISSUER": GOOGLE}
    made = settings(tmp_path, working, GMAIL, **issuer)
    with pytest.raises(trust.Untrusted):
        made.submission_server()
    trust.remember(made.config_dir, made.cwd, trust.needing(made.folder))
    protocol = working[7:11].lower()
    with pytest.raises(BadSettings, match="does not get the token"):
        guard.mind(made.submission_server(), protocol, guard.OAUTH)


def test_the_working_folder_may_name_a_server_of_the_issuer(tmp_path):
    made = settings(tmp_path, "MAILER_SMTP_HOST=smtp.gmail.com\n", GMAIL)
    trust.remember(made.config_dir, made.cwd, trust.needing(made.folder))
    guard.mind(made.submission_server(), "smtp", guard.OAUTH)
    assert client_of(made.submission_server()).issuer == GOOGLE


def test_the_working_folder_names_no_issuer(tmp_path):
    with pytest.raises(BadSettings, match="working folder"):
        settings(tmp_path, "MAILER_OAUTH_ISSUER=https://evil.test\n")


def test_a_client_secret_is_no_setting(tmp_path):
    with pytest.raises(BadSettings, match="does not belong in a file"):
        settings(tmp_path, account="MAILER_OAUTH_CLIENT_SECRET=x\n")


def test_an_unknown_server_needs_an_issuer(tmp_path):
    made = settings(tmp_path, account=GMAIL.replace("smtp.gmail.com", "mail.acme.example"))
    with pytest.raises(BadSettings, match="whose tokens") as caught:
        client_of(made.submission_server())
    assert caught.value.field == "MAILER_OAUTH_ISSUER"


def test_no_client_id_is_no_token(tmp_path):
    made = settings(tmp_path, account=GMAIL.replace("MAILER_OAUTH_CLIENT_ID=1234.apps\n", ""))
    with pytest.raises(NotTrusted, match="no OAuth2 token") as caught:
        client_of(made.submission_server())
    assert "MAILER_TOKEN_COMMAND" in caught.value.hint


def test_the_token_command_goes_first(tmp_path):
    made = settings(tmp_path, account=GMAIL + "MAILER_TOKEN_COMMAND=printf from-the-helper\n")
    assert access.access_token(made.submission_server(), {"PATH": os.environ["PATH"]}) == "from-the-helper"


def test_one_access_token_from_the_settings(tmp_path, server):
    account = GMAIL.replace("smtp.gmail.com", "mail.acme.example") + f"MAILER_OAUTH_ISSUER={server.url}\n"
    made = settings(tmp_path, account=account)
    server.routes["/token"] = [(200, BEARER)]
    store.save(server.url, "dana.ruiz@gmail.com", "rt-0")
    assert access.access_token(made.submission_server(), {}) == "at-1"
    assert (tmp_path / "config" / "oauth.lock").stat().st_mode & 0o077 == 0
