"""Every command imports only what it uses: start-up is what a person waits for."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.bench.kit import workload
from tests.kit.smtp_server import Scripted
from tests.kit.world import World

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
WORDS = {"jinja2", "markdown_it", "mailer.render.program", "mailer.render.jinja.sandbox", "mailer.render.markdown"}
MAIL = {"email", "mailer.message.compose", "mailer.message.verify"}
OTHERS = {"rich", "pypdf", "holidays", "icalendar", "tomllib", "csv", "idna", "multiprocessing", "unittest", "pydoc"}
OTHERS |= {"mcp", "pydantic", "anyio", "psycopg", "procrastinate", "mailer.ledger.postgresql", "mailer.pages.engine"}
ALL = NETWORK | SECRETS | LEDGER | WORDS | MAIL | OTHERS

CASES = {
    "--version": ({"click", "re", "typing", "dataclasses", "mailer.cli.main"} | ALL, ("--version",)),
    "--help": (
        ALL
        | {"json", "hashlib", "tempfile", "html", "difflib", "subprocess", "mailer.cli.app", "mailer.checks.problem"},
        ("--help",),
    ),
    "templates": (ALL | {"subprocess"}, ("templates",)),
    "new": (ALL - {"tomllib"} | {"subprocess"}, ("new", "runner-up", "new.md", "--no-edit")),
    "preview": (NETWORK | SECRETS | LEDGER | OTHERS | {"email", "subprocess", "jinja2"}, ("preview", "letter.md")),
    "check": (NETWORK | SECRETS | OTHERS | {"email", "subprocess", "jinja2"}, ("check", "letter.md")),
    "preview, plain": (ALL - MAIL - WORDS | {"jinja2", "markdown_it", "email"}, ("preview", "plain.md")),
    "draft": (NETWORK - {"socket"} | SECRETS | LEDGER | OTHERS | {"email"}, ("draft", "letter.md", "-o", "draft.eml")),
    "rehearse": (SECRETS | LEDGER | OTHERS | {"smtplib", "imaplib", "http"}, ("rehearse", "letter.md")),
}
BOOK = OTHERS - {"tomllib"} | NETWORK | SECRETS | WORDS | MAIL | {"mailer.checks.days_off", "mailer.people.calendar"}
BOOK_COMMANDS = {
    "today": (),
    "today, JSON": ("--json",),
    "due": ("due",),
    "people": ("people",),
    "people show": ("people", "show", "dana"),
}
# What one letter without trouble has no use for, beside what no command but that of its name imports.
NOT_FOR_ONE = (NETWORK - {"socket"} | SECRETS | MAIL - {"mailer.message.compose", "mailer.message.verify"} | OTHERS) | {
    "tempfile",
    "subprocess",
    "json",
    "shutil",
    "mailer.sending.resolve",
    "mailer.sending.mailbox",
    "mailer.cli.preview",
    "mailer.accounts.providers.table",
    "mailer.drafts.store",
    "mailer.imap.session",
    "mailer.ledger.records",
    "mailer.sending.spool",
    "mailer.accounts.oauth.access",
    "mailer.render.jinja.engine",
    "mailer.letters.template",
    "mailer.letters.phrases",
    "mailer.people.plan",
    "mailer.checks.company_names",
    "mailer.transport.explain",
    "mailer.transport.sasl",
    "jinja2",
}
MOST_MODULES = 152
PROBE = """
import os, sys

def leave(code):
    raise SystemExit(code)

os._exit = leave
sys.argv[1:] = {arguments!r}
from mailer.__main__ import main
try:
    main()
except SystemExit as stop:
    code = stop.code
names = {forbidden!r}
own = [name for name in sys.modules if name.partition(".")[0] == "mailer"]
print("OWN", len(own), *sorted(own), file=sys.stderr)
print("FOUND", code, *sorted(name for name in names if name in sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize("case", CASES)
def test_imports(case, tmp_path):
    forbidden, arguments = CASES[case]
    (tmp_path / "letter.md").write_text(LETTER)
    (tmp_path / "plain.md").write_text(PLAIN)
    told = probed(tmp_path, arguments, forbidden).splitlines()
    assert told[-1] == "FOUND 0", told


@pytest.mark.parametrize("case", BOOK_COMMANDS)
def test_reading_the_book_computes_nothing(case, tmp_path):
    there = {"MAILER_DATA_DIR": str(tmp_path / "data"), "MAILER_CONFIG_DIR": str(tmp_path / "config")}
    about = ("--name", "Dana Ruiz", "--plan", "gracious-six", "--refused-on", "today", "--time-zone", "Europe/Berlin")
    assert World(tmp_path).mailer("people", "add", "dana@acme.example", *about, **there).code == 0
    told = probed(tmp_path, BOOK_COMMANDS[case], BOOK, **there).splitlines()
    assert told[-1] == "FOUND 0", told


def test_one_letter_imports_no_more_than_it_uses(tmp_path):
    there = {"MAILER_SMTP_SECURITY": "none", "MAILER_SMTP_HOST": "127.0.0.1", "MAILER_DATA_DIR": str(tmp_path / "data")}
    with Scripted({}) as server, workload() as work:
        there["MAILER_SMTP_PORT"] = str(server.port)
        command = ("send", "attached.txt", "--each", work.rows(1).name, "--yes")
        told = probed(work.folder, command, NOT_FOR_ONE, **there)
    assert len(server.messages) == 1, told
    *_, own, found = told.splitlines()
    assert found == "FOUND 0", told
    assert int(own.split()[1]) <= MOST_MODULES, own


def test_ctrl_c_before_anything_is_there_is_no_traceback(tmp_path):
    code = """
import sys
class Stopped:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Stopped())
sys.argv[1:] = ["outbox"]
from mailer.__main__ import main
main()
"""
    done = ran(tmp_path, code)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.skipif(sys.platform == "win32", reason="a signal ends the process there")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 143)])
def test_a_signal_that_came_in_a_destructor_is_heard_at_any_time(tmp_path, name, code):
    program = f"""
import os, signal, sys, time
from mailer.cli import main
class Dying:
    def __del__(self):
        os.kill(os.getpid(), signal.{name})
        time.sleep(0)
def called(*_):
    main._listen()
    Dying()
    time.sleep(20)
main._call = called
sys.argv[1:] = ["outbox"]
from mailer.__main__ import main as begin
begin()
"""
    done = ran(tmp_path, program)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "\nmailer: stopped\n")


@pytest.mark.skipif(sys.platform == "win32", reason="a signal ends the process there")
def test_ctrl_c_when_all_was_told_is_no_traceback(tmp_path):
    program = """
import os, signal, sys
from mailer.cli.output import Output
Output.close = lambda self, code: os.kill(os.getpid(), signal.SIGINT)
sys.argv[1:] = ["completion", "bash"]
from mailer.__main__ import main
main()
"""
    done = ran(tmp_path, program)
    assert (done.returncode, done.stderr) == (130, "")


@pytest.mark.parametrize(
    "registered",
    [
        "import atexit; atexit.register(lambda: print('last'))",
        "import threading, time; threading.Thread(target=lambda: (time.sleep(0.2), print('last'))).start()",
    ],
)
def test_what_is_to_be_done_at_the_end_is_done(tmp_path, registered):
    code = f"{registered}; import sys; sys.argv[1:] = ['templates', 'nosuch']; from mailer.__main__ import main; main()"
    done = ran(tmp_path, code)
    assert (done.stdout, done.returncode) == ("last\n", 65)


def probed(folder, arguments, forbidden, **more):
    """What ``PROBE`` tells of that command, on stderr."""
    return ran(folder, PROBE.format(arguments=list(arguments), forbidden=forbidden), **more).stderr


def ran(folder, code, **more):
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "MAILER_CONFIG_DIR": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=env | more, capture_output=True, text=True, timeout=60
    )
