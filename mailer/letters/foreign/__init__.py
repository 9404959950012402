"""A stranger's mail, read as mail programs show it; bounded, and harmless whatever it holds.

    charsets  Octets of a stranger's mail as text: charset labels as browsers and mail programs read them (WHATWG …
    forwards  The mail that somebody put into the text of another: from whom it was, and its subject
    headers   A stranger's mail headers, as a good mail program shows them (RFC 5322, 2047, 6532, and what senders …
    parts     The parts of a stranger's mail (RFC 2045, 2046): its text, and a mail within it
    subjects  The subject of an answer: one ``Re:`` for the prefixes that mail programs put before it (RFC 5322 3.6.5)
"""
