"""Real mail servers from Debian's packages, on free ports of loopback, with all that they write in one folder.

    with mail_host() as host:         a folder, certificates, users
        with dovecot(host), postfix(host): …

Each is started in the foreground as a child and stopped by its process id.  Debian's own configuration is never read.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

DOMAIN = "acme.example"
USERS = {f"dana@{DOMAIN}": "corréct horse", f"lee@{DOMAIN}": "other"}
POSTFIX_PROGRAMS = Path("/usr/lib/postfix/sbin")
OWNER = "nobody"  # of the mailboxes


def missing() -> str:
    """Why the servers cannot run here, "" if they can."""
    if os.name != "posix" or os.geteuid() != 0:
        return "Postfix and Dovecot change users, which needs root"
    needed = {"dovecot": "dovecot-imapd", str(POSTFIX_PROGRAMS / "master"): "postfix"}
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
    absent = [package for program, package in needed.items() if not shutil.which(program, path=path)]
    if not Path("/usr/lib/dovecot/lmtp").exists():
        absent.append("dovecot-lmtpd")
    return f"not installed: {', '.join(absent)} (Debian's packages)" if absent else ""


@dataclass
class Host:
    """One host: ``ports`` by name (submission, smtps, imap, imaps, lmtp)."""

    folder: Path
    ca_file: Path
    certificate: Path
    ports: dict[str, int] = field(default_factory=dict)

    def mailbox(self, user: str, mail_folder: str = "INBOX") -> Path:
        """A Maildir."""
        base = self.folder / "mail" / user / "Maildir"
        return base if mail_folder == "INBOX" else base / f".{mail_folder}"

    def letters(self, user: str, mail_folder: str = "INBOX") -> list[bytes]:
        """The messages in a folder as they were filed (CRLF), oldest first."""
        found = [path for sub in ("new", "cur") for path in (self.mailbox(user, mail_folder) / sub).glob("*")]
        return [path.read_bytes() for path in sorted(found, key=lambda path: path.stat().st_mtime_ns)]

    def empty(self) -> None:
        """Takes every message out of every folder."""
        for path in (self.folder / "mail").glob("*/Maildir/**/*"):
            if path.is_file() and path.parent.name in ("new", "cur", "tmp"):
                path.unlink()

    def log(self) -> str:
        """All that the servers wrote of what they did."""
        found = sorted(path for pattern in ("*.log", "*/*.log") for path in self.folder.glob(pattern))
        return "".join(path.read_text("utf-8", "replace") for path in found)


@contextlib.contextmanager
def mail_host() -> Iterator[Host]:
    """The folder: not below pytest's, where other users may not look, and short, for the names of sockets."""
    import trustme

    folder = Path(tempfile.mkdtemp(prefix="mail-"))
    folder.chmod(0o755)
    ca, made = trustme.CA(), Host(folder, folder / "ca.pem", folder / "cert.pem")
    ca.cert_pem.write_to_path(made.ca_file)
    ca.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(made.certificate)
    try:
        yield made
    finally:
        shutil.rmtree(folder)


def free_ports(*names: str) -> dict[str, int]:
    """Ports that were free a moment ago: these servers cannot be told to choose."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in names]
        return {name: sock.getsockname()[1] for name, sock in zip(names, sockets, strict=True)}


@contextlib.contextmanager
def running(command: list[str], ports: list[int], host: Host, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server in the foreground, once it listens; at the end SIGTERM, and SIGKILL if that is not enough."""
    with (host.folder / f"{name}.out.log").open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
        try:
            for port in ports:
                _wait_for(port, process, host, name)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], host: Host, name: str) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{name} does not start: {host.log()}") from None
            time.sleep(0.02)
        else:
            return


# --- Dovecot: who may sign in, and where letters are found

DOVECOT = """
protocols = imap lmtp
base_dir = {folder}/dovecot/run
state_dir = {folder}/dovecot/state
log_path = {folder}/dovecot.log
auth_verbose = yes
auth_failure_delay = 0
default_login_user = dovenull
default_internal_user = dovecot
first_valid_uid = 1
first_valid_gid = 1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{certificate}
disable_plaintext_auth = yes
auth_mechanisms = plain login
mail_location = maildir:~/Maildir
mail_save_crlf = yes
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Entwürfe {{
    auto = create
    special_use = \\Drafts
  }}
  mailbox Gesendet {{
    auto = create
    special_use = \\Sent
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener {folder}/auth {{
    mode = 0666
  }}
}}
service imap-login {{
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@acme.example
}}
"""


@contextlib.contextmanager
def dovecot(host: Host) -> Iterator[Host]:
    """IMAP (STARTTLS) and IMAPS, LMTP into Maildirs, and the socket that Postfix asks about passwords."""
    host.ports |= free_ports("imap", "imaps", "lmtp")
    owner = pwd.getpwnam(OWNER)
    (host.folder / "dovecot").mkdir()
    mail = host.folder / "mail"
    mail.mkdir()
    os.chown(mail, owner.pw_uid, owner.pw_gid)
    (host.folder / "users").write_text("".join(f"{user}:{{PLAIN}}{word}\n" for user, word in USERS.items()))
    conf = host.folder / "dovecot.conf"
    known = {"folder": host.folder, "certificate": host.certificate, "uid": owner.pw_uid, "gid": owner.pw_gid}
    conf.write_text(DOVECOT.format(**known, **host.ports))
    with running(["/usr/sbin/dovecot", "-F", "-c", str(conf)], [host.ports["lmtp"]], host, "dovecot"):
        yield host


# --- Postfix: submission (RFC 6409)

MAIN_CF = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {programs}
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.acme.example
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = acme.example
virtual_mailbox_maps = inline:{{ {mailboxes} }}
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
default_transport = error:this test goes nowhere
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {certificate}
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {folder}/auth
smtpd_sasl_security_options = noanonymous
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = reject_unlisted_recipient
smtpd_forbid_bare_newline = yes
smtpd_client_connection_count_limit = 0
local_header_rewrite_clients =
smtpd_error_sleep_time = 0
smtputf8_enable = yes
message_size_limit = 5000000
"""
MASTER_CF = """
{submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
{smtps} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace")


@contextlib.contextmanager
def postfix(host: Host) -> Iterator[Host]:
    """Submission with STARTTLS and with implicit TLS; letters go to Dovecot, which must run."""
    host.ports |= free_ports("submission", "smtps")
    known = {"folder": host.folder, "programs": POSTFIX_PROGRAMS, "certificate": host.certificate, **host.ports}
    mailboxes = ", ".join(f"{{{user} = here}}" for user in USERS)
    conf = host.folder / "postfix"
    conf.mkdir()
    (conf / "main.cf").write_text(MAIN_CF.format(**known, mailboxes=mailboxes))
    (conf / "master.cf").write_text(MASTER_CF.format(**known))
    _make_queue(host.folder)
    command = [str(POSTFIX_PROGRAMS / "master"), "-c", str(conf), "-d"]
    with running(command, [host.ports["submission"], host.ports["smtps"]], host, "postfix"):
        yield host


def _make_queue(folder: Path) -> None:
    owner, group = pwd.getpwnam("postfix").pw_uid, grp.getgrnam("postdrop").gr_gid
    (folder / "queue" / "pid").mkdir(parents=True)
    for path in (folder / "data", *(folder / "queue" / name for name in QUEUES)):
        path.mkdir(mode=0o700)
        os.chown(path, owner, 0)
    for name, mode in (("public", 0o710), ("maildrop", 0o730)):
        path = folder / "queue" / name
        path.mkdir()
        os.chown(path, owner, group)
        path.chmod(mode)


# --- Fixtures, to be imported by name

_RUNNING = pytest.StashKey[Host]()


@pytest.fixture(scope="session")
def mail_servers(request):
    """Postfix and Dovecot, started once for all modules; skipped with the reason where they cannot be."""
    config = request.config
    if _RUNNING not in config.stash:
        if why := missing():
            pytest.skip(why)
        with contextlib.ExitStack() as stack:
            host = stack.enter_context(mail_host())
            stack.enter_context(dovecot(host))
            config.stash[_RUNNING] = stack.enter_context(postfix(host))
            config.add_cleanup(stack.pop_all().close)
    return config.stash[_RUNNING]


@pytest.fixture
def mail(mail_servers):
    """The servers, with empty mailboxes."""
    mail_servers.empty()
    return mail_servers
