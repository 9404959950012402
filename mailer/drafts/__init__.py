"""Where a message is put unsent: `.eml` files, Maildirs, IMAP folders, the mail program.

    eml      Drafts as ``.eml`` files, for mail programs that open them
    imap     Drafts in the Drafts folder of a mailbox, seen on every device (RFC 3501 6.3.11, RFC 6154)
    maildir  Drafts in a Maildir (cr.yp.to/proto/maildir.html): through ``tmp``, then ``cur`` with the flag D
    mailto   A letter as a ``mailto:`` link (RFC 6068), which every mail program opens as an editable message
    store    Where a message is put unsent: ``.eml`` files and Maildirs
"""
