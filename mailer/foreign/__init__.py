"""Mail that other people's programs wrote, read as a good mail program shows it.

    charsets    octets and a label → text            headers    names, subjects, mailboxes
    parts       its text, a mail enclosed            forwards   a mail put into its text
    subjects    the subject of an answer

Nothing here raises for what a stranger wrote, and the work is linear and bounded.
"""
