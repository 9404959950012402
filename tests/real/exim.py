"""Exim, a second server for submission, beside Postfix: Debian's package unpacked in a folder, never installed.

``MAILER_TEST_EXIM`` names the folder (``.ci/run`` makes it: ``apt-get download exim4-daemon-light``, ``dpkg-deb -x``).
"""

from __future__ import annotations

import contextlib
import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.real.servers import OWNER, Host, free_ports, mail_servers, running

__all__ = ["mail_servers"]

VARIABLE = "MAILER_TEST_EXIM"
PROGRAM = Path(os.environ.get(VARIABLE) or "/nowhere", "usr/sbin/exim4")
USER = "Debian-exim"  # the name that Debian's program looks up

CONF = """
primary_hostname = mail.acme.example
exim_path = {program}
pid_file_path = {own}/exim.pid
spool_directory = {own}
log_file_path = {own}/%s.log
log_selector = +smtp_protocol_error +received_recipients +pipelining
keep_environment = LD_PRELOAD : NSS_WRAPPER_PASSWD : NSS_WRAPPER_GROUP
add_environment =
local_interfaces = 127.0.0.1
daemon_smtp_ports = {submission} : {smtps}
tls_on_connect_ports = {smtps}
tls_advertise_hosts = *
tls_certificate = {certificate}
tls_privatekey = {certificate}
auth_advertise_hosts = ${{if def:tls_in_cipher {{*}}}}
pipelining_advertise_hosts = *
chunking_advertise_hosts = *
smtputf8_advertise_hosts = *
rfc1413_hosts =
dns_ipv4_lookup = *
message_size_limit = 5000000
smtp_accept_queue_per_connection = 0
deliver_drop_privilege
{extra}
acl_smtp_rcpt = rcpt
acl_smtp_data = accept

begin acl
rcpt:
  deny
    !authenticated = *
    message = relay not permitted
  require verify = recipient
  accept

begin routers
mailbox:
  driver = accept
  domains = acme.example
  condition = ${{lookup {{$local_part@$domain}} lsearch {{{users}}} {{yes}} {{no}}}}
  transport = dovecot

begin transports
dovecot:
  driver = smtp
  protocol = lmtp
  hosts = 127.0.0.1
  port = {lmtp}
  allow_localhost

begin retry
* * F,1h,1s

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if eq {{\\{{PLAIN\\}}$auth3}} {{${{lookup {{$auth2}} lsearch {{{users}}}}}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  server_condition = ${{if eq {{\\{{PLAIN\\}}$auth2}} {{${{lookup {{$auth1}} lsearch {{{users}}}}}}}}}
  server_set_id = $auth1
"""


def exim_missing() -> str:
    """Why Exim cannot run here, "" if it can."""
    if not PROGRAM.exists():
        return f"{VARIABLE} names no folder with Debian's exim4-daemon-light unpacked (.ci/run does that)"
    done = subprocess.run(["ldd", str(PROGRAM)], capture_output=True, text=True)
    absent = [line.split()[0] for line in done.stdout.splitlines() if "not found" in line]
    if absent:
        return f"Exim lacks {', '.join(absent)} (.ci/run installs them)"
    if subprocess.run(["env", "LD_PRELOAD=libnss_wrapper.so", "true"], capture_output=True).stderr:
        return "not installed: libnss-wrapper (Debian's package), which tells Exim of its user"
    return ""


@contextlib.contextmanager
def exim(host: Host, extra: str = "") -> Iterator[Host]:
    """Submission with STARTTLS and with implicit TLS; letters go to Dovecot, which must run.

    The host that is given is the same machine by other ports.  ``extra``: more lines of configuration.
    """
    here = replace(host, ports={**host.ports, **free_ports("submission", "smtps")})
    own = _spool(host.folder)
    known = {"own": own, "program": PROGRAM, "certificate": host.certificate, "users": host.folder / "users"}
    conf = own / "exim.conf"
    conf.write_text(CONF.format(**known, **here.ports, extra=extra))
    command = ["env", *_environ(own), str(PROGRAM), "-bdf", "-q5s", "-C", str(conf)]
    with running(command, [here.ports["submission"], here.ports["smtps"]], host, own.name):
        yield here


def _spool(folder: Path) -> Path:
    owner = pwd.getpwnam(OWNER)
    made = Path(tempfile.mkdtemp(prefix="exim-", dir=folder))
    os.chown(made, owner.pw_uid, owner.pw_gid)
    return made


def _environ(own: Path) -> list[str]:
    """The user that Exim's installation would have made, for this one process: the owner of the mailboxes."""
    owner = pwd.getpwnam(OWNER)
    (own / "passwd").write_text(
        f"{Path('/etc/passwd').read_text()}{USER}:x:{owner.pw_uid}:{owner.pw_gid}::/nonexistent:/usr/sbin/nologin\n"
    )
    (own / "group").write_text(f"{Path('/etc/group').read_text()}{USER}:x:{owner.pw_gid}:\n")
    wrapped = {"PASSWD": own / "passwd", "GROUP": own / "group"}
    return ["LD_PRELOAD=libnss_wrapper.so", *(f"NSS_WRAPPER_{name}={path}" for name, path in wrapped.items())]


@pytest.fixture(scope="module")
def exim_server(mail_servers):
    """Exim in Postfix's place, beside the same Dovecot; skipped with the reason where it cannot be."""
    if why := exim_missing():
        pytest.skip(why)
    with exim(mail_servers) as host:
        yield host


@pytest.fixture
def mail(exim_server):
    """The same, with empty mailboxes."""
    exim_server.empty()
    return exim_server
