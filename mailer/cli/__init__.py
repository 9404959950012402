"""The command line: one module for each command; words, questions, colours, exit codes.

accounts       ``mailer accounts``: list the accounts; the keyring is not asked
new_fields     What a new letter is made of: what was given, found in the refusal, asked, or left as an example
app            The world as a value, how a command gets it, and which exit code is the most serious
book           Open the user's people for a command, and describe one of them
check          ``mailer check``: look for mistakes in a letter before it goes
checks         ``mailer checks``: list the checks, or explain one
doctor         ``mailer doctor``: test each step from the settings to the mailbox; nothing is sent
draft          ``mailer draft``: save a letter unsent, in a file, a Maildir or a link
draft_imap     ``mailer draft --imap``: save a letter in the Drafts folder of the mailbox
due            ``mailer due``: show what is due, late first, then what comes soon, each with why
fleet          ``mailer fleet``: set up a ledger on PostgreSQL, move one there, show what waits
fleet_status   ``mailer fleet status``: what waits, is in flight or in doubt, by mailbox and owner
house          ``mailer --all-owners``: one command for each owner, one after the other
help           ``mailer help``: the same as ``--help``, for those who look for it here
import_plan    Show the plan of an import: what becomes of each row, and how many of each kind
job            Make the letters of a command (``sending.job``), and say why one could not be made
launch         Open the editor, the browser or the mail program, without our password in its environment
links          Hyperlinks where the terminal has them (OSC 8)
log            ``mailer log``: list what was sent to whom, and when; print the bytes as sent
login          ``mailer login``: find the servers of an address, sign in, and keep secret and settings
login_folders  Sign in to the folders at ``login``; they may want a password or user name of their own
login_report   Tell at ``login`` which servers there are, before a password is typed, and how it went
logout         ``mailer logout``: remove the secret from the keyring and the account's file; nothing is asked
main           The table of commands, each imported when it is called; and how every run ends
new            ``mailer new``: write a letter file from a template, a refusal and a few answers
completion     ``mailer completion``, and what a shell offers at a press of the tab key
mcp            ``mailer mcp``: serve an assistant over standard input and output, within one folder
oauth_prompts  Sign in with OAuth2 at the terminal: what is shown, opened and asked
open_page      Put a page where only its owner reads it, and open it in the browser
options        The options that the commands on a letter share, checked, as one value
outbox         ``mailer outbox``: list what waits for the server or for the user, and settle it
outbox_send    ``mailer outbox send``: send queued letters that have come due, and report each
output         Where words go: data to stdout, everything else to stderr
own_name       Ask for the user's own name once, at ``login``, so that letters need not hold it
people         ``mailer people``: list people; show, add, edit and merge them
people_list    ``mailer people`` alone: columns on a terminal, fields between TABs in a pipe
people_export  ``mailer people export``: write people for other programs, the same bytes from run to run
people_pages   ``--open`` of ``people show`` and ``due``: a time line, and the year of all, in the browser
people_import  ``mailer people import``: show what would become of each row, then bring in all or none; undo it
plans          ``mailer plans``: list the plans, or show one with its dates
preview        ``mailer preview``: show what would be sent; no network, no secret, nothing recorded
problems       Show problems: the line, a caret under the words, a sentence, a hint
progress       Show how far a batch is: a bar on a terminal, a line now and then in a pipe
rehearse       ``mailer rehearse``: send a letter to a server in this process, and show what arrived
report         Print what became of each letter that ``send`` settled, and how the run ended
send           ``mailer send``: check, show, ask, send, remember
settings       ``mailer settings``: show every setting with its value and origin
sign_in        Get the secret of a sign-in, and try it once
style          How screens look: as wide as the terminal, wrapped, in columns, colours by meaning
sync           ``mailer sync``: read what came back, and record what follows
sync_report    Print each event that ``sync`` records, and how much was read
templates      ``mailer templates``: list the templates, or show one with its fields
today          ``mailer`` alone: show whom to write to today and why, who answered, who is on hold, what waits
touch          ``mailer touch``, ``hold``, ``stop``, ``resume``: record a touch, and decide whether anything is due
trust          ``mailer trust``: let the working folder's ``.env`` decide where letters and secrets go, or stop it
trusting       Ask whether a folder is trusted, when a command is about to use what its ``.env`` says
backup         ``mailer backup`` and ``restore``: everything that mailer remembers, to keep and to take elsewhere
calendar       ``mailer due --ics``: write the open steps as a calendar file
follow_up      ``mailer follow-up``: write the next letter to a person, in the thread
forget         ``mailer people forget``: take a person out, and say which files of the user still name them
rehearse_year  ``mailer rehearse --year``: a year of letters in a minute, with the user's own commands
work           ``mailer work``: send queued letters, for many mailboxes and from many machines
confirm        Ask before letters go, and show with the question what goes
"""
