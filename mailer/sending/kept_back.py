"""Why letters that have come due do not go: what came between, as it stands now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mailer.people.house import stopped_elsewhere
from mailer.people.second_look import SecondLook
from mailer.sending.book import here
from mailer.sending.world import others_of

if TYPE_CHECKING:
    from mailer.errors import NotReady
    from mailer.ledger.ledger import Ledger
    from mailer.sending.world import World
    from mailer.settings.settings import Settings

# So many letters are looked at together.
_AT_ONCE = 200


def kept_back(world: World, settings: Settings, ledger: Ledger, names: Sequence[str]) -> Iterator[tuple[str, NotReady]]:
    """Of these queued letters those that would not go today, by id.  Raises CannotWrite, Later."""
    others = others_of(settings) if names else ()
    elsewhere = stopped_elsewhere(others, ledger.store) if others else None
    for at in range(0, len(names), _AT_ONCE):
        letters = ledger.all_queued(names[at : at + _AT_ONCE])
        look = SecondLook(ledger.store, letters, here(world, settings), elsewhere)
        yield from ((letter.id, error) for letter in letters if (error := look.at(letter)))
