"""Save a message unsent: `.eml` files, Maildirs, IMAP folders, the mail program.

eml      Save drafts as `.eml` files
imap     Save drafts in the Drafts folder of a mailbox (RFC 3501 6.3.11, RFC 6154)
maildir  Save drafts in a Maildir
mailto   Write a letter as a `mailto:` link (RFC 6068)
store    Save a message in a folder: whole or not at all, never over what is there
"""
