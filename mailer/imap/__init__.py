"""Talk to an IMAP server: save drafts, file copies in Sent, look for a message, read what came back.

RFC 3501, 4315, 6154, 6851, 2971.

client        IMAPClient over a line that is connected and verified, with deadlines and bounds
connect       Open a verified connection: TCP, TLS or STARTTLS (RFC 8314, 2595)
conversation  Ask a server one question at a time, each with a deadline
errors        Put what goes wrong with a server into words (RFC 3501 7.1, 5530, 9051)
folders       Names of folders (modified UTF-7, RFC 3501 5.1.3), and which one is for what (RFC 6154)
reading       Read messages without touching them (RFC 3501 6.3.2, 6.4.5)
reconnecting  Use a mailbox over several sessions, and put a message there once
server        Which server, and how to sign in to it, as a value
session       One signed-in session: append, search, replace
sign_in       Sign in with one mechanism, tried once (RFC 3501 6.2, 4616, 7628)
"""
