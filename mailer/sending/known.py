"""What the checks may know of the world, gathered for one run: the other letters of the folder, and the ledger's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mailer.checks.world import Known, Other
from mailer.errors import BadData, MailerError
from mailer.message.address import Mailbox

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.ledger.ledger import Ledger
    from mailer.letters.letter import Letter
    from mailer.settings.settings import Settings

MOST_FILES, MOST_OCTETS = 200, 64 * 1024
_SUFFIXES = frozenset({".md", ".txt"})
_UNFILLED = ("{{", "{%", "‹")


def gather(
    letter: Letter,
    settings: Settings,
    now: datetime,
    *,
    letters: bool,
    ledger: bool,
    limit: tuple[int | None, str] = (None, ""),
) -> Known:
    """What is known when ``letter`` is checked.

    ``letters``: whether other letters are wanted at all; ``ledger``: those of the ledger too, which is only read and
    never made; ``limit``: the octets that the provider takes, and its name.  Raises CannotWrite and Later for a ledger
    that cannot be read.
    """
    zone, account, language = settings.timezone, _account(settings), settings.language
    there = now.astimezone(zone) if zone else now
    others = list(neighbours(letter)) if letters else []
    path = settings.ledger_path
    if not (ledger and os.path.lexists(path)):
        return Known(there, tuple(others), account, *limit, language=language)
    from mailer.ledger.ledger import open_ledger

    with open_ledger(path, create=False) as opened:
        others += _recorded(letter, opened) if letters else ()
        return _with_people(Known(there, tuple(others), account, *limit, language=language), opened, settings)


def _with_people(known: Known, ledger: Ledger, settings: Settings) -> Known:
    """With what the book of people says of whoever may be written to; most of them it says nothing of."""
    from mailer.people import checks

    store, config_dir = ledger.store, settings.config_dir
    return known._replace(
        holds=checks.holds(store, known.now.date()),
        stopped_before=checks.stopped_before(store),
        gaps=checks.gaps(store, config_dir, known.gap),
        reasons=checks.reasons(settings.value("MAILER_PLAN").text or "gracious-six", config_dir),
    )


def neighbours(letter: Letter) -> Iterator[Other]:
    """The other letters in the folder of this one: ``.md``, ``.txt`` and its own suffix, small files only."""
    if letter.path is None:
        return
    own = letter.path.absolute()
    try:
        with os.scandir(own.parent) as entries:
            names = sorted(entry.name for entry in entries if _is_candidate(entry, own))
    except OSError:
        return
    for name in names[:MOST_FILES]:
        other = _read(own.parent / name)
        if other:
            yield other


def _is_candidate(entry: os.DirEntry[str], own: Path) -> bool:
    suffix = os.path.splitext(entry.name)[1]  # noqa: PTH122 - a Path for each of many names is slow
    if entry.name == own.name or (suffix not in _SUFFIXES and suffix != own.suffix):
        return False
    try:
        return entry.is_file() and entry.stat().st_size <= MOST_OCTETS
    except OSError:
        return False


def _read(path: Path) -> Other | None:
    """A file as a letter to compare with; None if it is none, or not filled in yet."""
    from mailer.files import read_bytes
    from mailer.letters.letter import parse_letter
    from mailer.message.address import parse_list

    try:
        text = read_bytes(path, "a letter", MOST_OCTETS).decode("utf-8-sig")
        found = parse_letter(text, path)
        to = found.get("to")
        boxes = parse_list(to.value) if to and not _is_unfilled(to.value) else ()
    except (MailerError, UnicodeDecodeError):
        return None
    company, position = _value(found, "company"), _value(found, "position")
    if not (boxes or (found.template and company)):
        return None
    return Other(
        origin="folder",
        what=path.name,
        keys=frozenset(box.key for box in boxes),
        names=tuple(box.display_name for box in boxes if box.display_name),
        template=found.template,
        company=company,
        position=position,
        subject=_value(found, "subject"),
        prose=found.prose,
    )


def _value(letter: Letter, name: str) -> str:
    header = letter.get(name)
    return header.value if header and not _is_unfilled(header.value) else ""


def _is_unfilled(text: str) -> bool:
    return any(sign in text for sign in _UNFILLED)


def _recorded(letter: Letter, ledger: Ledger) -> Iterator[Other]:
    from mailer.people.checks import unreached

    own = str(letter.path.absolute()) if letter.path else ""
    names = {contact.key: contact.name for contact in ledger.contacts()}
    lost = unreached(ledger.store)
    for known in list(ledger.known()):
        if known.message_id in lost:
            continue
        to = [names[key] for key in known.keys if names.get(key)]
        yield Other(
            origin="ledger",
            what=f"the letter to {' and '.join(to) or ', '.join(known.keys)}",
            keys=frozenset(known.keys),
            names=tuple(to),
            template=known.template,
            company=known.company,
            position=known.position,
            subject=known.subject,
            prose=known.prose,
            sent=known.sent,
            identity=known.identity,
            same_file=bool(own) and known.letter_file == own,
            to=frozenset(known.to),
            message_id=known.message_id,
        )


def _account(settings: Settings) -> Mailbox | None:
    """The address that the account sends from: ``MAILER_FROM``'s, else the user name if it is an address."""
    from mailer.message.address import parse_mailbox

    sender = settings.sender
    if sender is not None:
        return sender
    try:
        return parse_mailbox(settings.value("MAILER_SMTP_USERNAME").text)
    except BadData:
        return None
