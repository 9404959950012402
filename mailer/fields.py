"""Where a value comes from: ``--set`` over the CSV column over the letter's header; where to point when it is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from mailer.address import format_mailbox, parse_mailbox, quote
from mailer.characters import bad_in_header, bad_in_value
from mailer.errors import BadData, MailerError
from mailer.letter import MAIL_HEADERS, NAMED, Header, Letter, is_unsupported, unsupported
from mailer.slots import Piece, Print

if TYPE_CHECKING:
    from mailer.batch import Row

_Error = TypeVar("_Error", bound=MailerError)
_NEVER_SET = {"from": "MAILER_FROM", "content_type": "the letter", "template": "the letter"}
_SAME = {"attach": ("attach", "attachment"), "attachment": ("attach", "attachment")}
_RAW_UNFIT = frozenset(',;:<>()[]"\\ \t\n')


class Given:
    """All that was given for one letter: ``own`` are its headers by name."""

    __slots__ = ("_columns", "letter", "own", "row", "sets")

    def __init__(self, letter: Letter, own: Mapping[str, Header], row: Row | None, sets: Mapping[str, str]) -> None:
        self.letter, self.own, self.row, self.sets = letter, own, row, sets
        self._columns: Mapping[str, str] = row.values if row else {}

    def text(self, name: str) -> str | None:
        """The value of a field or of a header about the letter; None if nothing gives one.  Raises BadData."""
        value = self.outside(name)
        if value is None and name in self.own and name not in MAIL_HEADERS:
            return self.own[name].value
        return value

    def outside(self, name: str) -> str | None:
        """The value from ``--set`` or the column, checked; None if neither gives one."""
        value = self.sets.get(name)
        if value is None:
            value = self._columns.get(name)
        if value is None or (value.isascii() and value.isprintable()):
            return value
        bad = bad_in_value(value)
        if bad:
            raise self.place(BadData(f"{name} holds {bad}", hint="Remove it."), name)
        return value

    def mail(self, name: str) -> str | None:
        """What ``--set`` or a column says of a mail header that the letter lacks; None if nothing, or it has it."""
        if any(same in self.own for same in _SAME.get(name, (name,))):
            return None
        return self.outside(name)

    def gives(self, name: str) -> bool:
        """Whether ``--set`` or a column gives a value of that name."""
        return name in self.sets or name in self._columns

    def from_column(self, name: str) -> bool:
        """Whether the value of that name comes from the CSV."""
        return name in self._columns and name not in self.sets

    def origin(self, name: str) -> str:
        """Where a value from outside the letter comes from: "row" or "set"."""
        return "row" if self.from_column(name) else "set"

    def place(self, error: _Error, name: str) -> _Error:
        """``error``, told the file, line and field of the value of that name."""
        header = self.own.get(name)
        spelled = header.spelled if header else NAMED.get(name, name)
        if name in self.sets:
            return error.at(field=spelled)
        if self.row is not None and name in self.row.values:
            if f"column {name!r}" not in error.text:
                error.text += f" (column {name!r})"
            return error.at(self.row.file, self.row.line, spelled)
        if name == "prose":
            return error.at(self.letter.file, self.letter.prose_line, spelled)
        return error.at(self.letter.file, header.line if header else None, spelled)


def read_sets(options: Iterable[str]) -> dict[str, str]:
    """``--set K=V`` options by canonical name.  Raises BadData."""
    from mailer.letter import canonical

    sets: dict[str, str] = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or not name.strip():
            raise BadData(f"--set {option!r} is not NAME=VALUE", hint="Write --set company='Acme Robotics'.")
        if canonical(name) in sets:
            raise BadData(f"--set {name.strip()} is given twice", hint="Keep one of them.", field=canonical(name))
        sets[canonical(name)] = value.replace("\r\n", "\n")
    return sets


def check_sets(letter: Letter, sets: Mapping[str, str], fields: Iterable[str], *, takes_prose: bool = True) -> None:
    """Raise BadData for a ``--set`` that may not be, or that nothing asks for."""
    known = {*fields, *NAMED, *(["prose"] if takes_prose else [])}
    for name in sets:
        spelled = NAMED.get(name, name)
        if name in _NEVER_SET:
            hint = f"Write it in {_NEVER_SET[name]}."
            raise BadData(f"{spelled} cannot be given with --set", hint=hint, field=spelled)
        if name not in known:
            from difflib import get_close_matches

            near = get_close_matches(name, known, 1)
            hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(sorted(fields)) or 'no fields'}."
            raise BadData(f"--set {name}: nothing in the letter asks for {name}", hint=hint, field=name)
        if name in MAIL_HEADERS and any(letter.get(same) for same in _SAME.get(name, (name,))):
            hint = "Remove the header from the letter, or the option."
            raise BadData(f"--set {name}: the letter has a header {spelled}", hint=hint, field=spelled)


def address_text(pieces: Sequence[Piece], values: Sequence[Print]) -> str:
    """An address header's text with each value as one token, quoted as needed (RFC 5322 3.4).

    Only a header that is wholly one value may hold a list.  Raises BadData with the value's name as field.
    """
    if len(pieces) == 1 and not isinstance(pieces[0], str):
        return values[pieces[0].number].text
    return ", ".join(_entry(entry, values) for entry in _entries(pieces))


def _entries(pieces: Sequence[Piece]) -> list[list[Piece]]:
    entries: list[list[Piece]] = [[]]
    quoted = False
    for piece in pieces:
        if not isinstance(piece, str):
            entries[-1].append(piece)
            continue
        start = 0
        for at, char in enumerate(piece):
            if char == '"' and piece[at - 1 : at] != "\\":
                quoted = not quoted
            elif char == "," and not quoted:
                entries[-1].append(piece[start:at])
                entries.append([])
                start = at + 1
        entries[-1].append(piece[start:])
    return entries


def _entry(entry: Sequence[Piece], values: Sequence[Print]) -> str:
    parts = [piece.strip() if len(entry) == 1 and isinstance(piece, str) else piece for piece in entry]
    filled = [piece for piece in parts if not isinstance(piece, str) or piece.strip()]
    if len(filled) == 1 and not isinstance(filled[0], str):
        return _one_mailbox(values[filled[0].number])
    return _filled(parts, values, has_name=any(isinstance(piece, str) and "<" in piece for piece in parts))


def _filled(parts: Sequence[Piece], values: Sequence[Print], has_name: bool) -> str:
    out = ""
    quoted = False
    for piece in parts:
        if isinstance(piece, str):
            quoted ^= (piece.count('"') - piece.count('\\"')) % 2 == 1
            out += piece
        elif quoted:
            out += quote(values[piece.number].text)[1:-1]
        elif has_name and "<" not in out:
            text = values[piece.number].text
            out += quote(text) if text.strip() else ""
        else:
            out += _in_address(values[piece.number])
    return out.strip()


def _one_mailbox(value: Print) -> str:
    try:
        return format_mailbox(parse_mailbox(value.text))
    except BadData as error:
        raise error.at(field=value.name) from error


def _in_address(value: Print) -> str:
    unfit = sorted(_RAW_UNFIT & set(value.text))
    if unfit:
        shown = bad_in_header(unfit[0]) or repr(unfit[0])
        raise BadData(f"{value.text!r} is no part of an address: it holds {shown}", field=value.name)
    return value.text


def known_header(header: Header, fields: Iterable[str], template: str, file: str) -> None:
    """Raise BadData for a header that is no field of the template, with the nearest name."""
    names = set(fields)
    if header.name in names or header.name in NAMED:
        return
    if is_unsupported(header.name):
        raise unsupported(header, file)
    from difflib import get_close_matches

    near = get_close_matches(header.name, [*names, *NAMED], 1)
    hint = f"Did you mean {NAMED.get(near[0], near[0])}?" if near else f"Its fields are: {', '.join(sorted(names))}."
    text = f"the template {template} has no field {header.spelled}"
    raise BadData(text, hint=hint, file=file, line=header.line, field=header.spelled)
