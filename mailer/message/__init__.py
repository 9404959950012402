"""A mail as data: addresses, headers, bodies and attachments, composed and read back.

RFC 5322, 2045 to 2047, 2231, 3676.

address        Parse and format mailboxes, strictly (RFC 5322 3.4, 6532)
attachments    Open, type, digest and encode a file, once for a whole batch (RFC 2045 6.8)
bodies         Encode text as the body of a part, so that it arrives as typed (RFC 2045 6)
compose        Turn finished words and a stamp into the bytes of a message, and its envelope
domain         Check domains: host names (RFC 5321) and international ones (IDNA 2008, RFC 5891)
encoded_words  Write non-ASCII text into headers (RFC 2047)
flowed         Wrap text so that readers can re-wrap it (format=flowed, RFC 3676)
given_names    Take a display name apart: given name, family name, titles
headers        Write header lines: folded (RFC 5322 2.2.3), encoded (RFC 2047), long parameters (RFC 2231)
html_lines     Build the lines of an HTML page's text: white space, lists, quotes, tables
html_reader    Read the tags and words of an HTML page into lines
html_text      Write the text of an HTML letter as a person reads it
html_tokens    Cut HTML into tags and text, as browsers do (HTML standard 13.2.5)
identity       Decide what counts as the same letter, and digest its words
language_tags  Know a language tag when one is written (BCP 47)
media_types    Tell what kind of file this is, by its first bytes or its name (RFC 2046)
parse          Read a mail with the standard library: a reader that is not the writer
preview        Show a letter to a person in the terminal
registrable    Find the domain that somebody registered, of a host name
rendered       The finished words of one letter, as a value
slots          Keep values apart from markup: leave a mark where one is printed, fill it by its context
text_tables    Write tables as lines of text, whatever the width of a character
verify         Read back what `compose` wrote, strictly, before it leaves
"""
