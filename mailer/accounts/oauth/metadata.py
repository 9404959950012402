"""What an authorization server says of itself (RFC 8414; OpenID Connect Discovery where it has only that)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.accounts.oauth import web
from mailer.accounts.oauth.issuer import Issuer
from mailer.errors import BadSettings, Later, NotTrusted, Refused

if TYPE_CHECKING:
    from pathlib import Path


def fetch(issuer: str, ca_file: Path | None = None) -> Issuer:
    """Return the endpoints of ``issuer``.

    Raises Later (75), NotTrusted (77) if what is found is another's, BadSettings (78) if nothing is found, Refused (69)
    if PKCE with S256 is not offered.
    """
    for url in addresses(issuer):
        answer = web.get_json(url, ca_file)
        if answer.status == 200 and answer.body:
            return read(issuer, answer)
        if answer.status >= 500 or answer.status == 429:
            raise Later(f"{issuer} cannot answer now (HTTP {answer.status})", hint="try again later")
    raise BadSettings(
        f"{issuer} says nothing of itself (RFC 8414)", hint="is it the issuer's own name?", field="MAILER_OAUTH_ISSUER"
    )


def addresses(issuer: str) -> tuple[str, ...]:
    """Return where the metadata may be, best first: RFC 8414 3.1, OpenID Connect Discovery 4.1."""
    where = web.parts(issuer)
    path = where.target.rstrip("/")
    origin = issuer.rstrip("/").removesuffix(path) if path else issuer.rstrip("/")
    return (
        f"{origin}/.well-known/oauth-authorization-server{path}",
        f"{issuer.rstrip('/')}/.well-known/openid-configuration",
    )


def read(issuer: str, answer: web.Answer) -> Issuer:
    """Metadata as an Issuer; the name in it must be the one that was asked for (RFC 8414 3.3)."""
    if answer.text("issuer") != issuer:
        raise NotTrusted(
            f"{issuer} calls itself {answer.text('issuer')[:200]!a}",
            hint="set MAILER_OAUTH_ISSUER to the issuer's own name, letter by letter",
        )
    found = {name: answer.text(f"{name}_endpoint") for name in ("authorization", "token", "device_authorization")}
    for name, url in found.items():
        if url:
            web.parts(url)
        elif name != "device_authorization":
            raise Refused(f"{issuer} offers no sign-in for programs: it names no {name}_endpoint")
    methods = answer.body.get("code_challenge_methods_supported")
    if methods is not None and "S256" not in _words(methods):
        raise Refused(f"{issuer} does not offer PKCE with S256, without which nothing is sent")
    secrets = answer.body.get("token_endpoint_auth_methods_supported")
    offline = "offline_access" in _words(answer.body.get("scopes_supported"))
    return Issuer(
        name=issuer,
        authorize=found["authorization"],
        token=found["token"],
        device=found["device_authorization"],
        scope="offline_access" if offline else "",
        parameters=(("prompt", "consent"),) if offline else (),
        says_iss=answer.body.get("authorization_response_iss_parameter_supported") is True,
        basic="client_secret_post" not in _words(secrets),
        wants_secret=secrets is not None and "none" not in _words(secrets),
    )


def _words(value: object) -> frozenset[str]:
    return frozenset(word for word in value if isinstance(word, str)) if isinstance(value, list) else frozenset()
