"""How much a provider still takes of an account, by its published limits and what the ledger says went already."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from mailer.errors import Later
from mailer.sending.world import others_of
from mailer.settings.values import is_loopback
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from mailer.accounts.providers.table import Provider
    from mailer.ledger.ledger import Ledger
    from mailer.sending.job import Job
    from mailer.sending.preflight import Preflight
    from mailer.sending.world import World
    from mailer.settings.database import Database
    from mailer.settings.server import Server

_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


class Quota(NamedTuple):
    """``left`` of ``most`` ``things`` (letters or recipients) that may go in a ``span`` (day or hour)."""

    most: int
    left: int
    things: str
    span: str

    def limit(self) -> str:
        """Return ``500 letters a day``."""
        return f"{self.most:,} {self.things} {'an' if self.span == 'hour' else 'a'} {self.span}"


class Allowance:
    """What is left of every quota of a provider.

    ``take`` uses it up; ``later`` is then why letters wait.
    """

    def __init__(
        self, name: str, quotas: tuple[Quota, ...], per_minute: float = 0, connections: int = 0, recent: int = 0
    ) -> None:
        """``recent`` letters went within the last minute."""
        self._name = name
        self._recent = recent
        self._connections = connections
        self._quotas = quotas
        self._per_minute = per_minute
        self._used = {"letters": 0, "recipients": 0}
        self.later: Later | None = None

    def said(self) -> str:
        """What is left, in a sentence; "" where nothing is published."""
        if not self._quotas:
            return ""
        least = min(self._quotas, key=lambda quota: quota.left)
        left = f"{least.left:,} of its {least.limit()}"
        return f"{self._name} still takes {left}; the rest waits."

    def rate(self, asked: float, letters: int) -> float:
        """Return letters a minute, 0 for no limit: as asked for, else the provider's where so many would go beyond."""
        return asked or (self._per_minute if letters + self._recent > self._per_minute else 0.0)

    def connections(self, asked: int) -> int:
        """Return how many connections at most: as asked for, 0 being what is published, and never more than that."""
        if not asked:
            return self._connections or 1
        return min(asked, self._connections or asked)

    def take(self, people: int) -> Later | None:
        """Count a letter to so many, or say why it must wait; after the first that waits all do."""
        if self.later is None and self._quotas:
            used = {"letters": self._used["letters"] + 1, "recipients": self._used["recipients"] + people}
            full = next((quota for quota in self._quotas if used[quota.things] > quota.left), None)
            if full is None:
                self._used = used
            else:
                when = "tomorrow" if full.span == "day" else "in an hour"
                text = f"{self._name} takes {full.limit()}, and none are left now"
                self.later = Later(text, hint=f"Run the same command again {when}: nothing goes twice.")
        return self.later


def quota_of_run(job: Job, server: Server, preflight: Preflight, world: World) -> Allowance | None:
    """Return what the provider of the server still takes of a batch; None where nothing is published."""
    if preflight.first is None:
        return None
    domain = preflight.first.words().sender.domain
    account, others = job.settings.account or "", others_of(job.settings)
    return quota_of(server, domain, preflight.ledger, account, world.now(), others)


def quota_of(
    server: Server, domain: str, ledger: Ledger, account: str, now: datetime, others: Sequence[Path | Database] = ()
) -> Allowance | None:
    """Return what the provider of a server still takes of an account; ``domain`` is that of the sender.

    ``others`` are the ledgers of those who may send from it too.
    """
    if is_loopback(server.host):
        return None
    from mailer.accounts.providers.table import provider_of_account

    provider = provider_of_account(server.host, domain)
    if provider is None:
        return None
    handed_over = partial(_handed_over, ledger, others, account, server.mailbox)
    quotas, limits = tuple(_quotas(provider, handed_over, now)), provider.limits
    recent = handed_over(now - _MINUTE)[0] if limits.per_minute else 0
    return Allowance(provider.name, quotas, limits.per_minute or 0, limits.connections or 0, recent)


def _handed_over(
    ledger: Ledger, others: Sequence[Path | Database], account: str, mailbox: str, since: datetime
) -> tuple[int, int]:
    letters, people = ledger.handed_over(since, account, mailbox)
    if others:
        from mailer.people.house import handed_over

        more, more_people = handed_over(others, since, account, mailbox)
        letters, people = letters + more, people + more_people
    return letters, people


def _quotas(provider: Provider, handed_over: Callable[[datetime], tuple[int, int]], now: datetime) -> Iterator[Quota]:
    limits = provider.limits
    # Where only one number is published, every recipient counts as a message.
    by_letter = "letters" if limits.recipients_per_day else "recipients"
    published = (
        (limits.per_day, by_letter, "day", _DAY),
        (limits.recipients_per_day, "recipients", "day", _DAY),
        (limits.per_hour, by_letter, "hour", _HOUR),
    )
    for most, things, span, length in published:
        if most:
            letters, recipients = handed_over(now - length)
            gone = letters if things == "letters" else recipients
            yield Quota(most, max(0, most - gone), things, span)
