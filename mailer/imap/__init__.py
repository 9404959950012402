"""One IMAP session: drafts, the Sent folder, and looking for a message (RFC 3501, 4315, 6154, 6851, 2971).

    client        IMAPClient over a line that is connected and verified already; with deadlines, bounds, and a …
    connect       The way to a verified IMAP line: TCP, TLS or STARTTLS (RFC 8314, RFC 2595)
    conversation  A signed-in conversation with an IMAP server: one question at a time, each with a deadline, faults …
    errors        What goes wrong with an IMAP server, in words (RFC 3501 7.1, RFC 5530, RFC 9051)
    folders       Folders: their names (modified UTF-7, RFC 3501 5.1.3) and which one is for what (RFC 6154)
    reconnecting  A mailbox over as many sessions as it takes, and putting a message there once
    server        Which IMAP server, and how to sign in to it, as a value
    session       One IMAP session: drafts, the Sent folder, and looking for a message (RFC 3501, 4315, 6154, 6851)
    sign_in       Signing in over IMAP: one mechanism, tried once (RFC 3501 6.2, RFC 4616, RFC 7628; XOAUTH2 by …
"""
