"""The links to the server that sends: DNS, TCP, TLS, EHLO, sign-in, and an envelope that is taken back (RFC 5321)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from mailer.accounts.doctor import seen
from mailer.errors import Later, MailerError, Refused

if TYPE_CHECKING:
    from mailer.accounts.doctor.steps import Walk
    from mailer.accounts.providers.table import Provider
    from mailer.accounts.secrets.keyring import Found
    from mailer.settings.settings import Server, Settings
    from mailer.transport.connection import Connection
    from mailer.transport.handshake import Opening
    from mailer.transport.session import SmtpSession

Word = str | Callable[[], str]


@dataclass(frozen=True, slots=True)
class Job:
    """What is looked at; ``word`` is what signs in, None if there is nothing to sign in with; ``where`` it is from."""

    settings: Settings
    server: Server
    provider: Provider | None
    word: Word | None
    log: Callable[[str], None] | None
    now: Callable[[], datetime]
    where: str = ""


def word(server: Server, environ: Mapping[str, str], found: Found | None) -> Word | None:
    """What signs in: the secret that was found, or what fetches an access token for it."""
    if found is None or server.auth == "none":
        return None
    if server.auth == "oauth2":
        from mailer.accounts.oauth import access

        return access.renewed(server, environ, found.secret)
    return found.secret


def look(walk: Walk, job: Job) -> None:
    """From "dns" to "envelope"."""
    session = None
    from mailer.accounts import guard

    try:
        with guard.telling(job.where, job.word):
            session = _opened(walk, job)
        with session:
            _sign_in_and_envelope(walk, job, session)
    except MailerError as error:
        name = walk.next
        walk.failed(error, _hint(job, name, error))
        walk.skip_to("imap", f"not looked at: {name} failed")


def _hint(job: Job, name: str, error: MailerError) -> str:
    if name == "auth":
        return seen.advice(error.hint, job.provider)
    if name not in ("dns", "tcp", "tls"):
        return error.hint
    server, sender = job.server, job.settings.sender
    return seen.way(error.hint, sender.domain if sender else "", server.host, server.port, server.security)


def _opened(walk: Walk, job: Job) -> SmtpSession:
    from mailer.transport import connection
    from mailer.transport.handshake import Opening
    from mailer.transport.session import SmtpSession, a_label
    from mailer.transport.transcript import Transcript

    server, host = job.server, a_label(job.server.host)

    def on_step(name: str) -> None:
        if name == "dns":
            walk.passed(host, "the name has an address")

    line = connection.connect(host, server.port, server.connect_timeout, on_step)
    walk.passed(f"{line.peer} port {server.port}", "something listens there")
    transcript = Transcript(job.log)
    wanted = server if job.word is not None else server._replace(auth="none")
    opening = Opening(wanted, host, line, transcript)
    try:
        _go(walk, job, opening, line)
    except BaseException:
        line.close()
        raise
    return SmtpSession(wanted, line, opening, transcript)


def _go(walk: Walk, job: Job, opening: Opening, line: Connection) -> None:
    from mailer.transport.connection import tls_context

    security, nothing = job.server.security, opening.capabilities

    def on_step(name: str) -> None:
        if name == "tls":
            walk.passed(seen.tls(line.tls), "the certificate is trusted and names this host")
        elif name == "ehlo":
            far, hint = seen.clock(opening.greeting, job.now())
            walk.passed(seen.capabilities(opening.capabilities) + far, "the server takes submissions", hint)
        elif name == "auth":
            walk.passed(f"{opening.mechanism}, {job.server.username}", "the server accepts the sign-in")

    if security == "none" and line.on_loopback:
        walk.skipped("not needed: MAILER_SMTP_SECURITY is none, on this machine only")
    try:
        opening.open(None if security == "none" else tls_context(job.server.ca_file), job.word or "", on_step)
    except MailerError:
        if walk.next == "tls" and line.tls:
            on_step("tls")
        elif walk.next == "tls" and security == "starttls" and opening.capabilities is nothing:
            walk.skipped("not looked at: the server did not come to STARTTLS")
        raise


def _sign_in_and_envelope(walk: Walk, job: Job, session: SmtpSession) -> None:
    if walk.next == "auth" and job.server.auth == "none":
        walk.skipped("not needed: MAILER_AUTH is none, or no user name is set")
    elif walk.next == "auth":
        walk.skip_to("imap", "not looked at: there is nothing to sign in with")
        return
    address = _own_address(job)
    if not address:
        walk.skipped("not looked at: no address is known to try; set MAILER_FROM")
    elif not address.isascii():
        walk.skipped(f"not looked at: {address} needs SMTPUTF8, which is tried only with a letter")
    else:
        _envelope(walk, session, address)


def _own_address(job: Job) -> str:
    """MAILER_FROM, else a user name that is an address, else ""."""
    from mailer.message.address import parse_mailbox

    if job.settings.sender:
        return job.settings.sender.addr_spec
    try:
        return parse_mailbox(job.server.username).addr_spec
    except MailerError:
        return ""


def _envelope(walk: Walk, session: SmtpSession, address: str) -> None:
    from mailer.transport.explain import explain

    replies = session.try_envelope(address, address)
    last, command = replies[-1], ("MAIL", "RCPT")[len(replies) - 1]
    said = "; ".join(f"{name} {reply.line}" for name, reply in zip(("MAIL", "RCPT"), replies, strict=False))
    if last.positive:
        walk.passed(said, f"a letter from {address} to itself would be taken; none was sent")
        return
    meaning, hint = explain(last, session.host, command.lower())
    kind = Refused if last.permanent else Later
    error = kind(f"{session.host} refuses {command} of {address}: {last.line} ({meaning})", hint=hint)
    walk.failed(error, seen=said)
