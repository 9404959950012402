"""What must be found in the zone of ``dns_kit``, whichever DNS server serves it."""

from __future__ import annotations

import pytest

from mailer.accounts.providers.discovery import FoundServers, find_servers
from mailer.accounts.providers.dns import Mx
from mailer.accounts.providers.table import Endpoint


class FindingContract:
    """Subclasses give a fixture ``records``."""

    def test_implicit_tls_the_lowest_priority_the_greatest_weight(self, records):
        found = find_servers("own.acme.test", records)
        assert found.smtp == Endpoint("heavy.own.acme.test", 4465, "tls")
        assert found.imap == Endpoint("imap.own.acme.test", 993, "tls")
        assert (found.source, found.foreign_targets, found.provider) == ("srv", (), None)

    def test_a_service_that_is_not_offered(self, records):
        found = find_servers("starttls.acme.test", records)
        assert found.smtp == Endpoint("smtp.starttls.acme.test", 587, "starttls")
        assert found.imap == Endpoint("imap.starttls.acme.test", 143, "starttls")

    def test_a_target_outside_the_domain_is_named(self, records):
        found = find_servers("outside.acme.test", records)
        assert found.smtp == Endpoint("mail.hoster.test", 465, "tls")
        assert found.foreign_targets == ("mail.hoster.test",)

    @pytest.mark.parametrize("domain", ["none.acme.test", "nowhere.acme.test", "ns.acme.test", "lookalike.acme.test"])
    def test_nothing_is_found(self, records, domain):
        assert find_servers(domain, records) == FoundServers()

    @pytest.mark.parametrize(
        ("domain", "id_", "smtp"),
        [
            ("workspace.acme.test", "workspace", Endpoint("smtp.gmail.com", 465, "tls")),
            ("office.acme.test", "microsoft365", Endpoint("smtp.office365.com", 587, "starttls")),
            ("zoho.acme.test", "zoho", Endpoint("smtppro.zoho.eu", 465, "tls")),
        ],
    )
    def test_a_provider_by_its_mx_goes_before_srv(self, records, domain, id_, smtp):
        found = find_servers(domain, records)
        assert (found.provider.id, found.smtp, found.source) == (id_, smtp, "mx")

    def test_a_backup_mx_says_nothing(self, records):
        assert find_servers("backup.acme.test", records) == FoundServers()

    def test_the_records_themselves(self, records):
        assert records.mx("workspace.acme.test") == (Mx(1, "aspmx.l.google.com"), Mx(5, "alt1.aspmx.l.google.com"))
        assert records.mx("none.acme.test") == (Mx(0, ""),)
        assert [record.target for record in records.srv("_submissions._tcp.none.acme.test")] == [""]
