"""How long the checks take: lone letters, letters against a full ledger, one letter.

``python -m tests.bench.checks`` prints seconds; the checks alone, rendering and start-up aside.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from mailer.checks.runner import Checker
from mailer.checks.world import Known, Other
from mailer.letters.letter import parse_letter
from mailer.letters.table import Row
from mailer.letters.template import built_in_folder, load
from mailer.message.address import Mailbox
from mailer.render.compile import Defaults
from mailer.render.program import compile_letter

NOW = datetime(2026, 5, 12, 10, 0, tzinfo=UTC)
MANY = 10_000
SYLLABLES = [a + b for a in "klmrntsv" for b in "aeo"][:18]
NAMES = [a + b + c for a in ("bri", "cha", "dro") for b in SYLLABLES for c in SYLLABLES]
WORDS = [a + b + c for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES[:6]]
LONE = """From: Jo Novak <jo@novak.example>
To: {{name}} <{{email}}>
Subject: Your order {{number}}

Hello {{name}},

thank you for your order {{number}}. The parcel left our house this morning and should be with you in three days at
most. If something is missing, or came broken, write to us: we send it again, or give you the money back, as you like.

{{prose}}

Kind regards
Jo Novak
"""
WORK = """Template: runner-up
From: Jo Novak <jo@novak.example>

"""


def sentences(chance: random.Random, words: int) -> str:
    """Prose that is nobody else's."""
    said = [chance.choice(WORDS) for _ in range(words)]
    return ". ".join(" ".join(said[at : at + 9]).capitalize() for at in range(0, words, 9)) + "."


def rows(chance: random.Random, count: int) -> Iterator[Row]:
    """As many people, each with a company and prose of their own."""
    for at in range(1, count + 1):
        yield Row(at, at + 1, "people.csv", _values(chance, at))


def _values(chance: random.Random, at: int) -> dict[str, str]:
    name = f"{chance.choice(NAMES).title()} {chance.choice(NAMES).title()}"
    values = {"name": name, "email": f"p{at}@firm{at}.example", "number": str(at), "prose": sentences(chance, 60)}
    return {
        **values,
        "to": f"{name} <{values['email']}>",
        "company": f"{chance.choice(NAMES).title()}{at} {chance.choice(['Robotics', 'Foods', 'Labs'])}",
        "position": chance.choice(["Data Engineer", "Buyer", "Welder", "Night Nurse"]),
    }


def ledger(chance: random.Random, count: int) -> tuple[Other, ...]:
    """As many letters that were sent before."""
    return tuple(
        Other(
            "ledger",
            f"the letter to {at}",
            frozenset({f"q{at}@old{at}.example"}),
            (f"{chance.choice(NAMES).title()} {chance.choice(NAMES).title()}",),
            "runner-up",
            f"{chance.choice(NAMES).title()}x{at} Systems",
            chance.choice(["Gardener", "Chief Cook", "Data Analyst"]),
            "",
            sentences(chance, 60),
            NOW - timedelta(days=chance.randrange(300)),
            f"{at:064x}",
        )
        for at in range(count)
    )


def seconds(text: str, known: Known, count: int = MANY) -> float:
    """How long the checks of as many rows take, the building of indexes included."""
    letter = parse_letter(text, None)
    template = load("runner-up", [built_in_folder()]) if letter.template else None
    program = compile_letter(letter, template, {}, Defaults(Mailbox("jo@novak.example", "Jo Novak")))
    checker = Checker(letter, template, lambda _: known, rows=count)
    taken, found = 0.0, 0
    for row in rows(random.Random(7), count):
        rendered = program.render(row)
        started = time.process_time()
        found += len(checker.problems(rendered, row))
        taken += time.process_time() - started
    print(
        f"  {count:,} letters, {len(known.letters):,} others: {taken:.2f} s, {taken / count * 1e6:.0f} µs each", end=""
    )
    print(f" ({found} problems)")
    return taken


def main() -> None:
    """Print the three figures."""
    print("lone letters")
    seconds(LONE, Known(NOW))
    print("letters from a template")
    seconds(WORK, Known(NOW), 1)
    seconds(WORK, Known(NOW))
    seconds(WORK, Known(NOW, ledger(random.Random(8), MANY)))


if __name__ == "__main__":
    main()
