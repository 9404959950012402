"""Attachments that are mentioned but missing, or that should not go out.

Blocks a letter that says "attached", "anbei", "ci-joint" or "adjunto" and has nothing attached; a file that is empty; a
PDF that is damaged or asks for a password; more than the provider takes.  Warns of a file whose content is not what its
name says, of names that look like drafts (`cv_v3_FINAL.pdf`, `~$cv.docx`, `Copy of cv.pdf`), and of what was meant for
nobody else: a file in a hidden folder, or one that looks like a key.  Hints at an attachment that the letter does not
speak of.

Quoted mail, words between quotation marks and negations ("nothing is attached", "without attachment") do not count,
nor do other senses ("attached to the team", "director adjunto"), offers ("happy to attach") and requests ("please
attach your invoice").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from mailer.checks.problem import Problem
from mailer.checks.text import listed, pattern, plain, word_set

if TYPE_CHECKING:
    from mailer.checks.case import Case
    from mailer.message.attachments import Attachment

LANGUAGES = ("en", "de", "fr", "es")
_INLINE_QUOTE = r"“[^”\n]*”|\"[^\"\n]*\"|„[^“”\n]*[“”]|«[^»\n]*»|‘[^’\n]{3,}’(?!\w)"
_SENTENCE = r"[^.!?\n]+(?:\.(?=\S)[^.!?\n]+)*|\n(?=[^\n])"
_LARGE = 20_000_000
_EXTENSIONS = {
    "pdf": ("application/pdf",),
    "png": ("image/png",),
    "jpg": ("image/jpeg",),
    "jpeg": ("image/jpeg",),
    "gif": ("image/gif",),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
    "pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation",),
    "odt": ("application/vnd.oasis.opendocument.text",),
    "zip": ("application/zip",),
}
_STARTS = {
    "pdf": (b"%PDF",),
    "png": (b"\x89PNG",),
    "jpg": (b"\xff\xd8",),
    "jpeg": (b"\xff\xd8",),
    "gif": (b"GIF8",),
    "docx": (b"PK",),
    "xlsx": (b"PK",),
    "pptx": (b"PK",),
    "odt": (b"PK",),
    "zip": (b"PK",),
    "doc": (b"\xd0\xcf\x11\xe0", b"{\\rtf", b"\xdb\xa5"),
    "rtf": (b"{\\rtf",),
}
_KNOWN_STARTS: tuple[bytes, ...] = (
    *(b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"{\\rtf"),
    *(b"<html", b"<!DOCTYPE", b"<!doctype"),
)
_DRAFT_NAME = (
    r"(?i)^~\$|^(?:copy|kopie|copie|copia) (?:of|von|de) |[ _-]+(?:copy|kopie|copie|copia)(?: ?\(\d+\))?$"
    r"|(?:^|[ _.-])v?\d+[ _.-]*final(?=$|[ _.-])"
    r"|(?:^|[ _.-])final[ _.-]*(?:v?\d+|final|draft|neu|new|really)(?=$|[ _.-])"
    r"|\.(?:tmp|bak|swp|part|crdownload)$"
)
_SHOUTED_FINAL = r"(?<=[ _.-])FINAL(?=$|[ _.-])"
_DRAFT_WORD = r"(?i)(?:^|[ _.-])(draft|entwurf|brouillon|borrador|wip)(?=$|[ _.\d-])"
_DOWNLOADED = r" ?\([1-9]\)$"
# One of these is in each of those names.
_OF_DRAFTS = (
    *("~$", "(", "copy", "kopie", "copie", "copia", "final", ".tmp", ".bak", ".swp", ".part", ".crdownload"),
    *("draft", "entwurf", "brouillon", "borrador", "wip"),
)


def check(case: Case) -> Iterator[Problem]:
    """What is missing, then each file, then their size."""
    files = case.rendered.attachments
    spoken = _spoken_of(case)
    if spoken and not files:
        said = f"the letter says {case.body.raw[spoken[0] : spoken[1]]!r}, but nothing is attached"
        yield case.in_body("attachment", "block", *spoken, said, "Add 'Attach: FILE', or take the words out.")
    if files and not spoken and not _mentioned(case, files):
        said = f"the letter does not mention {_listed(files)}"
        yield case.in_header("attachment", "hint", "attach", files[0].filename, said, "Say what is attached.")
    for item in files:
        yield from _content(case, item)
        yield from _name(case, item)
        yield from _private(case, item)
    yield from _size(case, files)


def _spoken_of(case: Case) -> tuple[int, int] | None:
    languages = _languages(case)
    if not any(map(case.body.lowered.__contains__, _speaking(languages))):
        return None
    text = pattern(_INLINE_QUOTE).sub(lambda match: " " * len(match[0]), case.body.prose)
    for sentence in pattern(_SENTENCE).finditer(text):
        for name in languages:
            found = _in_sentence(sentence[0], name)
            if found:
                return sentence.start() + found[0], sentence.start() + found[1]
    return None


def _languages(case: Case) -> tuple[str, ...]:
    """The languages that a letter may be in; none if it says that it is in another one."""
    if not case.rendered.language:
        return LANGUAGES
    return (case.language,) if case.language in LANGUAGES else ()


def _stems(language: str) -> tuple[str, ...]:
    return listed("attachments")[language]


@cache
def _speaking(languages: tuple[str, ...]) -> list[str]:
    """What the words that speak of an attachment hold, in any of these languages."""
    every = [stem for name in languages for stem in _stems(name)]
    return [stem for stem in dict.fromkeys(every) if not any(other in stem for other in every if other != stem)]


@lru_cache(maxsize=256)
def _in_sentence(sentence: str, language: str) -> tuple[int, int] | None:
    lowered = plain(sentence)
    spoken, denied = _patterns(language)
    if spoken is None:
        return None
    for match in spoken.finditer(lowered):
        if denied is None or not any(
            not (d.end() <= match.start() or d.start() >= match.end()) for d in denied.finditer(lowered)
        ):
            return match.span()
    return None


@cache
def _patterns(language: str) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    """How an attachment is spoken of, and the same words in another sense, as regular expressions, one a line."""
    spoken, denied = listed(language)["attachment spoken of"], listed(language)["attachment not meant"]
    return (
        re.compile("|".join(f"(?:{line})" for line in spoken)) if spoken else None,
        re.compile("|".join(f"(?:{line})" for line in denied)) if denied else None,
    )


def _mentioned(case: Case, files: tuple[Attachment, ...]) -> bool:
    """Whether any word of the letter may be about a file: "my CV", its name, "attach" in whatever form."""
    if case.language not in LANGUAGES:
        return True
    text = plain(f"{case.subject.raw}\n{case.body.own}")
    words = case.body.words | case.subject.words
    documents = word_set(case.language, "documents") | word_set("en", "documents")
    stems = [stem for name in LANGUAGES for stem in _stems(name)]
    stems_of_names = [plain(item.filename.rpartition(".")[0]) for item in files]
    named = any(len(stem) > 3 and stem in text for stem in stems_of_names)
    return named or not documents.isdisjoint(words) or any(stem in word for word in words for stem in stems)


def _listed(files: tuple[Attachment, ...]) -> str:
    names = [item.filename for item in files]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _content(case: Case, item: Attachment) -> Iterator[Problem]:
    name = item.filename
    if not item.size:
        yield _file(case, "block", item, f"{name} is empty", "Attach the file you mean.")
        return
    if _is_other_type(item):
        said = f"{name} is not the kind of file that its name says"
        yield _file(case, "warn", item, said, "Save it again in its own form, or give it its own ending.")
        return
    from mailer.checks.pdf import facts

    pdf = facts(item)
    if pdf and pdf.state == "unread":
        said = f"{name} is too complex and was not checked"
        yield _file(case, "warn", item, said, "Open it once before you send it.")
    elif pdf and pdf.state != "whole":
        what = {"damaged": "is damaged", "locked": "asks for a password", "empty": "has no page"}[pdf.state]
        yield _file(case, "block", item, f"{name} {what}", "Save it again and open it once before you send it.")


def _is_other_type(item: Attachment) -> bool:
    """Whether the first octets are not those of the kind of file that its name says."""
    from binascii import Error, a2b_base64

    ending = item.filename.rpartition(".")[2].lower()
    if ending not in _STARTS:
        return False
    try:
        head = a2b_base64(item.encoded[:72])
    except Error:
        head = a2b_base64(item.encoded)
    if head.startswith(_STARTS[ending]) or (ending == "pdf" and b"%PDF" in head):
        other = item.media_type not in _EXTENSIONS.get(ending, (item.media_type,))
        return other and ending in ("docx", "xlsx", "pptx") and "openxmlformats" in item.media_type
    return ending != "doc" or head.startswith(_KNOWN_STARTS)


def _name(case: Case, item: Attachment) -> Iterator[Problem]:
    name = item.filename
    if name.isascii() and not any(map(name.lower().__contains__, _OF_DRAFTS)):
        return
    stem, dot, ending = name.rpartition(".")
    stem = stem if dot else ending
    found = pattern(_DRAFT_NAME).search(stem) or pattern(_DRAFT_NAME).search(name)
    if not found and not stem.isupper():
        found = pattern(_SHOUTED_FINAL).search(stem)
    word = pattern(_DRAFT_WORD).search(stem)
    if not found and word and word[1].lower() not in case.body.words | case.subject.words:
        found = word
    if not found and case.personal:
        found = pattern(_DOWNLOADED).search(stem)
    if found:
        hint = "Give it the name that the reader should see."
        yield _file(case, "warn", item, f"the name {name} looks like that of a draft", hint)


def _private(case: Case, item: Attachment) -> Iterator[Problem]:
    from mailer.checks.private_files import kept_private

    said = kept_private(item, case.letter.folder)
    if said:
        hint = "Attach another file, unless the reader is to have this one."
        yield _file(case, "warn", item, f"{item.filename} {said}", hint)


def _size(case: Case, files: tuple[Attachment, ...]) -> Iterator[Problem]:
    if not files:
        return
    octets = sum(len(item.encoded) for item in files)
    limit = case.known.size_limit
    if limit is not None and octets > limit:
        said = f"the attachments make {octets / 1e6:.1f} MB, {case.known.provider} takes {limit / 1e6:.0f} MB"
        yield _file(case, "block", files[0], said, "Send a smaller file, or a link to it.")
    elif octets > _LARGE:
        said = f"the attachments make {octets / 1e6:.1f} MB, more than many servers take"
        yield _file(case, "warn", files[0], said, "Send a smaller file, or a link to it.")


def _file(case: Case, level: str, item: Attachment, text: str, hint: str) -> Problem:
    return case.in_header("attachment", level, "attach", item.filename, text, hint)
