"""A run to be killed: ``crash.py LEDGER DELIVERED COUNT WINDOW [HANG]`` sends letters to a file.

The file stands for the server: a line is one delivery.  With HANG (``claimed`` or ``sending``) the run stops
there, says so on stdout and waits.
"""

# ruff: noqa: E402

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from mailer.ledger.ledger import open_ledger
from mailer.message.address import Mailbox
from tests.kit.ledger import letter, sent


def people(count):
    return [Mailbox(f"p{number}@acme.example") for number in range(count)]


def main(path, delivered, count, window, hang=""):
    server = os.open(delivered, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    boxes, window = people(int(count)), int(window)
    with open_ledger(Path(path)) as ledger:
        outcomes = []
        for start in range(0, len(boxes), window):
            with ledger.transaction():
                claims = [ledger.claim(letter((box,))) for box in boxes[start : start + window]]
            going = [claim for claim in claims if claim.goes]
            wait(hang == "claimed")
            ledger.about_to_send([claim.id for claim in going], outcomes)
            wait(hang == "sending")
            for claim in going:
                os.write(server, claim.pending[0].encode() + b"\n")
            outcomes = [sent(claim) for claim in going]
        ledger.settle(outcomes)


def wait(here):
    if here:
        print("here", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
