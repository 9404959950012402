"""Every error that a user can cause or meet, with its exit code and what to do next.

    MailerError                      code  name
    ├── NotReady                        1  not-ready
    │   ├── Declined                    1  declined
    │   └── FileChanged                 1  changed
    ├── Usage                           2  usage
    ├── BadData                        65  bad-data
    │   ├── EmptyValue                 65  bad-data
    │   └── UnknownName                65  bad-data
    ├── Unreadable                     66  unreadable
    ├── Refused                        69  refused
    ├── CannotWrite                    73  cannot-write
    ├── Later                          75  later
    ├── InDoubt                        76  in-doubt
    ├── NotTrusted                     77  not-trusted
    │   └── SecretRefused              77  not-trusted
    ├── BadSettings                    78  bad-settings
    └── Stopped                       143  stopped

Codes are those of sysexits.h.  Anything that is not a MailerError is a bug of ours (70).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    from collections.abc import Iterable


class MailerError(Exception):
    """A sentence about what is wrong, and where; ``hint`` says what to do about it."""

    code: ClassVar[int] = 70
    name: ClassVar[str] = "bug"

    def __init__(
        self,
        text: str,
        *,
        hint: str = "",
        file: str | None = None,
        line: int | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint
        self.file = file
        self.line = line
        self.field = field

    def at(self, file: str | None = None, line: int | None = None, field: str | None = None) -> Self:
        """The same error, told where it happened as far as it does not know yet."""
        self.file = self.file if self.file is not None else file
        self.line = self.line if self.line is not None else line
        self.field = self.field if self.field is not None else field
        return self

    def kept(self) -> Self:
        """The same error, kept as what is wrong with a letter: where it was raised holds the letter, and itself."""
        self.__cause__ = self.__context__ = None
        return self.with_traceback(None)

    def as_json(self) -> dict[str, Any]:
        """The ``error`` object of every ``--json`` output."""
        return {name: getattr(self, name) for name in ("code", "name", "text", "hint", "file", "line", "field")}


class NotReady(MailerError):
    """The letter is not fit to go out yet."""

    code, name = 1, "not-ready"


class Declined(NotReady):
    """The user said no."""

    name = "declined"


class FileChanged(NotReady):
    """A file is not what it was when it was shown."""

    name = "changed"


class Usage(MailerError):
    """The command was called wrongly, or an answer is needed and nobody can be asked."""

    code, name = 2, "usage"


class BadData(MailerError):
    """A letter, template, address, field or CSV that breaks a rule."""

    code, name = 65, "bad-data"


class EmptyValue(BadData):
    """A value that the letter cannot do without is empty; ``field`` is its name."""


class UnknownName(BadData):
    """Nothing gives a value of the name ``asked``, wherever it is asked for."""

    asked = ""


class Unreadable(MailerError):
    """A named file that cannot be read."""

    code, name = 66, "unreadable"


class Refused(MailerError):
    """The server refused for good, or lacks what is needed."""

    code, name = 69, "refused"


class CannotWrite(MailerError):
    """An output file, a folder or the ledger that cannot be written."""

    code, name = 73, "cannot-write"


class Later(MailerError):
    """Failed for now; trying again is safe."""

    code, name = 75, "later"


class InDoubt(MailerError):
    """The server may have the letter."""

    code, name = 76, "in-doubt"


class NotTrusted(MailerError):
    """Sign-in refused, no secret, or a certificate that is not trusted."""

    code, name = 77, "not-trusted"


class SecretRefused(NotTrusted):
    """The server was given a secret and does not take it."""


class BadSettings(MailerError):
    """Settings that are missing or wrong."""

    code, name = 78, "bad-settings"


class Stopped(MailerError):
    """The program was told to stop, or the terminal was closed."""

    # Ctrl-C is Python's own KeyboardInterrupt (130).
    code, name = 143, "stopped"


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return a hint that names what was probably meant, or else what there is."""
    from difflib import get_close_matches

    names = list(known)
    near = get_close_matches(name, names, 1) or get_close_matches(name.lower(), names, 1)
    return f"Did you mean {near[0]}?" if near else otherwise or f"There are: {', '.join(names)}."
