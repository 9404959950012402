"""Templates: where they are found, and what each declares: subject, language, fields, what it is for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from mailer.errors import BadData, Unreadable
from mailer.files import decode, read_bytes
from mailer.letter import NAMED, RESERVED, Header, canonical, split

_FIELD = re.compile(r"(?P<name>[^\W\d_](?:[\w -]*?\w)??)(?P<optional>\?)?(?:(?:\s*[—–]\s*|\s+-+\s+)(?P<about>.*))?")
_NAME = re.compile(r"[^\W_][\w.-]*")
_KNOWN = {"subject", "about", "language", "field"}


class Field(NamedTuple):
    """A field that a template asks for: ``name`` as Jinja says it, ``about`` what it is."""

    name: str
    about: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Template:
    """A template as read; ``body_line`` is the line where its body begins."""

    name: str
    file: str
    about: str
    language: str
    subject: Header
    fields: tuple[Field, ...]
    body: str
    body_line: int

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        return next((field for field in self.fields if field.name == name), None)

    @property
    def wants_prose(self) -> bool:
        """Whether the body has a place for the letter's own words."""
        return bool(re.search(r"\bprose\b", self.body))

    @property
    def wants_recipient_name(self) -> bool:
        """Whether the subject or the body names whom it goes to."""
        return bool(re.search(r"\b(?:greeting|to\.(?:first|name))\b", f"{self.subject.value}\n{self.body}"))

    @property
    def wants_sender_name(self) -> bool:
        """Whether the body is signed with the sender's name."""
        return bool(re.search(r"\bfrom\.name\b", self.body))


def built_in_folder() -> Path:
    """The templates that come with mailer: inside the package, or beside it in a source tree."""
    inside = Path(__file__).with_name("templates")
    return inside if inside.is_dir() else inside.parent.parent / "templates"


def folders(cwd: Path, extra: Path | None, config_dir: Path) -> tuple[Path, ...]:
    """Where templates are searched, first to last."""
    own = [cwd / "templates", extra, config_dir / "templates", built_in_folder()]
    return tuple(folder for folder in own if folder is not None)


def available(where: Sequence[Path]) -> dict[str, Path]:
    """Every template's name and file; a name found in an earlier folder hides later ones."""
    found: dict[str, Path] = {}
    for folder in where:
        for path in _listed(folder):
            found.setdefault(path.stem, path)
    return dict(sorted(found.items()))


def load(name: str, where: Sequence[Path]) -> Template:
    """The template of that name.  Raises BadData for an unknown name, with the nearest."""
    known = available(where)
    if name not in known:
        near = get_close_matches(name, known, 1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
        raise BadData(f"there is no template {name!r}", hint=hint, field="Template")
    return parse(decode(read_bytes(known[name], "the template"), str(known[name])), name, str(known[name]))


def parse(text: str, name: str, file: str) -> Template:
    """A template from its text.  Raises BadData with file, line and field."""
    headers, body, body_line = split(text, file, frozenset({"field"}))
    for header in headers:
        if header.name not in _KNOWN:
            hint = "A template has Subject, About, Language and Field headers."
            raise BadData(
                f"{header.spelled} is no header of a template",
                hint=hint,
                file=file,
                line=header.line,
                field=header.spelled,
            )
    by_name = {header.name: header for header in headers}
    subject = by_name.get("subject")
    if subject is None or not subject.value:
        raise BadData("the template has no subject", hint="Add a line 'Subject: …'.", file=file, line=1)
    return Template(
        name=name,
        file=file,
        about=by_name["about"].value if "about" in by_name else "",
        language=by_name["language"].value if "language" in by_name else "",
        subject=subject,
        fields=tuple(_fields([header for header in headers if header.name == "field"], file)),
        body=body,
        body_line=body_line,
    )


def _fields(headers: Sequence[Header], file: str) -> Iterator[Field]:
    seen: set[str] = set()
    for header in headers:
        match = _FIELD.fullmatch(header.value)
        if not match:
            raise _bad_field(header, file, f"{header.value!r} declares no field")
        name = canonical(match["name"])
        if name in RESERVED or name in NAMED:
            raise _bad_field(header, file, f"{match['name']!r} is a reserved name")
        if name in seen:
            raise _bad_field(header, file, f"the field {match['name']!r} is declared twice")
        seen.add(name)
        yield Field(name, (match["about"] or "").strip(), bool(match["optional"]))


def _bad_field(header: Header, file: str, text: str) -> BadData:
    return BadData(text, hint="Write 'Field: name — what it is'.", file=file, line=header.line, field="Field")


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".md" and _NAME.fullmatch(path.stem))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise Unreadable(f"the folder {folder} cannot be read: {error.strerror}", file=str(folder)) from error
