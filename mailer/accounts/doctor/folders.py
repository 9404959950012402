"""The link to the server that keeps the folders (RFC 3501, 6154)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from mailer.accounts.doctor import seen
from mailer.errors import BadSettings, MailerError, NotTrusted

if TYPE_CHECKING:
    from mailer.accounts.doctor.steps import DiagnosisBuilder
    from mailer.accounts.guard import FolderSecret
    from mailer.accounts.secrets.keyring import Found
    from mailer.imap.server import ImapServer
    from mailer.imap.session import ImapSession
    from mailer.settings.server import Server


def look(
    diagnosis: DiagnosisBuilder,
    server: Server,
    environ: Mapping[str, str],
    found: Found | None,
    log: Callable[[str], None] | None,
) -> None:
    """The step "imap": connect, verify, sign in, find and open the folders for drafts and sent letters."""
    from mailer.accounts import guard
    from mailer.imap.server import of_settings
    from mailer.imap.session import open_session

    if not server.imap_host:
        diagnosis.skipped("not tested: no IMAP server is set (MAILER_IMAP_HOST)")
        return
    if server.auth == "oauth2" and found is None:
        diagnosis.skipped("not tested: there is no token to sign in with")
        return
    told, reached = "", [] if server.imap_security != "none" else ["tls"]
    try:
        wanted = of_settings(server)
        secret = _secret(server, wanted, environ, found)
        if secret is None:
            diagnosis.skipped("not tested: there is no password to sign in with")
            return
        with (
            guard.telling(secret.where, secret.secret, wanted),
            open_session(wanted, secret.secret, log=log, on_step=reached.append) as session,
        ):
            told = _line(session)
            folders = f"drafts in {_folder(session, 'drafts', server.drafts_folder)}; {_sent(session, server)}"
        diagnosis.passed(f"{folders}; {told}", f"{server.imap_host} shows its folders")
    except MailerError as error:
        diagnosis.failed(error, "", told)


def _secret(server: Server, wanted: ImapServer, environ: Mapping[str, str], found: Found | None) -> FolderSecret | None:
    """Return what signs in; None where the step "keyring" told of it already.

    Raises NotTrusted (77) where sending needs none and the mailbox has none, BadSettings (78).
    """
    from mailer.accounts import guard

    is_told = found is None and server.auth != "none"
    if is_told and server.password_command:
        return None
    try:
        return guard.for_imap(server, wanted, environ, known=found.secret if found else "")
    except NotTrusted:
        if is_told:
            return None
        raise


def _line(session: ImapSession) -> str:
    names = ", ".join(sorted(session.capabilities))
    return f"{session.mechanism}, {session.login}; {names}; {seen.tls(session.tls)}"


def _sent(session: ImapSession, server: Server) -> str:
    if server.save_sent == "no":
        return "no copies in Sent are wanted"
    return f"sent letters in {_folder(session, 'sent', server.sent_folder)}"


def _folder(session: ImapSession, use: str, setting: str) -> str:
    """Return the folder's name.  It is opened, which a server may refuse although it lists it.

    Raises BadSettings (78) if there is none, or not the one that the setting names; CannotWrite (73) for a no.
    """
    folder = session.folder(use, setting)
    names = [each.name for each in session.folders() if each.usable]
    if setting and folder.name not in names:
        raise BadSettings(
            f"there is no folder {folder.name} at {session.host} (renamed or deleted?)",
            hint=f"there are: {', '.join(names[:12])}",
            field=folder.setting,
        )
    session.look_into(folder)
    return folder.name
