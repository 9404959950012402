"""The links to the server that sends: DNS, TCP, TLS, EHLO, sign-in, and an envelope that is taken back (RFC 5321)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from mailer.accounts.doctor import seen
from mailer.errors import Later, MailerError, Refused

if TYPE_CHECKING:
    from mailer.accounts.doctor.steps import DiagnosisBuilder
    from mailer.accounts.providers.table import Provider
    from mailer.accounts.secrets.keyring import Found
    from mailer.settings.server import Server
    from mailer.settings.settings import Settings
    from mailer.transport.connection import Connection
    from mailer.transport.handshake import Opening
    from mailer.transport.session import SmtpSession

Secret = str | Callable[[], str]


@dataclass(frozen=True, slots=True)
class Target:
    """What is examined; ``secret`` is what signs in, None if there is nothing to sign in with; ``where`` it is from."""

    settings: Settings
    server: Server
    provider: Provider | None
    secret: Secret | None
    log: Callable[[str], None] | None
    now: Callable[[], datetime]
    where: str = ""


def secret_for(server: Server, environ: Mapping[str, str], found: Found | None) -> Secret | None:
    """Return what signs in: the secret that was found, or what fetches an access token for it."""
    if found is None or server.auth == "none":
        return None
    if server.auth == "oauth2":
        from mailer.accounts.oauth import access

        return access.renewed(server, environ, found.secret)
    return found.secret


def look(diagnosis: DiagnosisBuilder, target: Target) -> None:
    """From "dns" to "envelope"."""
    session = None
    from mailer.accounts import guard

    try:
        with guard.telling(target.where, target.secret):
            session = _opened(diagnosis, target)
        with session:
            _sign_in_and_envelope(diagnosis, target, session)
    except MailerError as error:
        name = diagnosis.next
        diagnosis.failed(error, _hint(target, name, error))
        diagnosis.skip_to("imap", f"not tested: {name} failed")


def _hint(target: Target, name: str, error: MailerError) -> str:
    if name == "auth":
        return seen.advice(error.hint, target.provider)
    if name not in ("dns", "tcp", "tls"):
        return error.hint
    server, sender = target.server, target.settings.sender
    return seen.way(error.hint, sender.domain if sender else "", server.host, server.port, server.security)


def _opened(diagnosis: DiagnosisBuilder, target: Target) -> SmtpSession:
    from mailer.transport import connection
    from mailer.transport.handshake import Opening
    from mailer.transport.session import SmtpSession, a_label
    from mailer.transport.transcript import Transcript

    server, host = target.server, a_label(target.server.host)

    def on_step(name: str) -> None:
        if name == "dns":
            diagnosis.passed(host, "the name has an address")

    line = connection.connect(host, server.port, server.connect_timeout, on_step)
    diagnosis.passed(f"{line.peer} port {server.port}", "something listens there")
    transcript = Transcript(target.log)
    wanted = server if target.secret is not None else server._replace(auth="none")
    opening = Opening(wanted, host, line, transcript)
    try:
        _go(diagnosis, target, opening, line)
    except BaseException:
        line.close()
        raise
    return SmtpSession(wanted, line, opening, transcript)


def _go(diagnosis: DiagnosisBuilder, target: Target, opening: Opening, line: Connection) -> None:
    from mailer.transport.connection import tls_context

    security, nothing = target.server.security, opening.capabilities

    def on_step(name: str) -> None:
        if name == "tls":
            diagnosis.passed(seen.tls(line.tls), "the certificate is trusted and names this host")
        elif name == "ehlo":
            far, hint = seen.clock(opening.greeting, target.now())
            diagnosis.passed(seen.capabilities(opening.capabilities) + far, "the server takes submissions", hint)
        elif name == "auth":
            diagnosis.passed(f"{opening.mechanism}, {target.server.username}", "the server accepts the sign-in")

    if security == "none" and line.on_loopback:
        diagnosis.skipped("not needed: MAILER_SMTP_SECURITY is none, on this machine only")
    try:
        opening.open(None if security == "none" else tls_context(target.server.ca_file), target.secret or "", on_step)
    except MailerError:
        if diagnosis.next == "tls" and line.tls:
            on_step("tls")
        elif diagnosis.next == "tls" and security == "starttls" and opening.capabilities is nothing:
            diagnosis.skipped("not tested: the server did not come to STARTTLS")
        raise


def _sign_in_and_envelope(diagnosis: DiagnosisBuilder, target: Target, session: SmtpSession) -> None:
    if diagnosis.next == "auth" and target.server.auth == "none":
        diagnosis.skipped("not needed: MAILER_AUTH is none, or no user name is set")
    elif diagnosis.next == "auth":
        diagnosis.skip_to("imap", "not tested: there is nothing to sign in with")
        return
    address = _own_address(target)
    if not address:
        diagnosis.skipped("not tested: no address is known to try; set MAILER_FROM")
    elif not address.isascii():
        diagnosis.skipped(f"not tested: {address} needs SMTPUTF8, which is tried only with a letter")
    else:
        _envelope(diagnosis, session, address)


def _own_address(target: Target) -> str:
    """MAILER_FROM, else a user name that is an address, else ""."""
    from mailer.message.address import parse_mailbox

    if target.settings.sender:
        return target.settings.sender.addr_spec
    try:
        return parse_mailbox(target.server.username).addr_spec
    except MailerError:
        return ""


def _envelope(diagnosis: DiagnosisBuilder, session: SmtpSession, address: str) -> None:
    from mailer.transport.explain import explain

    replies = session.try_envelope(address, address)
    last, command = replies[-1], ("MAIL", "RCPT")[len(replies) - 1]
    said = "; ".join(f"{name} {reply.line}" for name, reply in zip(("MAIL", "RCPT"), replies, strict=False))
    if last.positive:
        diagnosis.passed(said, f"a letter from {address} to itself would be taken; none was sent")
        return
    meaning, hint = explain(last, session.host, command.lower())
    kind = Refused if last.permanent else Later
    error = kind(f"{session.host} refuses {command} of {address}: {last.line} ({meaning})", hint=hint)
    diagnosis.failed(error, seen=said)
