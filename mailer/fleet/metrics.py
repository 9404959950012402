"""What Prometheus is told, on loopback: asked of the database at each scrape; no address of a recipient, no owner."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mailer.errors import BadSettings, MailerError, Usage
from mailer.fleet.state import state

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

    from mailer.fleet.state import FleetState, MailboxState
    from mailer.settings.database import Database

HOST = "127.0.0.1"
_COUNTED = {
    "queued": "Letters that are queued.",
    "due": "Queued letters whose time has come.",
    "in_flight": "Letters that a worker is sending.",
    "in_doubt": "Letters that may or may not have been sent; a person settles them.",
}
_AGE = "How long the longest due letter has been due."
_UNVISITED = "Owners of a mailbox that is to be read and could not be; of all others nothing is told."


def serve(place: Database, port: int) -> Callable[[], None]:
    """Answer scrapes until the process ends, or what is returned is called.

    Raises BadSettings without prometheus-client, Usage where the port cannot be had.
    """
    try:
        from prometheus_client import CollectorRegistry, start_http_server
        from prometheus_client.registry import Collector
    except ImportError as error:
        raise BadSettings("--metrics needs prometheus-client", hint="pip install 'letter-mailer[fleet]'") from error

    class Asked(Collector):
        def collect(self) -> Iterator[Metric]:
            return _metrics(place)

        def describe(self) -> list[Metric]:
            # Registering asks nothing of the database.
            return []

    registry = CollectorRegistry()
    registry.register(Asked())
    try:
        server, _ = start_http_server(port, HOST, registry)
    except OSError as error:
        raise Usage(f"port {port} cannot be opened: {error.strerror}", hint="Name another: --metrics PORT.") from error

    def stop() -> None:
        server.shutdown()
        server.server_close()

    return stop


def _metrics(place: Database) -> Iterator[Metric]:
    from prometheus_client.metrics_core import GaugeMetricFamily

    try:
        found = state(place)
    except MailerError:
        found = None
    yield GaugeMetricFamily("mailer_up", "Whether the database of the ledger answers.", 0 if found is None else 1)
    if found is not None:
        yield GaugeMetricFamily("mailer_workers_alive", "Workers that were heard from recently.", len(found.workers))
        yield from _by_mailbox(found)
        unvisited = GaugeMetricFamily("mailer_visits_failing", _UNVISITED, labels=["mailbox"])
        for mailbox, owners in Counter(one.mailbox for one in found.unvisited).items():
            unvisited.add_metric([mailbox], owners)
        yield unvisited


def _by_mailbox(found: FleetState) -> Iterator[Metric]:
    from prometheus_client.metrics_core import GaugeMetricFamily

    rows: defaultdict[str, list[MailboxState]] = defaultdict(list)
    for one in found.mailboxes:
        rows[one.mailbox].append(one)
    for what, words in _COUNTED.items():
        family = GaugeMetricFamily(f"mailer_letters_{what}", words, labels=["mailbox"])
        for mailbox, owners in rows.items():
            family.add_metric([mailbox], sum(getattr(one, what) for one in owners))
        yield family
    ages = GaugeMetricFamily("mailer_oldest_due_age_seconds", _AGE, labels=["mailbox"])
    for mailbox, owners in rows.items():
        oldest = min((one.oldest for one in owners if one.oldest), default=None)
        age = (datetime.now(UTC) - oldest).total_seconds() if oldest else 0
        ages.add_metric([mailbox], max(0, age))
    yield ages
