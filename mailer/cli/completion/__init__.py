"""What a shell offers at a press of the tab key.

A script (``scripts``) runs ``mailer completion --words``, which `mailer.__main__` hands to ``answer``: without click,
without ``re``, in little more time than Python takes to start.  What the commands are called and take stands in
``words.tsv``, which ``make completion`` writes from the commands.

answer     What can stand at the cursor, as lines for the script of a shell
command    ``mailer completion``: print the script of a shell
line       Find what is asked for: of which command, as which argument or option
quoting    Take a line of bash apart, and quote what goes into one
values     Names of templates, accounts, plans, people and letters; read, never written
"""
