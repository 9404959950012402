"""Look again at letters that were put off: what came between, and why some that are due do not go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from mailer.ledger.values import Claim
from mailer.people.house import stopped_elsewhere
from mailer.people.second_look import SecondLook
from mailer.sending.book import here
from mailer.sending.world import others_of

if TYPE_CHECKING:
    from pathlib import Path

    from mailer.errors import NotReady
    from mailer.ledger.ledger import Ledger
    from mailer.ledger.values import Queued
    from mailer.sending.world import World
    from mailer.settings.database import Database
    from mailer.settings.settings import Settings

# So many letters are looked at together.
_AT_ONCE = 200


def looking(
    world: World, settings: Settings, ledger: Ledger, others: Sequence[Path | Database]
) -> Callable[[Sequence[Queued]], SecondLook]:
    """What looks at some letters together, as of now; ``others`` are the ledgers of other owners.

    Raises CannotWrite, Later.
    """
    elsewhere = stopped_elsewhere(others, ledger.store) if others else None
    return lambda letters: SecondLook(ledger.store, letters, here(world, settings), elsewhere)


def stopped_meanwhile(world: World, settings: Settings, ledger: Ledger, letter: str) -> NotReady | None:
    """Why a letter that was tried must not be tried again: somebody whom it goes to is stopped now.

    Raises CannotWrite, Later.
    """
    others, named = others_of(settings), Claim("retry", letter)
    elsewhere = stopped_elsewhere(others, ledger.store) if others else None
    return SecondLook(ledger.store, [named], here(world, settings), elsewhere).stops(named)


def kept_back(world: World, settings: Settings, ledger: Ledger, names: Sequence[str]) -> Iterator[tuple[str, NotReady]]:
    """Of these queued letters those that would not go today, by id.  Raises CannotWrite, Later."""
    if not names:
        return
    look_at = looking(world, settings, ledger, others_of(settings))
    for at in range(0, len(names), _AT_ONCE):
        letters = ledger.all_queued(names[at : at + _AT_ONCE])
        look = look_at(letters)
        yield from ((letter.id, error) for letter in letters if (error := look.at(letter)))
