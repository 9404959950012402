"""A Dovecot of its own for one test: a quota, tokens that it checks by itself, SCRAM, folders that are read-only."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import os
import pwd
import time
from collections.abc import Iterator

from tests.real.servers import DOVECOT, OWNER, USERS, Host, free_ports, mail_host, running

KEY = b"a key of thirty-two octets, or so"

QUOTA = """
mail_plugins = $mail_plugins quota
plugin {
  quota = maildir:User quota
  quota_rule = *:storage=20K
  quota_grace = 0
}
protocol imap {
  mail_plugins = $mail_plugins imap_quota
}
"""
TOKENS = """
auth_mechanisms = plain xoauth2 oauthbearer scram-sha-256
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = %(folder)s/oauth2.conf
}
"""
OAUTH2 = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix=%(folder)s/keys/
username_attribute = sub
"""
SCRAM_ONLY = "\nauth_mechanisms = scram-sha-256\n"
ACL = """
mail_plugins = $mail_plugins acl
plugin {
  acl = vfile:%(folder)s/acl
}
"""


@contextlib.contextmanager
def own_dovecot(extra: str) -> Iterator[Host]:
    """IMAP with STARTTLS and IMAPS, configured as always but for ``extra``."""
    with mail_host() as host:
        host.ports |= free_ports("imap", "imaps", "lmtp")
        owner = pwd.getpwnam(OWNER)
        (host.folder / "dovecot").mkdir()
        (host.folder / "mail").mkdir()
        os.chown(host.folder / "mail", owner.pw_uid, owner.pw_gid)
        (host.folder / "users").write_text("".join(f"{user}:{{PLAIN}}{word}\n" for user, word in USERS.items()))
        _put_key(host)
        known = {"folder": host.folder, "certificate": host.certificate, "uid": owner.pw_uid, "gid": owner.pw_gid}
        conf = host.folder / "dovecot.conf"
        conf.write_text(DOVECOT.format(**known, **host.ports) + extra.replace("%(folder)s", str(host.folder)))
        (host.folder / "oauth2.conf").write_text(OAUTH2 % {"folder": host.folder})
        with running(["/usr/sbin/dovecot", "-F", "-c", str(conf)], [host.ports["imap"]], host, "dovecot"):
            yield host


def _put_key(host: Host) -> None:
    folder = host.folder / "keys" / "default" / "HS256"
    folder.mkdir(parents=True)
    (folder / "default").write_bytes(base64.b64encode(KEY))


def token(user: str, seconds: float = 600) -> str:
    """A signed token (RFC 7519, HS256)."""
    now = int(time.time())
    claims = {"sub": user, "iat": now - 60, "nbf": now - 60, "exp": now + int(seconds)}
    head, body = (_segment(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return f"{head}.{body}.{_segment(hmac.digest(KEY, f'{head}.{body}'.encode(), hashlib.sha256))}"


def _segment(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
