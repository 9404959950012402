"""Which way a person signs in: in a browser here, with a code on another machine, or by a pasted address."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from mailer.accounts.oauth import code, device, tokens
from mailer.accounts.oauth.code import Request
from mailer.characters import printable
from mailer.errors import MailerError, NotTrusted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailer.accounts.oauth.client import Client
    from mailer.accounts.oauth.issuer import Issuer
    from mailer.accounts.oauth.person import Person
    from mailer.accounts.oauth.tokens import Tokens

_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
_REMOTE = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
_TRIES = 3


def choose(client: Client, issuer: Issuer, environ: Mapping[str, str]) -> str:
    """Which of "browser", "device" and "paste": as set, else what the provider wants and this machine can."""
    if client.flow != "auto":
        return client.flow
    if issuer.flow == "device" and issuer.device:
        return "device"
    if has_browser(environ):
        return "browser"
    return "device" if issuer.device else "paste"


def has_browser(environ: Mapping[str, str]) -> bool:
    """Tell whether a browser of this machine would open where the user sits."""
    if any(environ.get(name) for name in _REMOTE):
        return False
    return sys.platform in ("win32", "darwin") or any(environ.get(name) for name in _DISPLAYS)


def run(client: Client, issuer: Issuer, environ: Mapping[str, str], person: Person) -> Tokens:
    """Sign in; the scope of the tokens is "" unless less was granted than asked for.

    Raises NotTrusted (77), Later (75), BadSettings (78).
    """
    given = _granted(client, issuer, environ, person)
    scope = tokens.narrowed(issuer.scope, given.scope) if given.scope else ""
    return replace(given, scope="" if scope == issuer.scope else scope)


def _granted(client: Client, issuer: Issuer, environ: Mapping[str, str], person: Person) -> Tokens:
    way = choose(client, issuer, environ)
    if way == "device":
        return _by_device(client, issuer, person)
    return _by_browser(client, issuer, person) if way == "browser" else _by_paste(client, issuer, person)


def _by_device(client: Client, issuer: Issuer, person: Person) -> Tokens:
    given = device.ask(client, issuer)
    person.tell(f"Open {printable(given.whole or given.page)} in any browser")
    person.tell(f"and enter the code {printable(given.user)} ({given.lasts / 60:.0f} minutes)")
    return device.wait(client, issuer, given)


def _by_browser(client: Client, issuer: Issuer, person: Person) -> Tokens:
    from mailer.accounts.oauth.loopback import Loopback

    with Loopback() as listener:
        request = Request(_redirect(issuer, listener.port))
        listener.expect(request.state)
        url = code.address(request, client, issuer)
        opened = person.open(url)
        person.tell("Agree in the browser that opened; if none did, open this address:" if opened else "Open:")
        person.tell(url)
        redirected = listener.wait()
    return _redeem(client, issuer, request, redirected)


def _by_paste(client: Client, issuer: Issuer, person: Person) -> Tokens:
    from mailer.accounts.oauth.loopback import free_port

    request = Request(_redirect(issuer, free_port()))
    person.tell("Open this address in a browser, and agree:")
    person.tell(code.address(request, client, issuer))
    person.tell(f"The browser then fails to open {request.redirect}: copy the whole address from its bar")
    return _pasted(client, issuer, request, person)


def _pasted(client: Client, issuer: Issuer, request: Request, person: Person) -> Tokens:
    """Return what is pasted, asked for again where it is plainly not what was meant."""
    for _ in range(_TRIES):
        text = person.ask("Address")
        if code.is_answer(text.partition("?")[2]):
            return _redeem(client, issuer, request, text)
        person.tell(f"That is not it: it begins with {request.redirect} and holds state= and code=")
    raise NotTrusted("no address with a code was given", hint="start again: mailer login")


def _redeem(client: Client, issuer: Issuer, request: Request, redirected: str) -> Tokens:
    found = code.answer(redirected, request, client, issuer)
    try:
        return tokens.exchange(client, issuer, found, request.verifier, request.redirect)
    except MailerError as error:
        error.hint = error.hint or "start again: mailer login"
        raise


def _redirect(issuer: Issuer, port: int) -> str:
    return f"http://{issuer.redirect}:{port}"
