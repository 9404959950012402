"""Submit letters over SMTP: a protocol without I/O, sockets and TLS around it, sign-in, a server to rehearse with.

commands     Say commands and contents: the half of the protocol that says something
connection   Sockets, TLS and deadlines: bytes to and from one server
explain      Explain a server's reply and what to do about it, from replies.toml
handshake    Open a session: greeting, TLS, EHLO and sign-in
pipeline     Commands and contents on their way, the replies that are owed, and their order (RFC 2920)
protocol     SMTP submission without I/O: bytes and letters in, bytes and events out
rehearsal    A real SMTP server inside this process, on loopback (aiosmtpd)
replies      Parse SMTP replies: code, enhanced status, words (RFC 5321 4.2, 2034)
sasl         Sign in with one mechanism, tried once (RFC 4954, 4616, 7628)
session      A signed-in SMTP session that submits letters; waiting for several of them at once
transcript   Print the conversation for `-v`, with secrets hidden
values       What goes to a server, and what became of it
"""
