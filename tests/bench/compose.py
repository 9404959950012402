"""Composing against the same ``EmailMessage``, built and serialised: ``python -m tests.bench.compose``.

Paired runs in one process, medians of the ratios; the attachment is read, typed, digested and encoded each time.
"""

from __future__ import annotations

import gc
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from mailer.message.address import format_mailbox, parse_list, parse_mailbox
from mailer.message.attachments import Attachments
from mailer.message.compose import Stamp, compose
from mailer.message.rendered import Rendered

WANTED = 10.0
ATTACHED_OCTETS = 200_000
_PARAGRAPH = "The afternoon with your test-bench team stayed with me, above all how they find a bad sensor early. " * 4
_TEXT = "\n\n".join(["Dear Dana,", _PARAGRAPH.strip(), _PARAGRAPH.strip(), _PARAGRAPH.strip(), "-- \nAna Weber"]) + "\n"
_HTML = "\n".join(f'<p style="margin:0 0 1em">{block}</p>' for block in _TEXT.split("\n\n"))
_STAMP = Stamp("<20261123091000.0123456789abcdef@weber.example>", datetime(2026, 11, 23, 9, 10, tzinfo=UTC))


def rendered(path: Path | None) -> Rendered:
    """A usual letter: text and HTML of about 1.3 kB each, and one attachment where ``path`` is given."""
    return Rendered(
        sender=parse_mailbox("Ana Weber <ana@weber.example>"),
        to=parse_list("Dana Ruiz <dana.ruiz@acme.example>"),
        subject="Thank you for the afternoon",
        text=_TEXT,
        html=_HTML,
        flowed=True,
        attachments=(Attachments().open(path),) if path else (),
    )


def ours(path: Path | None) -> bytes:
    """Composed by ``mailer``, read back by its strict reader."""
    return compose(rendered(path), _STAMP)


def theirs(path: Path | None) -> bytes:
    """The same letter by the ``email`` package."""
    letter = EmailMessage(policy=SMTP)
    letter["Date"] = format_datetime(_STAMP.date)
    letter["From"] = format_mailbox(parse_mailbox("Ana Weber <ana@weber.example>"))
    letter["To"] = "Dana Ruiz <dana.ruiz@acme.example>"
    letter["Subject"] = "Thank you for the afternoon"
    letter["Message-ID"] = _STAMP.message_id
    letter.set_content(_TEXT)
    letter.add_alternative(_HTML, subtype="html")
    if path:
        letter.add_attachment(path.read_bytes(), maintype="application", subtype="pdf", filename=path.name)
    return letter.as_bytes()


def seconds(work: Callable[[Path | None], bytes], path: Path | None, rounds: int) -> float:
    """Seconds for one letter."""
    start = time.perf_counter()
    for _ in range(rounds):
        work(path)
    return (time.perf_counter() - start) / rounds


def ratio(path: Path | None, pairs: int = 15, rounds: int = 20) -> tuple[float, float, float]:
    """Median of the paired ratios theirs/ours, and the median seconds of each."""
    ours(path), theirs(path)
    gc.disable()
    runs = [(seconds(ours, path, rounds), seconds(theirs, path, rounds)) for _ in range(pairs)]
    gc.enable()
    middle = statistics.median
    return middle(b / a for a, b in runs), middle(a for a, _ in runs), middle(b for _, b in runs)


def main() -> int:
    """Print both ratios; 1 if one is under WANTED."""
    with tempfile.TemporaryDirectory() as folder:
        attached = Path(folder) / "cv.pdf"
        attached.write_bytes(b"%PDF-1.7\n" + random.Random(1).randbytes(ATTACHED_OCTETS))
        results = [("text and HTML", ratio(None)), ("with a 200 kB attachment", ratio(attached, rounds=5))]
    for what, (times, mine, other) in results:
        print(f"{what}: {times:.1f} x  (ours {mine * 1e6:.0f} us, EmailMessage {other * 1e6:.0f} us; wanted {WANTED})")
    return 0 if all(times >= WANTED for _, (times, _, _) in results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
