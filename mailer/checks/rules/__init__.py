"""The rules, one in each module: a generator of problems whose docstring is its manual (`mailer checks NAME`).

attachment   An attachment is spoken of and missing, or should not go out
company      The company's name is there and spelled right
dates        Dates and weekdays are wrong, or will be when it is read
empty        A hole where a value was empty
format       Mail programs would show it wrongly, or not as it was meant
greeting     It greets the person it goes to, by the right name
language     The template is in another language than the letter asks for
leak         Names that belong to another letter
leftover     Placeholders that were never filled in
length       As long as a letter that gets read: 60 to 220 words
particulars  Words that only this letter could have
recipient    An address that a letter should not go to, or that is mistyped
repeat       Another letter to the same person, too soon after the last
sender       It says who you are, the same everywhere
spelling     Spelling and grammar of English letters, if `letter-mailer[grammar]` is installed
subject      A subject that is there, calm, short, and honest about the thread
timing       Not in the first heat, and not in the middle of the night
tone         Words that you would take back a week later
twins        Two people at one company get nearly the same text
answered     Somebody who has answered and waits for a reply, not for the next letter
company_gap  A second person at one company, while the first has hardly read their letter
hold         Somebody whom you are holding back from writing to
reason       The same reason to write, twice in a row
stop         Somebody who is never to be written to again
"""
