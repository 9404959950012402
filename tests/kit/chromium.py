"""Chromium without a window: the pictures it takes of a page, and what a page says of itself."""

from __future__ import annotations

import contextlib
import html
import os
import shutil
import signal
import subprocess
from pathlib import Path

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = """
--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync --hide-scrollbars --virtual-time-budget=2000
""".split()  # noqa: SIM905
DARK, LIGHT = "0", "1"
# A window is never narrower.
NARROWEST = 500


def browsed(folder: Path, page: Path | str, scheme: str, *more: str) -> str:
    """What it prints about a page, a file or its address; ``folder`` keeps its profile."""
    address = page if isinstance(page, str) else page.as_uri()
    flags = [*FLAGS, f"--user-data-dir={folder / 'profile'}", f"--blink-settings=preferredColorScheme={scheme}", *more]
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    for patience in (30, 60, 120):
        # The browser itself hangs now and then before it has opened the page.
        with contextlib.suppress(subprocess.TimeoutExpired):
            done = ended([CHROMIUM, *flags, address], env, patience)
            assert done.returncode == 0, done.stderr
            return done.stdout
        shutil.rmtree(folder / "profile", ignore_errors=True)
    raise AssertionError(f"Chromium hung three times over {address}")


def ended(command: list[str], env: dict[str, str], patience: int) -> subprocess.CompletedProcess[str]:
    """Run it, and end all that it started if it takes too long."""
    out = subprocess.PIPE
    with subprocess.Popen(command, env=env, stdout=out, stderr=out, text=True, start_new_session=True) as process:
        try:
            stdout, stderr = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)


def shot(folder: Path, address: str, target: Path, width: int, height: int, scheme: str) -> None:
    """Take a picture; of a narrow page in the middle of a wider window."""
    if width < NARROWEST:
        cage = f'<iframe style="border:0;width:{width}px;height:{height}px" src="{html.escape(address)}"></iframe>'
        head = '<!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        narrow = folder / f"{target.stem}-{width}-{scheme}.html"
        narrow.write_text(f'{head}<body style="margin:0;text-align:center;background:#8a8f98">{cage}</body>')
        address = narrow.as_uri()
    size = f"--window-size={max(width, NARROWEST)},{height}"
    browsed(folder, address, scheme, size, f"--screenshot={target}")
