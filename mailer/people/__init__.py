"""Keeping in touch: people, plans of touches, when the next falls due and why.

    book          The people the user keeps in touch with: who they are, what there was, what is due and why
    card          A person's card as header lines, the form in which letter files are written; and from the options …
    checks        What the checks are told of people: who is stopped, has answered or is held; gaps and reasons
    columns       Which column of a table is which field of a person, by the names that address books and trackers …
    countries     Countries by the names that address books give them, in six languages, without case and accents
    dates         When the next touch falls due, and why: arithmetic over plain values, no clock, no disk
    days_off      Weekends, public holidays and time zones of a place, as the ``holidays`` package and the zone …
    differences   What an import changes of a card: emptiness takes nothing away, and what says the same is no change
    exporting     Cards for other programs: vCard 4.0 (RFC 6350), and CSV whose columns are the fields of ``people …
    follow        Letters that were settled become touches: whom they went to, which plan they start, which address …
    importing     Bringing people in: what each row of a file means for the people who are there
    incoming      What a row or a card of another program says of a person: read with tolerance, as a card of ours
    letters       The letters that went to a person: the thread that the next one continues, and what was said
    matching      Which person the user means: an id, an address, or words that fit one person
    plan          Plans as data: which touches to make after a no, when, and for what reason
    planning      From a person's history to the steps that lie ahead: the touches are played through in the order …
    reading       The people of files that other programs wrote: what kind each file is, and its people one by one
    rows          People as they stand in the ledger's database: reading and writing rows, one purpose a function
    spans         Lengths of time as plans write them: "35 days", "1 business day", "6 months"
    tables        Tables of people, CSV and TSV, as fields of one person a row: the header is found, and its columns …
    typed         The dates that a user types: 2027-02-01, today, tomorrow, monday, +35d, 3w, 6mo, 1 Feb
    undoing       Undoing an import: cards go back to what they were, and who came by it goes, unless something …
    values        A person, and what there was between the user and them, as plain values
    vcard         A tolerant reader of vCard 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350): one card in memory at a time
    vcard_fields  What the properties of a vCard say of a person, by the names of fields
    vcard_lines   The lines of a vCard file: unfolded as they stream by, whatever ends them (RFC 6350 3.2, vCard 2.1)
    when          When a letter says that the writer will be in touch again, in words of its language
"""
