"""Where a value comes from: ``--set`` over the CSV column over the letter's header; where to point when it is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from mailer.characters import bad_in_header, bad_in_value
from mailer.errors import BadData, EmptyValue, MailerError, did_you_mean
from mailer.letters.letter import MAIL_HEADERS, NAMED, Header, Letter, is_unsupported, unsupported
from mailer.message.address import Mailbox, as_phrase, format_mailbox, parse_list, parse_mailbox, quote
from mailer.message.slots import Cut, Piece, Prints
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.letters.table import Row

_Error = TypeVar("_Error", bound=MailerError)
_NEVER_SET = {"from": "MAILER_FROM", "content_type": "the letter", "template": "the letter"}
_SAME = dict.fromkeys(("attach", "attachment"), frozenset({"attach", "attachment"}))
_OF_RECIPIENT = frozenset({"greeting", "to.first", "to.name"})
_RAW_UNFIT = frozenset(',;:<>()[]"\\ \t\n')


class Given:
    """All that was given for one letter: ``own`` are its headers by name, ``said`` the values of those not mail's."""

    __slots__ = ("_all", "_is_clean", "_outside", "letter", "own", "row", "sets")

    def __init__(
        self,
        letter: Letter,
        own: Mapping[str, Header],
        said: Mapping[str, str],
        row: Row | None,
        sets: Mapping[str, str],
    ) -> None:
        self.letter, self.own, self.row, self.sets = letter, own, row, sets
        columns = row.values if row else {}
        self._outside = {**columns, **sets} if sets else columns
        self._all = {**said, **self._outside}
        # One look at all that comes from outside; only where something is bad is each value looked at.
        whole = "".join(self._outside.values())
        self._is_clean = whole.isprintable() or not bad_in_value(whole)

    def texts(self, names: Iterable[str]) -> dict[str, str]:
        """The values of those fields and headers about the letter that are given.  Raises BadData."""
        values = self._all
        if not self._is_clean:
            for name in names:
                self._checked(name, values.get(name))
        return {name: values[name] for name in names if name in values}

    def outside(self, name: str) -> str | None:
        """The value from ``--set`` or the column, checked; None if neither gives one."""
        return self._outside.get(name) if self._is_clean else self._checked(name, self._outside.get(name))

    def _checked(self, name: str, value: str | None) -> str | None:
        bad = bad_in_value(value) if value and name in self._outside else ""
        if bad:
            raise self.place(BadData(f"{name} holds {bad}", hint="Remove it."), name)
        return value

    def mail(self, name: str) -> str | None:
        """What ``--set`` or a column says of a mail header that the letter lacks; None if nothing, or it has it."""
        if name in self.own or (name in _SAME and not _SAME[name].isdisjoint(self.own)):
            return None
        return self.outside(name)

    def gives(self, name: str) -> bool:
        """Whether ``--set`` or a column gives a value of that name."""
        return name in self._outside

    def from_column(self, name: str) -> bool:
        """Whether the value of that name comes from the CSV."""
        return name in self._outside and name not in self.sets

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

    def place_empty(self, error: EmptyValue) -> EmptyValue:
        """``error``, told where the value should be given rather than where it is printed."""
        name = error.field or ""
        if name in _OF_RECIPIENT and self.from_column("to"):
            name, error.hint = "to", f"Write the name into the column 'to': {self._named_recipient()}"
            error.field = None
        if self.from_column(name) or name == "prose":
            error.file = error.line = None
            self.place(error, name)
        return error.at(self.letter.file)

    def _named_recipient(self) -> str:
        """The recipient of this row, whose column ``to`` has no name, as it should be."""
        assert self.row is not None
        name = " ".join(self.row.values.get("name", "").split()) or "Dana Ruiz"
        try:
            return format_mailbox(Mailbox(parse_mailbox(self.row.values["to"]).addr_spec, name))
        except BadData:
            return f"{name} <dana@acme.example>"


def read_sets(options: Iterable[str]) -> dict[str, str]:
    """``--set K=V`` options by canonical name.  Raises BadData."""
    from mailer.letters.letter import canonical

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
            hint = did_you_mean(name, known, f"There are: {', '.join(sorted(fields)) or 'no fields'}.")
            raise BadData(f"--set {name}: nothing in the letter asks for {name}", hint=hint, field=name)
        if name in MAIL_HEADERS and any(letter.get(same) for same in _SAME.get(name, (name,))):
            hint = "Remove the header from the letter, or the option."
            raise BadData(f"--set {name}: the letter has a header {spelled}", hint=hint, field=spelled)


def address_text(cut: Cut, values: Prints) -> str:
    """An address header's text with each value as one token, quoted as needed (RFC 5322 3.4).

    Only a header that is wholly one value may hold a list.  Raises BadData with the value's name as field.
    """
    pieces = cut.pieces
    if len(pieces) == 1 and not isinstance(pieces[0], str):
        return values.texts[pieces[0].number]
    return ", ".join([_filled(entry, values) for entry in _entries(cut)])


class _Entry(NamedTuple):
    """One place of an address list; ``alone`` is the number of the value that it wholly is, or -1."""

    parts: Sequence[Piece]
    has_name: bool
    alone: int


@lru_cache(maxsize=16)
def _entries(cut: Cut) -> list[_Entry]:
    return [_entry(entry) for entry in _split(cut.pieces)]


def _split(pieces: Sequence[Piece]) -> list[list[Piece]]:
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


def _entry(entry: Sequence[Piece]) -> _Entry:
    parts = [piece.strip() if len(entry) == 1 and isinstance(piece, str) else piece for piece in entry]
    filled = [piece for piece in parts if not isinstance(piece, str) or piece.strip()]
    alone = filled[0].number if len(filled) == 1 and not isinstance(filled[0], str) else -1
    return _Entry(parts, any("<" in piece for piece in parts if isinstance(piece, str)), alone)


def _filled(entry: _Entry, values: Prints) -> str:
    if entry.alone >= 0:
        return _one_mailbox(values, entry.alone)
    out = ""
    quoted = False
    for piece in entry.parts:
        if isinstance(piece, str):
            quoted ^= (piece.count('"') - piece.count('\\"')) % 2 == 1
            out += piece
        elif quoted:
            out += quote(values.texts[piece.number])[1:-1]
        elif entry.has_name and "<" not in out:
            out += as_phrase(values.texts[piece.number])
        else:
            out += _in_address(values, piece.number)
    return out.strip()


def _one_mailbox(values: Prints, number: int) -> str:
    try:
        boxes = parse_list(values.texts[number])
        if len(boxes) > 1:
            name = values.names[number]
            text = f"{{{{ {name} }}}} holds {len(boxes)} addresses, and other words stand beside it"
            raise BadData(
                text, hint=f"Write all addresses into the value, and nothing but {{{{ {name} }}}} in the header."
            )
        return format_mailbox(boxes[0])
    except BadData as error:
        raise error.at(field=values.names[number]) from error


def _in_address(values: Prints, number: int) -> str:
    text = values.texts[number]
    if not _RAW_UNFIT.isdisjoint(text):
        unfit = min(_RAW_UNFIT & set(text))
        shown = bad_in_header(unfit) or repr(unfit)
        hint = "Take it out of the value."
        raise BadData(f"{text!r} is not part of an address: it holds {shown}", hint=hint, field=values.names[number])
    return text


def must_be_known(letter: Letter, fields: Iterable[str], template: str) -> None:
    """Raise BadData for a header that is no field of the template, with the nearest name."""
    names = set(fields)
    for header in letter.headers:
        if header.name not in names and header.name not in NAMED:
            raise _unknown_error(header, names, template, letter.file)


def _unknown_error(header: Header, names: set[str], template: str, file: str) -> BadData:
    if is_unsupported(header.name):
        return unsupported(header, file)
    known = [NAMED.get(name, name) for name in (*names, *NAMED)]
    hint = did_you_mean(header.name, known, f"Its fields are: {', '.join(sorted(names)) or 'none'}.")
    return header.error(file, f"the template {template} has no field {header.spelled}", hint)
