"""What DNS says of a domain's mail: MX and SRV records, each question with a time limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from mailer.errors import Later

if TYPE_CHECKING:
    from dns.resolver import Resolver

SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Mx:
    """A host that takes a domain's mail (RFC 5321 5.1); the lowest ``preference`` is the best."""

    preference: int
    host: str


@dataclass(frozen=True, slots=True)
class Srv:
    """One server of a service (RFC 2782); ``target`` has no final dot and is "" where the service is not offered."""

    priority: int
    weight: int
    port: int
    target: str


class Records(Protocol):
    """Who answers; both give () where there is no such record and raise Later (75) where nobody answered."""

    def mx(self, domain: str) -> tuple[Mx, ...]: ...  # noqa: D102
    def srv(self, name: str) -> tuple[Srv, ...]: ...  # noqa: D102


class Dns:
    """The name servers of this machine, or those of ``resolver``; ``seconds`` is for one question with its retries."""

    def __init__(self, resolver: Resolver | None = None, seconds: float = SECONDS) -> None:
        self._resolver = resolver
        self._seconds = seconds

    def mx(self, domain: str) -> tuple[Mx, ...]:
        """Return the MX records of a domain in A-label form, best first; the null MX of RFC 7505 has "" as host."""
        found = (Mx(record.preference, _host(record.exchange)) for record in self._ask(domain, "MX"))
        return tuple(sorted(found, key=lambda mx: (mx.preference, mx.host)))

    def srv(self, name: str) -> tuple[Srv, ...]:
        """Return the SRV records of ``_service._tcp.domain``, in no order."""
        return tuple(
            Srv(record.priority, record.weight, record.port, _host(record.target)) for record in self._ask(name, "SRV")
        )

    def _ask(self, name: str, kind: str) -> tuple[Any, ...]:
        import dns.exception
        import dns.name
        import dns.resolver

        try:
            if self._resolver is None:
                self._resolver = dns.resolver.Resolver()
            question = dns.name.from_text(name)
            return tuple(self._resolver.resolve(question, kind, lifetime=self._seconds, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.name.LabelTooLong, dns.name.NameTooLong):
            return ()
        except (dns.exception.DNSException, OSError) as error:
            raise Later(
                f"the name servers gave no answer about {name}", hint="is the network up? or name the server yourself"
            ) from error


def _host(name: Any) -> str:  # noqa: ANN401
    return str(name.to_text(omit_final_dot=True)).lower().removesuffix(".")
