"""Connect to a database, and put into words what goes wrong; a password is in none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailer.errors import BadSettings, CannotWrite, Later, MailerError, NotTrusted
from mailer.ledger.store import no_text

if TYPE_CHECKING:
    import psycopg

    from mailer.settings.database import Database

SECONDS = 10
_WAITS = 30
_KEPT = "Nothing that was handed over is lost: what was in flight is in doubt once the database is back."
_RUNNING = "Is the server running, and MAILER_LEDGER right?"
# What another statement was in the way of: a lock that was not given, a deadlock, two writers at once.
_BUSY = frozenset({"55P03", "40P01", "40001", "57014"})
_WORDS = {
    "53100": ("cannot grow: the disk of its server is full", "Free some space there and run the command again."),
    "53300": ("takes no more connections", "Run the command again, or let its server take more (max_connections)."),
    "25006": ("can only be read: its server is a standby", "Name the primary in MAILER_LEDGER."),
    "42501": ("is not for this role", "Run `mailer fleet init --grant ROLE` as the owner of the database."),
}
_NOT_THERE = "Is MAILER_LEDGER right? A new one is made with createdb, and then `mailer fleet init`."
_REFUSED = "password authentication failed"
_SIGNS = (
    ("connection slots", _WORDS["53300"]),
    ("too many c", _WORDS["53300"]),
    ("password", ("is not opened without its password", "Store it in the keyring, or in PostgreSQL's password file.")),
    ("no pg_hba.conf entry", ("refuses this machine or role", "See the server's pg_hba.conf.")),
    ("does not exist", ("is not there, or its role is not", _NOT_THERE)),
    ("Peer authentication failed", ("refuses this role", "See the server's pg_hba.conf, and the role in its address.")),
)


def connect(place: Database) -> psycopg.Connection[Any]:
    """A connection that commits each statement.  Raises BadSettings without psycopg, CannotWrite, NotTrusted."""
    return _connect(place)[0]


def told(place: Database) -> dict[str, Any]:
    """What libpq is told, with the password if the server wants one.  Raises as `connect`."""
    connection, words = _connect(place)
    connection.close()
    return words


def _connect(place: Database) -> tuple[psycopg.Connection[Any], dict[str, Any]]:
    try:
        import psycopg
    except ImportError as error:
        hint = "pip install 'letter-mailer[fleet]'"
        raise BadSettings("the ledger on PostgreSQL needs psycopg", hint=hint, field="MAILER_LEDGER") from error
    words = _words(place, None)
    try:
        connection = _connected(words)
    except psycopg.Error as error:
        # The keyring is asked where the server asks.
        if not place.secret or "password" not in str(error):
            raise error_of(error, place) from error
        words = _words(place, _secret(place, refused=_REFUSED in str(error)))
        try:
            connection = _connected(words)
        except psycopg.Error as again:
            if _REFUSED in str(again):
                raise _refuses(place, "that the keyring has") from again
            raise error_of(again, place) from again
    _bind(connection)
    return connection, words


def _secret(place: Database, *, refused: bool) -> str:
    """The keyring's password; ``refused``: libpq had one, of its password file or PGPASSWORD.  Raises NotTrusted."""
    assert place.secret is not None
    try:
        return place.secret(place)
    except NotTrusted as error:
        if not refused:
            raise
        raise _refuses(place, "of PostgreSQL's password file, or of PGPASSWORD") from error


def _refuses(place: Database, which: str) -> NotTrusted:
    hint = "Put the right one there, or have the role given another (ALTER ROLE … PASSWORD)."
    return NotTrusted(f"the ledger {place} refuses the password {which}", hint=hint)


def _words(place: Database, password: str | None) -> dict[str, Any]:
    return {
        **place.parameters(),
        "password": password,
        "application_name": "mailer",
        "connect_timeout": SECONDS,
        "keepalives_idle": _WAITS,
        "tcp_user_timeout": _WAITS * 1000,
        "client_encoding": "UTF8",
    }


def _connected(words: dict[str, Any]) -> psycopg.Connection[Any]:
    import psycopg

    connection = psycopg.connect(**words, autocommit=True, cursor_factory=psycopg.ClientCursor)
    # Whoever sends many letters says the same again and again.
    connection.prepare_threshold, connection.prepared_max = 3, 200
    return connection


def _bind(connection: psycopg.Connection[Any]) -> None:
    """Let values be taken as loosely as SQLite takes them: true is 1, and NUL, which no text may hold here, a sign."""
    from psycopg.adapt import Dumper
    from psycopg.types.string import StrDumperUnknown

    class Truth(Dumper):
        def dump(self, obj: bool) -> bytes:
            return b"1" if obj else b"0"

    class Text(StrDumperUnknown):
        def dump(self, obj: str) -> Any:  # noqa: ANN401
            return super().dump(obj.replace("\0", "\ufffd"))

    connection.adapters.register_dumper(bool, Truth)
    connection.adapters.register_dumper(str, Text)


def unusable(place: Database, what: str, hint: str = _RUNNING) -> CannotWrite:
    """The error for a ledger that cannot be used; nothing is sent without one."""
    return CannotWrite(f"the ledger {place} {what}", hint=hint, file=str(place))


def error_of(error: psycopg.Error | UnicodeEncodeError, place: Database) -> MailerError | psycopg.Error:
    """Our error for what the server or the network says; a wrong call, which only a bug makes, is handed back."""
    import psycopg

    if isinstance(error, UnicodeEncodeError):
        return no_text(error)
    code = error.sqlstate or ""
    if code in _BUSY:
        return Later(f"the ledger {place} is locked by another process", hint="Run the command again.")
    if code in _WORDS:
        return unusable(place, *_WORDS[code])
    if not isinstance(error, psycopg.OperationalError):
        return error
    text = _first_line(error)
    # What keeps a connection from being made has no code.
    found = next((words for sign, words in _SIGNS if sign in text), None)
    if found:
        return unusable(place, *found)
    is_new = text.startswith(
        ("failed to resolve", "connection to server", "connection failed", "connection is bad", "connection timeout")
    )
    return unusable(place, f"cannot be reached: {text}", _RUNNING if is_new else _KEPT)


def is_of_the_database(error: BaseException | None) -> bool:
    """Whether an error is what the server or the network says."""
    import psycopg

    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


def _first_line(error: psycopg.Error) -> str:
    return (str(error).strip().splitlines() or ["no word from it"])[0].strip()
