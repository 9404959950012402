"""Examining each link between the settings and a delivered letter; nothing is sent.

    examine  Looking at each link between the settings and a delivered letter; nothing is sent and nothing is printed
    folders  The link to the server that keeps the folders (RFC 3501, 6154)
    seen     What was seen, in words: a server, a certificate, capabilities, folders, a clock, a provider
    smtp     The links to the server that sends: DNS, TCP, TLS, EHLO, sign-in, and an envelope that is taken back …
    steps    One link of the chain, and the list of them as it grows
"""
