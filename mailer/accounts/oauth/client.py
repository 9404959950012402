"""Who asks (the user's own client id) and who answers (an authorization server), as values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mailer.accounts.oauth import web
from mailer.accounts.oauth.issuer import Issuer
from mailer.accounts.providers import table
from mailer.accounts.secrets import keyring
from mailer.errors import BadSettings, NotTrusted

if TYPE_CHECKING:
    from pathlib import Path

    from mailer.settings.server import Server


@dataclass(frozen=True, slots=True)
class Client:
    """The user's registration with one issuer, for one login; ``secret`` is "" for a public client."""

    id: str
    issuer: str
    login: str
    scope: str = ""
    flow: str = "auto"
    ca_file: Path | None = None
    lock_dir: Path | None = None
    secret: str = field(default="", repr=False)

    def post(self, url: str, form: dict[str, str], *, basic: bool = False) -> web.Answer:
        """POST a form as this client.  Raises Later (75), NotTrusted (77), BadSettings (78)."""
        keyring.sound(keyring.Found(self.secret, "MAILER_OAUTH_CLIENT_SECRET"))
        headers = {}
        if self.secret and basic:
            headers["Authorization"] = web.basic(self.id, self.secret)
        elif self.secret:
            form = {**form, "client_secret": self.secret}
        return web.post_form(url, {**form, "client_id": self.id}, headers, self.ca_file)


def client_of(server: Server) -> Client:
    """Return the client of these settings, its secret aside.

    Raises NotTrusted (77) if there is no client id, BadSettings (78) for no issuer.
    """
    asked = server.oauth
    if not asked.client_id:
        raise NotTrusted(
            f"there is no OAuth2 token for {server.username} at {server.host}",
            hint="set MAILER_TOKEN_COMMAND to a command that prints a token; "
            "or MAILER_OAUTH_CLIENT_ID to a client id of your own, then `mailer login`",
        )
    return Client(
        id=asked.client_id,
        issuer=issuer_name(server),
        login=server.username,
        scope=asked.scope,
        flow=asked.flow,
        ca_file=server.ca_file,
        lock_dir=asked.lock_dir,
    )


def issuer_name(server: Server) -> str:
    """``MAILER_OAUTH_ISSUER``, else the issuer of the server's provider.  Raises BadSettings if there is neither."""
    field, name = "MAILER_OAUTH_ISSUER", server.oauth.issuer
    provider = table.provider_for_host(server.host)
    if not name and provider and provider.oauth:
        return provider.oauth.issuer
    if not name:
        hint = f"set {field} to the issuer's https:// address"
        raise BadSettings(f"whose tokens does {server.host} want?", hint=hint, field=field)
    try:
        web.parts(name)
    except BadSettings as error:
        raise BadSettings(f"{field}: {error.text}", hint="such as https://auth.example.com", field=field) from error
    return name


def find_issuer(client: Client) -> Issuer:
    """Return the endpoints of the client's issuer: from the table, else from its metadata (RFC 8414).

    Raises Later (75), NotTrusted (77) for metadata of somebody else, BadSettings (78) where there is none.
    """
    for row in table.oauth_rows():
        if row.issuer == client.issuer:
            return Issuer(
                name=row.issuer,
                authorize=row.authorize,
                token=row.token,
                device=row.device,
                scope=client.scope or " ".join(row.scopes),
                flow=row.flow,
                redirect=row.redirect,
                parameters=row.parameters,
                wants_secret=row.wants_secret,
            )
    from mailer.accounts.oauth import metadata

    issuer = metadata.fetch(client.issuer, client.ca_file)
    return replace(issuer, scope=client.scope or issuer.scope)
