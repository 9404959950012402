"""``mailer login``: the servers of an address, a sign-in, the secret in the keyring, the settings in a file."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mailer.cli.app import App, pass_app, verbose_option
from mailer.cli.failure import json_error
from mailer.errors import Declined, MailerError, NotTrusted, Usage
from mailer.preview import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mailer.accountplan import Plan, Wanted
    from mailer.accounts import SignedIn
    from mailer.address import Mailbox
    from mailer.credentials import Found
    from mailer.settings import Server, Settings

_SECURITY = click.Choice(["tls", "starttls", "none"], case_sensitive=False)
_AUTH = click.Choice(["password", "oauth2", "none"], case_sensitive=False)
_LARGEST = 1 << 20
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class _Said:
    """The command line; "" or None where nothing was said."""

    address: str | None
    account: str | None
    test: bool
    smtp: str
    security: str
    imap: str
    imap_security: str
    username: str
    auth: str
    ca_file: str
    password_stdin: bool
    yes: bool
    as_json: bool
    verbose: int


@click.command(
    "login",
    short_help="Sign in, and keep the password in the keyring.",
    epilog="Example: mailer login dana.ruiz@gmail.com, or mailer login dana@acme.example --smtp mail.acme.example:587",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("address", required=False)
@click.option("--account", metavar="NAME", help="Call the account NAME; its address unless said.")
@click.option("--test", is_flag=True, help="Only try; store nothing. Without ADDRESS: the default account.")
@click.option("--smtp", metavar="HOST[:PORT]", help="The server to send with.")
@click.option("--security", type=_SECURITY, help="How its line is made safe; by port unless said.")
@click.option("--imap", metavar="HOST[:PORT]", help="The server that keeps your folders.")
@click.option("--imap-security", type=_SECURITY, help="How its line is made safe.")
@click.option("--username", metavar="NAME", help="The login, where it is not the address.")
@click.option("--auth", type=_AUTH, help="The kind of sign-in.")
@click.option("--ca-file", metavar="F", help="A certificate authority to trust beside the system's (PEM).")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--yes", is_flag=True, help="Ask nothing but the password.")
@click.option("as_json", "--json", is_flag=True, help="Print JSON.")
@verbose_option
@pass_app
def command(app: App, address: str | None, account: str | None, **options: Any) -> int:  # noqa: ANN401
    """Find the servers of ADDRESS, sign in, store the password in the keyring and the settings in a file.

    The password is typed at a prompt, or comes from --password-stdin, MAILER_PASSWORD or MAILER_PASSWORD_COMMAND; it is
    never an option. The first account is the default.
    """
    for name in ("smtp", "imap", "username", "ca_file"):
        if options[name] == "":
            raise click.UsageError(f"--{name.replace('_', '-')} is empty.")
    filled: dict[str, Any] = {name: "" if given is None else given for name, given in options.items()}
    said = _Said(address, account, **filled)
    with json_error(app.output, said.as_json):
        if said.test and said.address is None:
            _try_account(app, said)
        else:
            _log_in(app, said)
    return 0


# An account to be


def _log_in(app: App, said: _Said) -> None:
    from mailer import accountplan, accounts, credentials
    from mailer.settings import load

    settings = load(app.environ, app.cwd)
    made = accountplan.plan(_wanted(app, said, settings), settings, _asker(app, said))
    server = accountplan.server_of(made, settings)
    _announce(app, made, server)
    _confirm(app, said, made, settings)
    known = said.test and _is_known(settings, made.name)
    found = _secret(app, said, server, credentials.smtp_service(server.host) if known else "")
    attempt = _Attempt(app, said)
    if said.test:
        attempt(server, found.secret if found else "")
        _report_test(app, said, server, attempt)
    else:
        _report(app, said, server, accounts.sign_in(made, settings, found, attempt), attempt, found)


def _wanted(app: App, said: _Said, settings: Settings) -> Wanted:
    from mailer.accountplan import Wanted

    return Wanted(
        _address(app, said, settings),
        account=said.account,
        smtp=said.smtp,
        security=said.security,
        imap=said.imap,
        imap_security=said.imap_security,
        username=said.username,
        auth=said.auth,
        ca_file=said.ca_file,
    )


def _address(app: App, said: _Said, settings: Settings) -> Mailbox:
    """ADDRESS, else that of the account that is named, else what is answered."""
    from mailer.address import parse_mailbox
    from mailer.settings import load

    if said.address is None and said.account is not None and _is_known(settings, said.account):
        sender = load(app.environ, app.cwd, said.account).sender
        if sender:
            return sender
    if said.address is None and (said.yes or not app.can_ask()):
        raise Usage("whose account is it?", hint="pass ADDRESS: mailer login you@your.domain")
    if said.address is None:
        return _ask("Your address", parse_mailbox)
    try:
        return parse_mailbox(said.address)
    except MailerError as error:
        raise error.at(field="ADDRESS") from error.__cause__


def _is_known(settings: Settings, name: str) -> bool:
    from mailer import accountfile

    return name in accountfile.names(settings.config_dir)


def _asker(app: App, said: _Said) -> Callable[[str], str] | None:
    from mailer.accountplan import endpoint
    from mailer.settings import SMTP_PORTS

    if said.yes or not app.can_ask():
        return None

    def check(answer: str) -> str:
        endpoint(answer, "the server", said.security, SMTP_PORTS)
        return answer

    return lambda question: _ask(question, check)


def _ask(question: str, read: Callable[[str], _Answer]) -> _Answer:
    """Ask until the answer can be read."""
    while True:
        try:
            return read(str(click.prompt(question, err=True)).strip())
        except MailerError as error:
            click.echo(f"{printable(error.text)}. {error.hint}", err=True)


def _announce(app: App, made: Plan, server: Server) -> None:
    """Which servers, and what this provider wants, before a password is typed."""
    origin = {"option": "as given", "table": "the provider's", "answer": "as answered"}
    lines = list(made.advice[1:])
    name = f"{made.provider.name}: " if made.provider else ""
    lines.insert(0, f"{name}{_where(server)} ({origin.get(made.origin, made.origin)})")
    if server.imap_host:
        lines.append(f"Folders: {server.imap_host}, port {server.imap_port}, {server.imap_security}; not tried here")
    for line in lines:
        app.output.note(printable(line))


def _where(server: Server) -> str:
    return f"{server.host}, port {server.port}, {server.security}"


def _confirm(app: App, said: _Said, made: Plan, settings: Settings) -> None:
    """A password goes to a server that the working folder names only if its owner agrees: anybody may have put it."""
    if said.yes or made.origin != str(settings.cwd / ".env"):
        return
    host = made.values["MAILER_SMTP_HOST"]
    if not app.can_ask():
        raise Usage(
            f"{host} is named by {made.origin}: is it to get the password?", hint="pass --yes, or name it with --smtp"
        )
    if not click.confirm(f"Sign in to {host}, which {made.origin} names?", default=False, err=True):
        raise Declined("nothing was tried", hint="name the server with --smtp HOST[:PORT]")


# An account that is there


def _try_account(app: App, said: _Said) -> None:
    from mailer import accountplan, credentials
    from mailer.settings import load

    options = accountplan.overlay(said.smtp, said.security, said.username, said.auth, said.ca_file)
    server = load(app.environ, app.cwd, said.account, options).submission_server()
    app.output.note(_where(server))
    found = _secret(app, said, server, credentials.smtp_service(server.host))
    attempt = _Attempt(app, said)
    attempt(server, found.secret if found else "")
    _report_test(app, said, server, attempt)


# The secret and the sign-in


def _secret(app: App, said: _Said, server: Server, service: str) -> Found | None:
    """What signs in; ``service`` is where the keyring may have it, "" for an account to be.  None without sign-in."""
    from mailer import credentials

    if server.auth == "none":
        return None
    if said.password_stdin:
        return _from_stdin()
    token = server.auth == "oauth2"
    source = server.token_command if token else server.password_command
    asks = app.can_ask() and not token
    if not (service or token or source or asks or app.environ.get("MAILER_PASSWORD")):
        raise Usage(f"the password of {server.username} is needed", hint="pass --password-stdin and give it there")
    question = f"Password of {server.username} at {server.host}"
    return credentials.find(
        service,
        server.username,
        app.environ,
        command=source,
        token=token,
        prompt=(lambda: str(click.prompt(printable(question), hide_input=True, err=True))) if asks else None,
    )


def _from_stdin() -> Found:
    """All of standard input less one final line end."""
    from mailer.credentials import Found, sound

    if sys.stdin is None:
        raise Usage("the password is to come from standard input, which is closed")
    data = sys.stdin.buffer.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise NotTrusted("what came on standard input is no password: it is larger than 1 MB")
    data = data[: -2 if data.endswith(b"\r\n") else -1] if data.endswith(b"\n") else data
    if not data:
        raise NotTrusted("no password came on standard input", hint="such as: pass show mail | mailer login …")
    return sound(Found(data.decode("utf-8", "surrogateescape"), "standard input"))


@dataclass(slots=True)
class _Attempt:
    """One sign-in; afterwards ``mechanism`` and ``tls`` say how it went."""

    app: App
    said: _Said
    mechanism: str = ""
    tls: str = ""

    def __call__(self, server: Server, secret: str) -> None:
        from mailer.transport.smtp import open_session

        log = self.app.output.note if self.said.verbose else None
        self.app.output.note(f"Signing in to {server.host} …" if server.auth != "none" else f"Asking {server.host} …")
        with open_session(server, secret, log=log) as session:
            self.mechanism = session.mechanism
            self.tls = session.tls.version if session.tls else ""


# What is told


def _report_test(app: App, said: _Said, server: Server, attempt: _Attempt) -> None:
    if said.as_json:
        app.output.json({"status": "tested", **_told(server, attempt), "error": None})
    else:
        app.output.line(f"{_how(server, attempt)}; nothing was stored")


def _report(app: App, said: _Said, server: Server, done: SignedIn, attempt: _Attempt, found: Found | None) -> None:
    if said.as_json:
        stored = {"account": done.name, "default": done.default, "keyring": done.backend or None}
        told = {**stored, **_told(server, attempt), "file": str(done.path)}
        app.output.json({"status": "signed-in", **told, "error": None})
        return
    app.output.line(_how(server, attempt))
    if done.backend:
        app.output.line(f"The {_kind(server)} is in the keyring ({done.backend})")
    elif found:
        app.output.line(f"The {_kind(server)} comes from {found.where}; it was not stored")
    app.output.line(f"The settings are in {done.path}" + (" (the default account)" if done.default else ""))
    app.output.note("Next: mailer send letter.md --to-myself" if done.default else f"Use it with --account {done.name}")


def _told(server: Server, attempt: _Attempt) -> Mapping[str, Any]:
    return {
        "host": server.host,
        "port": server.port,
        "security": server.security,
        "username": server.username or None,
        "auth": server.auth,
        "mechanism": attempt.mechanism or None,
        "tls": attempt.tls or None,
    }


def _how(server: Server, attempt: _Attempt) -> str:
    line = attempt.tls or "this machine only, without TLS"
    if server.auth == "none":
        return f"{server.host} answers without sign-in ({line})"
    return f"Signed in to {server.host} as {printable(server.username)} ({attempt.mechanism}, {line})"


def _kind(server: Server) -> str:
    return "token" if server.auth == "oauth2" else "password"
