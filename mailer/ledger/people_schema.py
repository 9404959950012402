"""The tables of people, of what was between the user and them, and of what came back."""

from __future__ import annotations

PEOPLE = """
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

# What came back.  Of an event: ``key`` tells that a message was read before; ``day`` and ``free`` are those of the user
# and of the recipient's place; ``known`` is the newest touch when it was told.  Of an address: ``own`` is its state
# without the events.  Of a touch: ``handed`` is 1 where the letter was handed over, whatever came of it.  Of a person:
# ``resumed`` is when, on which day, and after which event they were last resumed.
SYNC = """
ALTER TABLE events ADD COLUMN key TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN day TEXT;
ALTER TABLE events ADD COLUMN free TEXT;
ALTER TABLE events ADD COLUMN known INTEGER NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN accepted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN other_address TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN struck TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN refs TEXT NOT NULL DEFAULT '';
ALTER TABLE touches ADD COLUMN handed INTEGER NOT NULL DEFAULT 1;
ALTER TABLE touches ADD COLUMN message_id TEXT;
ALTER TABLE touches ADD COLUMN refs TEXT NOT NULL DEFAULT '';
ALTER TABLE addresses ADD COLUMN own TEXT NOT NULL DEFAULT 'ok';
ALTER TABLE people ADD COLUMN resumed TEXT;
UPDATE touches SET handed = counts;
UPDATE addresses SET own = state;
UPDATE events SET day = substr(at, 1, 10), known = (SELECT coalesce(max(id), 0) FROM touches t WHERE t.at <= events.at),
    free = (SELECT h.until FROM holds h WHERE h.event = events.id);
UPDATE people SET resumed = (SELECT max(h.since) || ' ' || max(h.lifted) || ' ' || max(h.event) FROM holds h
    WHERE h.person = people.id AND h.event IS NOT NULL AND h.lifted IS NOT NULL);
CREATE UNIQUE INDEX events_key ON events (key, coalesce(person, 0), address) WHERE key <> '';
CREATE INDEX touches_message ON touches (message_id) WHERE message_id IS NOT NULL;

CREATE TABLE mailboxes (
    account      TEXT NOT NULL,
    folder       TEXT NOT NULL,              -- as it stands on the wire
    uidvalidity  INTEGER NOT NULL,
    uid          INTEGER NOT NULL,           -- up to which it was read
    at           TEXT NOT NULL,
    PRIMARY KEY (account, folder)
) STRICT, WITHOUT ROWID;

CREATE TABLE aliases (
    message_id  TEXT PRIMARY KEY,            -- that a provider gave to a letter of ours
    letter      INTEGER NOT NULL REFERENCES letters ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE written_elsewhere (
    key     TEXT NOT NULL,                   -- of a message in Sent that became a touch
    person  INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    PRIMARY KEY (key, person)
) STRICT, WITHOUT ROWID;
"""
