"""Every command imports only what it uses: start-up is what a person waits for."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

LETTER = """Template: runner-up
From: Jo Novak <jo@novak.example>
To: Dana Ruiz <dana.ruiz@acme.example>
Company: Acme Robotics
Position: Data Engineer

The afternoon stayed with me.
"""
PLAIN = "From: jo@novak.example\nTo: dana@acme.example\nSubject: Hello\n\nGood morning.\n"
NETWORK = {"ssl", "socket", "asyncio", "aiosmtpd", "smtplib", "imaplib", "http", "imapclient", "dns"}
SECRETS = {"keyring", "getpass"}
LEDGER = {"sqlite3"}
WORDS = {"jinja2", "markdown_it", "mailer.render", "mailer.sandbox", "mailer.markdown"}
MAIL = {"email", "mailer.message", "mailer.reader"}
OTHERS = {"rich", "pypdf", "holidays", "icalendar", "tomllib", "csv", "idna", "multiprocessing", "unittest", "pydoc"}
ALL = NETWORK | SECRETS | LEDGER | WORDS | MAIL | OTHERS

CASES = {
    "--version": ({"click", "re", "typing", "dataclasses", "mailer.cli"} | ALL, ("--version",)),
    "--help": (
        ALL | {"json", "hashlib", "tempfile", "html", "difflib", "subprocess", "mailer.cli.app", "mailer.checks"},
        ("--help",),
    ),
    "templates": (ALL | {"subprocess"}, ("templates",)),
    "new": (ALL | {"subprocess"}, ("new", "runner-up", "new.md", "--no-edit")),
    "preview": (NETWORK | SECRETS | LEDGER | OTHERS | {"email", "subprocess"}, ("preview", "letter.md")),
    "preview, plain": (ALL - MAIL - WORDS | {"jinja2", "markdown_it", "email"}, ("preview", "plain.md")),
    "draft": (NETWORK - {"socket"} | SECRETS | LEDGER | OTHERS | {"email"}, ("draft", "letter.md", "-o", "draft.eml")),
    "rehearse": (SECRETS | LEDGER | OTHERS | {"smtplib", "imaplib", "http"}, ("rehearse", "letter.md")),
}
PROBE = """
import sys
sys.argv[1:] = {arguments!r}
from mailer.__main__ import main
try:
    main()
except SystemExit as stop:
    code = stop.code
names = {forbidden!r}
print("FOUND", code, *sorted(name for name in names if name in sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize("case", CASES)
def test_imports(case, tmp_path):
    forbidden, arguments = CASES[case]
    (tmp_path / "letter.md").write_text(LETTER)
    (tmp_path / "plain.md").write_text(PLAIN)
    probe = PROBE.format(arguments=list(arguments), forbidden=forbidden)
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8", "MAILER_CONFIG_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", probe], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60
    )
    told = done.stderr.splitlines()[-1]
    assert told == "FOUND 0", done.stderr
