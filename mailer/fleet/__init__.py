"""Many machines: queued letters are sent by workers, from each mailbox by one at a time.

drafting  The follow-up of who is due, put into their owner's Drafts folder once a step
jobs      One mailbox's work: what has come due of an owner, sent as ``outbox send`` does
metrics   What Prometheus is told, asked of the database at each scrape
moving    Move a ledger's file into the database, once
queueing  What puts mailboxes to work in the database, beside the letters that wait there
rounds    Which mailboxes are visited, each at its own minute of every hour
state     What waits, is in flight or in doubt, by mailbox and owner; and which workers live
unfinished  A draft with lines that its owner is to write: it names nobody, so that it cannot go by mistake
visiting  A visit to an owner's mailbox: what came back, and early in the day who is due
worker    Take mailboxes and work them, until told to end
year      The visits, as a worker makes them
"""
