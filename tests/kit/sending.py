"""What the tests of ``mailer send`` share: a letter, a server's settings, ways to run the command."""

from __future__ import annotations

import os

from mailer.cli.app import App
from tests.kit.cli import call, environ, execute, program, put, world
from tests.kit.smtp_server import DROP, HANG, OK, Authority, Scripted, drip, pause, recording_server, wait_until

__all__ = [
    "BATCH",
    "DROP",
    "HANG",
    "LETTER",
    "OK",
    "Authority",
    "Desk",
    "Scripted",
    "call",
    "drip",
    "environ",
    "execute",
    "pause",
    "people",
    "program",
    "put",
    "recording_server",
    "settings",
    "wait_until",
    "world",
]

LETTER = "From: Jo Novak <jo@novak.example>\nTo: Dana Ruiz <dana@acme.example>\nSubject: Hello\n\nGood luck.\n"
BATCH = "From: jo@novak.example\nTo: {{ name }} <{{ email }}>\nSubject: Hello {{ company }}\n\nDear {{ name }}.\n"


def settings(server, **more):
    """The environment that leads to ``server``, without TLS on loopback."""
    there = {"MAILER_SMTP_HOST": server.host, "MAILER_SMTP_PORT": str(server.port), "MAILER_SMTP_SECURITY": "none"}
    return {**there, **more}


def people(count, start=0):
    """A CSV of so many people."""
    rows = "".join(f"N{n},n{n}@x.example,C{n}\n" for n in range(start, start + count))
    return f"name,email,company\n{rows}"


class Desk:
    """One user's folder, against one server after the other."""

    def __init__(self, folder, **more):
        self.folder, self.more = folder, more
        put(folder, "l.md", LETTER)

    def send(self, server, *args, **more):
        """``mailer send l.md --yes --json`` in this process."""
        args = args or ("l.md",)
        return self.call("send", *args, "--yes", "--json", **{**settings(server), **more})

    def call(self, *args, **more):
        app = world(self.folder, **self.more, **more)
        return call(App(app.environ, app.cwd, app.now, lambda: os.urandom(16).hex(), app.output), *args)

    def run(self, server, *args, **more):
        """Any command as a process of its own."""
        there = settings(server) if server else {}
        return execute(self.folder, *args, **{**there, **self.more, **more})

    def outbox(self):
        result = self.call("outbox", "--json")
        assert result.code == 0
        return result.objects

    def states(self):
        return [entry["state"] for entry in self.outbox()]
