"""Show the plan of an import: what becomes of each row, and how many of each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from mailer.cli.app import App
from mailer.cli.style import BAD, LOOK, style, wrapped

if TYPE_CHECKING:
    from mailer.people.importing import Outcome

_COLOURS = {"new": None, "changed": LOOK, "skipped": BAD}
_WHATS = ("new", "changed", "same", "skipped")


class ImportPlan:
    """What becomes of each row, kept in a file of no name while it is computed, and counted."""

    def __init__(self) -> None:
        import tempfile

        self.counts: Counter[str] = Counter()
        self._file: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> ImportPlan:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def does_something(self) -> bool:
        """Whether anything is new or changed."""
        return bool(self.counts["new"] or self.counts["changed"])

    @property
    def told(self) -> str:
        """The counts in words."""
        return ", ".join(f"{self.counts[what]} {what}" for what in _WHATS)

    def add(self, outcome: Outcome) -> None:
        """One more row."""
        import json

        self.counts[outcome.what] += 1
        row, card = outcome.row, outcome.row.card
        name = card.name or (card.addresses[0].address if card.addresses else "")
        told = {"line": row.line, "what": outcome.what, "person": outcome.person, "why": outcome.why}
        more = {"name": ", ".join(part for part in (name, card.company) if part), "file": row.file}
        self._file.write(json.dumps({**told, **more}) + "\n")

    def clear(self) -> None:
        """Begin anew."""
        self.counts.clear()
        self._file.seek(0)
        self._file.truncate()

    def _rows(self) -> Iterator[dict[str, Any]]:
        import json

        self._file.seek(0)
        for line in self._file:
            yield json.loads(line)

    def show(self, app: App, several: bool) -> None:
        """A line for each row that changes something or is skipped, and the counts."""
        for row in self._rows():
            if row["what"] == "same":
                continue
            place = f"{Path(row['file']).name}:{row['line']}" if several else f"line {row['line']}"
            who = " ".join(part for part in (row["person"] if row["what"] == "changed" else "", row["name"]) if part)
            text = f"{row['what']}: {place}{f', {who}' if who else ''}{f': {why}' if (why := row['why']) else ''}"
            first, *rest = wrapped(text)
            for line in (first, *(f"  {line}" for line in rest)):
                app.output.line(style(line, fg=_COLOURS[row["what"]]))
        app.output.line(self.told)

    def print_json(self, app: App, *, is_kept: bool) -> None:
        """One object, written row by row; who is only planned has no id yet."""
        import json

        counts = json.dumps({what: self.counts[what] for what in _WHATS})
        app.output.write(f'{counts[:-1]}, "rows": ['.encode())
        comma = ""
        for row in self._rows():
            if row["what"] == "new" and not is_kept:
                row["person"] = None
            app.output.write((comma + json.dumps(row, ensure_ascii=False)).encode("utf-8", "backslashreplace"))
            comma = ", "
        app.output.line("]}")
