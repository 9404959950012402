"""Test each step from the settings to the mailbox; nothing is sent.

examine  Run the steps in order; prints nothing
folders  Test the server that keeps the folders (RFC 3501, 6154)
ledger   Look at the ledger, in its file or its database
seen     Put into words what was seen: a server, a certificate, folders, a clock
smtp     Test the server that sends: DNS, TCP, TLS, EHLO, sign-in, and an envelope that is taken back
steps    One step, and the list of them as it grows
"""
