"""A ledger on PostgreSQL with owners and workers, each on a machine of its own, and the accounts of their mailboxes."""

from __future__ import annotations

import faulthandler
import signal
import subprocess
import sys
import time
from itertools import count

from mailer.fleet import queueing
from mailer.ledger.postgresql import heart
from mailer.ledger.postgresql.setup import init
from tests.kit.world import NOW, ROOT, World, program, put

_NUMBERS = count(1)
COACHES = ("jo", "ann")
# Seconds of a quick heart, for tests in which it stands still.
QUICK = (0.2, 1.5)


class Fleet:
    """A database of its own on a server; ``smtp`` takes the letters.

    ``seconds``: the beat of a heart, and silence.  ``a_day``: so many letters the provider takes of a mailbox.
    """

    def __init__(self, server, folder, smtp, seconds=None, a_day=0):
        self.server, self.folder, self.smtp, self.seconds, self.a_day = server, folder, smtp, seconds, a_day
        with server.raw("postgres") as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'worker'").fetchone():
                connection.execute("CREATE ROLE worker LOGIN")
        self.processes = []
        self.database = server.make(f"fleet{next(_NUMBERS)}")
        self.init()

    def init(self):
        """Make what the workers need there."""
        place = self.server.place(self.database, "postgres", folder=self.folder / "postgres")
        init(place, COACHES, ["worker"], queueing.make)
        if self.seconds:
            with self.server.raw(self.database) as connection:
                for made in (queueing._SWEEP, queueing._TAKE_BACK, queueing._HEARD):
                    connection.execute(made.replace(f"'{heart.SILENCE} seconds'", f"'{self.seconds[1]} seconds'"))
        return place

    def machine(self, name, role, *accounts, url="", **settings):
        """Somebody's machine; ``accounts`` are (name, mailbox) or only the mailbox."""
        made = World(
            self.folder / name,
            MAILER_LEDGER=url or self.server.url(self.database, role),
            MAILER_PASSWORD=name,
            PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring",
            **settings,
        )
        for account in accounts:
            self.account(made, *((account, account) if isinstance(account, str) else account))
        return made

    def account(self, world, name, mailbox):
        """An account that leads to a mailbox."""
        lines = {
            "MAILER_SMTP_HOST": self.smtp.host,
            "MAILER_SMTP_PORT": self.smtp.port,
            "MAILER_SMTP_SECURITY": "none",
            "MAILER_SMTP_USERNAME": mailbox,
            "MAILER_FROM": mailbox,
        }
        path = put(world.config, f"accounts/{name}.env", "".join(f"{key}={value}\n" for key, value in lines.items()))
        path.chmod(0o600)

    def worker(self, *accounts, name="w1", **settings):
        """A machine with a worker."""
        return self.machine(name, "worker", *accounts, **settings)

    def start(self, world, *words, to=subprocess.PIPE, **more):
        """``mailer work`` as a process; its heart is that of the fleet."""
        command = [*program(), "work", *words]
        if self.seconds:
            command = [sys.executable, "-m", "tests.kit.fleet", *map(str, (*self.seconds, self.a_day)), "work", *words]
        process = subprocess.Popen(
            command,
            cwd=ROOT if self.seconds else world.cwd,
            env=world.environ(**more),
            stdout=to,
            stderr=to,
            text=True,
        )
        self.processes.append(process)
        return process

    def rows(self, statement, *values):
        """What a superuser sees."""
        with self.server.raw(self.database) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else None

    def states(self):
        """How many letters are in each state, of all owners."""
        return dict(self.rows("SELECT state, count(*) FROM mailer.letters WHERE current = 1 GROUP BY 1"))

    def jobs(self):
        """What procrastinate has: (status, mailbox, whether it is for later)."""
        asked = "SELECT status::text, lock, coalesce(scheduled_at > now(), false) FROM procrastinate.procrastinate_jobs"
        return self.rows(f"{asked} WHERE task_name = 'work_mailbox' ORDER BY id")

    def close(self):
        """Take the database away; no worker outlives it."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.communicate()
        self.server.drop(self.database)


LETTER = "From: {}\nTo: {{{{name}}}} <{{{{email}}}}>\nSubject: Hello {{{{company}}}}\n\nDear {{{{name}}}}, good luck.\n"


def queue(world, account, count=1, *words, start=0, mailbox="", now=NOW, **environ):
    """``mailer send --queue`` of so many letters from an account."""
    from tests.kit.letters import people

    put(world.folder, "q.md", LETTER.format(mailbox or account))
    put(world.folder, "q.csv", people(count, start))
    done = world.mailer(
        "send",
        "q.md",
        "--each",
        "q.csv",
        "--account",
        account,
        "--yes",
        "--json",
        *(words or ("--queue",)),
        now=now,
        **environ,
    )
    assert done.code == 0, done.all
    assert "Nothing goes by itself" not in done.err
    return [told["message_id"] for told in done.objects]


def ended(process, seconds=60):
    """Exit code, stdout and stderr of a process."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        # What its threads do, as far as it tells.
        process.send_signal(signal.SIGUSR1)
        time.sleep(1)
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"it does not end: {out}{err}") from None
    # Once more they give nothing, as streams that are closed.
    process.communicate = lambda: ("", "")
    return process.returncode, out, err


def stop(process, seconds=60):
    """The same of one that is told to end."""
    process.send_signal(signal.SIGTERM)
    return ended(process, seconds)


def _main():
    """A worker whose heart beats as the first words say: ``BEAT SILENCE LETTERS-A-DAY work …``."""
    beat, silence, a_day = map(float, sys.argv[1:4])
    was = heart.SILENCE
    heart.BEAT, heart.SILENCE = beat, silence
    heart.ALIVE = heart.ALIVE.replace(f"'{was} seconds'", f"'{silence} seconds'")
    from mailer.__main__ import main
    from mailer.fleet import worker

    worker.GONE, worker.TEND, worker.AGAIN = silence / 2, silence / 2, 2 * silence
    faulthandler.register(signal.SIGUSR1)
    if a_day:
        _limited(int(a_day))
    sys.argv = ["mailer", *sys.argv[4:]]
    main()


def _limited(a_day):
    """Let the provider of loopback take so many letters a day."""
    from mailer.accounts.providers import table
    from mailer.sending import quota

    house = table.provider_for("gmail.com")._replace(name="House", limits=table.Limits(per_day=a_day))
    table.provider_of_account = lambda *_: house
    quota.is_loopback = lambda _host: False


if __name__ == "__main__":
    _main()
