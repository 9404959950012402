"""From finished messages to a server's word about each of them.

    replies      an SMTP reply, and the bounded reader that makes it from octets
    transcript   the conversation for ``-v``, with the secrets taken out
    outgoing     letters, outcomes, and what a server offers
    outbox       commands and contents on their way, and the replies owed for them
    stride       whether replies keep step with commands
    protocol     submission as a state machine without I/O
    sasl         one sign-in mechanism, tried once
    connection   sockets, TLS and deadlines
    opening      greeting, TLS, EHLO, sign-in
    smtp         a signed-in session over a connection
    explain      what a reply means and what to do about it (replies.toml)
    rehearsal    a real server inside this process

Imports go upwards only, ``rehearsal`` stands alone.
"""
