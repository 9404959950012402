"""The main job as a Python user writes it: jinja2, markdown-it-py, ``EmailMessage``, one kept ``smtplib`` connection.

``python markdown_base.py ROWS.csv PORT [DATABASE]``; with a database, one durable commit stands before and after each
letter, which is what it costs to promise that none goes twice.  It imports nothing of ours.
"""

import csv
import smtplib
import sqlite3
import sys
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

import jinja2
from markdown_it import MarkdownIt

ROWS, PORT = Path(sys.argv[1]), int(sys.argv[2])
BODY = """Dear {{ given }},

A few months have passed since we talked about the {{ position }} role, and I hope the work at {{ company }} is going
the way you wanted.

{{ prose }}

I am still glad to talk, whenever it suits you. In a few months I will send you some news of my own.

Kind regards,\\
Jo Novak
"""
TEXT = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(BODY)
MARKDOWN = MarkdownIt()


def letter(row):
    """One row's letter."""
    body = TEXT.render(row, given=row["to"].partition(" ")[0])
    made = EmailMessage()
    made["From"] = "Jo Novak <jo@novak.example>"
    made["To"] = row["to"]
    made["Subject"] = f"{row['position']}: a few months on"
    made["Date"] = formatdate(localtime=True)
    made["Message-ID"] = make_msgid(domain="novak.example")
    made.set_content(body)
    made.add_alternative(f"<html><body>{MARKDOWN.render(body)}</body></html>", subtype="html")
    return made


def note(database, number, state):
    """One durable commit."""
    if database:
        database.execute("INSERT OR REPLACE INTO letters VALUES (?, ?)", (number, state))


def main():
    """Send every row."""
    database = sqlite3.connect(sys.argv[3], isolation_level=None) if sys.argv[3:] else None
    if database:
        database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE letters (number PRIMARY KEY, state)")
    with (
        ROWS.open(newline="", encoding="utf-8") as lines,
        smtplib.SMTP("127.0.0.1", PORT, local_hostname="localhost") as server,
    ):
        for number, row in enumerate(csv.DictReader(lines)):
            note(database, number, "sending")
            server.send_message(letter(row))
            note(database, number, "sent")


main()
