"""What a Python user writes: jinja2, ``EmailMessage`` and one kept ``smtplib`` connection.

``python base.py FOLDER ROWS.csv PORT [ATTACHMENT]``; port 0 only composes.  It is what others are measured against, so
it imports nothing of ours.
"""

import csv
import smtplib
import sys
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

import jinja2

FOLDER, ROWS, PORT = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
FILE = Path(sys.argv[4]) if sys.argv[4:] else None
ENVIRONMENT = jinja2.Environment(loader=jinja2.FileSystemLoader(FOLDER), autoescape=jinja2.select_autoescape())
SUBJECT, TEXT, HTML = (ENVIRONMENT.get_template(name) for name in ("subject.txt", "body.txt", "body.html"))
DATA = FILE.read_bytes() if FILE else b""


def letter(row):
    """One row's letter."""
    made = EmailMessage()
    made["From"] = "Meeting Office <office@meeting.example>"
    made["To"] = f"{row['name']} <{row['email']}>"
    made["Subject"] = SUBJECT.render(row)
    made["Date"] = formatdate(localtime=True)
    made["Message-ID"] = make_msgid(domain="meeting.example")
    made.set_content(TEXT.render(row))
    made.add_alternative(HTML.render(row), subtype="html")
    if FILE:
        made.add_attachment(DATA, maintype="application", subtype="pdf", filename=FILE.name)
    return made


with ROWS.open(newline="", encoding="utf-8") as lines:
    if PORT:
        with smtplib.SMTP("127.0.0.1", PORT, local_hostname="localhost") as server:
            for row in csv.DictReader(lines):
                server.send_message(letter(row))
    else:
        for row in csv.DictReader(lines):
            letter(row).as_bytes()
