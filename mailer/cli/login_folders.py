"""Sign in to the folders at ``login``; they may want a password or user name of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from mailer.accounts.plan import OwnSignIn
from mailer.characters import printable
from mailer.errors import MailerError, NotTrusted

if TYPE_CHECKING:
    from mailer.accounts.secrets.keyring import Found
    from mailer.cli.app import App
    from mailer.imap.errors import SignInRefused
    from mailer.imap.server import ImapServer
    from mailer.settings.server import Server

_TRIES = 3
_UNKNOWN = "?"
_WITHOUT = "--smtp without --imap leaves IMAP out"
_LEFT_OUT = "IMAP is left out: no drafts in the mailbox and no copies in Sent, until you sign in again."


@dataclass(frozen=True, slots=True)
class Folders:
    """``found`` is the secret of sending, None without one; ``store``: this is to be an account, not only a trial.

    ``ask``: a password may be asked for; ``ask_name``: other questions too.
    """

    app: App
    found: Found | None
    verbose: int
    store: bool
    ask: bool
    ask_name: bool

    def __call__(self, server: Server) -> OwnSignIn:
        """Sign in to the folders of ``server``; how, where that is not as for sending.

        Raises what ``open_session`` does; BadSettings (78) without a user name.
        """
        from mailer.imap.errors import SignInRefused
        from mailer.imap.server import of_settings

        if self.found is None:
            return self._without_password(server)
        wanted = of_settings(server)
        refused = None
        for secret in self._secrets(server, wanted):
            try:
                self._open(wanted, secret)
            except SignInRefused as error:
                refused = error
            else:
                return OwnSignIn(secret=secret if secret != self.found.secret else "")
        assert refused is not None
        return self._refused(wanted, refused)

    def _secrets(self, server: Server, wanted: ImapServer) -> list[str]:
        """What to try: what a later command would find first, then what else there is."""
        from mailer.accounts import guard

        assert self.found is not None
        if wanted.auth == "oauth2" or self._is_fixed():
            guard.mind(server, "imap", self.found.where)
            return [self.found.secret]
        own = _own(wanted)
        if not own:
            guard.mind(server, "imap", self.found.where)
        elif not self.store and not guard.are_paired(server):
            return [own]
        order = [self.found.secret, own] if self.found.where == "MAILER_PASSWORD" else [own, self.found.secret]
        tries = list(dict.fromkeys(secret for secret in order if secret))
        return tries if self.store else tries[:1]

    def _is_fixed(self) -> bool:
        """Whether the secret serves both, whatever the keyring holds."""
        where = self.found.where if self.found else ""
        return where.endswith("_COMMAND") or (where == "MAILER_PASSWORD" and not self.store)

    def _open(self, wanted: ImapServer, secret: str) -> None:
        from mailer.accounts import guard
        from mailer.imap.session import open_session

        self.app.output.note(f"Signing in to {wanted.host} …")
        where = self.found.where if self.found and self.found.secret == secret else ""
        with guard.telling(where, secret, wanted):
            open_session(wanted, secret, log=self.app.output.note if self.verbose else None).close()

    def _refused(self, wanted: ImapServer, error: SignInRefused) -> OwnSignIn:
        """What is done about it: another password is asked for where that can be, else it is raised with what helps."""
        if wanted.auth == "oauth2" or self._is_fixed():
            return self._one_for_both(error)
        if self.store and self.ask:
            return self._asked(wanted, error)
        error.hint = f"{error.hint} {self._elsewhere(wanted)}"
        raise error

    def _one_for_both(self, error: SignInRefused) -> OwnSignIn:
        """A token or a command serves both: the folders take it or are left out."""
        if self._is_fixed():
            where = self.found.where if self.found else ""
            error.hint = f"{error.hint} {where} serves SMTP and IMAP alike; {_WITHOUT}."
        if not (self.store and self.ask and self.ask_name):
            raise error
        self._tell(error)
        if not click.confirm("Go on without IMAP?", default=False, err=True):
            raise error
        return self._left_out()

    def _elsewhere(self, wanted: ImapServer) -> str:
        """How the folders get a password of their own where nobody can be asked."""
        if not self.store:
            return "Where IMAP has a password of its own, `mailer login` on a terminal asks for it."
        return (
            "Where IMAP has a password of its own, run `mailer login` on a terminal, or put it into the keyring as "
            f"mailer:imap:{wanted.host} for {wanted.username}; MAILER_IMAP_USERNAME is another user name; {_WITHOUT}."
        )

    def _without_password(self, server: Server) -> OwnSignIn:
        """Where sending wants no sign-in, and the folders do."""
        from mailer.imap.server import of_settings

        own = _own(of_settings(server)) if server.imap_username else ""
        if own:
            self._open(of_settings(server), own)
            return OwnSignIn(secret=own)
        if not (self.store and self.ask):
            return OwnSignIn()
        return self._asked(of_settings(server._replace(imap_username=server.imap_username or _UNKNOWN)), None)

    def _asked(self, wanted: ImapServer, error: SignInRefused | None) -> OwnSignIn:
        """Ask for what signs in to the folders, until it does or they are left out.

        Raises SignInRefused after some tries, NotTrusted.
        """
        from mailer.imap.errors import SignInRefused

        if error:
            self._tell(error)
            self.app.output.note("Sending works. The folders need their own password or user name.")
        tries = 0
        while True:
            name, secret = self._answers(wanted)
            if not secret:
                return self._left_out()
            try:
                self._open(replace(wanted, username=name), secret)
            except SignInRefused as again:
                tries += 1
                if tries == _TRIES:
                    raise
                self._tell(again)
            else:
                return self._own_sign_in(wanted, name, secret)

    def _answers(self, wanted: ImapServer) -> tuple[str, str]:
        """User name and password; "" as password leaves IMAP out."""
        from mailer.accounts.secrets.keyring import Found, sound

        name = wanted.username
        if self.ask_name or name == _UNKNOWN:
            question = printable(f"IMAP user name at {wanted.host}")
            name = str(click.prompt(question, default=None if name == _UNKNOWN else name, err=True)).strip()
        question = printable(f"IMAP password of {name} at {wanted.host} (empty: leave IMAP out)")
        word = str(click.prompt(question, default="", show_default=False, hide_input=True, err=True))
        return name, sound(Found(word, "prompt")).secret

    def _own_sign_in(self, wanted: ImapServer, name: str, secret: str) -> OwnSignIn:
        found = self.found
        if found and found.where == "MAILER_PASSWORD":
            self.app.output.note("While MAILER_PASSWORD is set, it is used for both.")
        same = found is not None and found.secret == secret
        return OwnSignIn(name if name != wanted.username else "", "" if same else secret)

    def _left_out(self) -> OwnSignIn:
        self.app.output.note(_LEFT_OUT)
        return OwnSignIn(left_out=True)

    def _tell(self, error: MailerError) -> None:
        self.app.output.note(printable(f"{error.text}. {error.hint}"))


def _own(wanted: ImapServer) -> str:
    """What the keyring holds for the folders alone; a keyring in trouble says so where it is needed."""
    from mailer.accounts.secrets import keyring

    try:
        found = keyring.lookup(keyring.imap_service(wanted.host), wanted.username)
    except NotTrusted:
        return ""
    return found.secret if found else ""
