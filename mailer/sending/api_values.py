"""The letter and the settings of the public API, and what it answers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from mailer.errors import BadData, BadSettings
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mailer.checks.problem import Problem
    from mailer.errors import MailerError
    from mailer.letters.letter import Letter as ParsedLetter


class Letter:
    """A letter: whom it is to, its subject and its text.

    Arguments: ``to``, ``cc`` and ``bcc`` are addresses ("Dana Ruiz <dana@acme.example>"), one or several; ``sender``
    is the setting MAILER_FROM where it is not given; ``attachments`` are files, one or several; ``markdown`` sends the
    text as HTML too.  With ``template`` the text is the prose of that template, and ``fields`` are its fields.
    Raises `mailer.errors.BadData` where a value cannot stand in a letter.

    Example::

        letter = Letter(to="Dana Ruiz <dana@acme.example>", subject="Thank you", text="Dear Dana, …")
    """

    __slots__ = ("parsed",)

    def __init__(
        self,
        *,
        to: str | Iterable[str],
        text: str,
        subject: str = "",
        sender: str = "",
        cc: str | Iterable[str] = (),
        bcc: str | Iterable[str] = (),
        attachments: str | Path | Iterable[str | Path] = (),
        markdown: bool = False,
        template: str = "",
        **fields: str,
    ) -> None:
        headers = [("Template", template), ("From", sender), ("To", _joined(to)), ("Cc", _joined(cc))]
        headers += [("Bcc", _joined(bcc)), ("Subject", subject)]
        headers += [("Attach", str(file)) for file in _several(attachments)]
        headers += [("Content-Type", "text/markdown" if markdown else "")]
        headers += [(name.replace("_", "-").title(), value) for name, value in fields.items()]
        self.parsed = _written([(name, value) for name, value in headers if value], text)

    @classmethod
    def read(cls, path: str | Path) -> Letter:
        """Read a letter file: headers, an empty line, text.  Raises Unreadable, BadData.

        Example::

            letter = Letter.read("dana.md")
        """
        from mailer.letters.letter import read_letter

        letter = cls.__new__(cls)
        letter.parsed = read_letter(Path(path))
        return letter


_SECRETS_ARE = "A password is not a setting: `mailer login` keeps it in the keyring; or give `send` a function for it."


def _joined(addresses: str | Iterable[str]) -> str:
    return addresses if isinstance(addresses, str) else ", ".join(addresses)


def _several(files: str | Path | Iterable[str | Path]) -> Iterable[str | Path]:
    return [files] if isinstance(files, str | Path) else files


def _written(headers: list[tuple[str, str]], text: str) -> ParsedLetter:
    from mailer.characters import bad_in_body
    from mailer.letters.letter import parse_letter

    for name, value in headers:
        if "\n" in value or "\r" in value:
            raise BadData(f"{name} holds a line break", hint="Give it in one line.", field=name)
    words, _ = bad_in_body(text)
    if words:
        raise BadData(f"the text holds {words}", hint="Remove it.", field="text")
    head = "".join(f"{name}: {value}\n" for name, value in headers)
    return parse_letter(head + "\n", None)._replace(prose=text.replace("\r\n", "\n"))


class Settings:
    """Where letters go: the environment, a ``.env``, the account of ``mailer login``, and values given here.

    Arguments: ``account`` is a name that ``mailer login`` saved; ``folder`` is where ``.env``, templates and relative
    paths are looked for, and with ``confined`` no file outside of it goes into a letter; ``values`` are settings
    without MAILER_ and in small letters (``from_`` is MAILER_FROM), which go before all others.  The secret comes from
    the keyring or the environment, as for the command.
    Raises `mailer.errors.BadSettings` for a name that is no setting.

    Example::

        settings = Settings(smtp_host="smtp.acme.example", smtp_username="jo@novak.example")
    """

    __slots__ = ("account", "confined", "environ", "folder", "values")

    def __init__(
        self,
        account: str | None = None,
        *,
        folder: str | Path = "",
        environ: Mapping[str, str] | None = None,
        confined: bool = False,
        **values: str,
    ) -> None:
        from mailer.settings.table import DEFAULTS

        self.account, self.folder, self.confined = account, Path(folder), confined
        self.environ = os.environ if environ is None else environ
        # `from` is a word of Python: as PEP 8 has it, `from_`.
        self.values = {f"MAILER_{name.rstrip('_').upper()}": str(value) for name, value in values.items()}
        for name in self.values:
            if name not in DEFAULTS:
                hint = _SECRETS_ARE if name.endswith("PASSWORD") else "`mailer settings` lists them."
                raise BadSettings(f"there is no setting {name}", hint=hint)


class Preview(NamedTuple):
    """What would be sent: addresses, subject, both texts, and the mail with fixed words for Date and Message-ID.

    ``attachments`` are the names of the files as the mail has them.
    """

    sender: str
    to: tuple[str, ...]
    subject: str
    text: str | None
    html: str | None
    mail: bytes
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()


class Result(NamedTuple):
    """How a letter ended.

    ``state`` is "sent", "already-sent", "already-queued", "deferred", "in-doubt", "refused", "not-ready", "invalid" or
    "not-sent", as in the JSON of the command; ``error`` says why, in words; ``row`` is that of a CSV; ``copy`` tells of
    the copy in Sent.
    """

    state: str
    to: tuple[str, ...]
    subject: str | None
    message_id: str = ""
    id: str = ""
    row: int | None = None
    copy: str = "off"
    problems: tuple[Problem, ...] = ()
    error: MailerError | None = None
