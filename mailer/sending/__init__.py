"""The one order of events when letters are sent, without a terminal: look, agree, claim, submit, settle, copy.

api             The public API: what ``from mailer import …`` gives
api_values      The letter and the settings of the public API, and what it answers
caller          The program that calls the public API: its world, the person that it is, the reporter that collects
composed        A letter that was checked, composed but for its stamp
connections     The secret and the SMTP sessions of one run
copies          After ``send``: the copy in Sent, and the draft away. Whatever comes of it, the letter is sent
doubles         Letters that repeat one before them in the same run: they share its fate and are never claimed
failed_rows     Rows that did not go, as a CSV of the same columns and ``error``: to be mended and given to …
imap_drafts     Letters put into the Drafts folder of the mailbox, each once; the ledger knows where they are
job             From options to letters: read, compiled, rendered and checked as they are asked for
known           What the checks may know of the world, gathered for one run: the other letters of the folder, and …
mailbox         The mailbox of an account: its secret, and a session when one is needed
outcomes        How a letter ended, in words: what went wrong, and what to do
outside         Words from outside an untrusted folder: a signature, a template; asked for, or left out and told of
plan            What is about to be sent, as a person should know it before saying yes
preflight       The preflight: every letter is checked before any goes; which may go, which not and why
problem_groups  The problems of a batch, grouped: each problem once, with its rows and columns
quota           How much a provider still takes of an account, by its published limits and what the ledger says …
reporter        Who is told how each letter of a run ended: a screen, or a program that collects it
request         What is asked for: a letter, the values and rows it is made with, and what may pass the checks
resolve         Looking in the mailbox for what became of a letter: in doubt, or saved there as a draft
run             One run of ``send``, from the first check to the copy in Sent; ``send_letters`` is the order of events
sent_folder     The copy of a sent letter in the Sent folder: a second act, which never changes what became of the …
signals         Steps that Ctrl-C and SIGTERM do not cut in two: what is on disk, what is told and what is …
spool           The roll of a batch: what each row was when it was looked at, its letter too, and whose letter it …
submission      The submission of what was checked: each letter handed over once, told, copied
submitter       The loop below: claim, submit, settle; and deferred letters tried again
table           The CSV of a command, and standard input
to_myself       The letter to its own sender, over the real way: nothing is claimed or recorded
values          The values of a run: letters that may go, how they ended, and what a connection must offer
world           The world that letters are sent in: environment, folder, clock, random tokens, and a person
"""
