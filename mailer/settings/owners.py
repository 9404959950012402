"""Whose letters and people these are: several owners on one machine, each with a ledger of their own."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from mailer.settings.values import Value

LEDGER = "ledger.sqlite"
_FOLDER = "owner-"
# A name of a file has 255 octets at most, and three stand for one that is written out.
_MOST = 80


def read(value: Value) -> str:
    """The owner, by whatever case they are named.  Raises BadSettings."""
    from mailer.settings import values

    name = unicodedata.normalize("NFC", values.line(value).strip().casefold())
    if len(name.encode("utf-8", "surrogatepass")) > _MOST or not name.isprintable():
        raise value.bad("it is too long, or not a name", f"a short name or an address, at most {_MOST} letters")
    return name


def ledger_of(data_dir: Path, owner: str) -> Path:
    """Where the ledger of an owner lies, "" for who is not named."""
    return data_dir / LEDGER if not owner else data_dir / f"{_FOLDER}{quote(owner, safe='@+')}" / LEDGER


def of_house(data_dir: Path) -> list[str]:
    """Every owner who has a ledger here; who is not named, "", is the first."""
    try:
        found = os.listdir(data_dir)  # noqa: PTH208 - a pattern would have to be compiled
    except OSError:
        found = []
    names = [unquote(name.removeprefix(_FOLDER)) for name in found if name.startswith(_FOLDER)]
    return [name for name in ["", *sorted(filter(None, names))] if os.path.lexists(ledger_of(data_dir, name))]


def others(data_dir: Path, owner: str) -> list[Path]:
    """The ledgers of all other owners."""
    return [ledger_of(data_dir, name) for name in of_house(data_dir) if name != owner]
