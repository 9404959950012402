"""The workload, the sink and the stopwatch of the benches: whole processes, run in turn, compared pair by pair."""

from __future__ import annotations

import contextlib
import csv
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
COLUMNS = ("email", "name", "company", "city", "ref", "amount", "due", "seat", "code")
LETTER = """TO: {{name}} <{{email}}>
SUBJECT: Your booking {{ ref }} for {{ company }}
FROM: Meeting Office <office@meeting.example>
"""
BODY = """Dear {{ name }},

thank you for booking a place for **{{ company }}** at this year’s meeting in {{ city }}.
Your reference is **{{ ref }}**, and you will find your seat at *{{ seat }}*.

## Before you come

1. Please pay **€ {{ amount }}** by {{ due }}.
2. Show the code `{{ code }}` at the door.
3. Write to us if there is something that you do not eat: the kitchen will see to it.

The programme, and all that you may still want to change, is on
[a page of your own](https://meeting.example/b/{{ ref }}?c={{ code }}).

{% if seat.startswith("A") %}
You sit in the front row: please be there ten minutes before we begin.
{% else %}
Doors open at half past eight; there is coffee in the hall.
{% endif %}

With kind regards,

Meeting Office – 1 Main Street, {{ city }}
"""
HTML = """<html><body><p>Dear {{ name }},</p>
<p>thank you for booking a place for <strong>{{ company }}</strong> at this year’s meeting in {{ city }}.
Your reference is <strong>{{ ref }}</strong>, and you will find your seat at <em>{{ seat }}</em>.</p>
<h2>Before you come</h2>
<ol><li>Please pay <strong>€ {{ amount }}</strong> by {{ due }}.</li>
<li>Show the code <code>{{ code }}</code> at the door.</li>
<li>Write to us if there is something that you do not eat: the kitchen will see to it.</li></ol>
<p>The programme, and all that you may still want to change, is on
<a href="https://meeting.example/b/{{ ref }}?c={{ code }}">a page of your own</a>.</p>
{% if seat.startswith("A") %}<p>You sit in the front row: please be there ten minutes before we begin.</p>
{% else %}<p>Doors open at half past eight; there is coffee in the hall.</p>{% endif %}
<p>With kind regards,</p>
<p>Meeting Office – 1 Main Street, {{ city }}</p></body></html>
"""
NAMES = ("Ada Novak", "Zoë Brandt", "Lee Okafor", "Søren Müller", "Priya Castell", "Jo Adeyemi", "Łucja Ferrer")


class Run(NamedTuple):
    """One run of a command: seconds of the clock and of the processor, and the most memory, in MiB."""

    wall: float
    cpu: float
    peak: float


class Workload(NamedTuple):
    """A folder with the letters, the templates of the base, and a file of 200,000 octets to attach."""

    folder: Path

    def rows(self, count: int) -> Path:
        """A CSV of as many people."""
        path = self.folder / f"rows-{count}.csv"
        if not path.exists():
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(COLUMNS)
                writer.writerows(_row(number) for number in range(count))
        return path

    @property
    def attached(self) -> Path:
        """The file."""
        return self.folder / "doc.pdf"


def _row(number: int) -> tuple[object, ...]:
    chance = random.Random(number)
    seat = f"{chance.choice('ABCDEF')}{chance.randrange(1, 40)}"
    return (
        f"p{number}@people{number % 97}.example",
        NAMES[number % len(NAMES)],
        f"Company {number} Ltd",
        chance.choice(("Porto", "Graz", "Bern", "Lyon")),
        f"REF-{number:06}",
        f"{chance.randrange(80, 400)}.00",
        "14 May",
        seat,
        f"{chance.getrandbits(40):010x}",
    )


@contextlib.contextmanager
def workload() -> Iterator[Workload]:
    """The workload in a folder of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "letter.txt").write_text(f"{LETTER}CONTENT-TYPE: text/markdown\n\n{BODY}", "utf-8")
        (folder / "attached.txt").write_text(
            f"{LETTER}ATTACHMENT: doc.pdf\nCONTENT-TYPE: text/markdown\n\n{BODY}", "utf-8"
        )
        (folder / "subject.txt").write_text("Your booking {{ ref }} for {{ company }}", "utf-8")
        (folder / "body.txt").write_text(BODY.replace("**", "").replace("## ", ""), "utf-8")
        (folder / "body.html").write_text(HTML, "utf-8")
        (folder / "doc.pdf").write_bytes(_pdf(random.Random(1).randbytes(199_400)))
        yield Workload(folder)


def _pdf(filling: bytes) -> bytes:
    """One empty page, and a stream that nothing shows."""
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(filling), filling),
    )
    made, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(made))
    return made + head + table + trailer


@contextlib.contextmanager
def sink(letters: int, round_trip: float = 0.0, extensions: Sequence[str] = ("PIPELINING",)) -> Iterator[int]:
    """The port of a sink that must have taken as many letters when it is stopped."""
    arguments = [sys.executable, str(HERE / "sink.py"), str(round_trip), *extensions]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()
            taken = int(server.stdout.readline() or 0)
    if taken != letters:
        raise RuntimeError(f"{taken} of {letters} letters arrived")


def ours(work: Workload, letter: str, rows: Path, port: int, **settings: str) -> Run:
    """``mailer send``, with a ledger of its own."""
    with tempfile.TemporaryDirectory() as data:
        environment = {
            "MAILER_DATA_DIR": data,
            "MAILER_SMTP_HOST": "127.0.0.1",
            "MAILER_SMTP_PORT": str(port),
            "MAILER_SMTP_SECURITY": "none",
            "MAILER_AUTH": "none",
            **settings,
        }
        return timed([*command(), "send", letter, "--each", rows.name, "--yes"], work.folder, environment)


def theirs(work: Workload, rows: Path, port: int, *attached: str) -> Run:
    """The base."""
    return timed(
        [sys.executable, str(HERE / "base.py"), str(work.folder), str(rows), str(port), *attached], work.folder
    )


def command() -> list[str]:
    """The installed command, else the module."""
    script = Path(sys.executable).with_name("mailer")
    return [str(script)] if script.exists() else [sys.executable, "-m", "mailer"]


def timed(arguments: Sequence[str], folder: Path, environment: dict[str, str] | None = None) -> Run:
    """One run of a program that must succeed."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAILER_", "PYTHON"))}
    began = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            arguments, cwd=folder, env=clean | (environment or {}), stdout=subprocess.DEVNULL, stderr=said
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"{arguments} ended with {process.returncode}: {said.read()[-2000:].decode()}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


class Compared(NamedTuple):
    """Two commands, run in turn: ``times`` is how many times as fast the first is, ``cpu`` its share of the other's."""

    times: float
    cpu: float
    first: Run
    second: Run


def compared(pairs: Sequence[tuple[Run, Run]]) -> Compared:
    """The medians of the ratios of neighbouring runs, and of each command's runs."""
    middle = statistics.median
    return Compared(
        middle(b.wall / a.wall for a, b in pairs),
        middle(a.cpu / b.cpu for a, b in pairs),
        Run(*(middle(column) for column in zip(*(a for a, _ in pairs), strict=True))),
        Run(*(middle(column) for column in zip(*(b for _, b in pairs), strict=True))),
    )


def told(what: str, found: Compared, wanted: str) -> str:
    """A line of the table in the README."""
    return f"| {what} | {found.times:.1f} × | {wanted} | {found.first.wall:.2f} s, {found.second.wall:.2f} s |"
