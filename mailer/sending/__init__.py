"""The one order of events when letters are sent, without a terminal: look, agree, claim, submit, settle, copy.

composed        A letter composed but for its stamp, in values that can be kept on disk
copies          After sending: put the copy in Sent, remove the draft; the letter stays sent whatever happens
failed_rows     Write rows that did not go to a CSV, each with its error
known           Gather what the checks may know: other letters of the folder, and the ledger
mailbox         An account's mailbox: its secret, and a session once one is needed
quota           How many letters a provider still takes today
resolve         Look in the mailbox for what became of a letter
sent_folder     Put a copy of a sent letter into the Sent folder
signals         Let Ctrl-C and SIGTERM wait until a step is whole
spool           Keep a batch on disk between the two passes
submitter       Claim, submit, settle: the loop, and trying deferred letters again
table           Read the CSV of a command, or standard input
values          How letters ended, and what a connection must offer
api             The public API: what ``from mailer import …`` gives
api_values      The letter and the settings of the public API, and what it answers
book            The user's people, as a run or a command finds them
caller          The program that calls the public API: its world, the person that it is, and the reporter that …
connections     The secret and the SMTP sessions of one run
followed        What ``send`` tells the people
imap_drafts     Letters put into the Drafts folder of the mailbox, each once; the ledger knows where they are
job             From options to letters
outcomes        How a letter ended, in words
outside         Words from outside an untrusted folder
plan            What is about to be sent, as a person should know it before saying yes
preflight       The preflight
problem_groups  The problems of a batch, grouped
reporter        Who is told how each letter of a run ended
request         What is asked for
run             One run of ``send``, from the first check to the copy in Sent; `send_letters` is the order of …
submission      The submission of what was checked
to_myself       The letter to its own sender, over the real way
world           The world that letters are sent in, as a value
pending         The letters that no connection has yet
"""
