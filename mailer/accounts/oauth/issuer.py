"""An authorization server: its name and endpoints."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Issuer:
    """An authorization server (RFC 6749, 8414).

    ``device`` is "" where it gives no device codes; ``redirect`` is the loopback host of the redirect; ``says_iss``:
    whether its answers name it (RFC 9207); ``basic``: whether a client secret goes into the Authorization header;
    ``wants_secret``: whether it takes no client without one.
    """

    name: str
    authorize: str
    token: str
    device: str = ""
    scope: str = ""
    flow: str = "loopback"
    redirect: str = "127.0.0.1"
    parameters: tuple[tuple[str, str], ...] = ()
    says_iss: bool = False
    basic: bool = False
    wants_secret: bool = False
