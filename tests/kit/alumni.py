"""Alumni who write from mailboxes of their own, a worker who has the accounts of all, and a house with a plan."""

from __future__ import annotations

from datetime import UTC, datetime

from mailer.cli.follow_up import written
from mailer.fleet import rounds
from mailer.fleet.jobs import Work, mailboxes
from mailer.fleet.visiting import visit
from tests.kit.fleet import Fleet
from tests.kit.world import put

START = datetime(2026, 11, 23, 9, 10, tzinfo=UTC)
DUE = datetime(2026, 12, 28, 9, 10, tzinfo=UTC)
FIRST = """Template: runner-up
To: {to}
Company: Acme Robotics
Position: Data Engineer
Refused-On: 2026-11-20
Country: DE
Plan: house

The afternoon with Priya's test-bench team stayed with me.
"""
PLAN = """
about = "what the house sends"
[[step]]
after = "1 business day"
reason = "thanks"
template = "runner-up"
[[step]]
after = "35 days"
reason = "a word"
template = "hello"
[[step]]
after = "70 days"
reason = "your words"
template = "check-in"
"""
HELLO = """Subject: The {{ position }} role
About: a word
Language: en
Field: company — the company
Field: position — the position

{{ greeting }},

how did the work at {{ company }} go on since we talked about the {{ position }} role?

Kind regards,\\
{{ from.name }}
"""


class Alumni(Fleet):
    """``imap`` says of a mailbox which settings lead to its folders; its password is ``words`` of it."""

    def __init__(self, server, folder, smtp, imap, words, **environ):
        self.imap, self.words, self.environ = imap, words, environ
        super().__init__(server, folder, smtp)

    def account(self, world, name, mailbox):
        """The account of a mailbox, over both protocols."""
        super().account(world, name, mailbox)
        path = world.config / f"accounts/{name}.env"
        more = {**self.imap, "MAILER_IMAP_USERNAME": mailbox, "MAILER_SAVE_SENT": "no"}
        more["MAILER_PASSWORD_COMMAND"] = f"printf %s '{self.words[mailbox]}'"
        named = path.read_text().replace(f"MAILER_FROM={mailbox}", f"MAILER_FROM=Jo Novak <{mailbox}>")
        path.write_text(named + "".join(f"{key}={value}\n" for key, value in more.items()))

    def machine(self, name, role, *accounts, **settings):
        """A machine that knows the house's plan and template."""
        made = super().machine(name, role, *accounts, **{**self.environ, **settings})
        del made.settings["MAILER_PASSWORD"]
        put(made.config, "plans/house.toml", PLAN)
        put(made.config, "templates/hello.md", HELLO)
        return made

    def writes(self, world, mailbox, to="Dana Ruiz <dana.ruiz@hire.example>", now=START, **environ):
        """The letter after the no."""
        put(world.folder, "first.md", FIRST.format(to=to))
        done = world.mailer(
            "send",
            "first.md",
            "--account",
            mailbox,
            "--yes",
            "--json",
            now=now,
            MAILER_FROM=f"Jo Novak <{mailbox}>",
            **environ,
        )
        assert done.code == 0, done.all
        return done.json

    def visits(self, worker, role, mailbox, owner="", now=DUE, made=None, **environ):
        """A visit, without the queue."""
        app = worker.app(now, **environ)
        named = f"{mailbox} at {self.smtp.host}" if mailbox else ""
        return visit(app, mailboxes(app), Work(role, owner, named), made, written)

    def begins(self, moment, window="5 minutes"):
        """Whose turn it is then."""
        asked = rounds.BEGIN.replace("%(moment)s", "%s").replace("%(window)s", "%s::interval")
        return sorted(self.rows(asked, moment, window))

    def visiting(self):
        """The visits that were put to work."""
        asked = "SELECT lock, queueing_lock, queue_name FROM procrastinate.procrastinate_jobs WHERE task_name = %s"
        return sorted(self.rows(asked, rounds.TASK))
