"""Read a stranger's mail as mail programs show it: within bounds, and harmless whatever it holds.

charsets  Decode text by what senders mean with a charset's name (WHATWG Encoding)
forwards  Find the mail that somebody put into the text of another
headers   Read headers as a good mail program shows them (RFC 5322, 2047, 6532)
parts     Find the text of a mail, and a mail within it (RFC 2045, 2046)
subjects  Make the subject of an answer: one `Re:` for all reply prefixes (RFC 5322 3.6.5)
"""
