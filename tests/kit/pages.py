"""Take the transcripts of ``docs/`` anew: ``python -m tests.kit.pages``; ``tests/test_pages.py`` checks them.

A page is played from top to bottom, by one person in one folder, with a server behind ``smtp.novak.example``.  What is
played stands in comments, which no reader sees, each before the block that it is about::

    <!-- file: dana.md -->                      the block is that file
    <!-- words: dana.md -->                     the block takes the place of the ‹…› in that file
    <!-- transcript: 2026-11-30 09:00; y; ↵ --> the block is what ``$ mailer …`` lines print; the clock stands still,
                                                and the questions get these answers (↵ is Enter alone)

    <!-- login -->                              before one of these: the person signs in, as another page shows
    <!-- mend: dana.csv: old => new; … -->      before one of these: what the page says in words is changed in that file
"""

from __future__ import annotations

import contextlib
import io
import itertools
import logging
import os
import re
import shlex
import signal
import socket
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import click.termui
import keyring

from mailer.accounts.providers.dns import Srv
from mailer.cli.app import App
from mailer.cli.main import run
from tests.kit import keyring_double
from tests.kit.smtp_server import Authority, recording_server

DOCS = Path(__file__).parents[2] / "docs"
STEP = re.compile(
    r"(?P<login><!-- login -->\n)?(?:<!-- mend: (?P<mend>.*) -->\n)?"
    r"<!-- (?P<kind>file|words|transcript)(?:: (?P<what>[^\n]*?))? -->\n"
    r"(?P<fence>```+)(?P<info>\w*)\n(?P<text>.*?)(?P=fence)\n",
    re.DOTALL,
)
HINT = re.compile(r"^‹[^›]*›", re.MULTILINE)
CLOCK = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
HOST, LOGIN = "smtp.novak.example", ("jo@novak.example", "correct horse")
TERMINAL = {"TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "80", "LINES": "1000", "EDITOR": "true", "VISUAL": "true"}


class Screen(io.TextIOWrapper):
    """A terminal, or a pipe, that keeps what it is given."""

    def __init__(self, *, watched):
        super().__init__(io.BytesIO(), encoding="utf-8", newline="\n", write_through=True)
        self.watched = watched

    def isatty(self):
        return self.watched


class Zone:
    """The records of novak.example, and of nobody else."""

    def mx(self, domain):
        return ()

    def srv(self, name):
        return (Srv(0, 0, 465, HOST),) if name == "_submissions._tcp.novak.example" else ()


class Player:
    """One person at a terminal, with a folder, a clock and answers to questions."""

    def __init__(self, home, server, ca_file):
        self.home, self.server = home, server
        self.folder = home / "letters"
        self.folder.mkdir()
        self.now = datetime(2026, 11, 30, 9, tzinfo=UTC)
        self.numbers = itertools.count(1)
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "MAILER_CONFIG_DIR": str(home / ".config" / "mailer"),
            "MAILER_DATA_DIR": str(home / ".local" / "share" / "mailer"),
            "MAILER_TIMEZONE": "UTC",
            "MAILER_CA_FILE": str(ca_file),
        }

    def play(self, match):
        """The step, with its block as it is now."""
        if match["login"]:
            self.run(["login", "Jo Novak <jo@novak.example>"], [LOGIN[1]])
        if match["mend"]:
            self.mend(*match["mend"].split(": ", 1))
        told = self.told(match["kind"], match["what"] or "", match["text"])
        start, end = match.start("text") - match.start(), match.end("text") - match.start()
        return match[0][:start] + told + match[0][end:]

    def mend(self, name, changes):
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        for change in changes.split("; "):
            before, after = change.split(" => ")
            assert text.count(before) == 1, before
            text = text.replace(before, after)
        path.write_text(text, encoding="utf-8")

    def told(self, kind, what, text):
        if kind == "transcript":
            return self.transcript(text, self.answers(what))
        path = self.folder / what
        if kind == "words":
            before = path.read_text(encoding="utf-8")
            after, count = HINT.subn(lambda _: text.rstrip("\n"), before, count=1)
            assert count, f"{what} has nothing to fill in:\n{before}"
            text_of_file = after
        else:
            text_of_file = text
        path.parent.mkdir(exist_ok=True)
        path.write_text(text_of_file, encoding="utf-8")
        return text

    def answers(self, what):
        parts = [part.strip() for part in what.split(";") if part.strip()]
        if parts and CLOCK.fullmatch(parts[0]):
            self.now = datetime.fromisoformat(parts.pop(0)).replace(tzinfo=UTC)
        return iter(parts)

    def transcript(self, text, answers):
        lines = [line for line in text.splitlines() if line.startswith("$ ")]
        told = "\n".join(f"{line}\n{self.command(line[2:], answers)}" for line in lines)
        assert next(answers, None) is None, f"an answer too many for {lines}"
        return told

    def command(self, line, answers):
        program, *arguments = shlex.split(line, comments=True)
        if program == "cat":
            return (self.folder / arguments[0]).read_text(encoding="utf-8")
        assert program == "mailer", line
        return self.shown(self.run(arguments, answers))

    def run(self, arguments, answers=(), *, watched=True):
        """What the command shows; it asks nothing where nobody watches."""
        answers, unanswered = iter(answers), []
        app = App(self.environ, Path(), lambda: self.now, lambda: f"{next(self.numbers):032x}")
        screen = Screen(watched=watched)

        def answer(prompt, shown=True):
            word = next(answers, None)
            if word is None:
                unanswered.append(prompt)
                raise KeyboardInterrupt
            word = word.removeprefix("↵")
            screen.write(f"{prompt}{word if shown else ''}\n")
            return word

        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        with (
            contextlib.chdir(self.folder),
            mock.patch.multiple(sys, stdin=screen, stdout=screen, stderr=screen),
            mock.patch.object(click.termui, "visible_prompt_func", answer),
            mock.patch.object(click.termui, "hidden_prompt_func", lambda prompt: answer(prompt, shown=False)),
        ):
            try:
                run(arguments, obj=app)
            finally:
                for number, handler in handlers.items():
                    signal.signal(number, handler)
        told = screen.buffer.getvalue().decode()
        assert not unanswered, f"{arguments} has an answer too few:\n{told}"
        assert "bug of ours" not in told, told
        return told

    def shown(self, text):
        """Without what belongs to this machine."""
        text = text.replace(str(self.home), "/home/jo")
        text = text.replace(str(DOCS.parent), "…").replace(tempfile.gettempdir(), "/tmp")
        text = re.sub(r"mailer-rehearsal-\w+", "mailer-rehearsal", text)
        text = re.sub(r"tests\.kit\.keyring_double\.\w+", "SecretService", text)
        return "".join(f"{line.rstrip()}\n" for line in text.rstrip().splitlines())


def _resolver(port):
    """Name resolution in which the one server that there is stands on this machine."""
    real = socket.getaddrinfo

    def resolve(host, number, *args, **named):
        return real("127.0.0.1", port, *args, **named) if host == HOST else real(host, number, *args, **named)

    return resolve


@contextlib.contextmanager
def player(folder):
    """A person who has nothing but a mailbox at novak.example."""
    authority = Authority(folder)
    home = folder / "home"
    home.mkdir()
    before = keyring.get_keyring()
    with (
        recording_server(security="tls", tls=authority.good(HOST), password=LOGIN) as server,
        mock.patch.dict(os.environ, TERMINAL),
        mock.patch("socket.getaddrinfo", _resolver(server.port)),
        mock.patch("mailer.accounts.providers.dns.Dns", Zone),
        mock.patch.object(logging.getLogger("mail.log"), "disabled", new=True),
    ):
        keyring.set_keyring(keyring_double.Memory())
        try:
            yield Player(home, server, authority.ca_file)
        finally:
            keyring.set_keyring(before)


def pages():
    """The pages that are played."""
    return [page for page in sorted(DOCS.glob("*.md")) if "<!-- transcript" in page.read_text(encoding="utf-8")]


def fresh(text):
    """A page with every transcript taken anew."""
    with tempfile.TemporaryDirectory() as name, player(Path(name).resolve()) as person:
        return STEP.sub(person.play, text)


if __name__ == "__main__":
    for page in pages():
        page.write_text(fresh(page.read_text(encoding="utf-8")), encoding="utf-8")
