"""Tell at ``login`` which servers there are, before a password is typed, and how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailer.characters import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailer.accounts.plan import AccountPlan
    from mailer.accounts.secrets.keyring import Found
    from mailer.accounts.sign_in import SignedIn
    from mailer.cli.app import App
    from mailer.cli.sign_in import Attempt
    from mailer.settings.server import Server

_ORIGINS = {
    "option": "as given",
    "table": "the provider's",
    "mx": "by the domain's MX",
    "srv": "by the domain's SRV record",
    "answer": "as answered",
}


def announce(app: App, made: AccountPlan, server: Server) -> None:
    """Which servers, and what this provider wants, before a password is typed."""
    for silent in made.passed_over:
        told = f"{silent.host}, port {silent.port}, cannot be reached; trying the next one that the domain names"
        app.output.note(printable(told))
    lines = list(made.advice[1:])
    name = f"{made.provider.name}: " if made.provider else ""
    lines.insert(0, f"{name}{where(server)} ({_ORIGINS.get(made.origin, made.origin)})")
    if server.imap_host:
        lines.append(_folders(server))
    for line in lines:
        app.output.note(printable(line))


def tell_servers(app: App, server: Server) -> None:
    """The servers of an account that is there, before its secret is tried."""
    app.output.note(printable(where(server)))
    if server.imap_host:
        app.output.note(printable(_folders(server)))


def _folders(server: Server) -> str:
    return f"Folders: {server.imap_host}, port {server.imap_port}, {server.imap_security}"


def where(server: Server) -> str:
    """The server that sends, for people."""
    return f"{server.host}, port {server.port}, {server.security}"


def tell_test(app: App, server: Server, attempt: Attempt, *, as_json: bool) -> None:
    """A sign-in that was only tried."""
    if as_json:
        app.output.json({"status": "tested", **_told(server, attempt), "error": None})
    else:
        app.output.line(f"{attempt.how(server)}; nothing was stored")


def tell(app: App, done: SignedIn, attempt: Attempt, found: Found | None, *, as_json: bool) -> None:
    """What was tried, and what is kept where."""
    for entry in done.gone:
        app.output.note(printable(f"The secret for {entry.shown} was removed from the keyring"))
    if done.left:
        app.output.note(printable(f"A secret that is no longer used is still in the keyring: {done.left}"))
    if done.backend and found:
        _tell_what_wins(app, done.server)
    if as_json:
        stored = {"account": done.name, "default": done.default, "keyring": done.backend or None}
        told = {**stored, **_told(done.server, attempt), "file": str(done.path)}
        app.output.json({"status": "signed-in", **told, "error": None})
        return
    app.output.line(attempt.how(done.server))
    _tell_secrets(app, done, found)
    app.output.line(f"The settings are in {done.path}" + (" (the default account)" if done.default else ""))
    app.output.note("Next: mailer send letter.md --to-myself" if done.default else f"Use it with --account {done.name}")


def _tell_secrets(app: App, done: SignedIn, found: Found | None) -> None:
    kind = "token" if done.server.auth == "oauth2" else "password"
    if done.backend and found:
        app.output.line(f"The {kind} is in the keyring ({done.backend})")
    elif found:
        app.output.line(f"The {kind} comes from {found.where}; it was not stored")
    if done.own_secret:
        app.output.line(f"The password of {done.server.imap_host} (IMAP) is in the keyring ({done.backend})")


def _tell_what_wins(app: App, server: Server) -> None:
    """What other commands will use before the keyring, now or in this shell."""
    command = "MAILER_TOKEN_COMMAND" if server.auth == "oauth2" else "MAILER_PASSWORD_COMMAND"
    has_command = server.token_command if server.auth == "oauth2" else server.password_command
    for name, is_set in (("MAILER_PASSWORD", app.environ.get("MAILER_PASSWORD")), (command, has_command)):
        if is_set:
            app.output.note(f"{name} is set and overrides the keyring: unset it, or the keyring's is not used")


def _told(server: Server, attempt: Attempt) -> Mapping[str, Any]:
    return {
        "host": server.host,
        "port": server.port,
        "security": server.security,
        "username": server.username or None,
        "auth": server.auth,
        "mechanism": attempt.mechanism or None,
        "tls": attempt.tls or None,
        "imap": server.imap_host or None,
    }
