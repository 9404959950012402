"""Servers as the user names them in options."""

from __future__ import annotations

import pytest

from mailer.accounts.endpoints import imap_overlay, overlay, parse_endpoint, secured, taken_from_settings
from mailer.accounts.providers.table import Endpoint
from mailer.errors import Usage
from mailer.settings.table import SMTP_PORTS
from tests.kit.rows import each_row


@each_row(
    ("text", "security", "host", "port", "kind"),
    [
        ("SMTP.acme.example", "", "smtp.acme.example", 465, "tls"),
        (" smtp.acme.example:587 ", "", "smtp.acme.example", 587, "starttls"),
        ("smtp.acme.example:25", "", "smtp.acme.example", 25, "starttls"),
        ("smtp.acme.example:2525", "", "smtp.acme.example", 2525, "tls"),
        ("smtp.acme.example", "starttls", "smtp.acme.example", 587, "starttls"),
        ("smtp.acme.example:465", "starttls", "smtp.acme.example", 465, "starttls"),
        ("::1", "none", "::1", 25, "none"),
        ("[::1]:1025", "none", "::1", 1025, "none"),
    ],
)
def test_host_and_port(text, security, host, port, kind):
    assert parse_endpoint(text, "--smtp", security, SMTP_PORTS) == Endpoint(host, port, kind)


@pytest.mark.parametrize("text", ["", "https://a.example", "a.example:0", "a.example:65536", "a b", "d@a.example"])
def test_what_is_no_server_names_the_option(text):
    with pytest.raises(Usage, match="--smtp"):
        parse_endpoint(text, "--smtp", "", SMTP_PORTS)


def test_another_security_has_its_own_port():
    known = Endpoint("smtp.acme.example", 465, "tls")
    assert secured(known, "starttls", SMTP_PORTS) == Endpoint("smtp.acme.example", 587, "starttls")
    assert secured(known, "", SMTP_PORTS) is secured(known, "tls", SMTP_PORTS) is known


def test_options_stand_for_settings():
    assert {name: text for name, text in overlay("a.example:587", username="dana").items() if text} == {
        "MAILER_SMTP_HOST": "a.example",
        "MAILER_SMTP_SECURITY": "starttls",
        "MAILER_SMTP_PORT": "587",
        "MAILER_SMTP_USERNAME": "dana",
    }
    assert imap_overlay("", "tls") == {}
    assert imap_overlay("b.example", "")["MAILER_IMAP_PORT"] == "993"


def test_a_server_of_the_options_takes_none_of_the_files():
    assert "MAILER_SMTP_HOST" not in taken_from_settings(smtp=True, imap=False, username=False, auth=False)
    assert "MAILER_SMTP_HOST" in taken_from_settings(smtp=False, imap=True, username=True, auth=True)
