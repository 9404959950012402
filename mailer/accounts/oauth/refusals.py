"""What an authorization server's error means, in words and with a way out (RFC 6749 5.2, 8628 3.5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailer.characters import printable
from mailer.errors import BadSettings, Later, MailerError, NotTrusted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mailer.accounts.oauth.client import Client
    from mailer.accounts.oauth.web import Answer

_LONGEST = 300
_GOOGLE = (
    'Google ends it seven days after sign-in while the OAuth client is in "Testing" (set it to "In production"), '
    "when the password is changed, when the access is taken away at myaccount.google.com/permissions, "
    "and after six months without use"
)
_MICROSOFT = {
    "50173": "the password was changed, or the access was taken away, since the sign-in",
    "50132": "the password was changed, or the access was taken away, since the sign-in",
    "700082": "it was not used for 90 days",
    "70008": "it has expired, or the access was taken away",
    "70043": "the organisation's sign-in rules ended it",
    "50076": "the account now wants a second factor",
    "50079": "the account now wants a second factor",
    "53003": "the organisation's rules (conditional access) do not let this program in",
    "65001": "the access was not agreed to, or was taken away",
    "50034": "the account is not known there",
    "50057": "the account is switched off",
}
_ELSEWHERE = "the access was taken away, the password changed, or it was not used for too long"


def answer_error(answer: Answer, client: Client, secrets: Iterable[str] = ()) -> MailerError:
    """The error of an answer, without any of ``secrets``: 77, 75 for a server that cannot now, 78 for our settings."""
    hidden = (*secrets, client.secret)
    error, said = _masked(answer.text("error"), hidden), words(_masked(answer.text("error_description"), hidden))
    if error in ("temporarily_unavailable", "server_error") or answer.status >= 500 or answer.status == 429:
        return Later(f"{client.issuer} cannot answer now (HTTP {answer.status}){said}", hint="try again later")
    if error == "invalid_grant":
        return _expired_error(answer, client, said)
    if error in ("invalid_client", "unauthorized_client") or "client_secret" in answer.text("error_description"):
        return _client_error(client, said)
    if error == "invalid_scope":
        hint = "set MAILER_OAUTH_SCOPE to what the issuer names"
        return BadSettings(f"{client.issuer} does not give the scope that was asked for{said}", hint=hint)
    return refused_error(error, client, said)


def refused_error(error: str, client: Client, said: str = "") -> NotTrusted:
    """Return the error of a redirect or of any other answer."""
    if error == "access_denied":
        return NotTrusted(f"{client.issuer}: the access was not agreed to{said}", hint=_again(client))
    if error == "expired_token":
        return NotTrusted(f"{client.issuer}: the code was not typed in time", hint=_again(client))
    name = f"{error[:60]!a}" if error else "no reason"
    return NotTrusted(f"{client.issuer} refused the sign-in: {name}{said}", hint=_again(client))


def _expired_error(answer: Answer, client: Client, said: str) -> NotTrusted:
    text = f"the sign-in of {client.login} at {client.issuer} is no longer good: {_why(answer, client)}{said}"
    return NotTrusted(text, hint=_again(client))


def _why(answer: Answer, client: Client) -> str:
    if client.issuer == "https://accounts.google.com":
        return _GOOGLE
    code = re.search(r"AADSTS(\d+)", answer.text("error_description"))
    return _MICROSOFT.get(code[1] if code else "", _ELSEWHERE)


def _client_error(client: Client, said: str) -> BadSettings:
    return BadSettings(
        f"{client.issuer} does not accept the client id {printable(client.id)[:120]}{said}",
        hint="is MAILER_OAUTH_CLIENT_ID right? a client that has a secret wants it at `mailer login` "
        "(MAILER_OAUTH_CLIENT_SECRET in the environment, or typed)",
        field="MAILER_OAUTH_CLIENT_ID",
    )


def _masked(text: str, secrets: Iterable[str]) -> str:
    """Without the secrets, however they are spelled: servers like to quote the form that they were sent."""
    from mailer.masking import masked

    for secret in secrets:
        text = masked(text, secret)
    return text


def words(text: str) -> str:
    """Return a server's own words, on one line and to the end of an error; "" if it said nothing."""
    text = " ".join(printable(text).split())
    return f" (it says: {text[:_LONGEST]})" if text else ""


def _again(client: Client) -> str:
    return f"sign in again: mailer login {client.login}"
