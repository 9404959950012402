"""Read what came back, in order, without touching it: where it lies, which of it is new, and what follows.

before_send  Look into the mailbox for a moment before a follow-up goes
files        Find the messages in files and folders: .eml, mbox, Maildir
imap         Read the folders of a mailbox, each from where it was left
mbox         Find where each message of an mbox begins and ends
positions    Keep how far each folder was read
run          Look at messages one by one: which concern the user's people, and what follows
sieve        Leave out at a glance what concerns nobody
stems        Tell fast that none of a list of patterns can be found in a text
"""
