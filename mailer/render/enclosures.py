"""What a letter's headers name outside it: the files that it encloses and the mail that it answers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailer.errors import BadData, MailerError, Unreadable
from mailer.files import is_within
from mailer.render.headers import may_be_empty
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.message.attachments import Attachment
    from mailer.message.rendered import Thread
    from mailer.render.compile import Line
    from mailer.render.headers import HeaderValues

_ATTACH = ("attach", "attachment")


def attachments(headers: HeaderValues, scope: dict[str, Any]) -> Iterator[Attachment]:
    """The files of ``Attach`` and ``Attachment``, in order.  Raises BadData, Unreadable, FileChanged."""
    for name in _ATTACH:
        for line in headers.lines[name]:
            fixed = "" if line.text.names else line.text.render(scope)[0]
            paths, where = ([fixed], "letter") if fixed in headers.program.places else headers.listed(line, scope)
            if paths == [""] and may_be_empty(line.header):
                continue
            for path in paths:
                yield _attachment(headers, path, where, name, line)
    for name in _ATTACH:
        for path in (headers.given.mail(name) or "").split("\n"):
            if path.strip():
                yield _attachment(headers, headers.fit(name, path.strip(" ")), headers.given.origin(name), name, None)


class Answered(NamedTuple):
    """What a letter answers, and the subject that it carries on: now, and as earlier versions wrote it."""

    thread: Thread | None = None
    subject: str = ""
    former_subject: str = ""


def answered(headers: HeaderValues, scope: dict[str, Any]) -> Answered:
    """What the letter answers.  Raises BadData, Unreadable."""
    named, where = headers.one_line("in_reply_to", scope)
    references, _ = headers.one_line("references", scope)
    if not named and not references:
        return Answered()
    from mailer.letters.eml import message_ids, only_message_ids
    from mailer.message.rendered import Thread

    if not only_message_ids(references):
        raise headers.placed(BadData(f"{references!r} is not a list of message-ids", hint=_IDS), "references")
    if not named:
        raise headers.placed(BadData("References without In-Reply-To", hint="Add In-Reply-To."), "references")
    ids = message_ids(references)
    if not named.startswith("<"):
        return _answered_mail(headers, named, where, ids)
    if message_ids(named) != (named,):
        hint = "Write one <message-id>, or the path of the mail saved as .eml."
        raise headers.placed(BadData(f"{named!r} is not one message-id", hint=hint), "in_reply_to")
    return Answered(Thread(named, tuple(dict.fromkeys((*ids, named)))))


_EACH_ON_ITS_LINE = "Write each path on a line of its own, within quotation marks in a CSV."
_IDS = "Write each with its angle brackets: <1@a.example> <2@a.example>."


def _answered_mail(headers: HeaderValues, path: str, where: str, ids: tuple[str, ...]) -> Answered:
    try:
        seen = headers.program.mail(_path(headers, path, where))
        found = seen.thread
        if found is None:
            raise BadData(f"{path} has no Message-ID, so nothing can answer it")
    except MailerError as error:
        if isinstance(error, Unreadable) and re.fullmatch(r"[^\s/\\<>@]+@[^\s/\\<>@]+", path):
            error.hint = f"Write <{path}> if it is a message-id, else the path of the mail saved as .eml."
        raise _placed(error, headers, "in_reply_to", next(iter(headers.lines["in_reply_to"]), None)) from error
    if ids:
        found = found._replace(references=tuple(dict.fromkeys((*ids, found.in_reply_to))))
    if not seen.subject:
        return Answered(found)
    from mailer.letters.foreign.subjects import reply_subject

    return Answered(found, reply_subject(seen.subject), seen.former_subject)


def _attachment(headers: HeaderValues, path: str, where: str, name: str, line: Line | None) -> Attachment:
    try:
        if not path:
            raise BadData("a path to attach is empty", hint="Name a file.")
        return headers.program.files.open(_place(headers, path, where))
    except MailerError as error:
        if isinstance(error, Unreadable) and _are_several(path):
            in_letter = line and not line.text.names
            error.hint = (
                f"Write one {line.header.spelled} line for each file." if line and in_letter else _EACH_ON_ITS_LINE
            )
        raise _placed(error, headers, name, line) from error


def _are_several(text: str) -> bool:
    """Whether it looks like paths with a sign between them."""
    parts = re.split(r"\s*[,;|]\s*", text)
    return len(parts) > 1 and all(re.search(r"\.\w{1,5}$", part) for part in parts)


def _placed(error: MailerError, headers: HeaderValues, name: str, line: Line | None) -> MailerError:
    error.file = None
    culprit = next(filter(headers.given.from_column, sorted(line.text.names)), "") if line else ""
    return headers.placed(error, name, culprit, line)


def _place(headers: HeaderValues, text: str, where: str) -> Path | str:
    """As ``_path``; what the letter itself names is looked up once."""
    if where != "letter":
        return _path(headers, text, where)
    places = headers.program.places
    if text not in places:
        places[text] = os.path.abspath(_path(headers, text, where))  # noqa: PTH100 - resolve() would follow links
    return places[text]


def _path(headers: HeaderValues, text: str, where: str) -> Path:
    """A path as the letter, a row or an option names it.  Raises BadData for a row's that leaves the folder."""
    compiled = headers.program.compiled
    folder = compiled.letter.folder if compiled.letter.path and where != "set" else compiled.defaults.cwd
    whole = _under(folder, text)
    # Not Path.resolve(): before 3.13 it raises for a link that leads to itself.
    if where == "row" and not Path(os.path.realpath(whole)).is_relative_to(os.path.realpath(folder)):
        raise BadData(f"the path {text!r} leaves the letter's folder", hint="Put the file into that folder.")
    within = compiled.defaults.within
    if within is not None and not is_within(whole, within):
        raise BadData(f"{text!r} is outside the folder {within.name}, or hidden in it", hint="Name a file in it.")
    return whole


def _under(folder: Path, text: str) -> Path:
    if not text.startswith("~"):
        return folder / text
    try:
        return folder / Path(text).expanduser()
    except RuntimeError:
        # Nobody of that name: a file such as ~$cv.docx.
        return folder / text
