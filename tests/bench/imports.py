"""Bringing people in: ``python -m tests.bench.imports [CARDS]``.

Whole processes of ``mailer people import``; memory over that of a tenth of the cards, and of cards whose photos are
fifty times as large.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.bench.kit import Run, command, timed

_LINE = "A" * 74


def write_cards(path: Path, count: int, photo: int = 40, plan: str = "") -> Path:
    """As many cards with a photo of ``photo`` lines each; with ``plan`` everybody is on it."""
    planned = f"X-MAILER-PLAN:{plan}\r\nX-MAILER-REFUSED-ON:2026-11-02\r\n" if plan else ""
    with path.open("w", encoding="utf-8", newline="") as file:
        for number in range(count):
            file.write(
                f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Zoë Müller-{number}\r\nN:Müller-{number};Zoë;;;\r\n"
                f"ORG:Birch {number // 3};Testing\r\nitem1.EMAIL;TYPE=INTERNET:p{number}@birch{number % 97}.example\r\n"
                f"ADR;TYPE=WORK:;;Main Street 1;Berlin;;10115;Germany\r\nNOTE:met at the fair\\, twice\r\n{planned}"
                f"PHOTO;ENCODING=b;TYPE=JPEG:{_LINE}\r\n" + f" {_LINE}\r\n" * photo + "END:VCARD\r\n"
            )
    return path


def bring_in(folder: Path, path: Path, *more: str) -> Run:
    """One import into a ledger of its own."""
    with tempfile.TemporaryDirectory() as data:
        environment = {"MAILER_DATA_DIR": data, "MAILER_CONFIG_DIR": data}
        return timed([*command(), "people", "import", str(path), "--yes", "--json", *more], folder, environment)


def main(count: int = 10_000) -> None:
    """Print seconds and the ratios of memory."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few = bring_in(folder, write_cards(folder / "few.vcf", count // 10))
        many = bring_in(folder, write_cards(folder / "many.vcf", count))
        large = bring_in(folder, write_cards(folder / "large.vcf", count // 10, 2_000))
        planned = bring_in(folder, write_cards(folder / "planned.vcf", count, plan="gracious-six"))
    print(f"{count:,} vCards: {many.wall:.1f} s, {many.cpu:.1f} s of the processor (at most 20 s)")
    print(
        f"{count:,} vCards, all on a plan: {planned.wall:.1f} s, {planned.cpu:.1f} s ({planned.cpu / many.cpu:.1f} ×)"
    )
    # SQLite fills its cache of 8 MB.
    print(f"peak memory, over that of a tenth: {many.peak / few.peak:.2f} ({many.peak:.0f} MiB; at most 1.3)")
    print(f"peak memory, photos fifty times as large: {large.peak / few.peak:.2f} (at most 1.1)")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
