"""Look for mistakes: rules read a rendered letter and what is known of the world, and report problems.

blanks         Blanks that people leave for themselves: a date's pattern, question marks
boxes          Characters that no font shows, left by a paste or a wrong encoding
called         What a person may be called in a greeting, from their name and address
case           What a rule looks at: one letter, its words, and what is known of the world
company_names  Whether two company names are the same, nearly the same, or of one family
index          Find other letters on their shelves: by name, person, company and words; the shelf in memory
mangled        Text that a program wrote wrongly on its way here, and values that say that there is none
marks          Placeholders as mail-merge and marketing programs write them
pdf            What a PDF says about itself: whole, open, title, author, subject (ISO 32000)
pdf_reading    Read a PDF with pypdf, in a process of its own
placeholders   Find placeholders in a text: of mail-merge programs, in brackets, in capitals
private_files  What tells that a file was meant for nobody else
problem        A problem that a check found; and the names of the checks, in order
rules          The rules, one in each module
runner         Run the rules over the letters of one run
salutation     Whom a letter greets: "Liebe Frau Dr. Weber, lieber Tom" greets "Weber" and "Tom"
similar        By what letters are alike: words, names, companies and people
swallowed      What Markdown would swallow or change
targets        Where links and pictures lead, and which lead nowhere for the reader
text           The words of a letter, split once and read by many rules
undecoded      Text that was decoded wrongly on its way here (RFC 2047)
unfilled       Fields and column names inside values, where nothing fills them in
world          What the rules may know of the world, as values
days_off       Know the weekends, public holidays and time zone of a place
"""
