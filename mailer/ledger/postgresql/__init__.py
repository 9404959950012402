"""The ledger in PostgreSQL: letters and people of many owners, on many machines, each for their owner's eyes alone.

across       What holds for all owners: stops, and what went from one mailbox
connection   Connect, and put into words what goes wrong
dialect      The SQL that both stores understand, as PostgreSQL takes it
functions    What the database itself does: who owns a row, triggers, and the few answers across owners
heart        Tell the database every few seconds that a run lives
kept         Connections that a worker keeps from one mailbox to the next
moving       Move a ledger's file in, as rows of one owner
opening      Connect to a ledger: of a version that is known, and the one that was used before
remembered   Which ledger a server had when it was last used
runs         A run has a token and a heartbeat: one that has lost its token can settle nothing
setup        Make or update the ledger of a database, with its roles; needs a role that may make others
store        One connection to the ledger, with explicit transactions and errors in words
tables       The tables, with the owner of each row
"""
