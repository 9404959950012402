"""Every setting once: its name, how it is read, its default, and whether ``./.env`` may set it.

What `mailer settings` lists, what a working folder may say and which name a slip meant come from here; what each is for
stands in `.env.example`, which a test holds to this table.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from mailer.settings import owners, values
from mailer.settings.values import Value
from mailer.tuples import NamedTuple

SECURITY = ("tls", "starttls", "none")
SMTP_PORTS = {"tls": 465, "starttls": 587, "none": 25}
IMAP_PORTS = {"tls": 993, "starttls": 143, "none": 143}
CONNECT_TIMEOUT, REPLY_TIMEOUT = 30.0, 300.0

# What a line of a working folder's `.env` needs: nothing, a path within the folder, the user's trust; or it is refused.
HARMLESS, WITHIN, TRUST, NEVER = "harmless", "within folder", "needs trust", "never"


class Setting(NamedTuple):
    """One setting.

    ``read``: gives its value, or raises BadSettings; None where `Settings` has a property for it.
    ``field``: its name in `Server`.
    ``unset``: what holds where it is not set, in words or made of the text of the setting ``of``.
    ``missing``: what ``read`` gives for none.
    """

    name: str
    in_folder: str
    read: Callable[[Value], Any] | None
    default: str = ""
    field: str = ""
    unset: str | Callable[[str], str] = ""
    of: str = ""
    missing: str | None = ""


_smtp_port: Callable[[str], str] = lambda security: str(SMTP_PORTS.get(security.lower(), ""))  # noqa: E731
_imap_port: Callable[[str], str] = lambda security: str(IMAP_PORTS.get(security.lower(), ""))  # noqa: E731
_sign_in: Callable[[str], str] = lambda name: "password" if name else "none"  # noqa: E731
_line, _seconds = values.line, values.seconds
_security = partial(values.choice, allowed=SECURITY)
_auth = partial(values.choice, allowed=("password", "oauth2", "none"))
_flow = partial(values.choice, allowed=("auto", "browser", "device", "paste"))
_save = partial(values.choice, allowed=("auto", "yes", "no"))
_port = partial(values.whole, least=1, most=65_535)
_window = partial(values.whole, least=1, most=1000)


def _ledger(value: Value) -> str:
    from mailer.settings import database

    return database.read(value)


_timeouts = f"{CONNECT_TIMEOUT:.0f} to connect, {REPLY_TIMEOUT:.0f} a reply"
_retry = "0 for one letter, 60 for a batch"

_ALL = (
    Setting("MAILER_FROM", HARMLESS, values.mailbox, missing=None),
    Setting("MAILER_SIGNATURE", WITHIN, None),
    Setting("MAILER_LANGUAGE", HARMLESS, values.language),
    Setting("MAILER_TEMPLATES", WITHIN, None),
    Setting("MAILER_TIMEZONE", HARMLESS, values.timezone, missing=None),
    Setting("MAILER_SMTP_HOST", TRUST, values.host, field="host"),
    Setting("MAILER_SMTP_SECURITY", TRUST, _security, "tls", "security"),
    Setting("MAILER_SMTP_PORT", TRUST, _port, "", "port", _smtp_port, "MAILER_SMTP_SECURITY"),
    Setting("MAILER_SMTP_USERNAME", TRUST, _line, field="username"),
    Setting("MAILER_AUTH", TRUST, _auth, "", "auth", _sign_in, "MAILER_SMTP_USERNAME"),
    Setting("MAILER_PASSWORD_COMMAND", NEVER, _line, field="password_command"),
    Setting("MAILER_TOKEN_COMMAND", NEVER, _line, field="token_command"),
    Setting("MAILER_OAUTH_CLIENT_ID", TRUST, _line),
    Setting("MAILER_OAUTH_SCOPE", TRUST, _line),
    Setting("MAILER_OAUTH_FLOW", TRUST, _flow, "auto"),
    Setting("MAILER_OAUTH_ISSUER", NEVER, _line),
    Setting("MAILER_CA_FILE", NEVER, None),
    Setting("MAILER_TIMEOUT", HARMLESS, _seconds, unset=_timeouts, missing=None),
    Setting("MAILER_FINAL_TIMEOUT", HARMLESS, _seconds, "600", "final_timeout"),
    Setting("MAILER_RETRY_SECONDS", HARMLESS, partial(_seconds, zero=True), unset=_retry, missing=None),
    Setting("MAILER_WINDOW", HARMLESS, _window, "8", "window"),
    Setting("MAILER_CONNECTIONS", HARMLESS, values.connections, "1", "connections"),
    Setting("MAILER_IMAP_HOST", TRUST, values.host, field="imap_host"),
    Setting("MAILER_IMAP_SECURITY", TRUST, _security, "tls", "imap_security"),
    Setting("MAILER_IMAP_PORT", TRUST, _port, "", "imap_port", _imap_port, "MAILER_IMAP_SECURITY"),
    Setting("MAILER_IMAP_USERNAME", TRUST, _line, "", "imap_username", str, "MAILER_SMTP_USERNAME"),
    Setting("MAILER_DRAFTS_FOLDER", TRUST, _line, field="drafts_folder"),
    Setting("MAILER_SENT_FOLDER", TRUST, _line, field="sent_folder"),
    Setting("MAILER_SAVE_SENT", TRUST, _save, "auto", "save_sent"),
    Setting("MAILER_PLAN", TRUST, _line, "gracious-six"),
    Setting("MAILER_SYNC", TRUST, partial(values.choice, allowed=("auto", "no")), "auto", "sync"),
    Setting("MAILER_FOLLOW_UP", TRUST, partial(values.choice, allowed=("no", "draft")), "no"),
    Setting("MAILER_WORKS_FOR", TRUST, values.names, unset="every role that the worker acts for"),
    Setting("MAILER_OWNER", TRUST, owners.read),
    Setting("MAILER_LEDGER", NEVER, _ledger, unset="a file in MAILER_DATA_DIR"),
    Setting("MAILER_DATA_DIR", NEVER, None),
    Setting("MAILER_CONFIG_DIR", NEVER, None),
)
SETTINGS = {setting.name: setting for setting in _ALL}
DEFAULTS = {name: setting.default for name, setting in SETTINGS.items()}
NOT_IN_WORKING_FOLDER = {name for name, setting in SETTINGS.items() if setting.in_folder == NEVER}
