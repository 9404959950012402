"""Tell what a message that came back is, and why: an answer, an absence, a bounce; no disk, no network, no clock.

about            Whom and which letter a machine's message is about
addresses        Addresses in reports and running text, and when two are the same
authentication   Whether the account's own server vouches for a sender (RFC 8601)
bounces          What a delivery report means for the user's letters and people
classes          One module a class: the rules
candidates       Whether a header makes it worth fetching the rest
date_forms       How days are written in a language
dates_said       Find the days that a text names
delivery_status  The fields of a delivery report (RFC 3464, RFC 6533)
dialects         Bounces that only flufl.bounce knows
folding          Make text comparable, and cut it into sentences
machines         Tell mail systems and other machines from people (RFC 3834)
mail             Read a message within bounds: its fields, its parts, every Message-ID in it
names            Whether a name in From is a person's
parts            Take a message apart, and the mails within it (RFC 2045, 2046)
phrases          What machines and people write, by language
prose            Delivery reports in running text
quoting          Cut what a message quotes: by its marks, and by the user's own sent words
reasons          Why a letter came back (RFC 3463)
reports          Read a delivery report
return_dates     Find the last day that somebody is away
rules            Which class a message is of: the rules in their order
signs            Signs that an answer was sent automatically (RFC 3834, RFC 5230)
thread           Which person and which letter a person's message is about
values           What is known of the user's letters and people, and what is said of a message
wording          The words of machines, as data
writer           What the sender of a message wrote themselves
"""
