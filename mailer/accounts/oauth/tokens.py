"""The token endpoint (RFC 6749 4.1.3, 6; 8628 3.4): codes and refresh tokens for access tokens, and its refusals."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailer.accounts.oauth import refusals
from mailer.errors import NotTrusted

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.accounts.oauth.client import Client
    from mailer.accounts.oauth.issuer import Issuer
    from mailer.accounts.oauth.web import Answer

_SHORTEST, _LONGEST = 60.0, 86_400.0
_LONGEST_SCOPE = 900  # with room in one piece of the keyring
_UNSAID = frozenset({"offline_access", "openid", "profile", "email"})


@dataclass(frozen=True, slots=True)
class Tokens:
    """What was handed out; ``refresh`` is "" if none was; ``expires`` in seconds of the monotonic clock.

    ``scope`` is what was granted, "" where the answer does not say: what was asked for then (RFC 6749 5.1).
    """

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires: float
    scope: str = ""


def redeem(
    client: Client, issuer: Issuer, form: dict[str, str], clock: Callable[[], float] = time.monotonic
) -> Tokens | Answer:
    """Ask the token endpoint: tokens, or the answer that holds an error.  Raises what ``Client.post`` raises."""
    asked = clock()
    answer = client.post(issuer.token, form, basic=issuer.basic)
    return _read(answer, issuer, asked) if answer.status == 200 and "error" not in answer.body else answer


def exchange(client: Client, issuer: Issuer, code: str, verifier: str, redirect: str) -> Tokens:
    """Return the code of a redirect for tokens (RFC 7636 4.5), a refresh token among them.  Raises MailerError."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
    found = redeem(client, issuer, form)
    if isinstance(found, Tokens):
        return with_refresh(found, issuer)
    raise refusals.answer_error(found, client, (code, verifier))


def refresh(client: Client, issuer: Issuer, token: str, scope: str = "") -> Tokens:
    """Return a new access token; a refresh token with it stands in for the old one (rotation).

    ``scope``, what was granted, goes along, which some servers want (RFC 6749 6); one that finds it too wide is asked
    without.
    Raises NotTrusted (77), with why if the token is no longer good; Later (75); BadSettings (78).
    """
    form = {"grant_type": "refresh_token", "refresh_token": token}
    found = redeem(client, issuer, {**form, "scope": scope} if scope else form)
    if scope and not isinstance(found, Tokens) and found.text("error") == "invalid_scope":
        found = redeem(client, issuer, form)
    if isinstance(found, Tokens):
        return found
    raise refusals.answer_error(found, client, (token,))


def with_refresh(tokens: Tokens, issuer: Issuer) -> Tokens:
    """Return the same tokens.  Raises NotTrusted (77) if no refresh token is among them: it could not be used again."""
    if not tokens.refresh:
        raise NotTrusted(
            f"{issuer.name} gave no refresh token: it would work for an hour only",
            hint="add offline_access to MAILER_OAUTH_SCOPE, or take away the access that the account gave before",
        )
    return tokens


def _read(answer: Answer, issuer: Issuer, asked: float) -> Tokens:
    """RFC 6749 5.1; tokens are printable ASCII (A.12, A.17)."""
    access, again = answer.text("access_token"), answer.text("refresh_token")
    kind = answer.text("token_type").lower()
    if not access or kind != "bearer" or not all(is_printable_ascii(token) for token in (access, again)):
        raise NotTrusted(f"{issuer.name} gave no bearer token", hint="the server is at fault; try again later")
    lasts = answer.body.get("expires_in", 3600)
    seconds = float(min(lasts, _LONGEST)) if isinstance(lasts, int | float) and lasts > 0 else 3600.0
    return Tokens(access, again, asked + max(seconds, _SHORTEST), _scope(answer.text("scope")))


def _scope(text: str) -> str:
    """Return a scope as RFC 6749 3.3 has it, "" for anything else."""
    return " ".join(text.split()) if len(text) <= _LONGEST_SCOPE and is_printable_ascii(text) else ""


def narrowed(asked: str, granted: str) -> str:
    """Return what to ask for at a refresh: of what was asked for only what was granted.

    ``offline_access`` and what is about the person is often granted without a word.
    """
    words = granted.split()
    return " ".join(word for word in asked.split() if word in words or word in _UNSAID) or granted


def is_printable_ascii(text: str) -> bool:
    """Tell whether codes and tokens may be that (VSCHAR of RFC 6749)."""
    return text.isascii() and text.isprintable()
