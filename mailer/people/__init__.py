"""Keep in touch: people, plans, whom to write to next, when, and why.

book          The people the user keeps in touch with: find, add, change, and what is due
card          Read and write a person's card as header lines
columns       Know which column of a table holds which field
company       Keep people of one company two weeks apart
countries     Find a country's code by its name in six languages
dates         Compute when the next touch falls due, and why; no clock, no disk
differences   What an import would change in a card
exporting     Write cards as vCard 4.0 (RFC 6350) and CSV
follow        Turn letters that were sent into touches, and start plans
importing     Decide what each row of a file means for the people who are there
import_keys   How an import recognises a person: by name and company, the profile
incoming      Read, with tolerance, what another program says of a person
matching      Find the person whom the user means, by id, address or words
numbers       Keep the numbers of many people in order, in little memory
plan          Read a plan of touches: which to make, when, and for what reason; each file once
planning      Replay a person's history to find the steps that lie ahead
reading       Tell what kind of file this is, and read its people one by one
rows          Read and write people in the ledger's database, with their addresses and holds
touch_rows    Read and write touches and events
course_rows   Read and write the steps ahead, and read how each person stands
finding       Find people in the ledger's database by an id, an address, or words
views         The half of book that reads
glance        Choose whom the screen of today shows
house         Tell what the other owners know: whom one of them must not write to, none does
replanning    Read the history of people, recompute their dates, a company at a time, and keep them
second_look   Look again before a letter goes that was put off: stop, hold, answer
tables        Read a table of people, CSV or TSV, as one person for each row
typed         Read the dates and times that a user types: 2027-02-01, monday, +35d, 1 Feb 09:10
undoing       Undo an import
values        A person and their history, as plain values, and how they stand on a day
vcard         Read vCard 2.1, 3.0 and 4.0, one card at a time (RFC 2426, 6350)
vcard_fields  Map the properties of a vCard to fields
vcard_lines   Unfold the lines of a vCard file (RFC 6350 3.2)
strangers     Write down those whom a first letter makes people, some together
calendar      Write the open steps as a calendar: an event for each
for_checks    Tell the checks of people: who is stopped, has answered or is held; gaps and reasons
consequences  What follows from all that came back: holds, struck addresses, touches that count; no clock, no disk
events        Keep what came back, each message once, with why it is what it is
known         Tell the rules that read what came back what the ledger and the settings know
noted         Keep what became of a step's draft: nobody said it, and nothing follows from it
obeying       Keep in the ledger what follows from all that came back
returned      Tell what came back and waits for the user: letters, colleagues, questions
written       Take in what the user wrote elsewhere, as it is found in Sent
days_kept     Keep the days off of places, year by year, in the ledger
forgetting    Forget a person: the card, the time line, and every word of the letters to them
letters       Find the letters that went to a person, and the thread that the next one continues
when          When a letter says that the writer will be in touch again, in words of its language
"""
