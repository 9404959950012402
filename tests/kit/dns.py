"""A zone that both DNS servers of the tests serve, and a resolver that asks one of them."""

from __future__ import annotations

import dns.resolver

ZONE = """
acme.test.                        60 IN SOA ns.acme.test. admin.acme.test. 1 60 60 60 60
acme.test.                        60 IN NS  ns.acme.test.
ns.acme.test.                     60 IN A   127.0.0.1
own.acme.test.                    60 IN MX  10 mx.own.acme.test.
_submissions._tcp.own.acme.test.  60 IN SRV 20 0 465 second.own.acme.test.
_submissions._tcp.own.acme.test.  60 IN SRV 10 5 4465 light.own.acme.test.
_submissions._tcp.own.acme.test.  60 IN SRV 10 50 4465 Heavy.own.acme.test.
_submission._tcp.own.acme.test.   60 IN SRV 0 0 587 plain.own.acme.test.
_imaps._tcp.own.acme.test.        60 IN SRV 0 0 993 imap.own.acme.test.
starttls.acme.test.               60 IN MX  10 mx.starttls.acme.test.
_submissions._tcp.starttls.acme.test. 60 IN SRV 0 0 0 .
_submission._tcp.starttls.acme.test.  60 IN SRV 0 0 587 smtp.starttls.acme.test.
_imaps._tcp.starttls.acme.test.       60 IN SRV 0 0 0 .
_imap._tcp.starttls.acme.test.        60 IN SRV 0 0 143 imap.starttls.acme.test.
outside.acme.test.                60 IN MX  10 mx.outside.acme.test.
_submissions._tcp.outside.acme.test. 60 IN SRV 0 0 465 mail.hoster.test.
_imaps._tcp.outside.acme.test.       60 IN SRV 0 0 993 imap.outside.acme.test.
none.acme.test.                   60 IN MX  0 .
_submissions._tcp.none.acme.test. 60 IN SRV 0 0 0 .
_submission._tcp.none.acme.test.  60 IN SRV 0 0 0 .
workspace.acme.test.              60 IN MX  1 ASPMX.L.google.com.
workspace.acme.test.              60 IN MX  5 alt1.aspmx.l.google.com.
_submissions._tcp.workspace.acme.test. 60 IN SRV 0 0 465 mail.hoster.test.
office.acme.test.                 60 IN MX  0 office-acme-test.mail.protection.outlook.com.
zoho.acme.test.                   60 IN MX  10 mx.zoho.eu.
backup.acme.test.                 60 IN MX  10 mx.backup.acme.test.
backup.acme.test.                 60 IN MX  90 aspmx.l.google.com.
lookalike.acme.test.              60 IN MX  1 aspmx.l.evilgoogle.com.
"""


def resolver(port: int) -> dns.resolver.Resolver:
    made = dns.resolver.Resolver(configure=False)
    made.nameservers = ["127.0.0.1"]
    made.port = port
    return made
