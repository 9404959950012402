"""The rules, one a module: a generator of problems whose docstring is its manual (`mailer checks NAME`).

    answered     Somebody who has answered and waits for a reply, not for the next letter
    attachment   Attachments that are spoken of and missing, and attachments that should not go out
    company      Names the company it is to, and spells it right
    company_gap  A second person at one company, while the first has hardly read their letter
    dates        Words for days that are wrong, or will be
    empty        Holes that something left which is not there
    format       What mail programs would show wrongly, or not as it is meant
    greeting     Greets the person it goes to, by the right name
    hold         Somebody whom you are holding back from writing to
    language     The template's words in the language that the letter is to be in
    leak         Names that belong to another letter
    leftover     Placeholders that were never filled in
    length       As long as a letter that is read: 60 to 220 words, signature and quoted mail aside
    particulars  Prose that only this letter could have
    reason       The same reason to write, twice in a row
    recipient    Addresses that a letter should not go to, or not as they are
    repeat       Another letter to the same person, soon after the last
    sender       Says who you are, and everywhere the same
    spelling     Offline spelling and grammar of English letters, where `letter-mailer[grammar]` is installed
    stop         Somebody who is never to be written to again
    subject      A subject that is there, is calm, can be read on a telephone, and tells the truth about the thread
    timing       Not in the first heat, and not in the middle of the night
    tone         Words that one would take back a week later
    twins        Two people at one company who get nearly the same text
"""
