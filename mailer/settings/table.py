"""Every setting once: its name, how it is read, its default, what it is for, and whether ``./.env`` may set it.

What `mailer settings` lists, what a working folder may say, which name a slip meant, and `.env.example` come from here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from mailer.settings import values
from mailer.settings.values import Value

SECURITY = ("tls", "starttls", "none")
SMTP_PORTS = {"tls": 465, "starttls": 587, "none": 25}
IMAP_PORTS = {"tls": 993, "starttls": 143, "none": 143}
CONNECT_TIMEOUT, REPLY_TIMEOUT = 30.0, 300.0

# What a line of a working folder's `.env` needs: nothing, a path within the folder, the user's trust; or it is refused.
HARMLESS, WITHIN, TRUST, NEVER = "harmless", "within folder", "needs trust", "never"

Text = Callable[[str], str]


class Setting(NamedTuple):
    """One setting.

    ``read``: gives its value, or raises BadSettings; None where `Settings` has a property for it.
    ``field``: its name in `Server`.
    ``unset``: what holds where it is not set, in words or made of the texts of others.
    ``about``: for `.env.example`; "" where the one before speaks for it too.  ``example``: shown there with it.
    """

    name: str
    read: Callable[[Value], Any] | None = values.line
    default: str = ""
    about: str = ""
    in_folder: str = TRUST
    field: str = ""
    unset: str | Callable[[Text], str] = ""
    example: str = ""

    def in_force(self, text: Text) -> str:
        """Return what holds, where ``text`` gives what is set under a name."""
        return text(self.name) or (self.unset if isinstance(self.unset, str) else self.unset(text))


_security = partial(values.choice, allowed=SECURITY)
_port = partial(values.whole, least=1, most=65_535)


def _port_of(ports: dict[str, int], security: str) -> Callable[[Text], str]:
    return lambda text: str(ports.get(text(security).lower(), ""))


_LETTER = (
    Setting(
        "MAILER_FROM",
        values.mailbox,
        about="Who writes. The letter's own From comes first.",
        in_folder=HARMLESS,
        example="Dana Ruiz <dana.ruiz@acme.example>",
    ),
    Setting(
        "MAILER_SIGNATURE",
        None,
        about="Below `-- ` in templates and Markdown letters: text, or a file if it begins with /, ~, ./ or a drive.",
        in_folder=WITHIN,
        example="~/.signature",
    ),
    Setting(
        "MAILER_LANGUAGE",
        values.language,
        about="Language of greeting and checks where neither letter nor template says.",
        in_folder=HARMLESS,
        example="en",
    ),
    Setting(
        "MAILER_TEMPLATES",
        None,
        about="One more folder of templates.",
        in_folder=WITHIN,
        example="~/letters/templates",
    ),
    Setting(
        "MAILER_TIMEZONE",
        values.timezone,
        about="Time zone of the Date line (a name such as Europe/Berlin); default: this machine's.",
        in_folder=HARMLESS,
        example="Europe/Berlin",
    ),
)
_SENDING = (
    Setting(
        "MAILER_SMTP_HOST",
        values.host,
        about="The server that takes your letters, and how the line is made safe: tls, starttls, or none "
        "(this machine only).",
        field="host",
        example="smtp.acme.example",
    ),
    Setting("MAILER_SMTP_SECURITY", _security, "tls", field="security"),
    Setting(
        "MAILER_SMTP_PORT",
        _port,
        about="Default by security: 465, 587, 25.",
        field="port",
        unset=_port_of(SMTP_PORTS, "MAILER_SMTP_SECURITY"),
    ),
    Setting(
        "MAILER_SMTP_USERNAME",
        about="Sign-in: the login, and password, oauth2 or none (default: password if there is a login).",
        field="username",
        example="dana.ruiz@acme.example",
    ),
    Setting(
        "MAILER_AUTH",
        partial(values.choice, allowed=("password", "oauth2", "none")),
        field="auth",
        unset=lambda text: "password" if text("MAILER_SMTP_USERNAME") else "none",
        example="password",
    ),
    Setting(
        "MAILER_PASSWORD_COMMAND",
        about="A command that prints the password or the OAuth2 token; the first line counts. No shell runs it (where "
        "you want one: sh -c '…'); ~ is your own folder. What an account's file names is for the servers of that "
        "account.",
        in_folder=NEVER,
        field="password_command",
        example="pass show mail/acme",
    ),
    Setting(
        "MAILER_TOKEN_COMMAND",
        in_folder=NEVER,
        field="token_command",
        example="oauth-helper --token dana.ruiz@acme.example",
    ),
    Setting(
        "MAILER_OAUTH_CLIENT_ID",
        about="OAuth2 without a helper: your own client id at the provider. Scope (and issuer) are known for Gmail and "
        "Microsoft. The way in: auto, browser, device (a code on another machine) or paste (no browser here).",
        example="1234-abcd.apps.acme.example",
    ),
    Setting("MAILER_OAUTH_SCOPE", example="offline_access mail"),
    Setting(
        "MAILER_OAUTH_FLOW",
        partial(values.choice, allowed=("auto", "browser", "device", "paste")),
        "auto",
    ),
    Setting(
        "MAILER_OAUTH_ISSUER",
        about="The issuer of the tokens (https://…).",
        in_folder=NEVER,
        example="https://auth.acme.example",
    ),
    Setting(
        "MAILER_CA_FILE",
        None,
        about="A certificate authority to trust beside the system's (PEM).",
        in_folder=NEVER,
        example="~/certificates/acme.pem",
    ),
    Setting(
        "MAILER_TIMEOUT",
        values.seconds,
        about="Seconds to wait for a connection and for each reply (default: 30 and 300), and for the reply to the "
        "whole letter.",
        in_folder=HARMLESS,
        unset=f"{CONNECT_TIMEOUT:.0f} to connect, {REPLY_TIMEOUT:.0f} a reply",
        example="30",
    ),
    Setting("MAILER_FINAL_TIMEOUT", values.seconds, "600", in_folder=HARMLESS, field="final_timeout"),
    Setting(
        "MAILER_RETRY_SECONDS",
        partial(values.seconds, zero=True),
        about="Seconds that one run waits, after the last letter that went, for letters that the server defers; "
        "default: 0 for one letter, 60 for a batch.",
        in_folder=HARMLESS,
        unset="0 for one letter, 60 for a batch",
        example="60",
    ),
    Setting(
        "MAILER_WINDOW",
        partial(values.whole, least=1, most=1000),
        "8",
        about="The most letters in flight at once in a batch; large attachments and --rate make it fewer.",
        in_folder=HARMLESS,
        field="window",
    ),
)
_MAILBOX = (
    Setting(
        "MAILER_IMAP_HOST",
        values.host,
        about="The server that keeps your folders; it gets the password of sending only where both servers stand in "
        "one file, or belong to one provider. Default port by security: 993, 143, 143; default login: the one for "
        "sending.",
        field="imap_host",
        example="imap.acme.example",
    ),
    Setting("MAILER_IMAP_SECURITY", _security, "tls", field="imap_security"),
    Setting(
        "MAILER_IMAP_PORT", _port, field="imap_port", unset=_port_of(IMAP_PORTS, "MAILER_IMAP_SECURITY"), example="993"
    ),
    Setting(
        "MAILER_IMAP_USERNAME",
        field="imap_username",
        unset=lambda text: text("MAILER_SMTP_USERNAME"),
        example="dana.ruiz@acme.example",
    ),
    Setting(
        "MAILER_DRAFTS_FOLDER",
        about="Folders, if the server does not say which they are.",
        field="drafts_folder",
        example="Drafts",
    ),
    Setting("MAILER_SENT_FOLDER", field="sent_folder", example="Sent"),
    Setting(
        "MAILER_SAVE_SENT",
        partial(values.choice, allowed=("auto", "yes", "no")),
        "auto",
        about="Whether a copy is put in Sent: auto (if the provider does not), yes, no.",
        field="save_sent",
    ),
)
_PEOPLE = (
    Setting(
        "MAILER_PLAN",
        default="gracious-six",
        about="The plan that a letter from the template runner-up starts; `mailer plans` lists them.",
    ),
)
_FOLDERS = (
    Setting("MAILER_DATA_DIR", None, about="Where the ledger is.", in_folder=NEVER, example="~/.local/share/mailer"),
    Setting(
        "MAILER_CONFIG_DIR",
        None,
        about="Where accounts, templates and your own `.env` are. In the environment only.",
        in_folder=NEVER,
        example="~/.config/mailer",
    ),
)
SECTIONS = {
    "The letter": _LETTER,
    "Sending": _SENDING,
    "The mailbox": _MAILBOX,
    "Keeping in touch": _PEOPLE,
    "Folders of mailer": _FOLDERS,
}
SETTINGS = {setting.name: setting for section in SECTIONS.values() for setting in section}
DEFAULTS = {name: setting.default for name, setting in SETTINGS.items()}
# Settings of a later version, and what holds instead of them.
LATER = {
    "MAILER_LEDGER": "the ledger is a file in MAILER_DATA_DIR",
    "MAILER_CONNECTIONS": "letters go over one connection",
    "MAILER_SYNC": "no mailbox is read",
    "MAILER_OWNER": "what is kept is this user's",
}
NOT_IN_WORKING_FOLDER = {name for name, setting in SETTINGS.items() if setting.in_folder == NEVER} | {"MAILER_LEDGER"}
