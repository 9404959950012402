from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from mailer.accounts.providers import table
from mailer.accounts.providers.table import Endpoint
from tests.kit.rows import each_row

TABLE = tomllib.loads((Path(table.__file__).with_name("providers.toml")).read_text("utf-8"))


@each_row(
    ("domain", "id_", "smtp"),
    [
        ("gmail.com", "gmail", Endpoint("smtp.gmail.com", 465, "tls")),
        ("GoogleMail.com", "gmail", Endpoint("smtp.gmail.com", 465, "tls")),
        ("hotmail.co.uk", "outlook", Endpoint("smtp-mail.outlook.com", 587, "starttls")),
        ("outlook.de", "outlook", Endpoint("smtp-mail.outlook.com", 587, "starttls")),
        ("live.com", "outlook", Endpoint("smtp-mail.outlook.com", 587, "starttls")),
        ("me.com", "icloud", Endpoint("smtp.mail.me.com", 587, "starttls")),
        ("yahoo.com.br", "yahoo", Endpoint("smtp.mail.yahoo.com", 465, "tls")),
        ("zoho.com", "zoho", Endpoint("smtp.zoho.com", 465, "tls")),
        ("zohomail.eu", "zoho", Endpoint("smtp.zoho.eu", 465, "tls")),
        ("zoho.com.au", "zoho", Endpoint("smtp.zoho.com.au", 465, "tls")),
        ("web.de", "web-de", Endpoint("smtp.web.de", 465, "tls")),
        ("gmx.ch", "gmx-net", Endpoint("mail.gmx.net", 465, "tls")),
        ("gmx.com", "gmx-com", Endpoint("mail.gmx.com", 465, "tls")),
        ("proton.me", "proton", Endpoint("127.0.0.1", 1025, "starttls")),
    ],
)
def test_known_domains(domain, id_, smtp):
    provider = table.provider_for(domain)
    assert (provider.id, provider.smtp) == (id_, smtp)


def test_regions_move_the_mailbox_too():
    assert table.provider_for("zoho.in").imap.host == "imap.zoho.in"


@pytest.mark.parametrize(
    "domain",
    ["acme.example", "live.acme.example", "yahoo.evil.test", "mygmail.com", "notlive.com", "aol.com.evil.test", ""],
)
def test_unknown_domains(domain):
    assert table.provider_for(domain) is None


def test_logins():
    web, icloud = table.provider_for("web.de"), table.provider_for("icloud.com")
    assert (web.smtp_login, web.imap_login) == ("local-part", "local-part")
    assert (icloud.smtp_login, icloud.imap_login) == ("address", "local-part")
    assert table.login_name("local-part", '"a@b"@web.de') == '"a@b"'
    assert table.login_name("address", "a@web.de") == "a@web.de"


def test_what_is_known_beside_the_servers():
    gmail, outlook = table.provider_for("gmail.com"), table.provider_for("outlook.com")
    assert (gmail.limits.max_mb, gmail.limits.per_day, gmail.files_sent) == (25, 500, "yes")
    assert (gmail.needs_oauth, outlook.needs_oauth) == (False, True)
    assert gmail.help.startswith("https://")
    assert table.provider_for("icloud.com").sent_folder == "Sent Messages"
    assert table.provider_for("gmx.de").limits.max_mb is None


@pytest.mark.parametrize(
    ("host", "id_"),
    [
        ("smtp.gmail.com", "gmail"),
        ("SMTP.ZOHO.EU", "zoho"),
        ("smtp.office365.com", "microsoft365"),
        ("smtp.acme.example", None),
    ],
)
def test_by_host(host, id_):
    provider = table.provider_for_host(host)
    assert (provider.id if provider else None) == id_


def test_a_host_on_loopback_says_nothing():
    assert table.provider_for_host("127.0.0.1") is None


@each_row("name", TABLE)
def test_every_row_is_whole(name):
    row = TABLE[name]
    base = TABLE.get(row.get("same_as", ""), {}) | row
    for domain in row.get("domains", []):
        provider = table.provider_for(domain)
        assert provider.id == name
        assert provider.smtp.security in ("tls", "starttls")
        assert provider.files_sent in ("yes", "no", "unsure")
    assert {"name", "smtp", "imap", "login", "auth", "files_sent"} <= base.keys()
    for pattern in row.get("domain_patterns", []):
        assert pattern.startswith("^")
        assert pattern.endswith("$")
        re.compile(pattern)


def test_a_row_that_is_the_same_as_another_has_its_own_addresses():
    workspace = next(provider for provider in table._providers() if provider.id == "workspace")
    assert workspace.smtp.host == "smtp.gmail.com"
    assert workspace.limits.per_day == 2000
    assert workspace.before


def test_the_table_is_read_only_when_asked():
    code = "import sys, mailer.accounts.providers.table; print('tomllib' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3]
    )
    assert done.stdout.strip() == "False"
