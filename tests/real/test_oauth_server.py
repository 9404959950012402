"""Signing in at a real authorization server: oidc-provider (npm), on loopback."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from threading import Thread

import keyring
import pytest
from keyring.backends import fail

from mailer.accounts.oauth import flow, loopback, store
from mailer.accounts.oauth.access import Granted, Source
from mailer.accounts.oauth.client import Client, find_issuer
from mailer.errors import BadSettings, NotTrusted
from tests.kit import keyring_double as double
from tests.kit.oauth import Browser, Person

pytestmark = pytest.mark.real
MODULES = Path(os.environ.get("MAILER_TEST_NODE_MODULES", "/tmp/mailer-node/node_modules"))
NODE = shutil.which("node")
LOGIN = "dana.ruiz@acme.example"
SECRET = "s%cr+t/x" * 4


@pytest.fixture(scope="module")
def issuer():
    if NODE is None or not (MODULES / "oidc-provider").is_dir():
        pytest.skip(f"needs node, and oidc-provider in {MODULES} (MAILER_TEST_NODE_MODULES)")
    script = Path(__file__).with_name("oauth_server.mjs")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([NODE, str(script), str(MODULES)], **pipes) as process:
        yield process.stdout.readline().decode().strip()
        process.stdin.close()
        process.wait(10)


@pytest.fixture
def client(issuer, tmp_path):
    return Client("public", issuer, LOGIN, scope="openid offline_access mail", flow="browser", lock_dir=tmp_path)


@pytest.fixture(autouse=True)
def memory(monkeypatch):
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setattr(loopback, "SECONDS", 15.0)
    backend = double.Memory()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(fail.Keyring())


def browse(url):
    Browser().sign_in(url, login="dana", password="x")


def signed_in(client, person):
    tokens = flow.run(client, find_issuer(client), {}, person)
    person.join()
    return Granted(client, tokens)


def test_its_metadata_is_read(client, issuer):
    found = find_issuer(client)
    assert found.token.startswith(issuer)
    assert found.device.startswith(issuer)
    assert found.says_iss


def test_in_a_browser(client, memory):
    granted = signed_in(client, Person(browse))
    assert granted.found.secret
    with granted.kept():
        pass
    assert memory.entries == {(f"mailer:oauth:{client.issuer}", LOGIN): granted.tokens.refresh}


def test_a_client_with_a_secret(client):
    granted = signed_in(replace(client, id="desktop", secret=SECRET), Person(browse))
    with granted.kept():
        pass
    assert store.load(client.issuer, "desktop").secret == SECRET
    assert Source(replace(client, id="desktop"))()


def test_a_wrong_secret_is_a_wrong_setting(client):
    with pytest.raises(BadSettings) as caught:
        signed_in(replace(client, id="desktop", secret="not-the-secret"), Person(browse))
    assert caught.value.code == 78
    assert "not-the-secret" not in caught.value.text


def test_an_address_that_is_pasted(client):
    def paste(person):
        url = next(text for text in person.told if text.startswith("http"))
        browser = Browser(follow=False)
        browser.sign_in(url)
        return browser.away.seen[-1]

    assert signed_in(replace(client, flow="paste"), Person(answer=paste)).found.secret


def test_with_a_code_on_another_machine(client):
    class Waiting(Person):
        def tell(self, text):
            super().tell(text)
            code = re.search(r"enter the code (\S+)", text)
            if code:
                self.threads.append(Thread(target=self.type, args=(code[1],)))
                self.threads[-1].start()

        def type(self, code):
            page = re.search(r"http\S+", self.told[0])[0]
            Browser().sign_in(page, user_code=code, login="dana", password="x")

    assert signed_in(replace(client, flow="device"), Waiting()).found.secret


def test_a_refusal_in_the_browser(client):
    def refuse(url):
        browser = Browser()
        here = browser.get(url)[1]
        browser.get(here + "/abort")

    with pytest.raises(NotTrusted, match="not agreed to"):
        signed_in(client, Person(refuse))


def test_each_refresh_token_is_used_once_and_the_next_is_stored(client):
    granted = signed_in(client, Person(browse))
    with granted.kept():
        pass
    seen = [granted.tokens.refresh]
    for _ in range(3):
        assert Source(client)()
        seen.append(store.load(client.issuer, LOGIN).secret)
    assert len(set(seen)) == 4


def test_a_token_that_was_used_up_says_what_to_do(client):
    granted = signed_in(client, Person(browse))
    with granted.kept():
        pass
    Source(client)()
    store.save(client.issuer, LOGIN, granted.tokens.refresh)
    with pytest.raises(NotTrusted, match="no longer good") as caught:
        Source(client)()
    assert f"mailer login {LOGIN}" in caught.value.hint
    assert granted.tokens.refresh not in caught.value.text


def test_programs_that_start_at_once_do_not_use_a_token_twice(client):
    with signed_in(client, Person(browse)).kept():
        pass
    results = []
    threads = [Thread(target=lambda: results.append(Source(client)())) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(set(results)) == 5


def test_an_unknown_client(client):
    with pytest.raises(BadSettings, match="client id"):
        signed_in(replace(client, id="nobody", flow="device"), Person())
