"""Submission over SMTP: a state machine without I/O, sockets and TLS around it, sign-in, a server to rehearse with.

    connection   Sockets, TLS and deadlines: octets to and from one server, never longer than asked
    explain      What a server's reply means and what to do about it, from ``replies.toml`` (RFC 5321 4.2.3, RFC 3463)
    handshake    The way into a session: greeting, TLS, EHLO and sign-in, one command and one reply at a time
    pipeline     Commands and contents on their way to the server, and the replies that are owed for them
    protocol     SMTP submission without I/O: octets and letters in, octets and events out
    rehearsal    A real SMTP server inside this process, on loopback, that keeps what it is given (aiosmtpd)
    replies      SMTP replies: three digits, an enhanced status, words (RFC 5321 4.2, RFC 2034)
    reply_order  Whether a server's replies keep step with the commands
    sasl         Signing in: one mechanism, tried once (RFC 4954; PLAIN 4616, OAUTHBEARER 7628, LOGIN and XOAUTH2 by …
    session      A signed-in SMTP session: connection, TLS, EHLO, sign-in, then letters
    transcript   The conversation with a server for ``-v``, one line a line, secrets replaced; and what finds a …
    values       What goes to a server, what comes of it, and whether a server can take it at all
"""
