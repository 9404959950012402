"""The ledger: which letter went to whom, so that none goes twice and none is lost in silence.

    contacts  The people letters went to: one contact an address
    contents  The messages as submitted, their attachments kept once
    drafts    Letters that lie unsent in a mailbox, until they are sent from there or from here
    file      The ledger's file and folder: made private, and looked at before SQLite opens them
    ids       What letters are called: their identity, the digest of their words, their short id, the server's queue …
    ledger    The ledger: which letter went to whom, so that none goes twice and none is lost in silence
    letters   Claiming: whether a letter may go, and holding it so that no other process sends it too
    moments   Times as they stand in the tables: UTC, ISO 8601 with microseconds, so that they sort as text
    opening   Open the ledger's file: made, migrated and looked at before it is used
    records   Reading: the outbox, the log, and what the checks may know. Nothing here writes
    rekeying  Letters that earlier versions recorded: keyed anew from trimmed values, and found by other spellings too
    replies   Servers' replies as they stand in the ledger
    runs      Runs: a process that claims letters holds a lock, so that what a dead one left is told from a live one's
    schema    The tables, and how a ledger of an earlier version becomes one of this version
    settling  In flight: the mark before the last octet, and what the server answered, each on disk before the next …
    store     One SQLite connection: explicit transactions, errors in words
    values    A letter that asks to go, and what the ledger says to it
"""
