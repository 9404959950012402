"""Keeping in touch with many people: ``python -m tests.bench.people [PEOPLE] [RUNS]``.

Each command against ``mailer --help`` in the same run, whole processes, medians of the ratios of neighbouring runs.
The book has six touches a person, spread over the year before.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tests.bench.kit import command, timed

PEOPLE, RUNS = 10_000, 15
ALL_DUE, ONE_COMPANY = 3_000, 600
DONE = (2, 36, 91, 181, 271, 366)
FIRST = ("Ada", "Zoë", "Lee", "Søren", "Priya", "Jo", "Łucja", "Dana", "Sam", "Mara")
LAST = ("Novak", "Brandt", "Okafor", "Müller", "Castell", "Adeyemi", "Ferrer", "Ruiz", "Becker", "Weiß", "Ode")
WANTED = (("", 3.0), ("due", 4.0), ("people show p4321", 3.0), ("touch p4321 --by call", 3.0))


def fill(path: Path, people: int, today: date) -> float:
    """A ledger of as many people: five in six are on a plan, by the day of a no in the last year and a half.

    Returns how many seconds it took to plan them all at once.
    """
    from mailer.ledger.opening import open_store
    from mailer.people import rows, touch_rows
    from mailer.people.book import Book, Home
    from mailer.people.plan import load
    from mailer.people.values import Address, Card

    store = open_store(path, create=True)
    now = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    book = Book(store, lambda name: load(name, Path("/nowhere")), now, Home(lambda: "DE", UTC))
    with store.transaction():
        numbers = []
        for n in range(people):
            refused = today - timedelta(days=n * 7 % 540)
            plan = "" if n % 6 == 5 else "gracious-six"
            name = f"{FIRST[n % len(FIRST)]} {LAST[n % len(LAST)]} {n}"
            company = f"Company {n // 3} Ltd"
            address = Address(f"p{n}@people{n % 97}.example")
            card = Card(name, (address,), company, "Analyst", refused, plan, country=("DE", "FR", "GB")[n // 3 % 3])
            number = rows.add(store, card, refused, now.isoformat())
            numbers.append(number)
            late = n % 20 == 0
            for k, after in enumerate(DONE):
                day = refused + timedelta(days=after)
                if day > today or (late and day > today - timedelta(days=50)):
                    day = refused - timedelta(days=30 * (k + 1))
                touch_rows.add_touch(store, number, f"{day}T12:00:00+00:00", day, "call", f"note {n} {k}")
        began = time.perf_counter()
        book._replan(numbers)
        taken = time.perf_counter() - began
    store.close()
    return taken


def fill_due(path: Path, people: int, today: date, company: str = "") -> float:
    """A ledger of as many people who are due, each of a company of their own or all of one; seconds of planning."""
    from mailer.ledger.opening import open_store
    from mailer.people import rows
    from mailer.people.book import Book, Home
    from mailer.people.plan import load
    from mailer.people.values import Address, Card

    store = open_store(path, create=True)
    now = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    book = Book(store, lambda name: load(name, Path("/nowhere")), now, Home(lambda: "DE", UTC))
    with store.transaction():
        numbers = []
        for n in range(people):
            card = Card(f"{FIRST[n % len(FIRST)]} {n}", (Address(f"p{n}@people.example"),), company or f"Company {n}")
            card = card._replace(plan="gracious-six", refused_on=today - timedelta(days=7 + n % 30))
            numbers.append(rows.add(store, card, today, now.isoformat()))
        began = time.perf_counter()
        book._replan(numbers)
        taken = time.perf_counter() - began
    store.close()
    return taken


def measured(arguments: list[str], folder: Path, environment: dict[str, str], runs: int) -> tuple[float, float]:
    """The median ratio of a command to ``--help``, and its own median seconds."""
    pairs = []
    for number in range(runs + 1):
        first, second = (arguments, ["--help"]) if number % 2 else (["--help"], arguments)
        one = timed([*command(), *first], folder, environment).wall
        two = timed([*command(), *second], folder, environment).wall
        pairs.append((one, two) if number % 2 else (two, one))
    # The first pair finds nothing compiled.
    del pairs[0]
    return statistics.median(a / b for a, b in pairs), statistics.median(a for a, _ in pairs)


def main(people: int = PEOPLE, runs: int = RUNS) -> None:
    """Print each ratio with the one that is wanted."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {"MAILER_DATA_DIR": str(folder / "data"), "MAILER_CONFIG_DIR": str(folder / "config")}
        today = datetime.now(UTC).date()
        taken = fill(folder / "data" / "ledger.sqlite", people, today)
        print(f"planning {people:,} people: {taken:.1f} s")
        for words, most in WANTED:
            ratio, seconds = measured(words.split(), folder, environment, runs)
            print(
                f"mailer {words or 'alone'} / mailer --help: {ratio:.2f} (at most {most:.0f}; {seconds * 1000:.0f} ms)"
            )
        taken = fill_due(folder / "one" / "ledger.sqlite", ONE_COMPANY, today, "Company")
        print(f"planning a company of {ONE_COMPANY}: {taken:.2f} s")
        environment["MAILER_DATA_DIR"] = str(folder / "due")
        fill_due(folder / "due" / "ledger.sqlite", ALL_DUE, today)
        ratio, seconds = measured(["due"], folder, environment, runs)
        print(f"mailer due, {ALL_DUE:,} due / mailer --help: {ratio:.2f} (at most 4; {seconds * 1000:.0f} ms)")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
