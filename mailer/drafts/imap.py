r"""Drafts in the Drafts folder of a mailbox, seen on every device (RFC 3501 6.3.11, RFC 6154).

The newest draft of a letter takes the place of its earlier one: it is put there first, and the earlier one is deleted
only where it still is that very message (UIDVALIDITY, UID and Message-ID; RFC 4315).  So is the draft of a letter that
was sent from here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.errors import MailerError
from mailer.imap.session import Place

if TYPE_CHECKING:
    from mailer.imap.folders import Folder
    from mailer.imap.reconnecting import MailboxConnection
    from mailer.ledger.values import Draft, DraftLocation

_FLAGS = (r"\Draft", r"\Seen")


@dataclass(frozen=True, slots=True)
class ImapDraft:
    """The place of one letter's draft in ``folder``; ``placed`` is told where it lies, ``note`` what is left over."""

    account: MailboxConnection
    folder: Folder
    draft: Draft
    placed: Callable[[Place | None], None] = lambda _place: None
    note: Callable[[str], None] = lambda _text: None

    def save(self, message: bytes, name: str) -> str:  # noqa: ARG002 - a mailbox knows no file names
        """Put the draft into the folder.

        Raises CannotWrite (73) where the folder refuses, Later (75) without a connection; ``imap.Lost`` with ``begun``
        if it may be there all the same.
        """
        earlier = self._earlier()
        arrived = [place for place in earlier if place != self._remembered()]
        if arrived and self.draft.unchanged:
            place: Place | None = arrived[-1]
        else:
            place = self._put(message, earlier)
        self.placed(place)
        for old in earlier:
            if old != place:
                self._delete(old)
        return f"{self.folder.name} ({self.account.login})"

    def _remembered(self) -> Place | None:
        before = self.draft.earlier
        if before is None or before.uidvalidity is None or before.uid is None:
            return None
        return Place(before.uidvalidity, before.uid)

    def _earlier(self) -> list[Place]:
        """Return where earlier drafts of the letter lie, those too whose saving was never answered."""
        before, remembered = self.draft.earlier, self._remembered()
        known = [remembered] if remembered else []
        if before is None or not before.doubt or before.folder != self.folder.wire:
            return known
        found = self.account.session.find(self.folder, before.message_id)
        return [*known, *(place for place in found if place != remembered)]

    def _put(self, message: bytes, earlier: list[Place]) -> Place | None:
        draft, account = self.draft, self.account
        place = account.put(self.folder, message, draft.message_id, _FLAGS, draft.date, earlier)
        if place is not None:
            return place
        # Without UIDPLUS the server does not say.
        try:
            found = [place for place in account.session.find(self.folder, draft.message_id) if place not in earlier]
        except MailerError:
            # It lies there, wherever that is: the next draft of the letter looks for it.
            return None
        return found[-1] if found else None

    def _delete(self, old: Place) -> None:
        before = self.draft.earlier
        if before is None:
            return
        folder = self.folder if before.folder == self.folder.wire else self.folder.at(before.folder)
        try:
            self.account.session.delete(folder, old, before.message_id)
        except MailerError as error:
            self.note(f"The draft is saved; its earlier version could not be removed: {error.text}")


def take_away(account: MailboxConnection, location: DraftLocation) -> bool:
    """Delete the draft of a letter that was sent; False if it does not lie there any more as it was put there.

    A server without UIDPLUS only marks it as deleted.  Raises MailerError.
    """
    from mailer.imap.folders import Folder

    if location.uidvalidity is None or location.uid is None:
        return False
    folder = Folder("", "", setting="MAILER_DRAFTS_FOLDER").at(location.folder)
    place = Place(location.uidvalidity, location.uid)
    return account.session.delete(folder, place, location.message_id, location.size, mark_only=True)
