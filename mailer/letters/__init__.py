"""What the user wrote or was sent: letter files, templates, tables, saved mails.

    cells     The records of a CSV: its lines cut into cells (RFC 4180), blanks around quotation marks left out
    columns   Which line of a CSV names its columns, and what parts its cells
    eml       What an ``.eml`` says of the thread it stands in: message-id, references, subject, sender, date (RFC …
    foreign   A stranger's mail, read as mail programs show it; bounded, and harmless whatever it holds
    letter    The letter file: header lines, a blank line, prose; every header with its line number
    phrases   The few words that mailer itself says in a letter, by language (BCP 47), in the manners of each
    refusal   What a refusal mail gives to the letter that answers it
    table     A CSV of letters as a stream of rows, each with its number and line (RFC 4180)
    template  Templates: where they are found, and what each declares: subject, language, fields, what it is for
"""
