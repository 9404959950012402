"""What machines and people write of absences, departures and unwanted letters, by language: a TOML file each.

lists     Load the phrases of a language and look for them

The files hold, each in its own language:
subject   what stands first in the subject of an automatic answer, before a colon
absent    the same, where it says that somebody is away
machine   sentences that say that a machine writes
receipt   what receipts of tickets and applications say
away      an absence
part      days of the week on which somebody never works
left      somebody is no longer there
address   an address is no longer in use
stop      asks not to be written to again
welcome   asks for the contrary
me        words by which somebody speaks of themselves
close     the close of a letter, before a name
common    words by which the language is known
dates     how dates are written, and which words make one the end of an absence

Phrases are regular expressions over folded text (``mailer/answers/folding.py``) with three signs of our own: ``…`` is up to
four words, ``@`` a date, and an umlaut may be spelled out (ü or ue).
"""
