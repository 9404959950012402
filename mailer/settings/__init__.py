"""Settings from the environment and `.env` files, each with its origin; and which folders are trusted.

account_file  The accounts' files, `accounts/NAME.env`, and which account is the default
database      The address of a ledger in PostgreSQL
env_file      Read a `.env` file with the line of each value; write it whole or not at all
layers        Lay the sources over one another: option, environment, files
owners        Whose letters and people these are: several owners on a machine, each with a ledger
server        What a connection to a mail server needs
settings      The settings in force, each knowing where it came from
trust         Whether a working folder is trusted to say where letters and secrets go
values        One setting: its text, its origin, and what it may be
signature     Read the signature: a text, or what a file holds
table         Declare every setting once: its name, default, how it is read, and who may set it
"""
