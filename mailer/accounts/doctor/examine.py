"""Test each link between the settings and a delivered letter; nothing is sent and nothing is printed.

    settings → keyring → dns → tcp → tls → ehlo → auth → envelope (MAIL, RCPT, RSET) → imap (folders) → ledger

A link that depends on one that failed is not tested; the ledger depends on its place alone.  Each protocol is signed in
to once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING

from mailer.accounts.doctor import seen
from mailer.accounts.doctor.steps import Diagnosis, DiagnosisBuilder, Probe
from mailer.errors import BadSettings, MailerError, NotTrusted

if TYPE_CHECKING:
    from pathlib import Path

    from mailer.accounts.providers.table import Provider
    from mailer.accounts.secrets.keyring import Found
    from mailer.settings.database import Database
    from mailer.settings.server import Server
    from mailer.settings.settings import Settings


def _now() -> datetime:
    return datetime.now().astimezone()


def examine(
    load: Callable[[], Settings],
    environ: Mapping[str, str],
    *,
    log: Callable[[str], None] | None = None,
    tell: Callable[[Probe], object] = str,
    now: Callable[[], datetime] = _now,
    ledger_of: Callable[[Settings], Path | Database] = attrgetter("ledger"),
) -> Diagnosis:
    """Take every step.

    ``load`` gives the settings and may raise; ``environ`` may hold the secret; ``log`` gets the conversations without
    secrets; ``tell`` each step as it is done; ``now`` is aware;
    ``ledger_of`` says where the ledger is, with what finds its password.
    Raises nothing of ours: the error of the first step that failed is in the diagnosis.
    """
    from mailer.accounts.doctor import ledger

    diagnosis = DiagnosisBuilder(tell)
    known = _settings(diagnosis, load, environ)
    if known is None:
        diagnosis.skip_to("imap", "not tested: the settings come first")
        diagnosis.skipped("not tested: the settings come first")
        # Where it is may be known all the same, and what is wrong with it is not wrong with the settings.
        with suppress(MailerError):
            ledger.look(diagnosis, ledger_of(load()))
        return Diagnosis(tuple(diagnosis.steps), diagnosis.error)
    settings, server, provider = known
    from mailer.accounts.doctor import folders, smtp

    found = _keyring(diagnosis, server, environ, provider)
    where = found.where if found else ""
    smtp.look(
        diagnosis, smtp.Target(settings, server, provider, smtp.secret_for(server, environ, found), log, now, where)
    )
    folders.look(diagnosis, server, environ, found, log)
    ledger.look(diagnosis, ledger_of(settings))
    return Diagnosis(tuple(diagnosis.steps), diagnosis.error)


def _settings(
    diagnosis: DiagnosisBuilder, load: Callable[[], Settings], environ: Mapping[str, str]
) -> tuple[Settings, Server, Provider | None] | None:
    from mailer.accounts.providers.table import provider_for_host

    try:
        settings = load()
        server = settings.submission_server()
        settings.check()
        _try(server, environ)
    except MailerError as error:
        # A signature file that cannot be read is a setting that is wrong, whatever else it is elsewhere.
        wrong = BadSettings(error.text, hint=error.hint, file=error.file, line=error.line, field=error.field)
        diagnosis.failed(error if isinstance(error, BadSettings) else wrong)
        return None
    provider = provider_for_host(server.host)
    hint = "" if settings.sender else "set MAILER_FROM, or give each letter a From"
    diagnosis.passed(seen.settings(settings, server, provider), "the settings can be used", hint)
    return settings, server, provider


def _try(server: Server, environ: Mapping[str, str]) -> None:
    """What would show only later and is a fault of the settings all the same.  Raises BadSettings (78)."""
    from mailer.transport.connection import tls_context
    from mailer.transport.session import a_label

    a_label(server.host)
    if server.ca_file:
        tls_context(server.ca_file)
    if server.auth == "oauth2" and not (server.token_command or environ.get("MAILER_PASSWORD")):
        from mailer.accounts.oauth.client import client_of

        # No client id at all is told where the token is looked for.
        with suppress(NotTrusted):
            client_of(server)
    if server.auth != "none":
        from mailer.accounts import guard

        guard.mind(server, "smtp", guard.source(server, environ))


def _keyring(
    diagnosis: DiagnosisBuilder, server: Server, environ: Mapping[str, str], provider: Provider | None
) -> Found | None:
    """Return where the secret of sending is; for OAuth2 the refresh token, without asking the issuer."""
    from mailer.accounts import guard

    try:
        found = guard.for_smtp(server, environ, renew=False)
    except MailerError as error:
        diagnosis.failed(error, seen.advice(error.hint, provider), _backend())
        return None
    if found is None:
        diagnosis.skipped("not needed: MAILER_AUTH is none, or no user name is set")
        return None
    diagnosis.passed(found.where, f"there is a {'token' if server.auth == 'oauth2' else 'password'}")
    return found


def _backend() -> str:
    from mailer.accounts.secrets import keyring

    try:
        return f"keyring ({keyring.backend_name()})"
    except MailerError:
        return ""
