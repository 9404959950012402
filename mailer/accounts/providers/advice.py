"""What a provider wants of a user who signs in, in words; from the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.accounts.providers.table import provider_for_imap

if TYPE_CHECKING:
    from mailer.accounts.providers.table import Endpoint, Provider

_OAUTH2 = "it wants OAuth2 (MAILER_AUTH=oauth2), signed in with `mailer login`"


def before_sign_in(provider: Provider | None, auth: str, smtp: Endpoint, *, ready: bool) -> tuple[str, ...]:
    """Return what this provider wants of a user who is about to sign in; ``ready``: what OAuth2 needs is set."""
    if provider is None or auth == "none":
        return ()
    lines = [f"{provider.name}: {smtp.host}, port {smtp.port}"]
    if auth == "oauth2":
        lines += _oauth_advice(provider, ready=ready)
    elif wanted := _password_wanted(provider):
        lines.append(wanted[0].upper() + wanted[1:])
    if provider.before:
        lines.append(f"First: {provider.before}")
    return tuple(lines)


def where_folders_refuse(host: str, port: int, username: str, *, token: bool) -> str:
    """What else to look at when the server that keeps the folders refuses a password, or an access ``token``, or ""."""
    provider = provider_for_imap(host, port, username)
    if provider is None:
        return "" if token else "Many providers want an app password, and IMAP switched on."
    wants = "" if token else _OAUTH2 if provider.needs_oauth else _password_wanted(provider)
    first = f"first: {provider.imap_before}" if provider.imap_before else ""
    words = "; ".join(filter(None, (wants, first)))
    return f"{provider.name}: {words}." if words else ""


def _oauth_advice(provider: Provider, *, ready: bool) -> list[str]:
    lines = ["It signs in with OAuth2"]
    if not ready:
        lines[0] += ": set MAILER_OAUTH_CLIENT_ID to a client id of your own, or MAILER_TOKEN_COMMAND; "
        lines[0] += "`mailer draft` works without"
    if provider.needs_oauth and provider.auth[1:]:
        lines.append("Where its administrator still allows a password: --auth password")
    return lines


def _password_wanted(provider: Provider) -> str:
    """Which password a provider wants, where that is not the one of its web page; "" if it is."""
    where = f": {provider.help}" if provider.help else ""
    if provider.auth[0] == "app-password":
        return f"it wants an app password, not the one of the web page{where}"
    if "app-password" in provider.auth:
        return f"with two-step sign-in it wants an app password{where}"
    if "bridge-password" in provider.auth:
        return "it wants the password that Bridge shows, not the one of the web page"
    return ""
