"""A server that takes every letter and keeps none: ``python sink.py ROUND-TRIP-MS [EXTENSION…]``.

It listens on a free port of loopback, prints that port, answers each time a round trip later, and prints on SIGTERM how
many letters it took.  A process of its own, so that what it costs is not the client's.
"""

from __future__ import annotations

import asyncio
import signal
import sys

DELAY = float(sys.argv[1]) / 1000
HELLO = "".join(f"250-{word}\r\n" for word in ("sink", *sys.argv[2:])).encode() + b"250 8BITMIME\r\n"
SAID = {b"EHLO": HELLO, b"DATA": b"354 go on\r\n", b"QUIT": b"221 2.0.0 bye\r\n", b"RSET": b"250 2.0.0 reset\r\n"}
SAID |= {b"MAIL": b"250 2.1.0 sender taken\r\n", b"RCPT": b"250 2.1.5 recipient taken\r\n"}
TAKEN = b"250 2.0.0 taken\r\n"
taken = 0


class Session(asyncio.Protocol):
    """One client; ``left`` octets of a chunk are to come, or -1 while a dot is to come."""

    def connection_made(self, transport):
        self.transport, self.buffer, self.left, self.last = transport, b"", 0, True
        # Connecting takes a round trip too.
        self.after(2 * DELAY, b"220 sink\r\n")

    def after(self, seconds, octets):
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self.transport.write, octets)
        else:
            self.transport.write(octets)

    def data_received(self, data):
        self.buffer += data
        said = b"".join(iter(self.answer, None))
        if said:
            self.after(DELAY, said)

    def answer(self):
        """The reply to the next thing in the buffer, b"" where it needs none, None when it is not there yet."""
        if self.left:
            return self.content()
        line, end, rest = self.buffer.partition(b"\r\n")
        if not end:
            return None
        self.buffer, verb = rest, line[:4].upper()
        if verb == b"BDAT":
            self.left, self.last = int(line.split()[1]), line.endswith(b"LAST")
            return b""
        self.last = True
        self.left = -1 if verb == b"DATA" else 0
        return SAID.get(verb, b"502 5.5.1 what\r\n")

    def content(self):
        global taken
        end = self.buffer.find(b"\r\n.\r\n") + 5 if self.left < 0 else self.left
        if end < 5 or len(self.buffer) < end:
            if self.left > 0:
                self.left, self.buffer = self.left - len(self.buffer), b""
            return None
        self.buffer, self.left = self.buffer[end:], 0
        taken += self.last
        return TAKEN


async def main():
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    server = await loop.create_server(Session, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await stop.wait()
    print(taken, flush=True)


asyncio.run(main())
