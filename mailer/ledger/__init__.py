"""The ledger: which letter went to whom, so that none goes twice and none is lost in silence.

batch     The rows of a batch to compare with, in memory and in files of their own
contents  Messages as they were submitted, their attachments kept once
drafts    Letters that lie unsent in a mailbox, until they are sent from there or here
file      Make the ledger's file and folder private, and refuse what is not ours
history   What the checks must know of letters that were sent, kept as they ask for it
ids       A letter's short id, identity, content digest, and the server's queue id
ledger    The ledger, opened: claim, settle, and read
letters   Claim letters: whether one may go, and holding it so that no other process sends it
moments   Times as they stand in the tables: UTC, ISO 8601, so that they sort as text
moved     A ledger's file that was moved into a database: nothing goes from it again
opening   Open the ledger's file: made, migrated and checked before it is used
peeking   Look into the ledger as it lies there, for completion: nothing is made, migrated or waited for
progress  Tell how far a ledger is brought up to date, where that takes long
postgresql The ledger in PostgreSQL, of many owners and machines
queued    Letters that were put off: kept with their bytes, until their time has come
records   Read the outbox, the log, and what the checks may know; writes nothing
rekeying  Find letters that earlier versions recorded under other keys
replies   Servers' replies as they stand in the ledger
people_schema  The tables of people, and of what came back
runs      A run that claims letters holds a lock, which tells a dead run from a live one
schema    The tables, and the steps from each earlier version
shelves   Letters of the ledger to compare with, in tables
searching Find letters by a part of a name or an address
settling  Mark a letter before its last byte, and record the server's answer
store     One SQLite connection, with explicit transactions and errors in words
values    A letter that asks to go, and what the ledger answers
copies    Copy a ledger: to keep, to put back, and before it is brought up to date
erasing   Take somebody out of the ledger: every word of the letters to them
writing   Write down the words and recipients of a letter
hashes    Keyed hashes of what was forgotten but must still be recognised
"""
