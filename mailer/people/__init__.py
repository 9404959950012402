"""Keeping in touch: people, the plans of their touches, and the dates on which these fall due.

values     a person, their addresses, touches and events as plain values
spans      "35 days", "1 business day": lengths of time as plans write them
plan       plans as data (plans/*.toml)
days_off   weekends, public holidays and time zones of a place (holidays, tzdata)
dates      when the next touch falls due, and why: arithmetic over plain values, no clock, no disk
typed      the dates that a user types
matching   which person the user means
vcard_lines, vcard, vcard_fields
           a tolerant reader of vCard 2.1 to 4.0
columns, countries, tables
           which column of a CSV is what, by the names of six languages
incoming   what a card or row of another program says, as a card of ours
reading    the people of files, whatever kind these are
importing, differences, undoing
           what each row means for the people who are there; undone again
exporting  vCard 4.0 and CSV
"""
