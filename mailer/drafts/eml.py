"""Drafts as ``.eml`` files, for mail programs that open them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mailer.drafts.store import make_folder
from mailer.errors import CannotWrite
from mailer.files import write_whole

_TRIES = 1000


@dataclass(frozen=True, slots=True)
class EmlFile:
    """One named file."""

    path: Path
    force: bool = False

    def save(self, message: bytes, name: str) -> str:  # noqa: ARG002 - the file has its name
        """Write the file, 0600; CannotWrite if it exists, unless ``force``."""
        write_whole(self.path, message, force=self.force)
        return str(self.path)


@dataclass(frozen=True, slots=True)
class EmlFolder:
    """A folder in which each draft gets a file of its own name; the folder is made if it is missing."""

    folder: Path
    force: bool = False

    def save(self, message: bytes, name: str) -> str:
        """Write ``name.eml``; CannotWrite if it exists, unless ``force``."""
        make_folder(self.folder)
        path = self.folder / f"{name}.eml"
        write_whole(path, message, force=self.force)
        return str(path)


def free_name(folder: Path, name: str, taken: set[str]) -> str:
    """``name``, or ``name-2``, ``name-3``… where this run has used it already; compared as Windows and macOS do."""
    for number in range(1, _TRIES):
        candidate = name if number == 1 else f"{name}-{number}"
        if candidate.casefold() not in taken:
            taken.add(candidate.casefold())
            return candidate
    raise CannotWrite(f"{folder} has {_TRIES} drafts named {name}", hint="Name another folder.", file=str(folder))
