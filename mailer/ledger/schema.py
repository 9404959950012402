"""The tables, and how a ledger of an earlier version becomes one of this version.

    runs ─┐                     ┌─ attempts     one row a try, with the reply
          ├─ letters (claim) ───┼─ recipients ─── contacts
          │                     ├─ contents ─── splices ─── blobs
          │                     └─ drafts       where it lies unsent in a mailbox

``letters`` holds what changes in flight, in rows short enough to be written thousands of times a second;
``contents`` what is written once.  Times are UTC, ISO 8601 with microseconds, so that they sort as text.
"""

from __future__ import annotations

import functools
from itertools import chain
from typing import TYPE_CHECKING

from mailer.ledger import file
from mailer.ledger.people_schema import PEOPLE, SYNC
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mailer.ledger.store import Store

    _Step = str | Callable[[Store], None]

APPLICATION_ID = 0x6D61696C
# Of a ledger that was moved into a database: no version of mailer sends from it.
MOVED = 0x6D61696D

_FIRST = f"""
PRAGMA application_id = {APPLICATION_ID};

CREATE TABLE runs (
    id       INTEGER PRIMARY KEY,
    token    TEXT NOT NULL,                  -- name of its lock file
    started  TEXT NOT NULL
) STRICT;

CREATE TABLE contacts (
    id          INTEGER PRIMARY KEY,
    key         TEXT NOT NULL UNIQUE,        -- address in caseless form
    address     TEXT NOT NULL,
    name        TEXT NOT NULL,
    company     TEXT NOT NULL,
    first_seen  TEXT NOT NULL
) STRICT;

CREATE TABLE letters (
    number          INTEGER PRIMARY KEY,
    identity        BLOB NOT NULL,
    content_digest  BLOB NOT NULL,
    current         INTEGER NOT NULL DEFAULT 1 CHECK (current IN (0, 1)),
    state           TEXT NOT NULL CHECK (
        state IN ('claimed', 'sending', 'sent', 'refused', 'deferred', 'in-doubt', 'draft')),
    waits           INTEGER NOT NULL DEFAULT 1 CHECK (waits IN (0, 1)),     -- 0 when nothing is left to be done
    run             INTEGER REFERENCES runs,
    created         TEXT NOT NULL,
    changed         TEXT NOT NULL,
    sent            TEXT,
    queue_id        TEXT,
    copy            TEXT CHECK (copy IN ('saved', 'by-server', 'off', 'failed')),
    message_id      TEXT NOT NULL,
    date            TEXT NOT NULL,
    sender          TEXT NOT NULL,
    subject         TEXT NOT NULL,
    template        TEXT NOT NULL,
    company         TEXT NOT NULL,
    position        TEXT NOT NULL,
    letter_file     TEXT NOT NULL,
    account         TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX letters_current ON letters (identity) WHERE current = 1;
CREATE INDEX letters_waiting ON letters (run) WHERE waits = 1;

CREATE TABLE recipients (
    letter    INTEGER NOT NULL REFERENCES letters,
    position  INTEGER NOT NULL,
    contact   INTEGER NOT NULL REFERENCES contacts,
    kind      TEXT NOT NULL CHECK (kind IN ('to', 'cc', 'bcc')),
    address   TEXT NOT NULL,                 -- as in the forward-path
    name      TEXT NOT NULL,
    state     TEXT CHECK (state IN ('sent', 'refused', 'deferred', 'in-doubt')),    -- NULL: the letter's
    code      INTEGER,
    status    TEXT,
    text      TEXT,
    PRIMARY KEY (letter, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
    letter  INTEGER NOT NULL REFERENCES letters,
    number  INTEGER NOT NULL,
    run     INTEGER NOT NULL REFERENCES runs,
    at      TEXT NOT NULL,
    state   TEXT NOT NULL,
    phase   TEXT NOT NULL,
    code    INTEGER,
    status  TEXT,
    text    TEXT,
    PRIMARY KEY (letter, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE contents (
    letter   INTEGER PRIMARY KEY REFERENCES letters,
    prose    TEXT NOT NULL,
    literal  BLOB NOT NULL                   -- the message without its spliced attachments
) STRICT;

CREATE TABLE blobs (
    id       INTEGER PRIMARY KEY,
    digest   BLOB NOT NULL UNIQUE,           -- of the file
    encoded  BLOB NOT NULL                   -- as it stands in messages
) STRICT;

CREATE TABLE splices (
    letter  INTEGER NOT NULL REFERENCES letters,
    number  INTEGER NOT NULL,
    place   INTEGER NOT NULL,                -- octets of the literal before it
    blob    INTEGER NOT NULL REFERENCES blobs,
    PRIMARY KEY (letter, number)
) STRICT, WITHOUT ROWID;
"""

_SECOND = """
CREATE TABLE drafts (
    letter       INTEGER PRIMARY KEY REFERENCES letters,
    login        TEXT NOT NULL,              -- whose mailbox: user name and host
    folder       TEXT NOT NULL,              -- as it stands on the wire
    uidvalidity  INTEGER,                    -- with uid: where it lies; NULL while nobody knows
    uid          INTEGER,
    doubt        INTEGER NOT NULL CHECK (doubt IN (0, 1))     -- one more may lie there, unanswered
) STRICT;
CREATE INDEX letters_uncopied ON letters (number) WHERE copy = 'failed';
"""

# Octets of the message there; NULL: not known.
_THIRD = "ALTER TABLE drafts ADD COLUMN size INTEGER"

_SHAPE = "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'"

# The key of a letter of an earlier version, of people and values without any blank; NULL for one of this version.
_FOURTH = """
ALTER TABLE letters ADD COLUMN earlier BLOB;
CREATE INDEX letters_earlier ON letters (earlier) WHERE earlier IS NOT NULL
"""


def _rekey(store: Store) -> None:
    if store.one("SELECT 1 FROM letters LIMIT 1"):
        from mailer.ledger import rekeying

        rekeying.rekey(store)


# What the checks ask of letters that were sent, and the log; kept by ``history``.
_HISTORY = """
CREATE TABLE finds (
    key     INTEGER NOT NULL,                -- a hash of what the letter is found by
    letter  INTEGER NOT NULL,
    PRIMARY KEY (key, letter)
) STRICT, WITHOUT ROWID;

CREATE TABLE starts (
    word     INTEGER NOT NULL,               -- a hash of the first word of names
    length   INTEGER NOT NULL,               -- how many words they have
    letters  INTEGER NOT NULL,
    PRIMARY KEY (word, length)
) STRICT, WITHOUT ROWID;

CREATE TABLE unlearned (
    letter  INTEGER PRIMARY KEY              -- sent, and not yet to be found
) STRICT;

CREATE TABLE pages (
    id    INTEGER PRIMARY KEY,
    text  TEXT NOT NULL                      -- whom many letters went to, case folded
) STRICT;
INSERT INTO unlearned SELECT number FROM letters WHERE sent IS NOT NULL;
CREATE TRIGGER letters_sent AFTER UPDATE OF sent ON letters WHEN NEW.sent IS NOT NULL AND OLD.sent IS NULL
BEGIN INSERT OR IGNORE INTO unlearned VALUES (NEW.number); END;
CREATE TRIGGER letters_sent_elsewhere AFTER INSERT ON letters WHEN NEW.sent IS NOT NULL
BEGIN INSERT OR IGNORE INTO unlearned VALUES (NEW.number); END;
CREATE INDEX recipients_contact ON recipients (contact);
CREATE INDEX letters_handed_over ON letters (coalesce(sent, changed), number)
    WHERE sent IS NOT NULL OR state = 'in-doubt'
"""


# Letters that were put off.  Once a letter is or may be handed over, or is refused, nothing sends it by itself.
_QUEUE = """
CREATE TABLE queue (
    letter   INTEGER PRIMARY KEY REFERENCES letters ON DELETE CASCADE,
    due      TEXT NOT NULL,                  -- not before
    added    TEXT NOT NULL,
    mailbox  TEXT NOT NULL,                  -- that it was agreed to go from: user name and host
    allowed  TEXT NOT NULL                   -- the checks that were let pass, with blanks between
) STRICT;
CREATE INDEX queue_due ON queue (due);
CREATE TRIGGER letters_unqueued AFTER UPDATE OF state ON letters
WHEN NEW.state IN ('sent', 'refused', 'in-doubt', 'draft') AND OLD.state <> NEW.state
BEGIN DELETE FROM queue WHERE letter = NEW.number; END
"""


# A stop for the user's own sake is not the recipient's: it holds for this owner alone.
_OWNERS = "ALTER TABLE holds ADD COLUMN own INTEGER NOT NULL DEFAULT 0 CHECK (own IN (0, 1))"


def _learn(store: Store) -> None:
    if store.one("SELECT 1 FROM unlearned LIMIT 1"):
        from mailer.ledger import history

        history.learn(store)


MIGRATIONS: tuple[_Step, ...] = (
    _FIRST,
    _SECOND,
    _THIRD,
    _FOURTH,
    _rekey,
    PEOPLE,
    SYNC,
    _HISTORY,
    _learn,
    _QUEUE,
    _OWNERS,
)


class Moved(NamedTuple):
    """Where a ledger was moved: into the ledger ``name`` of a database, as rows of ``owner``, at a time."""

    place: str
    owner: str
    name: str
    at: str


def moved(store: Store) -> Moved | None:
    """Where the ledger was moved, if it was."""
    if store.one("PRAGMA application_id")[0] != MOVED:
        return None
    return Moved(*store.one("SELECT place, owner, name, at FROM moved"))


def recognise(store: Store, known: int = len(MIGRATIONS)) -> int:
    """The version of the ledger, 0 for an empty one; CannotWrite for another program's file or a newer version."""
    version: int
    version, tables, program = store.run(
        "PRAGMA user_version", "SELECT count(*) FROM sqlite_schema", "PRAGMA application_id"
    )
    if program == MOVED and (to := moved(store)):
        hint = f"Set MAILER_LEDGER={to.place}, or name another folder: MAILER_DATA_DIR."
        raise file.unusable_error(store.path, f"has moved to {to.place} ({to.at[:10]})", hint)
    if (version or tables) and program != APPLICATION_ID:
        raise file.unusable_error(store.path, "belongs to another program", "Set MAILER_DATA_DIR to another folder.")
    if version < 0:
        raise file.unusable_error(store.path, f"is damaged: its version is {version}", file.DAMAGED)
    if version > known:
        raise file.unusable_error(
            store.path, f"was written by a newer mailer (version {version}, this one knows {known})", "Update mailer."
        )
    return version


def migrate(
    store: Store,
    migrations: tuple[_Step, ...] = MIGRATIONS,
    before: Callable[[int], object] = lambda _version: None,
) -> None:
    """Run the scripts that the ledger has not seen, all or none of them.

    ``before`` is told the version of a ledger with something in it, while nobody else can write.
    """
    if recognise(store, len(migrations)) == len(migrations):
        return
    with store.transaction("EXCLUSIVE"):
        # Another process may have done it in the meantime.
        version = recognise(store, len(migrations))
        if 0 < version < len(migrations):
            before(version)
        for migration in migrations[version:] if version else _of_a_new_one(migrations):
            _run(store, migration)
        store.execute(f"PRAGMA user_version = {len(migrations)}")


def must_be_whole(store: Store) -> None:
    """Raise CannotWrite where a table or column of this version is missing.

    Found later, it might be found between a server's answer and the writing down of it.
    """
    missing = min(_wanted() - set(store.all(_SHAPE)), default=None)
    if missing:
        table, column = missing
        raise file.unusable_error(store.path, f"is damaged: its table {table} has no column {column}", file.DAMAGED)


@functools.cache
def _wanted() -> frozenset[tuple[str, str]]:
    """Return every table with its columns, read from the migrations: to let SQLite make them takes longer."""
    found, table = set(), ""
    scripts = [script for script in MIGRATIONS if isinstance(script, str)]
    for line in "\n".join(scripts).splitlines():
        words = line.split()
        if line.startswith("CREATE TABLE"):
            table = words[2]
        elif line.startswith("ALTER TABLE"):
            found.add((words[2], words[5]))
        elif line.startswith(")"):
            table = ""
        elif table and line[4:5].islower():
            found.add((table, words[0]))
    return frozenset(found)


def _of_a_new_one(migrations: Sequence[_Step]) -> list[_Step]:
    """The steps of a new ledger: later columns stand in their tables, for with each SQLite would read all anew."""
    steps: list[_Step] = []
    tables: dict[str, int] = {}
    apart: list[Sequence[_Step]] = [one.split(";\n") if isinstance(one, str) else [one] for one in migrations]
    for step in chain.from_iterable(apart):
        words = step.split(maxsplit=5) if isinstance(step, str) else []
        if words[:2] == ["ALTER", "TABLE"]:
            at = tables[words[2]]
            steps[at] = _with_column(str(steps[at]), words[5])
            continue
        if words[:2] == ["CREATE", "TABLE"]:
            tables[words[2]] = len(steps)
        steps.append(step)
    return steps


def _with_column(table: str, column: str) -> str:
    """The statement that makes a table, with a column behind the others and before what is said of several."""
    lines = table.split("\n")
    of_columns = [at for at, line in enumerate(lines) if line[4:5].islower() or line.startswith(("    ,", "     "))]
    goes_on = lines[of_columns[-1]].partition("--")[0].rstrip().endswith(",")
    lines.insert(of_columns[-1] + 1, f"    {column}," if goes_on else f"    , {column}")
    return "\n".join(lines)


def _run(store: Store, migration: _Step) -> None:
    if not isinstance(migration, str):
        migration(store)
        return
    for statement in migration.split(";\n"):
        store.execute(statement)
