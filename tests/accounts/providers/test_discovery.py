from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from dnslib.server import DNSLogger, DNSServer
from dnslib.zoneresolver import ZoneResolver

from mailer.accounts.providers import table
from mailer.accounts.providers.discovery import find_servers, in_order, is_outside, reachable
from mailer.accounts.providers.dns import Dns, Srv
from mailer.accounts.providers.table import Endpoint
from mailer.errors import Later
from tests.accounts.providers.contract import FindingContract
from tests.kit.dns import ZONE, resolver
from tests.kit.rows import each_row


class Silent:
    """Answers nothing."""

    def mx(self, domain):
        raise AssertionError(f"asked for {domain}")

    srv = mx


@pytest.fixture(scope="module")
def port():
    zone = "\n".join(" ".join(line.split()) for line in ZONE.splitlines() if line)
    quiet = DNSLogger(log="-request,-reply,-truncated,-error", prefix=False)
    server = DNSServer(ZoneResolver(zone), port=0, address="127.0.0.1", logger=quiet)
    server.start_thread()
    yield server.server.server_address[1]
    server.stop()
    server.server.server_close()


class TestWithDnslib(FindingContract):
    @pytest.fixture
    def records(self, port):
        return Dns(resolver(port))


def test_a_domain_of_the_table_asks_nobody():
    found = find_servers("gmail.com", Silent())
    assert (found.source, found.provider.id) == ("table", "gmail")


def test_name_servers_that_do_not_answer_cost_one_time_limit():
    begun = time.monotonic()
    found = find_servers("own.acme.test", Dns(resolver(9), seconds=1.0))
    assert time.monotonic() - begun < 4.5
    assert found.smtp is None
    assert "no answer" in found.trouble


def test_a_machine_without_name_servers(monkeypatch):
    import dns.resolver

    def none(*_):
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver, "Resolver", none)
    with pytest.raises(Later):
        Dns().mx("acme.test")


@pytest.mark.parametrize("domain", ["x" * 64 + ".test", ".".join(["abc"] * 70)])
def test_a_name_that_dns_cannot_hold_has_no_records(port, domain):
    assert Dns(resolver(port)).srv(f"_imap._tcp.{domain}") == ()


@each_row(
    ("records", "hosts"),
    [
        ([(10, 0, 1, "a.test"), (0, 0, 1, "b.test")], "b.test a.test"),
        ([(0, 1, 1, "a.test"), (0, 9, 1, "b.test")], "b.test a.test"),
        ([(0, 0, 1, "b.test"), (0, 0, 1, "a.test")], "a.test b.test"),
        ([(0, 0, 1, ""), (10, 0, 1, "a.test")], "a.test"),
        ([(0, 0, 0, "a.test")], ""),
        ([(0, 0, 1, "a b.test")], ""),
        ([(0, 0, 1, "a\\000.test")], ""),
        ([(0, 0, 1, "-a.test")], ""),
        ([], ""),
    ],
)
def test_which_record(records, hosts):
    assert " ".join(record.target for record in in_order(tuple(Srv(*record) for record in records))) == hosts


HEAVY, LIGHT, SECOND = (Endpoint(f"{name}.own.acme.test", 4465, "tls") for name in ("heavy", "light", "second"))
PLAIN = Endpoint("plain.own.acme.test", 587, "starttls")


@pytest.mark.parametrize(
    ("up", "taken", "before"),
    [
        ("heavy light second plain", HEAVY, []),
        ("light second plain", LIGHT, [HEAVY]),
        ("second plain", SECOND._replace(port=465), [HEAVY, LIGHT]),
        ("plain", PLAIN, [HEAVY, LIGHT, SECOND._replace(port=465)]),
        ("", HEAVY, []),
    ],
)
def test_the_next_server_is_tried_where_the_best_cannot_be_reached(port, up, taken, before):
    tried = []

    def reaches(server):
        tried.append(server)
        return server.host.partition(".")[0] in [*up.split(), "imap"]

    found = find_servers("own.acme.test", Dns(resolver(port)), reaches)
    assert found.smtp == taken
    assert list(found.passed_over) == before
    assert found.imap == Endpoint("imap.own.acme.test", 993, "tls")
    assert len(tried) == len(set(tried))


def test_what_can_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        there = Endpoint("127.0.0.1", listener.getsockname()[1], "tls")
        assert reachable(there, 1.0)
    assert not reachable(there, 1.0)
    assert not reachable(there._replace(host="nowhere.invalid"), 1.0)


@pytest.mark.parametrize(
    ("host", "outside"),
    [
        ("acme.test", False),
        ("mail.acme.test", False),
        ("a.b.acme.test", False),
        ("evilacme.test", True),
        ("acme.test.evil.test", True),
        ("test", True),
    ],
)
def test_outside(host, outside):
    assert is_outside(host, "acme.test") is outside


@each_row(
    ("mx", "id_"),
    [
        ("aspmx.l.google.com", "workspace"),
        ("smtp.google.com.", "workspace"),
        ("ACME.mail.protection.outlook.com", "microsoft365"),
        ("acme-test.o-v1.mx.microsoft", "microsoft365"),
        ("mx01.mail.icloud.com", "icloud"),
        ("mta5.am0.yahoodns.net", "yahoo"),
        ("in1-smtp.messagingengine.com", "fastmail"),
        ("mail.protonmail.ch", "proton"),
        ("mxext1.mailbox.org", "mailbox-org"),
        ("mx.zoho.com.au", "zoho"),
        ("evil-google.com", None),
        ("google.com.evil.test", None),
        ("", None),
    ],
)
def test_providers_by_mx(mx, id_):
    provider = table.provider_for_mx(mx)
    assert (provider.id if provider else None) == id_


def test_microsoft_365_is_asked_for_tokens_first():
    assert table.provider_for_mx("acme-test.mail.protection.outlook.com").needs_oauth


def test_the_host_for_own_domains_is_known_again():
    assert table.provider_for_host("smtppro.zoho.eu").id == "zoho"


def test_dnspython_is_imported_only_when_asked():
    code = "import sys, mailer.accounts.providers.discovery, mailer.accounts.providers.dns;"
    code += " print(any(name.split('.')[0] == 'dns' for name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3]
    )
    assert done.stdout.strip() == "False"
