"""The letter to the hiring manager after the no, and the contacts that come after it.

The way of a letter::

    rows ─► read ─► render ─► check ─► compose ─► claim ─► submit ─► settle
    batch   letter  render    checks   message    ledger   transport  ledger
                       └─► preview        └─► drafts        (submission alone puts the last four in order)

Each step is a pure function over one row, or a generator over many; one letter is a table of one row.  Clock, random
tokens, sockets, disk and keyring come in from outside.

Imports point one way, down this list (``tests/test_architecture.py`` holds it, and the one home of each heavy library):

    errors          every error of ours, its exit code and hint
    characters      which characters may stand where; visible shows those that a terminal must not get
    files           opening what the user names, writing whole or not at all
    names, domain   given names; IDNA 2008 (idna)
    address         one strict mailbox parser and formatter
    language        the few words that mailer says itself
    values, envfile, accountfile, layers, trust, settings
                    environment and .env files → one frozen Settings, each value with its origin (dotenv); whether a
                    folder that others may have made is trusted
    media_types, attachments
                    a file typed, digested and encoded once
    rendered        the finished words of one letter
    letter, template, cells, columns, batch
                    letter files, templates, CSV rows
    foreign, threads, refusal
                    a stranger's mail, read; what an .eml says
    slots, flowed, texttables
                    values as marks, so that none becomes markup; text that readers wrap; tables as lines of text
    sandbox         Jinja, bounded (jinja2)
    markdownparser, markdown
                    one source, two parts (markdown-it-py)
    htmltokens, htmlbody, htmllines, htmltext
                    HTML that the user wrote: cut at its tags, filled with values, read as text
    fields, people, render
                    where a value comes from; letter + template + row → Rendered
    encodedwords, headers, bodies, reader, message
                    Rendered + Stamp → bytes and envelope, read back before they leave
    preview, readback
                    for eyes; what arrived, read by another reader
    transport       SMTP submission: a state machine without I/O, sockets and TLS around it, a server to rehearse with
                    (ssl, socket, aiosmtpd)
    ledger          which letter went to whom (sqlite3)
    discovery, advice
                    the table of providers; what each wants, in words
    checks, known   what would embarrass, one rule a module; what the rules may know (pypdf)
    imap            one IMAP session for drafts and Sent (IMAPClient)
    drafts          where an unsent message is put
    secretcommand, credentials
                    secrets: command, keyring (keyring)
    guard, oddsigns which host may get which secret, the one place that says so; what a refused one holds
    dnsrecords, finding
                    which servers an address uses (dnspython)
    oauth           tokens: authorization code with PKCE, device code, refresh
    accountplan, accountsecrets, accounts
                    signing in and out
    submission      the one order of events: claim, submit, settle
    sentcopy        the copy in Sent
    doctor          each link of the chain, looked at
    cli             click: one module a command

RFCs: 5322 and 6532 (format), 2045–2047, 2183, 2231 (MIME), 3676 (flowed text), 4155 (mbox), 6068 (mailto); 5321, 6409,
8314 (submission), 1870, 2920, 3030, 6152, 6531, 3463 (extensions), 3207, 4954, 4616, 7628 (TLS and sign-in); 3501,
4315, 6154 (IMAP); 5890–5892 (IDNA), 2782, 6186, 7505 (DNS); 6749, 7636, 8252, 8414, 8628, 9207 (OAuth 2.0).
"""

__version__ = "0.1.0"
