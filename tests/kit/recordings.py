"""Make the recordings of docs/recordings anew from the transcripts of the pages: ``python -m tests.kit.recordings``.

A recording is an asciicast, version 2: what a terminal shows, and when.  The commands and what they print are those of
the page, which ``tests/test_pages.py`` holds to what the commands do; only the typing is made up.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tests.kit.pages import CLOCK, STEP

DOCS = Path(__file__).parents[2] / "docs"
FOLDER = DOCS / "recordings"
# Name of the recording: its page, the title, and the day of the one transcript with which it begins.
KEPT = {
    "first-letter": ("first-letter.md", "A first letter with mailer", ""),
    "morning": ("six-contacts.md", "mailer on a morning in January", "2027-01-04"),
}
_SIZE = {"width": 100, "height": 30}
_KEY, _ENTER, _LINE = 0.06, 0.5, 0.03


def made(name: str) -> str:
    """The recording of that name."""
    page, title, day = KEPT[name]
    head = {"version": 2, **_SIZE, "title": title, "env": {"TERM": "xterm-256color"}}
    at, lines = 0.0, [json.dumps(head)]
    for pause, text in _events(_session((DOCS / page).read_text(encoding="utf-8"), day)):
        at += pause
        lines.append(json.dumps([round(at, 2), "o", text], ensure_ascii=False))
    return "\n".join(lines) + "\n"


def _session(page: str, day: str) -> list[str]:
    """The lines of the transcripts of a page, from that of a day on up to the next day."""
    found = [step for step in STEP.finditer(page) if step["kind"] == "transcript"]
    if day:
        days = [at for at, step in enumerate(found) if CLOCK.match(step["what"] or "")]
        first = next(at for at in days if found[at]["what"].startswith(day))
        found = found[first : next((at for at in days if at > first), None)]
    return "".join(block["text"] for block in found).splitlines()


def _events(lines: list[str]) -> Iterator[tuple[float, str]]:
    """What is shown, and how long after what was shown before; longer texts are left to be read for longer."""
    shown = 0
    for line in lines:
        if line.startswith("$ "):
            yield min(6.0, 0.8 + 0.2 * shown), "$ "
            yield from ((_KEY, sign) for sign in line[2:])
            yield _ENTER, "\r\n"
            shown = 0
        else:
            yield _LINE, f"{line}\r\n"
            shown += 1
    yield 3.0, "$ "


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in KEPT:
        (FOLDER / f"{each}.cast").write_text(made(each), encoding="utf-8")
