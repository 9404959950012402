"""Which ledger a server had when this machine last used it: an empty or an older one in its place would send twice."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mailer import files
from mailer.errors import CannotWrite
from mailer.ledger.file import SERVERS
from mailer.ledger.postgresql.connection import unusable

if TYPE_CHECKING:
    from mailer.settings.database import Database


_MENDED = "Move it away, once you are sure that MAILER_LEDGER leads to the ledger that you used before."


def check(place: Database, name: str) -> None:
    """Remember the ledger's own name, "" where there is none.  Raises CannotWrite where it was another one before.

    It is the same server under each of the addresses that lead there.
    """
    path = Path(place.folder) / SERVERS
    servers = _read(path)
    before = {known for url, known in servers.items() if _is_same(place, url)}
    if name in before or not (before or name):
        return
    if before:
        what = "is another ledger than the one used before" if name else "is empty, and was not when it was used before"
        hint = f"Letters that stand in the other one would go twice. If it is right, delete its line from {path}."
        raise unusable(place, what, hint)
    _write(path, {**servers, str(place): name})


def _is_same(place: Database, url: str) -> bool:
    try:
        return place._replace(url=url).identity == place.identity
    except ValueError:
        # Somebody wrote it there by hand.
        return False


def known(folder: Path) -> list[str]:
    """The ledgers that this machine has used.  Raises CannotWrite."""
    return sorted(_read(folder / SERVERS))


def _read(path: Path) -> dict[str, str]:
    import json

    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise CannotWrite(f"{path} cannot be read: {error}", hint=_MENDED, file=str(path)) from error
    if not found:
        return {}
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found.values()):
        # Read as empty it would let an empty ledger stand for one that was used before.
        raise CannotWrite(f"{path} is not what mailer wrote there", hint=_MENDED, file=str(path))
    return found


def _write(path: Path, servers: dict[str, str]) -> None:
    import json

    text = json.dumps(servers, indent=1, sort_keys=True) + "\n"
    try:
        files.make_private_folder(path.parent)
    except OSError as error:
        raise files.cannot_write(path.parent, error) from error
    files.write_whole(path, text.encode(), force=True)
