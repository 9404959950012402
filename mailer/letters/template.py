"""Templates: where they are found, and what each declares: subject, language, fields, what it is for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailer.errors import BadData, Unreadable, did_you_mean
from mailer.files import decode, read_bytes
from mailer.letters.letter import NAMED, RESERVED, Header, canonical, split
from mailer.letters.phrases import ladder, primary
from mailer.message.language_tags import language_tag
from mailer.tuples import NamedTuple

_FIELD = re.compile(r"(?P<name>[^\W\d_](?:[\w -]*?\w)??)(?P<optional>\?)?(?:(?:\s*[—–]\s*|\s+-+\s+)(?P<about>.*))?")
_NAME = re.compile(r"[^\W_][\w.-]*")
_KNOWN = {"subject", "about", "language", "field"}
_IN_A_LANGUAGE = re.compile(r"(?P<name>.+)\.(?P<language>[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)")
_SAYS_LANGUAGE = re.compile(rb"(?im)^language[ \t]*:[ \t]*([\w-]+)")
_HEAD = 4096


class Field(NamedTuple):
    """A field that a template asks for: ``name`` as Jinja says it, ``about`` what it is."""

    name: str
    about: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Template:
    """A template as read: ``name`` is the same in each language; ``body_line`` is the line where its body begins."""

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
    inside = Path(__file__).parents[1] / "templates"
    return inside if inside.is_dir() else inside.parent.parent / "templates"


def folders(cwd: Path, extra: Path | None, config_dir: Path) -> tuple[Path, ...]:
    """Where templates are searched, first to last."""
    own = [cwd / "templates", extra, config_dir / "templates", built_in_folder()]
    return tuple(folder for folder in own if folder is not None)


def available(where: Sequence[Path]) -> dict[str, dict[str, Path]]:
    """Every template's name and its files by language, "" for the plain one; an earlier folder hides later ones."""
    found: dict[str, dict[str, Path]] = {}
    for folder in where:
        here: dict[str, dict[str, Path]] = {}
        for path in _listed(folder):
            name, language = _told_apart(path)
            here.setdefault(name, {})[language] = path
        found = here | found
    return dict(sorted(found.items()))


def load(name: str, where: Sequence[Path], *languages: str) -> Template:
    """The template of that name, in the first of these languages (then English) that can be had.

    The first folder that holds it in any language is the one, and its plain file stands in for the first language.
    Raises BadData for an unknown name, with the nearest.
    """
    for folder in where:
        forms = _forms(folder, name)
        if forms:
            path = _chosen(forms, languages)
            return parse(decode(read_bytes(path, "the template"), str(path)), name_of(name), str(path))
    raise BadData(f"there is no template {name!r}", hint=did_you_mean(name, available(where)), field="Template")


def languages(forms: Mapping[str, Path]) -> list[str]:
    """The languages that a template is there in; the plain file's is what it says, and none where it says nothing."""
    tags = [language or ladder(_said_language(path))[0] for language, path in forms.items()]
    return sorted({tag for tag in tags if tag})


def name_of(name: str) -> str:
    """What a template is called whatever its language: "runner-up" of "runner-up.de", which comes with mailer.

    Any other name is its own, so that what a letter is called hangs on no other file.
    """
    base = in_language(name)[0]
    return base if base != name and (built_in_folder() / f"{base}.md").is_file() else name


def in_language(name: str) -> tuple[str, str]:
    """``runner-up.de`` as ("runner-up", "de"); what ends in no language as it is, with ""."""
    match = _IN_A_LANGUAGE.fullmatch(name)
    return (match["name"], match["language"].lower()) if match else (name, "")


def _told_apart(path: Path) -> tuple[str, str]:
    """A file's template and language; one whose dot is its own name's, by what it says of its language, with ""."""
    name, language = in_language(path.stem)
    if language:
        said = _said_language(path)
        if said != language and (
            primary(said or language) != primary(language) or (not said and len(primary(language)) > 2)
        ):
            return path.stem, ""
    return name, language


def _said_language(path: Path) -> str:
    """What its header Language says; "" where it says nothing or cannot be read, which is told when it is used."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            match = _SAYS_LANGUAGE.search(file.read(_HEAD).partition(b"\n\n")[0])
    except OSError:
        return ""
    return match[1].decode("ascii", "replace") if match else ""


def _forms(folder: Path, name: str) -> dict[str, Path]:
    """The files of one template in a folder, by language; the plain one under ""."""
    forms = {}
    for path in _listed(folder):
        if path.stem == name:
            forms[""] = path
        elif path.stem.startswith(f"{name}."):
            found, language = _told_apart(path)
            if found == name:
                forms[language] = path
    return forms


def _chosen(forms: Mapping[str, Path], languages: Sequence[str]) -> Path:
    wanted, *others = [*filter(None, languages), "en"]
    for language in (*ladder(wanted), "", *(step for other in others for step in ladder(other))):
        if language in forms:
            return forms[language]
    return forms[min(forms)]


def parse(text: str, name: str, file: str) -> Template:
    """A template from its text.  Raises BadData with file, line and field."""
    headers, body, body_line = split(text, file, frozenset({"field"}))
    for header in headers:
        if header.name not in _KNOWN:
            hint = "A template has Subject, About, Language and Field headers."
            raise header.error(file, f"{header.spelled} is not a header of a template", hint)
    by_name = {header.name: header for header in headers}
    subject = by_name.get("subject")
    if subject is None or not subject.value:
        raise BadData("the template has no subject", hint="Add a line 'Subject: …'.", file=file, line=1)
    language = by_name.get("language")
    if language and language.value and not language_tag(language.value):
        text = f"Language {language.value!r} is not a language such as en or de-AT"
        hint = "Write a language such as en or de-AT."
        raise language.error(file, text, hint)
    return Template(
        name=name,
        file=file,
        about=by_name["about"].value if "about" in by_name else "",
        language=language.value if language else in_language(Path(file).stem)[1],
        subject=subject,
        fields=tuple(_fields([header for header in headers if header.name == "field"], file)),
        body=body,
        body_line=body_line,
    )


def _fields(headers: Sequence[Header], file: str) -> Iterator[Field]:
    seen: set[str] = set()
    matches = [_FIELD.fullmatch(header.value) for header in headers]
    names = list(map(canonical, [match["name"] if match else "" for match in matches]))
    for header, match, name in zip(headers, matches, names, strict=True):
        if not match:
            raise _bad_field(header, file, f"{header.value!r} declares no field")
        if name in RESERVED or name in NAMED:
            raise _bad_field(header, file, f"{match['name']!r} is a reserved name")
        if name in seen:
            raise _bad_field(header, file, f"the field {match['name']!r} is declared twice")
        seen.add(name)
        yield Field(name, (match["about"] or "").strip(), bool(match["optional"]))


def _bad_field(header: Header, file: str, text: str) -> BadData:
    return header.error(file, text, "Write 'Field: name — what it is'.")


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".md" and _NAME.fullmatch(path.stem))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise Unreadable(f"the folder {folder} cannot be read: {error.strerror}", file=str(folder)) from error
