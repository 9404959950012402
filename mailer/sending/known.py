"""What the checks may know of the world, gathered for one run: the other letters of the folder, and the ledger's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mailer.checks.world import Known, Other
from mailer.errors import BadData, MailerError
from mailer.message.address import Mailbox
from mailer.sending.world import is_there, ledgers_of

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.ledger.ledger import Ledger
    from mailer.letters.letter import Letter
    from mailer.people.plan import PlansRead
    from mailer.settings.database import Database
    from mailer.settings.settings import Settings

MOST_FILES, MOST_OCTETS = 200, 64 * 1024
_SUFFIXES = frozenset({".md", ".txt"})
_UNFILLED = ("{{", "{%", "‹")


class Opened(ExitStack):
    """What the checks have opened: ``ledger``, the ``plans``, and where the ``others``' ledgers are, once they know."""

    ledger: Ledger | None = None
    plans: PlansRead | None = None
    others: Sequence[Path | Database] | None = None


def gather(
    letter: Letter,
    settings: Settings,
    clock: Callable[[], datetime],
    *,
    letters: bool,
    opened: Opened | None = None,
    limit: tuple[int | None, str] = (None, ""),
) -> Known:
    """What is known when ``letter`` is checked.

    ``letters``: whether other letters are wanted at all; ``opened``: what closes the ledger, which is asked as long as
    letters are checked, and never made, or None to do without; ``limit``: the octets that the provider takes, and its
    name.  Raises CannotWrite and Later for a ledger that cannot be read.
    """
    others = tuple(neighbours(letter)) if letters else ()
    account, zone, language = _account(settings), settings.timezone, settings.language
    place, elsewhere = ledgers_of(settings)
    now = clock()
    known = Known(now.astimezone(zone) if zone else now, others, account, *limit, language=language)
    if opened is None:
        return known
    opened.others = elsewhere
    if elsewhere:
        from mailer.people.house import stopped_elsewhere

        known = known._replace(stopped_elsewhere=stopped_elsewhere(elsewhere))
    if not is_there(place):
        return known
    from mailer.ledger.ledger import open_ledger

    ledger = opened.enter_context(open_ledger(place, create=False, clock=clock))
    opened.ledger = ledger
    if letters:
        known = known._replace(shelves=ledger.shelves(str(letter.path.absolute()) if letter.path else ""))
    return _with_people(known, settings, ledger, opened)


def _with_people(known: Known, settings: Settings, ledger: Ledger, opened: Opened) -> Known:
    """With what the book of people says of whoever may be written to; most of them it says nothing of."""
    from mailer.ledger import hashes
    from mailer.people import for_checks
    from mailer.people.plan import PlansRead, load

    plans = opened.plans = PlansRead(partial(load, config_dir=settings.config_dir))
    reasons = for_checks.reasons(settings.value("MAILER_PLAN").text or "gracious-six", plans)
    if not for_checks.has_people(ledger.store):
        return known._replace(reasons=reasons)
    return known._replace(
        holds=for_checks.holds(ledger.store, known.now.date()),
        gaps=for_checks.gaps(ledger.store, plans, known.gap),
        stopped_before=hashes.recogniser(ledger.store, "stop"),
        reasons=reasons,
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


def _account(settings: Settings) -> Mailbox | None:
    """The address that the account sends from: ``MAILER_FROM``'s, else the user name if it is an address."""
    from mailer.message.address import parse_mailbox

    sender, name = settings.sender, settings.value("MAILER_SMTP_USERNAME").text
    if sender is not None or "@" not in name:
        return sender
    try:
        return parse_mailbox(name)
    except BadData:
        return None
