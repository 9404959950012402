"""A rehearsal: letters go over SMTP to a server in this process; nobody is asked, nothing is claimed or recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.errors import MailerError
from mailer.sending.item import Item, not_ready_error
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mailer.message.compose import Stamp
    from mailer.sending.world import World
    from mailer.transport.rehearsal import Received
    from mailer.transport.values import Outcome, Outgoing


class Settled(NamedTuple):
    """What came of a letter that was submitted; ``received`` is what arrived of one that was sent."""

    outcome: Outcome
    stamp: Stamp
    received: Received | None


def rehearse(world: World, items: Iterable[Item], *, verbose: int) -> Iterator[tuple[Item, Settled | None]]:
    """Submit each letter; yield it as it settles, or with its error where it is not fit to go."""
    from mailer.transport.rehearsal import Rehearsal
    from mailer.transport.session import open_session
    from mailer.transport.values import SmtpServer

    received: list[Received] = []
    with Rehearsal(received.append) as server:
        there = SmtpServer(server.host, server.port, security="none")
        letters = _Letters(world, items)
        with open_session(there, log=world.note if verbose else None) as session:
            for outcome in session.submit(letters.outgoing()):
                yield from letters.take_unfit()
                item, stamp = letters.on_their_way.pop(outcome.id)
                arrived = received.pop(0) if outcome.state == "sent" and received else None
                yield item, Settled(outcome, stamp, arrived)
            yield from letters.take_unfit()


class _Letters:
    """The letters of a rehearsal, composed as they are asked for."""

    def __init__(self, world: World, items: Iterable[Item]) -> None:
        self.world, self.items = world, items
        self.on_their_way: dict[str, tuple[Item, Stamp]] = {}
        self._unfit: list[Item] = []
        self._count = 0

    def outgoing(self) -> Iterator[Outgoing]:
        """Yield what is fit to go; the rest is kept for ``take_unfit``."""
        for item in self.items:
            try:
                yield self._composed(item)
            except MailerError as error:
                self._unfit.append(item._replace(error=error))

    def take_unfit(self) -> Iterator[tuple[Item, None]]:
        """Yield what was not fit, once."""
        while self._unfit:
            yield self._unfit.pop(0), None

    def _composed(self, item: Item) -> Outgoing:
        from mailer.message.compose import compose, envelope, make_stamp
        from mailer.transport.values import Outgoing

        rendered = item.words()
        if item.blocked:
            raise not_ready_error(item)
        stamp = make_stamp(rendered.sender.addr_spec, self.world.now(), self.world.token())
        content = compose(rendered, stamp)
        self._count += 1
        name = f"rehearsal-{self._count}"
        self.on_their_way[name] = item, stamp
        return Outgoing(name, envelope(rendered), content)
