"""What the user wrote or was sent: letter files, templates, tables, saved mails.

cells       Cut the lines of a CSV into cells (RFC 4180)
columns     Find the header line of a CSV, and its delimiter
days        Know which days a date may lie in
eml         Read the thread that an `.eml` stands in (RFC 5322)
file_kinds  Tell what a file is that was given as a CSV but is not one
foreign     Read a stranger's mail as mail programs show it
gaps        Mark what is still to be written in a draft, and find what stayed so
letter      Read a letter file: header lines with their numbers, and prose
phrases     Greetings and closings in each language, in its manners (BCP 47)
refusal     Take recipient, thread and date from a refusal
table       Read a CSV as a stream of rows, each with its number and line
template    Find templates, and read their subject, language and fields
"""
