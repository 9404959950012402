"""The tables, and how a ledger of an earlier version becomes one of this version.

    runs ─┐                     ┌─ attempts     one row a try, with the reply
          ├─ letters (claim) ───┼─ recipients ─── contacts
          │                     ├─ contents ─── splices ─── blobs
          │                     └─ drafts       where it lies unsent in a mailbox

``letters`` holds what changes in flight, in rows short enough to be written thousands of times a second;
``contents`` what is written once.  Times are UTC, ISO 8601 with microseconds, so that they sort as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.ledger import file

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.ledger.store import Store

APPLICATION_ID = 0x6D61696C

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


_PEOPLE = """
CREATE TABLE people (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,      -- never given to another
    name        TEXT NOT NULL,
    company     TEXT NOT NULL,
    company_key TEXT NOT NULL,               -- case and accents aside
    words       TEXT NOT NULL,               -- what the person is found by, case and accents aside
    position    TEXT NOT NULL,
    refused_on  TEXT,
    plan        TEXT NOT NULL,
    plan_since  TEXT,                        -- touches from this day on fill its steps
    chosen      TEXT,                        -- the next date, where it was set by hand
    step        INTEGER NOT NULL DEFAULT 1,  -- the open one when it was last computed
    language    TEXT NOT NULL,
    country     TEXT NOT NULL,
    time_zone   TEXT NOT NULL,
    note        TEXT NOT NULL,
    url         TEXT NOT NULL,
    created     TEXT NOT NULL
) STRICT;
CREATE INDEX people_company ON people (company_key) WHERE company_key <> '';

CREATE TABLE addresses (
    key       TEXT PRIMARY KEY,              -- in caseless form
    person    INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    position  INTEGER NOT NULL,
    address   TEXT NOT NULL,
    state     TEXT NOT NULL CHECK (state IN ('ok', 'dead', 'left'))
) STRICT, WITHOUT ROWID;
CREATE INDEX addresses_person ON addresses (person);

CREATE TABLE touches (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    person   INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    at       TEXT NOT NULL,
    day      TEXT NOT NULL,                  -- the user's date
    kind     TEXT NOT NULL,
    note     TEXT NOT NULL,
    letter   INTEGER REFERENCES letters,
    counts   INTEGER NOT NULL CHECK (counts IN (0, 1)),      -- 0: it did not reach them
    before   TEXT,                           -- what it changed beside the dates, JSON, to take it back
    UNIQUE (person, letter)
) STRICT;
CREATE INDEX touches_letter ON touches (letter);
CREATE INDEX touches_last ON touches (person, counts, at);

CREATE TABLE events (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    person      INTEGER REFERENCES people ON DELETE CASCADE,
    at          TEXT NOT NULL,
    class       TEXT NOT NULL,
    confidence  TEXT NOT NULL CHECK (confidence IN ('sure', 'likely')),
    because     TEXT NOT NULL,
    text        TEXT NOT NULL,
    sender      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    address     TEXT NOT NULL,
    letter      INTEGER REFERENCES letters,
    message_id  TEXT,
    until       TEXT,
    effect      TEXT NOT NULL,
    undone      INTEGER NOT NULL DEFAULT 0 CHECK (undone IN (0, 1))
) STRICT;
CREATE INDEX events_person ON events (person);
CREATE INDEX events_message ON events (message_id) WHERE message_id IS NOT NULL;

CREATE TABLE holds (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    person  INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    kind    TEXT NOT NULL CHECK (kind IN ('hold', 'answered', 'stop')),
    since   TEXT NOT NULL,
    until   TEXT,                            -- the first free day; NULL: until it is lifted
    why     TEXT NOT NULL,
    event   INTEGER REFERENCES events,
    lifted  TEXT                             -- the day on which it was
) STRICT;
CREATE INDEX holds_person ON holds (person);
CREATE INDEX holds_open ON holds (person) WHERE lifted IS NULL;

CREATE TABLE course (
    person  INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    step    INTEGER NOT NULL,
    date    TEXT NOT NULL,
    until   TEXT NOT NULL,                   -- the day on which the step is let go
    reason  TEXT NOT NULL,
    template TEXT NOT NULL,
    why     TEXT NOT NULL,                   -- a sentence a line
    PRIMARY KEY (person, step)
) STRICT, WITHOUT ROWID;
CREATE INDEX course_date ON course (date, until);

CREATE TABLE imports (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    at    TEXT NOT NULL
) STRICT;

CREATE TABLE imported (
    import  INTEGER NOT NULL REFERENCES imports ON DELETE CASCADE,
    person  INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    before  TEXT,                            -- the card as it was, JSON; NULL: made by the import
    after   TEXT NOT NULL,                   -- the card as the import left it
    PRIMARY KEY (import, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX imported_person ON imported (person);

CREATE TABLE forgotten (
    hash  BLOB PRIMARY KEY,                  -- keyed, of an address or a Message-ID
    kind  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE secrets (
    name   TEXT PRIMARY KEY,
    value  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE calendar (
    person    INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    plan      TEXT NOT NULL,
    step      INTEGER NOT NULL,
    uid       TEXT NOT NULL UNIQUE,
    sequence  INTEGER NOT NULL,
    modified  TEXT NOT NULL,
    date      TEXT NOT NULL,
    summary   TEXT NOT NULL,
    text      TEXT NOT NULL,
    gone      TEXT,                          -- the day on which it was cancelled
    PRIMARY KEY (person, plan, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE days_off (
    place    TEXT NOT NULL,
    year     INTEGER NOT NULL,
    version  TEXT NOT NULL,                  -- of the package that says so
    days     TEXT NOT NULL,                  -- day and why, JSON; null for a place that is not known
    PRIMARY KEY (place, year)
) STRICT, WITHOUT ROWID;

CREATE TABLE written (
    path  TEXT PRIMARY KEY,                  -- a file of the user's that may name people
    kind  TEXT NOT NULL CHECK (kind IN ('calendar', 'backup', 'import'))
) STRICT, WITHOUT ROWID;

CREATE TABLE news (
    letter  INTEGER PRIMARY KEY              -- settled, and not yet taken into the people's time lines
) STRICT;
INSERT INTO news SELECT number FROM letters WHERE sent IS NOT NULL OR state = 'in-doubt';
CREATE TRIGGER letters_news AFTER UPDATE OF state ON letters
WHEN NEW.state <> OLD.state AND (NEW.state IN ('sent', 'in-doubt', 'refused', 'deferred') OR OLD.state = 'in-doubt')
BEGIN INSERT OR IGNORE INTO news VALUES (NEW.number); END;
ALTER TABLE contents ADD COLUMN card TEXT NOT NULL DEFAULT '';
"""

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


def _learn(store: Store) -> None:
    if store.one("SELECT 1 FROM unlearned LIMIT 1"):
        from mailer.ledger import history

        history.learn(store)


MIGRATIONS: tuple[str | Callable[[Store], None], ...] = (
    _FIRST,
    _SECOND,
    _THIRD,
    _FOURTH,
    _rekey,
    _PEOPLE,
    _HISTORY,
    _learn,
)


def recognise(store: Store, known: int = len(MIGRATIONS)) -> int:
    """The version of the ledger, 0 for an empty one; CannotWrite for another program's file or a newer version."""
    version: int = store.one("PRAGMA user_version")[0]
    tables: int = store.one("SELECT count(*) FROM sqlite_schema")[0]
    if (version or tables) and store.one("PRAGMA application_id")[0] != APPLICATION_ID:
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
    migrations: tuple[str | Callable[[Store], None], ...] = MIGRATIONS,
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
        for migration in migrations[version:]:
            _run(store, migration)
        store.execute(f"PRAGMA user_version = {len(migrations)}")


def must_be_whole(store: Store) -> None:
    """Raise CannotWrite where a table or column of this version is missing.

    Found later, it might be found between a server's answer and the writing down of it.
    """
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as model:
        for script in MIGRATIONS:
            if isinstance(script, str):
                model.executescript(f"BEGIN; {script}; COMMIT")
        wanted = set(model.execute(_SHAPE))
    missing = min(wanted - set(store.each(_SHAPE)), default=None)
    if missing:
        table, column = missing
        raise file.unusable_error(store.path, f"is damaged: its table {table} has no column {column}", file.DAMAGED)


def _run(store: Store, migration: str | Callable[[Store], None]) -> None:
    if not isinstance(migration, str):
        migration(store)
        return
    for statement in migration.split(";\n"):
        store.execute(statement)
