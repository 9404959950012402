"""The one folder that files are read from and written to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mailer.characters import bad_in_header
from mailer.errors import BadData, Unreadable
from mailer.files import is_within, refuse_existing
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

LETTERS = (".md", ".txt")
_MOST_FILES = 500


class Folder(NamedTuple):
    """A folder, its links resolved."""

    path: Path

    @classmethod
    def of(cls, path: Path) -> Folder:
        """The folder at that path.  Raises Unreadable."""
        if not path.is_dir():
            raise Unreadable(f"{path} is not a folder", hint="Make it, or name another with --folder.", file=str(path))
        return cls(path.resolve())

    def letter(self, name: str) -> Path:
        """The path of a letter that is to be read.  Raises BadData."""
        return self._inside(name, LETTERS)

    def mail(self, name: str) -> Path:
        """The path of a mail that is to be read.  Raises BadData."""
        return self._inside(name, (".eml",))

    def new(self, name: str, suffix: str) -> Path:
        """The path of a file that is to be written, and is not there.  Raises BadData, CannotWrite."""
        path = self._inside(name, (suffix,))
        refuse_existing(path, hint="Nothing is overwritten: name another file.")
        return path

    def letters(self) -> Iterator[str]:
        """Yield the names of the letter files in the folder, not of those in folders below it."""
        found = sorted(path for path in self.path.iterdir() if path.suffix in LETTERS and path.is_file())
        yield from [path.name for path in found if is_within(path, self.path)][:_MOST_FILES]

    def _inside(self, name: str, suffixes: tuple[str, ...]) -> Path:
        path = self.path / name
        bad = bad_in_header(name)
        # What a shell or another system takes for a place elsewhere: "~/x.md", "..\x.md", "C:x.md".
        foreign = name.startswith("~") or "\\" in name or ":" in name
        if bad or foreign or not is_within(path, self.path):
            raise BadData(f"{name!r} is outside the folder, or hidden in it", hint="Name a file in the folder.")
        if path.suffix not in suffixes:
            raise BadData(f"{name!r} does not end in {' or '.join(suffixes)}", hint="Name the file so.")
        return path
