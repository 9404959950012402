"""A submission server that counts: which letter it took for whom, and which connections a mailbox had at what time.

It asks for AUTH: the user name tells the mailbox, the password who signs in.  It runs in a thread of its own.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

_ID = re.compile(rb"(?im)^message-id:\s*(<[^>]*>)")
_HELLO = b"250-counting\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n"


@dataclass
class Connection:
    """One connection: whose, when it stood (monotonic seconds), and when it last said something."""

    mailbox: str
    who: str
    began: float
    ended: float = float("inf")
    heard: float = 0.0


@dataclass
class Counting:
    """What the server took: ``taken`` by (Message-ID, recipient), ``moments`` of each mailbox's letters.

    ``drops``: of so many connections' replies to content one is not given, and the connection cut; ``seconds``: to wait
    before the reply to content.  ``answers`` may give another reply to MAIL, by mailbox.
    """

    port: int = 0
    drops: float = 0.0
    seconds: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(18))
    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    moments: list[tuple[float, str, str]] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    answers: dict[str, bytes] = field(default_factory=dict)
    host = "127.0.0.1"

    def of(self, mailbox: str) -> int:
        """How many letters it took from a mailbox."""
        return sum(name == mailbox for _, name, _ in self.moments)

    def at_once(self) -> list[tuple[Connection, Connection]]:
        """Connections of one mailbox that stood at the same time."""
        found = []
        by_mailbox: dict[str, list[Connection]] = {}
        for one in sorted(self.connections, key=lambda each: each.began):
            before = by_mailbox.setdefault(one.mailbox, [])
            found += [(other, one) for other in before if other.ended > one.began]
            before.append(one)
        return found

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation."""
        mine: Connection | None = None
        try:
            writer.write(b"220 counting\r\n")
            to: list[str] = []
            while line := await reader.readline():
                verb, rest = line[:4].upper(), line[4:].strip()
                if verb == b"AUTH":
                    _, name, word = base64.b64decode(rest.split()[1]).decode().split("\0")
                    mine = Connection(name, word, time.monotonic())
                    self.connections.append(mine)
                    writer.write(b"235 2.7.0 welcome\r\n")
                elif verb == b"DATA":
                    writer.write(b"354 go on\r\n")
                    assert mine
                    if not await self._content(reader, writer, mine, to):
                        return
                elif verb == b"QUIT":
                    writer.write(b"221 2.0.0 bye\r\n")
                    return
                else:
                    writer.write(self._said(verb, rest, to, mine))
                if mine:
                    mine.heard = time.monotonic()
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            if mine:
                mine.ended = time.monotonic()
            writer.close()

    def _said(self, verb: bytes, rest: bytes, to: list[str], mine: Connection | None) -> bytes:
        if verb == b"EHLO":
            return _HELLO
        if verb == b"MAIL":
            to.clear()
            return self.answers.get(mine.mailbox if mine else "", b"250 2.1.0 ok\r\n")
        if verb == b"RCPT":
            to.append(rest.partition(b"<")[2].partition(b">")[0].decode())
        return b"250 2.0.0 ok\r\n"

    async def _content(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, mine: Connection, to: list[str]
    ) -> bool:
        content = await reader.readuntil(b"\r\n.\r\n")
        if self.seconds:
            await writer.drain()
            await asyncio.sleep(self.seconds)
        found = _ID.search(content)
        assert found
        name = found[1].decode()
        self.taken.update((name, each) for each in to)
        self.moments.append((time.monotonic(), mine.mailbox, name))
        if self.drops and self.chance.random() < self.drops:
            return False
        writer.write(b"250 2.0.0 taken\r\n")
        return True


@dataclass
class Wire:
    """A TCP proxy to a server's socket file; ``cut`` ends every connection, ``is_down`` lets no new one through."""

    path: str
    port: int = 0
    is_down: bool = False
    loop: asyncio.AbstractEventLoop | None = None
    writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass octets on, both ways."""
        if self.is_down:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_unix_connection(self.path)
        except OSError:
            writer.transport.abort()
            return
        self.writers |= {writer, back}
        await asyncio.gather(_pump(reader, back), _pump(there, writer))
        self.writers -= {writer, back}

    def cut(self) -> None:
        """Drop the connections, as a network does that fails."""
        assert self.loop
        self.loop.call_soon_threadsafe(lambda: [each.transport.abort() for each in tuple(self.writers)])


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.contextmanager
def serving(*served: Counting | Wire) -> Iterator[None]:
    """Serve each on a free port of loopback, in one thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start(one: Counting | Wire) -> asyncio.Server:
        server = await asyncio.start_server(one.talk, "127.0.0.1", 0, limit=1 << 20)
        one.port = server.sockets[0].getsockname()[1]
        if isinstance(one, Wire):
            one.loop = loop
        return server

    servers = [asyncio.run_coroutine_threadsafe(start(one), loop).result(10) for one in served]
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(_stop(servers), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _stop(servers: list[asyncio.Server]) -> None:
    for server in servers:
        server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
