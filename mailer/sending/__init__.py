"""What happens when letters are sent, in order and without a terminal.

The way of a letter through this package; ``cli`` and ``api`` begin it::

    sources.read_sources ─► job.compile_job          the letter, its CSV, template and settings, read and compiled
    run.send_letters                                 the order of events of a run:
        inbox.look_first                             whether they have answered meanwhile
        Preflight.check_all                          every letter rendered, checked, composed and compared
        run.agree                                    the secret found, the question asked
        Submission.run ─► Submitter.submit           over a connection: claim, mark, go ahead, settle
        Reporter.result                              told; a copy is put in Sent
        book.take_in                                 the people hear of it, and the next date is known

Date and Message-ID are chosen by `new_letter`; the bytes are put together in the claim, so a retry is the same bytes.

api             The public API: what ``from mailer import …`` gives
api_values      The letter and the settings of the public API, and what it answers
book            The user's people, as a run or a command finds them; they hear which letters went
caller          The program that calls the public API, as a world and a reporter
come_due        Send the letters that were put off, once their time has come
composed        A letter composed but for its stamp, in values that can be kept on disk
connections     The secret and the SMTP sessions of one run
copies          After sending: put the copy in Sent, remove the draft; the letter stays sent whatever happens
failed_rows     Write rows that did not go to a CSV, each with its error
helper          A second process that does a share of a long batch
imap_drafts     Put letters into the Drafts folder of the mailbox, each once
inbox           What reading the mailbox needs of the settings; and a look before a letter goes to one written to before
item            One letter of a command, as it was made, or why it could not be made
job             Compile what a command is about, and give its letters as they are asked for
known           Gather what the checks may know: other letters of the folder, and the ledger
lots            Render and check the letters of a job, a lot at a time, with the helper where that pays
kept_back       Look again at letters that were put off, and why some do not go, as things stand
mailbox         An account's mailbox: its secret, and a session once one is needed
outcomes        Say how a letter ended: what went wrong, and what to do
outside         A signature or template from outside an untrusted folder: ask for it, or leave it out
pending         Letters that no connection has yet: read from their source, claimed a window at a time
plan            What is about to be sent, as the question shows it (the plans of touches are in ``people``)
preflight       Look at every letter before any goes, and keep what was looked at
problem_groups  The problems of a batch: each once, with its rows and columns
put_off         Put letters off: kept with their bytes, all or none of them
quota           How many letters a provider still takes today
rehearsal       Send letters to a server in this process; nothing is claimed or recorded
reporter        Who is told how each letter of a run ended; steps that Ctrl-C and SIGTERM wait for
request         The options of a command or program: letter, values, rows, and what may pass the checks
resolve         Look in the mailbox for what became of a letter
run             One run of ``send``; ``send_letters`` is the order of events
sent_folder     Put a copy of a sent letter into the Sent folder
several         The connections of a run: how many, opened beside each other, and what becomes of their number
sources         Read what a command is made of: the letter and the CSV, from files or standard input
spool           Keep a batch on disk between looking at it and sending it
submission      Letters on their way: handed to the submitter, each told; what an interruption leaves is recorded
submitter       Claim, mark, submit, settle: the loop over connections, and trying deferred letters again
to_myself       Send a letter to its own sender; nothing is claimed or recorded
values          Letters that may go, how they ended, and at what pace
world           The world that letters are sent in, as a value: environment, folder, clock, who is asked
"""
