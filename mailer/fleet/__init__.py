"""Many machines: queued letters are sent by workers, from each mailbox by one at a time.

jobs      One mailbox's work: what has come due of an owner, sent as ``outbox send`` does
metrics   What Prometheus is told, asked of the database at each scrape
moving    Move a ledger's file into the database, once
queueing  What puts mailboxes to work in the database, beside the letters that wait there
state     What waits, is in flight or in doubt, by mailbox and owner; and which workers live
worker    Take mailboxes and work them, until told to end
"""
