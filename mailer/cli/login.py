"""``mailer login``: find the servers of an address, sign in, and keep secret and settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mailer.characters import printable
from mailer.cli import oauth_prompts
from mailer.cli.app import App, app_command
from mailer.cli.login_report import announce, tell, tell_servers, tell_test
from mailer.cli.options import verbose_option
from mailer.cli.own_name import ask_for_name
from mailer.cli.sign_in import Attempt, secret
from mailer.errors import Declined, MailerError, Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.accounts.plan import AccountPlan, ServerConfig
    from mailer.accounts.providers.table import Endpoint
    from mailer.accounts.secrets.keyring import Found
    from mailer.message.address import Mailbox
    from mailer.settings.settings import Settings

_SECURITY = click.Choice(["tls", "starttls", "none"], case_sensitive=False)
_AUTH = click.Choice(["password", "oauth2", "none"], case_sensitive=False)
_Answer = TypeVar("_Answer")
_PROBE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class _LoginOptions:
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


@app_command(
    "login",
    "Sign in, and keep the password in the keyring.",
    "mailer login jo.novak@gmail.com, or mailer login jo@novak.example --smtp mail.novak.example:587",
)
@click.argument("address", required=False)
@click.option("--account", metavar="NAME", help="A name for the account; by default its address.")
@click.option("--test", is_flag=True, help="Only try to sign in; store nothing. Without ADDRESS: the default account.")
@click.option("--smtp", metavar="HOST[:PORT]", help="The server to send with.")
@click.option("--security", type=_SECURITY, help="How to secure the connection; by default it follows from the port.")
@click.option("--imap", metavar="HOST[:PORT]", help="The server that holds your mail folders.")
@click.option("--imap-security", type=_SECURITY, help="How to secure that connection.")
@click.option("--username", metavar="NAME", help="The user name, if it is not the address.")
@click.option("--auth", type=_AUTH, help="The kind of sign-in.")
@click.option("--ca-file", metavar="F", help="A certificate authority to trust besides the system's (PEM).")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--yes", is_flag=True, help="Ask only for the password.")
@click.option("as_json", "--json", is_flag=True, help="Print JSON.")
@verbose_option
def command(app: App, address: str | None, account: str | None, **options: Any) -> int:  # noqa: ANN401
    """Find the servers of ADDRESS, sign in, and keep the password in the keyring and the settings in a file.

    ADDRESS may include the name that signs your letters, 'Name <address>'; otherwise mailer asks for it once.

    Type the password at the prompt, or pass it with --password-stdin, MAILER_PASSWORD or MAILER_PASSWORD_COMMAND; there
    is no option for it. mailer first shows which servers will get it. With --smtp and no --imap, it does not look for
    an IMAP server. If IMAP needs another password or user name, it asks. The first account is the default.
    """
    for name in ("smtp", "imap", "username", "ca_file"):
        if options[name] == "":
            raise click.UsageError(f"--{name.replace('_', '-')} is empty.")
    filled: dict[str, Any] = {name: "" if given is None else given for name, given in options.items()}
    said = _LoginOptions(address, account, **filled)
    with app.output.json_error(said.as_json):
        if said.test and said.address is None:
            _try_account(app, said)
        else:
            _log_in(app, said)
    return 0


# An account to be


def _log_in(app: App, said: _LoginOptions) -> None:
    from mailer.accounts import plan, sign_in
    from mailer.accounts.providers.dns import Dns
    from mailer.accounts.secrets import keyring

    settings = app.settings()
    app.trusted(settings, names=_uses(said, settings))
    made = plan.plan(_wanted(app, said, settings), settings, _asker(app, said), Dns(), _reaches(settings))
    server = plan.server_of(made, settings)
    announce(app, made, server)
    _confirm(app, said, made, settings)
    known = said.test and _is_known(settings, made.name)
    granted = None
    if oauth_prompts.wanted(app, server, stdin=said.password_stdin) and not known:
        made = oauth_prompts.with_client_id(app, made, server, yes=said.yes)
        granted = oauth_prompts.grant(app, plan.server_of(made, settings), yes=said.yes)
    service = keyring.smtp_service(server.host) if known else ""
    found = granted.found if granted else secret(app, server, service, stdin=said.password_stdin)
    attempt = _attempt(app, said, found)
    if said.test:
        attempt(server, found.secret if found else "")
        tell_test(app, server, attempt, as_json=said.as_json)
    else:
        stored = sign_in.sign_in(made, settings, found, attempt, granted)
        tell(app, stored, attempt, found, as_json=said.as_json)
        if app.can_ask() and not (said.yes or said.as_json or said.password_stdin):
            ask_for_name(settings.config_dir, stored.name)


def _uses(said: _LoginOptions, settings: Settings) -> frozenset[str]:
    """The settings that the account to be may take from files."""
    from mailer.accounts.endpoints import taken_from_settings

    given = (said.smtp, said.imap, said.username, said.auth)
    return taken_from_settings(*map(bool, given)) - _known_to_account(said, settings)


def _known_to_account(said: _LoginOptions, settings: Settings) -> frozenset[str]:
    from mailer.settings import account_file, env_file

    name = said.account or said.address or ""
    if said.smtp or not _is_known(settings, name):
        return frozenset()
    file = env_file.read(account_file.path_of(settings.config_dir, name))
    return frozenset(file) if "MAILER_SMTP_HOST" in file else frozenset()


def _reaches(settings: Settings) -> Callable[[Endpoint], bool]:
    """Whether a server of the domain can be reached, so that the next is taken where it cannot."""
    from mailer.accounts.providers import discovery
    from mailer.settings import values

    timeout = settings.value("MAILER_TIMEOUT")
    seconds = min(values.seconds(timeout) or _PROBE_SECONDS, _PROBE_SECONDS)
    return partial(discovery.reachable, seconds=seconds)


def _attempt(app: App, said: _LoginOptions, found: Found | None) -> Attempt:
    from mailer.cli.login_folders import Folders

    ask = app.can_ask() and not said.password_stdin
    folders = Folders(app, found, said.verbose, store=not said.test, ask=ask, ask_name=not said.yes)
    return Attempt(app, said.verbose, folders)


def _wanted(app: App, said: _LoginOptions, settings: Settings) -> ServerConfig:
    from mailer.accounts.plan import ServerConfig

    return ServerConfig(
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


def _address(app: App, said: _LoginOptions, settings: Settings) -> Mailbox:
    """ADDRESS, else that of the account that is named, else what is answered."""
    from mailer.message.address import parse_mailbox

    if said.address is None and said.account is not None and _is_known(settings, said.account):
        sender = app.settings(said.account).sender
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
    from mailer.settings import account_file

    return name in account_file.names(settings.config_dir)


def _asker(app: App, said: _LoginOptions) -> Callable[[str], str] | None:
    from mailer.accounts.endpoints import parse_endpoint
    from mailer.settings.table import SMTP_PORTS

    if said.yes or not app.can_ask():
        return None

    def check(answer: str) -> str:
        parse_endpoint(answer, "the server", said.security, SMTP_PORTS)
        return answer

    return lambda question: _ask(question, check)


def _ask(question: str, read: Callable[[str], _Answer]) -> _Answer:
    """Ask until the answer can be read."""
    while True:
        try:
            return read(str(click.prompt(printable(question), err=True)).strip())
        except MailerError as error:
            click.echo(printable(f"{error.text}. {error.hint}"), err=True)


def _confirm(app: App, said: _LoginOptions, made: AccountPlan, settings: Settings) -> None:
    """A password goes only if its owner agrees to a server that the working folder names, or DNS outside the domain.

    Anybody may have put it there.
    """
    folder = str(settings.cwd / ".env")
    if made.origin == folder:
        _agree(app, said, made.values["MAILER_SMTP_HOST"], f"named by {folder}")
    if made.imap_origin == folder:
        _agree(app, said, made.values["MAILER_IMAP_HOST"], f"named by {folder}")
    if made.foreign:
        _agree(app, said, " and ".join(made.foreign), "named by DNS and outside the domain of the address")


def _agree(app: App, said: _LoginOptions, hosts: str, why: str) -> None:
    if said.yes:
        return
    if not app.can_ask():
        text = f"{hosts} ({why}): should it get the password?"
        raise Usage(text, hint="pass --yes, or name the server with --smtp HOST[:PORT]")
    if not click.confirm(printable(f"Sign in to {hosts} ({why})?"), default=False, err=True):
        raise Declined("nothing was tried", hint="name the server with --smtp HOST[:PORT]")


# An account that is there


def _try_account(app: App, said: _LoginOptions) -> None:
    from mailer.accounts import endpoints
    from mailer.accounts.secrets import keyring

    options = endpoints.overlay(said.smtp, said.security, said.username, said.auth, said.ca_file)
    options |= endpoints.imap_overlay(said.imap, said.imap_security)
    settings, alone = app.settings(said.account, options), bool(said.smtp and not said.imap)
    settings = settings.set_aside(endpoints.IMAP) if alone else settings
    server = app.trusted(settings).submission_server()
    if alone:
        server = server._replace(imap_host="")
    tell_servers(app, server)
    found = secret(app, server, keyring.smtp_service(server.host), stdin=said.password_stdin)
    attempt = _attempt(app, said, found)
    attempt(server, found.secret if found else "")
    tell_test(app, server, attempt, as_json=said.as_json)
