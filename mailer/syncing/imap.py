"""Read the folders of a mailbox, each from where it was left: headers first, then what may concern somebody.

How far a folder is read is recorded with what was found there, in one commit, so that nothing is lost or read for
nothing, wherever the connection breaks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from mailer.answers.mail import read
from mailer.answers.values import Origin, Use
from mailer.errors import BadSettings, CannotWrite, MailerError
from mailer.imap.errors import Lost
from mailer.imap.folders import Folder, named, special, use_of
from mailer.imap.reading import BODIES, HEADS
from mailer.syncing.positions import Position
from mailer.syncing.run import Message, in_lots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailer.answers.mail import Mail
    from mailer.imap.reading import Head, Opened
    from mailer.imap.session import ImapSession
    from mailer.syncing.positions import Positions
    from mailer.syncing.run import Run

# What the first look at a message needs; the rest of a header is five times as much.
FIELDS = (
    *("From", "Sender", "Reply-To", "Return-Path", "To", "Cc", "Bcc", "Delivered-To", "X-Original-To", "Envelope-To"),
    *("X-Envelope-To", "X-Delivered-To", "X-Forwarded-To", "Resent-To", "Resent-From", "Apparently-To", "X-RCPT-To"),
    *("Date", "Subject", "Message-ID", "In-Reply-To", "References", "X-Original-Message-ID", "Original-Message-ID"),
    *("X-MS-Exchange-Parent-Message-Id", "X-Failed-Message-ID", "Thread-Reference", "X-Failed-Recipients"),
    *("Content-Type", "Auto-Submitted", "Precedence", "X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress"),
    *("List-Id", "List-Unsubscribe", "List-Post", "X-Loop", "X-Mailer", "X-Feedback-ID", "Feedback-ID"),
)


class Wanted(NamedTuple):
    """What is to be read.

    ``since``: from which day on where nothing was read yet, or with ``again`` in any case; ``sent`` is the setting that
    names the Sent folder; ``newest``: so many of the last messages of each folder at most, for a look.
    """

    since: date
    again: bool = False
    sent: str = ""
    everywhere: bool = False
    newest: int | None = None


class Place(NamedTuple):
    """A folder to read, and what lies in it."""

    folder: Folder
    use: Use


def read_mailbox(session: ImapSession, run: Run, positions: Positions, wanted: Wanted) -> None:
    """Read what is new in a mailbox.

    A folder that cannot be read is told, and the others are read.  Raises Lost where the connection breaks; Later,
    CannotWrite where the ledger fails.
    """
    places = list(places_of(session, wanted))
    if wanted.newest is None:
        _miss_gone(session, run, positions)
    for place in places:
        try:
            _Reading(session, run, positions, wanted, place).read()
            run.folders += 1
        except Lost:
            raise
        except MailerError as error:
            run.fail(error)


def places_of(session: ImapSession, wanted: Wanted) -> Iterator[Place]:
    """Sent and the inbox, or all mail in place of both; everything but drafts and trash if it is wanted."""
    folders = session.folders()
    whole, junk = session.everything(), special(folders, "junk")
    chosen: list[Place] = [Place(whole, "all")] if whole else [*_sent(session, wanted.sent), _inbox(folders)]
    if wanted.everywhere:
        if not whole:
            chosen += [Place(one, "inbox") for one in folders if one.usable and _is_of_interest(folders, one)]
        chosen += [Place(junk, "junk")] if junk else []
    seen: set[str] = set()
    for place in chosen:
        if place.folder.wire not in seen:
            seen.add(place.folder.wire)
            yield place


def _sent(session: ImapSession, setting: str) -> Iterator[Place]:
    with suppress(BadSettings):
        yield Place(session.folder("sent", setting), "sent")


def _inbox(folders: Sequence[Folder]) -> Place:
    return Place(next((one for one in folders if one.wire.upper() == "INBOX"), named("INBOX")), "inbox")


def _is_of_interest(folders: Sequence[Folder], folder: Folder) -> bool:
    others = {special(folders, use) for use in ("drafts", "trash", "junk")}
    leaf = folder.name.rpartition(folder.delimiter)[2] if folder.delimiter else folder.name
    return folder not in others and use_of(leaf) not in ("drafts", "trash", "junk")


def _miss_gone(session: ImapSession, run: Run, positions: Positions) -> None:
    """Tell once of a folder that was read before and is no longer there."""
    there = {folder.wire.upper() for folder in session.folders()}
    for wire in positions.folders():
        if wire.upper() not in there and wire.upper() != "INBOX":
            with run.book.transaction():
                positions.drop(wire)
            name = Folder(wire, wire).at(wire).name
            text = f"the folder {name} at {session.host} is no longer there (renamed or deleted?)"
            run.fail(CannotWrite(text, hint="What was read of it before is kept."))


class _Reading:
    """One folder, from where it was left."""

    def __init__(self, session: ImapSession, run: Run, positions: Positions, wanted: Wanted, place: Place) -> None:
        self._session, self._run, self._positions, self._wanted = session, run, positions, wanted
        self._folder, self._use = place
        self._is_whole = True

    def read(self) -> None:
        """Read what is new.  Raises CannotWrite (73) where the server refuses, Lost."""
        opened = self._session.examine(self._folder)
        uids, position = self._new(opened)
        self._run.tell.begin(self._folder.name, len(uids))
        end = Position(opened.uidvalidity, max([opened.uidnext - 1, *uids[-1:], position.uid]))
        try:
            for lot in in_lots(uids, HEADS):
                self._read_lot(lot, Position(opened.uidvalidity, lot[-1]))
                position = Position(opened.uidvalidity, lot[-1])
            position = end
        finally:
            if self._is_whole and (position.uid or position == end):
                with self._run.book.transaction():
                    self._positions.keep(self._folder.wire, position)

    def _new(self, opened: Opened) -> tuple[list[int], Position]:
        """The messages to look at, and up to where the folder was read before."""
        before = self._positions.of(self._folder.wire)
        found: set[int] = set()
        if before is None or before.uidvalidity != opened.uidvalidity:
            before = None
        if before is None or self._wanted.again:
            found.update(self._session.arrived_since(self._folder, opened, self._wanted.since))
        if before:
            found.update(self._session.arrived_after(self._folder, opened, before.uid))
        uids = sorted(found)
        newest = self._wanted.newest
        if newest is not None and len(uids) > newest:
            # A look that leaves something out is no reading: the next sync begins where it would have.
            self._is_whole, uids = False, uids[-newest:]
        return uids, before or Position(opened.uidvalidity, 0)

    def _read_lot(self, lot: list[int], position: Position) -> None:
        heads = self._session.heads(self._folder, lot, FIELDS)
        origins = [Origin(self._use_of(head), over_imap=True) for head in heads]
        looks = self._run.glance([(head.octets, origin) for head, origin in zip(heads, origins, strict=True)])
        # Of a header that was cut nobody knows what else it says.
        looks = [
            look or (None if head.whole else read(head.octets, headers_only=True))
            for head, look in zip(heads, looks, strict=True)
        ]
        found = [
            (head, look, origin) for head, look, origin in zip(heads, looks, origins, strict=True) if look is not None
        ]
        own = [one for one in found if self._run.is_own(one[1], one[2])]
        self._take(own, begin=True)
        self._take([one for one in found if one not in own], position=position)

    def _use_of(self, head: Head) -> Use:
        """What a message is there, where all mail lies together."""
        if "\\draft" in head.flags:
            return "drafts"
        return "sent" if "\\sent" in head.flags else self._use

    def _take(
        self, found: Sequence[tuple[Head, Mail, Origin]], *, begin: bool = False, position: Position | None = None
    ) -> None:
        for some in in_lots(found, BODIES):
            bodies = self._session.bodies(self._folder, [head.uid for head, _, _ in some], begin=begin)
            messages = [Message(look, bodies[head.uid], origin) for head, look, origin in some if head.uid in bodies]
            upto = Position(position.uidvalidity, some[-1][0].uid) if position and self._is_whole else None
            self._run.take(messages, partial(self._keep, upto))

    def _keep(self, position: Position | None) -> None:
        if position:
            self._positions.keep(self._folder.wire, position)
