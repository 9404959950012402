"""The people of files that other programs wrote: what kind each file is, and its people one by one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import BinaryIO

from mailer.errors import BadData, Unreadable
from mailer.files import open_regular
from mailer.people.incoming import Incoming, person_of
from mailer.people.values import Card
from mailer.people.vcard import cards
from mailer.people.vcard_fields import fields, no_person
from mailer.people.vcard_lines import WIDE
from mailer.tuples import NamedTuple

_BEGIN = b"BEGIN:VCARD"
_ENDINGS = (".vcf", ".vcard")


class Source(NamedTuple):
    """Files to read, and how: the encoding, if the user named one, and the columns as the user mapped them."""

    files: tuple[Path, ...]
    encoding: str
    mapped: tuple[tuple[str, str], ...]


def files_of(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The files, and the vCard files of folders, by name.  Raises Unreadable; BadData where there is none."""
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        try:
            inside = sorted(each for each in path.iterdir() if each.suffix.casefold() in _ENDINGS)
        except OSError as error:
            raise Unreadable(f"the folder {path} cannot be read: {error.strerror}", file=str(path)) from error
        if not inside:
            raise BadData(f"the folder {path} holds no .vcf file", hint="Name the files.", file=str(path))
        found += inside
    return tuple(dict.fromkeys(found))


def people(source: Source, today: date, plan_exists: Callable[[str], bool]) -> Iterator[Incoming]:
    """The people of all files.  Raises Unreadable, and BadData for a file that holds none."""
    for path in source.files:
        with os.fdopen(open_regular(path, "the file"), "rb") as stream:
            read = _cards if _is_vcard(stream, path) else _rows
            yield from read(stream, str(path), source, today, plan_exists)


def _is_vcard(stream: BinaryIO, path: Path) -> bool:
    head = stream.read(512)
    stream.seek(0)
    is_wide = head.startswith(WIDE)
    text = head.replace(b"\0", b"")[2:] if is_wide else head.removeprefix(b"\xef\xbb\xbf")
    return text.lstrip().upper().startswith(_BEGIN) or path.suffix.casefold() in _ENDINGS


def _cards(
    stream: BinaryIO, file: str, source: Source, today: date, plan_exists: Callable[[str], bool]
) -> Iterator[Incoming]:
    count = 0
    for card in cards(stream, source.encoding):
        count += 1
        other = no_person(card)
        if other:
            yield Incoming(card.line, file, Card(), (), f"it is of {other}, not of a person")
            continue
        said = {name: values for name, values in fields(card).items() if (name, "") not in source.mapped}
        found = person_of(card.line, file, said, today, plan_exists)
        yield found._replace(left_out=(*card.odd, *found.left_out))
    if not count:
        raise BadData("it holds no vCard", hint="Export the address book as vCard or CSV.", file=file)


def _rows(
    stream: BinaryIO, file: str, source: Source, today: date, plan_exists: Callable[[str], bool]
) -> Iterator[Incoming]:
    from mailer.people import tables

    for line, row in tables.people(stream, file, source.encoding or "utf-8", source.mapped):
        yield person_of(line, file, row, today, plan_exists)
