"""The authorization code with PKCE (RFC 6749 4.1, 7636), from the address to open to the redirect that comes back."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailer.accounts.oauth import refusals
from mailer.errors import NotTrusted

if TYPE_CHECKING:
    from mailer.accounts.oauth.client import Client
    from mailer.accounts.oauth.issuer import Issuer

_AGAIN = "start again, and use only the page that opens then"


@dataclass(frozen=True, slots=True)
class Request:
    """One sign-in under way; ``redirect`` is where the browser is sent back to."""

    redirect: str
    state: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)

    @property
    def challenge(self) -> str:
        """S256 of the verifier (RFC 7636 4.2)."""
        from base64 import urlsafe_b64encode
        from hashlib import sha256

        return urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


def address(request: Request, client: Client, issuer: Issuer) -> str:
    """Return the page to open in a browser."""
    from urllib.parse import urlencode

    query = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": request.redirect,
        "scope": issuer.scope,
        "state": request.state,
        "code_challenge": request.challenge,
        "code_challenge_method": "S256",
        "login_hint": client.login,
        **dict(issuer.parameters),
    }
    joint = "&" if "?" in issuer.authorize else "?"
    return issuer.authorize + joint + urlencode({name: text for name, text in query.items() if text})


def answer(redirected: str, request: Request, client: Client, issuer: Issuer) -> str:
    """Return the code in the address that the browser was sent back to, or in its query alone.

    Raises NotTrusted (77) for another sign-in's answer (state), another issuer's (RFC 9207), a refusal, or no code.
    """
    found = _query(redirected)
    if not same(found.get("state", ""), request.state):
        raise NotTrusted("what came back belongs to another sign-in (its state is not ours)", hint=_AGAIN)
    if not _from(issuer, found.get("iss")):
        raise NotTrusted(f"what came back is not from {issuer.name}", hint=_AGAIN)
    if "error" in found:
        raise refusals.refused_error(found["error"], client, refusals.words(found.get("error_description", "")))
    if not found.get("code"):
        raise NotTrusted("what came back holds no code", hint="give the whole address, from http:// on")
    return found["code"]


def is_answer(query: str) -> bool:
    """Tell whether a request's query ends a sign-in, well or not: browsers ask for icons too."""
    return bool({"code", "error", "state"} & _query(f"?{query}").keys())


def state_of(query: str) -> str:
    """Return the state in a request's query, "" if there is none or more than one."""
    return _query(f"?{query}").get("state", "")


def same(state: str, ours: str) -> bool:
    """Tell whether a state is ours, in a time that tells nobody how much of it is."""
    return secrets.compare_digest(state.encode("utf-8", "replace"), ours.encode())


def _query(redirected: str) -> dict[str, str]:
    """Return the parameters, each once; one that is given twice counts for nothing (RFC 6749 3.1)."""
    from urllib.parse import parse_qsl

    query = redirected.strip().partition("?")[2].partition("#")[0]
    if any("\ud800" <= char <= "\udfff" for char in query):
        return {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=64)
    except ValueError:
        return {}
    names = [name for name, _ in pairs]
    return {name: text for name, text in pairs if names.count(name) == 1}


def _from(issuer: Issuer, iss: str | None) -> bool:
    """Tell whether an answer's ``iss`` is that of the issuer, or need not be there (RFC 9207 2.4)."""
    if iss is None:
        return not issuer.says_iss
    # Microsoft names the tenant that the account turned out to be in.
    shared = "https://login.microsoftonline.com/"
    return iss == issuer.name or (issuer.name.startswith(shared) and iss.startswith(shared) and not issuer.says_iss)
