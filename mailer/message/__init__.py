"""A mail as data: addresses, headers, parts, attachments; composed, and read back (RFC 5322, 2045-2047, 2231, 3676).

    address        One strict mailbox parser and formatter (RFC 5322 3.4, RFC 6532, IDNA 2008)
    attachments    Opening, typing, digesting and encoding a file, once for a whole batch (RFC 2045 6.8)
    bodies         Text as the body of a part: 7-bit lines that arrive as typed (RFC 2045 6)
    compose        ``Rendered`` and ``Stamp`` to the bytes of a message, and to its envelope
    domain         Domains of addresses: RFC 5321 host names, and IDNs by IDNA 2008 (RFC 5891)
    encoded_words  Encoded-words (RFC 2047): text that is not plain ASCII, in words of WORD octets at most
    flowed         Text that readers re-wrap: format=flowed, DelSp=no (RFC 3676)
    given_names    Display names: given name, family name, titles, and what a greeting calls a person by
    headers        Header lines, folded (RFC 5322 2.2.3), with encoded-words (RFC 2047) and long parameters (RFC 2231)
    html_lines     Lines of text that grow as HTML is read: words with their white space collapsed, prefixes of …
    html_text      The text of an HTML letter as a person reads it, in the manner of the text part of a Markdown …
    html_tokens    HTML cut into tags and text, as the HTML standard's tokenizer does (13.2.5); the time is that of …
    identity       Which letter this is, and the digest of its words: what counts as the same letter
    media_types    What kind of file this is: by its first octets, else by its name (RFC 2046)
    parse          What a mail says, read by the standard library's parser: a reader that is not the writer (RFC …
    preview        What would go out, for eyes: the view in a terminal, and a page for the browser
    rendered       The finished words of one letter: what the checks read and the composer turns into bytes
    slots          Values kept apart from markup: a printed value leaves a mark in the text, and each mark is filled …
    text_tables    Tables as lines of text: columns that stand below one another, whatever the width of a character
    verify         A strict reader of what ``mailer.message.compose`` writes, and of nothing else
"""
