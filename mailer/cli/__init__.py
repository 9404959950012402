"""The command line: one module a command; words, prompts, colours, exit codes.

accounts       ``mailer accounts``: what accounts are set up; the keyring is not asked
app            The world of a command: that of sending, with a terminal; and which exit code is the most serious
book           The user's people for a command: opened, up to date, and told of
check          ``mailer check``: everything that would embarrass, before it does
checks         ``mailer checks``: the list of checks, and the manual of each
confirm        The question before letters go: what is shown with it, and its words
doctor         ``mailer doctor``: every link between the settings and a delivered letter, in words or JSON; …
draft          ``mailer draft``: the letter as an unsent message, in a file, a Maildir or a link
draft_imap     ``mailer draft --imap``: the letter as a draft in the mailbox itself, seen on every device
due            ``mailer due``: what is due, late first, then what comes soon, each with why
help           ``mailer help``: what ``--help`` says, for those who look for it here
import_plan    The plan of an import on the screen: what becomes of each row, and how many of each kind
job            The letters of a command, and what is told where one comes to nothing
json_errors    What ``--json`` prints where a command that reads no letter comes to nothing
launch         Other programs: the editor, the browser, the mail program. None of them gets our password in its …
log            ``mailer log``: what was sent to whom, and when; the bytes as sent
login          ``mailer login``: the servers of an address, a sign-in, the secret in the keyring, the settings …
login_folders  Signing in to the folders at ``login``; they may want a password, and a user name, of their own
login_report   What ``login`` tells: which servers, before a password is typed, and how it went
logout         ``mailer logout``: the secret out of the keyring, the account's file away; nothing is asked
main           The command line: one module a command, each imported when it is called
new            ``mailer new``: a letter file from a template, a refusal and a few answers
oauth_prompts  Signing in with OAuth2 at the terminal: what is shown, opened and asked
options        The options that the commands on a letter share, checked, as one value
outbox         ``mailer outbox``: what waits for the server or for the user, and what to do about it
outcomes       How a letter ended, in the JSON of ``send`` and ``rehearse``
output         Where words go: data to stdout, everything else to stderr
own_name       The user's own name: `login` asks for it once, so that letters need not
people         ``mailer people``: everybody the user keeps in touch with; their cards and time lines
people_export  ``mailer people export``: the people for other programs, the same octets from run to run
people_import  ``mailer people import``: people of other programs, shown as a plan, then brought in all or …
plans          ``mailer plans``: the plans; one whole, with its dates if the no came today
preview        ``mailer preview``: what would go out; no network, no secret, nothing recorded
problems       Problems for the person, as a good compiler shows them: the line, a caret under the words, a …
progress       How far a batch is: a bar on a terminal's last line, a line now and then in a pipe, nothing for …
rehearse       ``mailer rehearse``: the letter over a real SMTP connection to a server in this process, and …
report         What ``send`` tells of each letter as it settles, on stdout and stderr, and how the run ends
send           ``mailer send``: checks, shows, asks, sends, remembers
settings       ``mailer settings``: every setting with its value and where it comes from, the secret as found …
sign_in        The secret of a sign-in, and one try of it
style          How screens look: as wide as the terminal, wrapped between words, colours by meaning
templates      ``mailer templates``: what letters there are, and what each asks for
terminal       The person at the terminal: told on stderr, asked there
today          ``mailer`` alone: whom to write to today and why, who answered, what is held, what waits
touch          ``mailer touch``, ``hold``, ``stop``, ``resume``: what mailer did not see, and when nothing is due
trust          ``mailer trust``: lets the working folder's ``.env`` decide where letters and secrets go, or no …
trusting       The question whether a folder is trusted, asked by the commands that are about to use what its …
"""
