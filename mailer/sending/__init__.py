"""The one order of events when letters are sent, without a terminal: look, agree, claim, submit, settle, copy.

composed     A letter composed but for its stamp, in values that can be kept on disk
copies       After sending: put the copy in Sent, remove the draft; the letter stays sent whatever happens
doubles      Letters that repeat an earlier one of the same run: they share its fate
failed_rows  Write rows that did not go to a CSV, each with its error
known        Gather what the checks may know: other letters of the folder, and the ledger
mailbox      An account's mailbox: its secret, and a session once one is needed
quota        How many letters a provider still takes today
resolve      Look in the mailbox for what became of a letter
sent_folder  Put a copy of a sent letter into the Sent folder
signals      Let Ctrl-C and SIGTERM wait until a step is whole
spool        Keep a batch on disk between the two passes
submitter    Claim, submit, settle: the loop, and trying deferred letters again
survey       Look at every letter before any goes: which may go, which not, and the question
table        Read the CSV of a command, or standard input
values       How letters ended, and what a connection must offer
"""
