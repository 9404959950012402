"""Many letters of many mailboxes, sent by workers to which bad things happen at random moments; then all is counted."""

from __future__ import annotations

import os
import random
import signal
import statistics
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from mailer.ledger.ledger import open_ledger
from mailer.ledger.values import Terms
from mailer.message.address import Mailbox
from tests.kit.counting_smtp import Counting, Wire, serving
from tests.kit.fleet import COACHES, Fleet
from tests.kit.ledger import letter, saying

HEART = (0.5, 3.0)


@dataclass(frozen=True)
class Size:
    """So many ``workers``, ``mailboxes``, ``letters``, ``harms``; the first two mailboxes have more than a day's."""

    workers: int = 4
    mailboxes: int = 40
    letters: int = 1200
    harms: int = 20

    @property
    def each(self):
        return self.letters // self.mailboxes

    @property
    def a_day(self):
        return self.each * 6 // 5

    def of(self, number):
        """How many letters a mailbox has."""
        return self.each * 8 // 5 if number < 2 else self.each


# The size of the issue where MAILER_TEST_FLEET is ``whole``.
SIZE = Size(4, 200, 20_000, 80) if os.environ.get("MAILER_TEST_FLEET") == "whole" else Size()


def mailbox(number):
    return f"m{number}@house.example"


def company_of(name, number):
    """Most write to a company of their own; of ten one to one of a few where others write, too."""
    return f"Firm {name} {number}" if number % 10 else f"House {number // 10 % 7}"


def put_off(ledger, name, count, start=0, company=company_of):
    """Queue letters of a mailbox: their Message-IDs."""
    made = []
    for number in range(start, start + count):
        local, _, domain = name.partition("@")
        message_id = f"<{local}.{number}@{domain}>"
        made.append(
            letter(
                (Mailbox(f"{local}-{number}@x.example", f"N {number}"),),
                f"We met {number}.",
                message_id=message_id,
                message=saying(f"We met {number}.\r\n".encode()),
                sender=name,
                account=name,
                company=company(name, number),
            )
        )
    due = datetime.now(UTC)
    with ledger.transaction():
        for at in range(0, len(made), 256):
            claims = ledger.put_off(made[at : at + 256], Terms(due, f"{name} at 127.0.0.1", frozenset()))
            assert all(claim.goes for claim in claims)
    return [one.message_id for one in made]


class Chaos:
    """The workers, and what happens to them."""

    def __init__(self, fleet: Fleet, size: Size, seed: int):
        self.fleet, self.size, self.chance = fleet, size, random.Random(seed)
        self.wires = [Wire(f"{fleet.server.folder}/.s.PGSQL.5432") for _ in range(size.workers)]
        self.processes, self.harms = [], []
        # Of each worker since when it does not count, and until when: standing still, or dead.
        self.aside = []
        self.letters = {}
        self.numbers = iter(range(10_000))

    def queue(self):
        """Half of each mailbox's letters are of one owner, half of the other."""
        for owner, role in enumerate(COACHES):
            place = self.fleet.server.place(self.fleet.database, role, folder=self.fleet.folder / role)
            with open_ledger(place) as ledger:
                for number in range(self.size.mailboxes):
                    many = self.size.of(number)
                    half = many // 2 if owner else many - many // 2
                    name = mailbox(number)
                    for made in put_off(ledger, name, half, start=owner * many):
                        self.letters[made] = name

    def start(self, wire):
        """One more worker on a wire."""
        name = f"w{next(self.numbers)}"
        world = self.fleet.machine(
            name,
            "worker",
            url=f"postgresql://worker@127.0.0.1:{wire.port}/{self.fleet.database}",
            MAILER_CONFIG_DIR=str(self.fleet.folder / "accounts-of-all" / "config"),
        )
        with (self.fleet.folder / f"{name}.log").open("w") as log:
            process = self.fleet.start(world, "--json", "--concurrency", "4", to=log)
        process.who, process.wire = name, wire
        return process

    def accounts(self):
        world = self.fleet.machine("accounts-of-all", "worker")
        world.config = self.fleet.folder / "accounts-of-all" / "config"
        for number in range(self.size.mailboxes):
            self.fleet.account(world, mailbox(number), mailbox(number))

    def harm(self):
        """Something bad happens to a worker."""
        at = self.chance.randrange(len(self.processes))
        process, what = self.processes[at], self.chance.choice(("kill", "stop", "stop", "cut", "cut"))
        now = time.monotonic()
        if what == "kill":
            process.kill()
            process.wait()
            self.aside.append([process.who, now, float("inf")])
            self.processes[at] = self.start(process.wire)
        elif what == "stop":
            process.send_signal(signal.SIGSTOP)
            self.aside.append([process.who, now, float("inf")])
            seconds = self.chance.choice((0.3, 1, 2)) * HEART[1]
            self.waking.append((now + seconds, process, self.aside[-1]))
        else:
            process.wire.cut()
        self.harms.append(what)

    def run(self):
        """Let the workers work, with harm done; until nothing is left to do."""
        self.waking = []
        self.processes = [self.start(wire) for wire in self.wires]
        until, harm_at = time.monotonic() + 120 + self.size.letters / 10, time.monotonic() + 2
        while time.monotonic() < until:
            now = time.monotonic()
            for moment, process, aside in self.waking:
                if moment <= now:
                    process.send_signal(signal.SIGCONT)
                    aside[2] = now
            self.waking = [one for one in self.waking if one[0] > now]
            self.revive()
            if len(self.harms) < self.size.harms and now > harm_at:
                self.harm()
                harm_at = now + self.chance.uniform(0.2, 1.2) * self.size.letters / 1500
            elif not self.waking and self.is_done():
                break
            time.sleep(0.1)
        for process in self.processes:
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGTERM)
        self.codes = [self.ended(process) for process in self.processes]

    def ended(self, process):
        """Its exit code; where it does not end, its log says what each thread does."""
        try:
            return process.wait(60)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGUSR1)
            time.sleep(1)
            process.kill()
            return process.wait(10)

    def revive(self):
        """Who watches the workers starts one that has ended anew."""
        for at, process in enumerate(self.processes):
            if process.poll() is not None:
                self.aside.append([process.who, time.monotonic(), float("inf")])
                self.processes[at] = self.start(process.wire)

    def is_done(self):
        states = self.fleet.states()
        if states.get("claimed") or states.get("sending"):
            return False
        left = "SELECT mailbox, count(*) FROM mailer.queue GROUP BY 1"
        full = {f"{mailbox(number)} at 127.0.0.1" for number in range(2)}
        return all(name in full and many <= self.size.of(0) - self.size.a_day for name, many in self.fleet.rows(left))

    def at_once(self):
        """Connections of one mailbox at one time, but for those of a worker that stood still or was killed by then.

        Its connection stands at the server though nobody is behind it; it was passed over once it was silent.
        """
        found = []
        for earlier, later in self.fleet.smtp.at_once():
            asides = [(a, b) for who, a, b in self.aside if who == earlier.who]
            if not any(begin <= later.began and later.began <= end + HEART[1] for begin, end in asides):
                found.append((earlier, later))
        return found

    def waits(self):
        """Seconds from the start until each mailbox's first letter."""
        began = min(moment for moment, _, _ in self.fleet.smtp.moments)
        first = {}
        for moment, name, _ in self.fleet.smtp.moments:
            first.setdefault(name, moment - began)
        last = {name: moment - began for moment, name, _ in self.fleet.smtp.moments}
        return sorted(first.values()), sorted(last.values())


def told(chaos, seconds):
    """What came of it, in lines."""
    first, last = chaos.waits()
    size, smtp, states = chaos.size, chaos.fleet.smtp, chaos.fleet.states()
    at_once = f"of one mailbox at once {len(smtp.at_once())}, unexcused {len(chaos.at_once())}"
    return [
        f"{size.workers} workers, {size.mailboxes} mailboxes, {len(chaos.letters)} letters; {seconds:.0f} s",
        f"harm: { ({what: chaos.harms.count(what) for what in set(chaos.harms)}) }, replies not given {smtp.drops:.1%}",
        f"taken {len(smtp.taken)}, twice {sum(many > 1 for many in smtp.taken.values())}; states {states}",
        f"connections {len(smtp.connections)}, {at_once}",
        f"first letter of a mailbox: median {statistics.median(first):.1f} s, longest {first[-1]:.1f} s;"
        f" last: median {statistics.median(last):.1f} s, longest {last[-1]:.1f} s",
    ]


def through_chaos(server, folder, size, seed):
    """The whole of it: the chaos, with its figures printed."""
    smtp = Counting(drops=0.003, seconds=0.005, chance=random.Random(seed))
    with serving(smtp):
        fleet = Fleet(server, folder, smtp, HEART, size.a_day)
        with closing(fleet):
            chaos = Chaos(fleet, size, seed)
            with serving(*chaos.wires):
                began = time.monotonic()
                chaos.queue()
                queued = time.monotonic()
                chaos.accounts()
                chaos.run()
                seconds = time.monotonic() - queued
            chaos.lines = [f"queued in {queued - began:.1f} s", *told(chaos, seconds)]
            chaos.states = fleet.states()
            chaos.doubtful = {
                name for (name,) in fleet.rows("SELECT message_id FROM mailer.letters WHERE state = 'in-doubt'")
            }
            chaos.waiting = {
                name for (name,) in fleet.rows("SELECT message_id FROM mailer.letters WHERE state = 'deferred'")
            }
            chaos.logs = "".join(path.read_text() for path in sorted(folder.glob("w*.log")))
            print("\n".join(chaos.lines))
            return chaos
