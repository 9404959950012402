"""A real server whose connection is cut anywhere: the next reading goes on, and nothing is lost or read twice."""

from __future__ import annotations

import contextlib
import random
import shutil
import socket
import threading
from collections import Counter

import pytest

from tests.kit.inbox import DANA, START, bounce, written
from tests.kit.letters import LETTER
from tests.kit.smtp_server import recording_server
from tests.kit.world import World, put, through
from tests.real.servers import USERS
from tests.real.test_sync_dovecot import everything, put_there

pytestmark = pytest.mark.real

ME = next(iter(USERS))
CUTS = 28


class Proxy:
    """Passes octets on to a port, and cuts the connection after so many of the server's, or of the client's."""

    def __init__(self, port):
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.limits = {}
        self.passed = Counter()
        threading.Thread(target=self._accept, daemon=True).start()

    def begin(self, **limits):
        self.limits, self.passed = limits, Counter()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, socket.create_connection(("127.0.0.1", self._to)) as server:
            answers = threading.Thread(target=self._pass_on, args=("server", server, client), daemon=True)
            answers.start()
            self._pass_on("client", client, server)
            answers.join()

    def _pass_on(self, name, one, other):
        with contextlib.suppress(OSError):
            while octets := one.recv(4_096):
                left = self.limits.get(name, 1 << 60) - self.passed[name]
                other.sendall(octets[: max(left, 0)])
                self.passed[name] += len(octets)
                if len(octets) >= left:
                    break
        for sock in (one, other):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._listening.close()


@pytest.fixture
def proxy(host):
    made = Proxy(host.ports["imaps"])
    yield made
    made.close()


def settings(host, proxy, smtp):
    return {
        "MAILER_FROM": f"Dana <{ME}>",
        "MAILER_PASSWORD": USERS[ME],
        "MAILER_CA_FILE": str(host.ca_file),
        "MAILER_IMAP_HOST": "localhost",
        "MAILER_IMAP_PORT": str(proxy.port),
        "MAILER_IMAP_USERNAME": ME,
        "MAILER_SAVE_SENT": "no",
        **through(smtp),
    }


def told(done):
    return [(one["class"], one["message_id"]) for one in done.objects if "class" in one]


def fill(host, letter):
    noise = [written(f"n{number}@shop.example", f"Offer {number}") for number in range(90)]
    answers = [written(DANA, f"Re: {number}", f"answer {number}\r\n" * 300) for number in range(12)]
    mails = [*noise, *answers, bounce(letter, "5.2.2"), bounce(letter, "4.2.2", at=START.replace(hour=20))]
    random.Random(3).shuffle(mails)
    put_there(host, *mails)
    put_there(host, written(ME, "By the way", to=DANA), folder="Gesendet")


@pytest.mark.slow
def test_cut_anywhere(host, proxy, tmp_path, monkeypatch):
    monkeypatch.setattr("mailer.syncing.imap.HEADS", 20)
    monkeypatch.setattr("mailer.syncing.imap.BODIES", 3)
    host.empty()
    with recording_server() as smtp:
        first = World(tmp_path / "first", **settings(host, proxy, smtp))
        put(first.folder, "r.md", LETTER)
        sent = first.mailer("send", "r.md", "--yes", "--json")
        assert sent.code == 0, sent
        fill(host, sent.json["message_id"])
        shutil.copytree(first.folder, tmp_path / "kept")
        everything(host)
        before = everything(host)
        proxy.begin()

        whole = first.mailer("sync", "--json")
        assert whole.code == 0, whole
        expected, read = Counter(told(whole)), whole.objects[-1]["read"]
        assert len(expected) == 14
        passed = dict(proxy.passed)
        lots = random.Random(11)
        cuts = [("server", lots.randrange(passed["server"])) for _ in range(CUTS)]
        cuts += [("client", lots.randrange(passed["client"])) for _ in range(CUTS // 4)]
        for number, (side, octets) in enumerate(cuts):
            shutil.copytree(tmp_path / "kept", tmp_path / f"w{number}")
            app = World(tmp_path / f"w{number}", **settings(host, proxy, smtp))
            proxy.begin(**{side: octets})
            cut = app.mailer("sync", "--json")
            proxy.begin()
            after, last = app.mailer("sync", "--json"), app.mailer("sync", "--json")
            where = f"cut after {octets} of the {side}'s octets"
            assert (after.code, last.code) == (0, 0), where
            assert Counter(told(cut)) + Counter(told(after)) == expected, where
            assert last.objects == [{"read": 0, "new": 0, "folders": 2, "error": None}], where
            assert cut.objects[-1].get("read", 0) + after.objects[-1]["read"] <= read + 2 * 20, where
            line = Counter(one["message_id"] for one in app.mailer("people", "show", DANA, "--json").json["timeline"])
            assert all(line[message_id] == 1 for _, message_id in expected), where
        assert everything(host) == before
