"""Take the pictures of ``docs/images`` anew: ``python -m tests.kit.screenshots``.

With a folder, every page at every width, light and dark, is put there to be looked at.  Needs Chromium, and for names
in Japanese a font that has them (on Debian: fonts-inter, fonts-droid-fallback).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.kit.chromium import DARK, LIGHT, shot
from tests.kit.shown_pages import made

IMAGES = Path(__file__).parents[2] / "docs" / "images"
WIDTHS = (390, 768, 1280)
HEIGHTS = {"letter": 1600, "problems": 1700, "long": 1900, "batch": 1500, "person": 1500, "year": 1700}
# Name of the picture: page, with the part of it that is looked at, width, height, scheme.
KEPT = {
    "preview": ("problems", 1280, 1130, LIGHT),
    "preview-narrow": ("letter", 390, 1000, DARK),
    "batch": ("batch#row-6", 1280, 800, LIGHT),
    "person": ("person", 1280, 920, LIGHT),
    "year": ("year", 1280, 1000, LIGHT),
    "year-dark": ("year", 1280, 1000, DARK),
}


FONTS = (("Inter", "fonts-inter"), (":lang=ja", "fonts-droid-fallback"))


def missing_fonts() -> list[str]:
    """The Debian packages of fonts that are not there, without which letters are drawn otherwise, or as boxes."""
    if shutil.which("fc-list") is None:
        return []
    return [package for pattern, package in FONTS if not subprocess.check_output(["fc-list", pattern])]


def take(folder: Path | None) -> None:
    """Take the kept pictures, or with a ``folder`` all of them."""
    with tempfile.TemporaryDirectory() as folder_name:
        work = Path(folder_name)
        pages = made(work)
        wanted = KEPT if folder is None else _every()
        there = folder or IMAGES
        there.mkdir(parents=True, exist_ok=True)
        for picture, (page, width, height, scheme) in wanted.items():
            name, _, part = page.partition("#")
            address = pages[name].as_uri() + (f"#{part}" if part else "")
            shot(work, address, there / f"{picture}.png", width, height, scheme)
            print(there / f"{picture}.png")


def _every() -> dict[str, tuple[str, int, int, str]]:
    return {
        f"{page}-{width}-{'dark' if scheme == DARK else 'light'}": (
            page,
            width,
            height * (3 if width < 500 else 1),
            scheme,
        )
        for page, height in HEIGHTS.items()
        for width in WIDTHS
        for scheme in (LIGHT, DARK)
    }


if __name__ == "__main__":
    if missing := missing_fonts():
        sys.exit(f"Fonts are missing that the pictures need: apt-get install {' '.join(missing)}")
    take(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
