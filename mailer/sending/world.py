"""The world that letters are sent in, as a value: environment, folder, clock, random tokens, and who is asked."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from mailer.characters import printable
from mailer.errors import NotTrusted

if TYPE_CHECKING:
    from mailer.errors import MailerError
    from mailer.sending.plan import Plan
    from mailer.sending.request import Options
    from mailer.settings.database import Database
    from mailer.settings.settings import Settings


def read_now() -> datetime:
    """Return the time, in the zone of this machine."""
    moment = time.time()
    return datetime.fromtimestamp(moment, _zone(int(moment) // 60))


@functools.lru_cache(maxsize=1)
def _zone(minute: int) -> tzinfo | None:
    """Return the zone of this machine; clocks are put forward and back at whole minutes."""
    return datetime.fromtimestamp(minute * 60).astimezone().tzinfo


def make_token() -> str:
    """Return 128 random bits, in hex; also to several threads at once."""
    return os.urandom(16).hex()


def _read_clock(clock: Callable[[], datetime]) -> datetime:
    """Return the time; raise BadData where it is one that no letter can bear."""
    try:
        moment = clock()
    except (OverflowError, ValueError, OSError) as error:
        raise _clock_error(str(error)) from error
    # A day on either side is left for the zones of those who read it.
    if not 1970 <= moment.year <= 9998:
        raise _clock_error(f"year {moment.year}")
    return moment


def _clock_error(words: str) -> MailerError:
    from mailer.errors import BadData

    return BadData(f"the clock of this computer is wrong: {words}", hint="Set it right; letters are dated by it.")


def ledger_of(settings: Settings) -> Path | Database:
    """Where the ledger is, and where its password is found if it has one."""
    return _with_secret(settings.ledger)


def ledgers_of(settings: Settings) -> tuple[Path | Database, Sequence[Path | Database]]:
    """Where the ledger is, and where those of the other owners are."""
    place, others = settings.ledgers
    return _with_secret(place), list(map(_with_secret, others))


def others_of(settings: Settings) -> Sequence[Path | Database]:
    """Where the ledgers of the other owners are."""
    return ledgers_of(settings)[1]


def _with_secret(place: Path | Database) -> Path | Database:
    return place if isinstance(place, Path) else place._replace(secret=_secret_of)


def is_there(place: Path | Database) -> bool:
    """Whether there is a ledger to read: a database says so itself."""
    return not isinstance(place, Path) or os.path.lexists(place)


def _secret_of(place: Database) -> str:
    """The password of a ledger's database.  Raises NotTrusted."""
    import shlex

    from mailer.accounts.secrets import keyring

    service = keyring.ledger_service(str(place))
    store = f"`keyring set {shlex.quote(service)} {shlex.quote(place.user)}`, or PostgreSQL's own password file"
    try:
        found = keyring.lookup(service, place.user)
    except NotTrusted as error:
        raise NotTrusted(f"the ledger {place} wants a password: {error.text}", hint=f"Store it: {store}.") from error
    if found is None:
        raise NotTrusted(f"the keyring has no password for the ledger {place}", hint=f"Store it: {store}.")
    return found.secret


class World:
    """What sending reads, and nobody to ask; a terminal and a calling program are others.

    ``note`` tells whoever is there something that is no result.  ``within``: the folder that no file which a letter
    names may lie outside of; None where any may be named.
    """

    __slots__ = ("_told", "cwd", "environ", "note", "now", "owner", "token", "within")

    def __init__(
        self,
        note: Callable[[str], None],
        environ: Mapping[str, str] = os.environ,
        cwd: Path = Path(),
        now: Callable[[], datetime] = read_now,
        token: Callable[[], str] = make_token,
    ) -> None:
        self.note = note
        self.environ = environ
        self.cwd = cwd
        self.now: Callable[[], datetime] = functools.partial(_read_clock, now)
        self.token = token
        self.within: Path | None = None
        # Of all owners, each in turn; None for whom the settings name.
        self.owner: str | None = None
        self._told: set[str] = set()

    def can_ask(self) -> bool:
        """Tell whether anybody is there to answer."""
        return False

    def password(self, question: str) -> str:
        """Ask for a secret.  Raises NotTrusted where nobody gives one."""
        raise NotTrusted(f"nobody can be asked: {question}", hint="Run mailer login.")

    def confirm(self, plan: Plan) -> bool:  # noqa: ARG002 - who asks a person needs it
        """Show what is about to be sent, and ask whether to send it."""
        return False

    def settings(self, account: str | None = None, options: Mapping[str, str] | None = None) -> Settings:
        """Load the settings that hold here; names that are none of ours are told of once.  Raises BadSettings."""
        from mailer.settings import layers
        from mailer.settings.settings import load

        settings = load(self.environ, self.cwd, account, options)
        for value in settings.foreign:
            if value.name not in self._told:
                self._told.add(value.name)
                self.note(printable(layers.told_foreign(value)))
        return settings if self.owner is None else settings.owned_by(self.owner)

    def ledger(self, account: str | None = None) -> Path | Database:
        """Where the ledger is, once the folder is trusted as far as it says whose that is."""
        return ledger_of(self.trusted(self.settings(account), names=("MAILER_OWNER",)))

    def trusted(
        self,
        settings: Settings,
        options: Options | None = None,  # noqa: ARG002 - who asks a person needs it
        *,
        names: Iterable[str] | None = None,
    ) -> Settings:
        """Return the same settings where their folder is trusted as far as they use it.  Raises Untrusted (78)."""
        lines = settings.untrusted(names)
        if lines:
            from mailer.settings import trust

            raise trust.untrusted_error(lines)
        return settings
