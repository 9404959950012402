"""The rules, one in each module: a generator of problems whose docstring is its manual (`mailer checks NAME`).

attachment   An attachment that is mentioned but missing, or should not go out
company      The company missing, or misspelled
dates        Dates and weekdays that are wrong, or will be when the letter is read
empty        A hole where a value was empty
format       Text that mail programs would show wrongly
greeting     A greeting to somebody else, or by the wrong name
language     A template in another language than the letter asks for
leak         Names from another letter
leftover     Placeholders that were never filled in
length       Fewer than 60 words or more than 220
particulars  Nothing that only this letter could say
recipient    An address that a letter should not go to, or that is mistyped
repeat       Another letter to the same person, too soon after the last
sender       A sender who is not the same everywhere
spelling     Spelling and grammar mistakes in English letters, if `letter-mailer[grammar]` is installed
subject      A subject that is empty, shouts, is too long, or is not true about the thread
timing       Too soon after the rejection, or at night
tone         Words that you would regret a week later
twins        Two people at one company get nearly the same text
answered     Somebody who has answered and waits for a reply, not for the next letter
company_gap  A second person at a company, when the first has hardly read their letter
hold         Somebody you put on hold
reason       The same reason to write, twice in a row
stop         Somebody you must not write to again
"""
