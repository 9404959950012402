"""One IMAP session: drafts, the Sent folder, and looking for a message (RFC 3501, 4315, 6154, 6851).

IMAPClient is imported when a session is opened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from mailer.errors import BadSettings, CannotWrite
from mailer.imap.connect import verified_line
from mailer.imap.errors import Lost
from mailer.imap.folders import number
from mailer.imap.reading import Reading

if TYPE_CHECKING:
    from mailer.imap.folders import Folder
    from mailer.imap.server import ImapServer

_SETTINGS = {"drafts": "MAILER_DRAFTS_FOLDER", "sent": "MAILER_SENT_FOLDER"}
_APPENDED = re.compile(rb"\[APPENDUID (\d+) (\d+)\]", re.IGNORECASE)
# A number of more digits is no limit.
_LIMIT = re.compile(r"APPENDLIMIT=([0-9]{1,10})\Z")
_SLOWEST = 4_096  # octets a second that a line must carry, beside the time-out
_SHOWN_FOLDERS = 12


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message lies: ``uid`` holds while the folder has this ``uidvalidity`` (RFC 3501 2.3.1.1)."""

    uidvalidity: int
    uid: int


def open_session(
    server: ImapServer,
    secret: str | Callable[[], str],
    *,
    log: Callable[[str], None] | None = None,
    on_step: Callable[[str], object] = str,
) -> ImapSession:
    """Connects, verifies, signs in.

    ``secret``: the password or access token, or what gives it (asked after TLS).  ``log`` gets the conversation without
    secrets.  ``on_step`` is told "dns", "tcp", "tls", "auth" as each is done.
    Raises Later (75), Refused (69), NotTrusted (77), BadSettings (78), BadData (65: a secret that cannot be sent).
    """
    from mailer.transport.transcript import Transcript

    transcript = Transcript(log)
    line, greeting = verified_line(server, transcript, on_step)
    tls = line.tls
    session = ImapSession(server, transcript, tls, line.release(), greeting)
    try:
        session.sign_in(secret if isinstance(secret, str) else secret())
    except BaseException:
        session.cut()
        raise
    on_step("auth")
    return session


class ImapSession(Reading):
    """One signed-in connection.  Every method raises Later (75; ``Lost`` if it broke), CannotWrite (73) for a no."""

    _listed: tuple[Folder, ...] | None = None

    # Folders

    def folders(self) -> tuple[Folder, ...]:
        """Return all folders, with their special use (RFC 6154); asked once."""
        from mailer.imap.folders import read

        if self._listed is None:
            with self.turn("LIST"):
                found = self._client.list_folders()
                self._listed = read(found)
                if "SPECIAL-USE" in self.capabilities and not _any_special(self._listed):
                    self._listed = read([*self._client.list_special(), *found])
        return self._listed

    def folder(self, use: str, setting: str = "") -> Folder:
        """The folder for "drafts" or "sent": the one that ``setting`` names, else by special use, else by its name.

        Raises BadSettings (78) if there is none.
        """
        from mailer.imap.folders import named, special

        if setting:
            return replace(named(setting), setting=_SETTINGS[use])
        found = special(self.folders(), use)
        if found is None:
            hint = f"Name it in {_SETTINGS[use]}; {self._shown_folders()}."
            raise BadSettings(f"no folder at {self.host} says that it is for {use}", hint=hint, field=_SETTINGS[use])
        return replace(found, setting=_SETTINGS[use])

    def everything(self) -> Folder | None:
        """Return the folder that holds all mail, as at Gmail; None if there is none."""
        from mailer.imap.folders import special

        return special(self.folders(), "all")

    def _shown_folders(self) -> str:
        names = [folder.name for folder in self.folders() if folder.usable]
        more = ", …" if len(names) > _SHOWN_FOLDERS else ""
        return f"there are: {', '.join(names[:_SHOWN_FOLDERS])}{more}" if names else "there are no folders"

    def look_into(self, folder: Folder) -> None:
        """Open the folder without touching it (EXAMINE).  Raises CannotWrite (73) if the server refuses."""
        with self.turn("EXAMINE", folder):
            self._client.select_folder(folder.wire, readonly=True)

    # Messages

    def find(self, folder: Folder, message_id: str) -> tuple[Place, ...]:
        """Return where in the folder messages with this Message-ID lie, oldest first; the folder is only looked at."""
        with self.turn("SEARCH", folder):
            uidvalidity = number(self._client.select_folder(folder.wire, readonly=True).get(b"UIDVALIDITY", 0))
            return tuple(Place(uidvalidity, number(uid)) for uid in sorted(self._search(message_id)))

    def _search(self, message_id: str, *also: str) -> list[int]:
        return list(self._client.search([*also, "HEADER", "Message-ID", message_id]))

    def append(self, folder: Folder, message: bytes, flags: Sequence[str], date: datetime) -> Place | None:
        """Put ``message``, octet for octet, into the folder; where it lies, if the server says so (RFC 4315).

        Raises Lost with ``begun`` if the server may have it all the same.
        """
        self._fits(folder, message)
        self._line.message, self._line.begun = message, False
        try:
            with self.turn("APPEND", folder, len(message) / _SLOWEST):
                return _place(self._client.append(folder.wire, message, tuple(flags), date))
        except Lost as error:
            error.begun = self._line.begun
            raise
        finally:
            self._line.message = b""

    def _fits(self, folder: Folder, message: bytes) -> None:
        limits = [int(found[1]) for name in self.capabilities if (found := _LIMIT.match(name))]
        if limits and len(message) > limits[0]:
            text = f"the message has {len(message):,} octets, {self.host} takes {limits[0]:,} in {folder.name}"
            raise CannotWrite(text, hint="Use a smaller attachment, or a link to it.")

    def delete(
        self, folder: Folder, place: Place, message_id: str, size: int | None = None, *, mark_only: bool = False
    ) -> bool:
        """Delete the message at ``place`` if it still is that message; whether it was.

        It must have this Message-ID, and ``size`` in octets (None: whatever its size).  Nothing but this message goes
        where there is no UIDPLUS (RFC 4315) either: with ``mark_only`` it is then only marked.
        """
        with self.turn("EXPUNGE", folder):
            seen = self._client.select_folder(folder.wire)
            if int(seen.get(b"UIDVALIDITY", 0)) != place.uidvalidity:
                return False
            exactly = () if size is None else ("NOT", "LARGER", str(size), "NOT", "SMALLER", str(size))
            if place.uid not in self._search(message_id, "UID", str(place.uid), *exactly):
                return False
            self._client.add_flags([place.uid], [rb"\Deleted"], silent=True)
            if "UIDPLUS" in self.capabilities:
                self._client.uid_expunge([place.uid])
            elif not mark_only and self._client.search(["DELETED"]) == [place.uid]:
                # A plain EXPUNGE takes away whatever else is marked.
                self._client.expunge()
            return True


def _place(answer: bytes) -> Place | None:
    """Return where a message was put, by the answer to APPEND."""
    found = _APPENDED.search(answer)
    return Place(number(found[1]), number(found[2])) if found else None


def _any_special(folders: Sequence[Folder]) -> bool:
    return any(folder.attributes & {"\\drafts", "\\sent", "\\all", "\\trash", "\\junk"} for folder in folders)
