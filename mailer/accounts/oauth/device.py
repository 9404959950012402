"""The device code (RFC 8628): a code to type on another machine, and asking until it has been typed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailer.accounts.oauth import refusals, web
from mailer.accounts.oauth.tokens import Tokens, is_printable_ascii, redeem, with_refresh
from mailer.errors import BadSettings, Later, NotTrusted

if TYPE_CHECKING:
    from mailer.accounts.oauth.client import Client
    from mailer.accounts.oauth.issuer import Issuer

_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_LONGEST = 1_800.0


@dataclass(frozen=True, slots=True)
class Code:
    """What the user types where; ``whole`` is the page with the code in it, "" if there is none; times in seconds."""

    device: str = field(repr=False)
    user: str
    page: str
    whole: str
    lasts: float
    interval: float


@dataclass(frozen=True, slots=True)
class Time:
    """A clock and a way to wait, in seconds."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def ask(client: Client, issuer: Issuer) -> Code:
    """Return a new code.  Raises BadSettings (78) where the issuer gives none, and what ``Client.post`` raises."""
    if not issuer.device:
        raise BadSettings(
            f"{issuer.name} gives no device codes for mail", hint="set MAILER_OAUTH_FLOW=paste or browser"
        )
    answer = client.post(issuer.device, {"scope": issuer.scope} if issuer.scope else {}, basic=issuer.basic)
    if answer.status != 200:
        raise refusals.answer_error(answer, client)
    page = answer.text("verification_uri") or answer.text("verification_url")
    device, user = answer.text("device_code"), answer.text("user_code")
    if not (device and user and page and is_printable_ascii(device)):
        raise NotTrusted(f"{issuer.name} gave no device code")
    whole = answer.text("verification_uri_complete")
    for url in filter(None, (page, whole)):
        web.parts(url)
    lasts, interval = _seconds(answer, "expires_in", _LONGEST), _seconds(answer, "interval", 5.0)
    return Code(device, user, page, whole, min(lasts, _LONGEST), interval)


def wait(client: Client, issuer: Issuer, code: Code, clock: Time | None = None) -> Tokens:
    """Ask as often as allowed until the code is typed.  Raises NotTrusted (77): declined, or not typed in time."""
    clock = clock or Time()
    end, interval = clock.now() + code.lasts, code.interval
    while clock.now() + interval < end:
        clock.sleep(interval)
        found = _asked(client, issuer, code, clock)
        if found is None:
            interval *= 2  # RFC 8628 3.5
            continue
        if isinstance(found, Tokens):
            return with_refresh(found, issuer)
        error = found.text("error")
        if error == "slow_down":
            interval += 5
        elif error != "authorization_pending":
            raise refusals.answer_error(found, client, (code.device,))
    raise refusals.refused_error("expired_token", client)


def _asked(client: Client, issuer: Issuer, code: Code, clock: Time) -> Tokens | web.Answer | None:
    """Return what the issuer says; None if it cannot say anything now."""
    try:
        found = redeem(client, issuer, {"grant_type": _GRANT, "device_code": code.device}, clock.now)
    except Later:
        return None
    busy = isinstance(found, web.Answer) and (found.status >= 500 or found.status == 429) and not found.text("error")
    return None if busy else found


def _seconds(answer: web.Answer, name: str, default: float) -> float:
    value = answer.body.get(name)
    return float(value) if isinstance(value, int | float) and 0 < value < 86_400 else default
