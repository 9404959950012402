"""What DNS says, asked of a real authoritative server: NSD, on loopback."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time

import pytest

from mailer.accounts.providers.dns import Dns
from mailer.errors import Later
from tests.accounts.providers.contract import FindingContract
from tests.kit.dns import ZONE, resolver

pytestmark = pytest.mark.real
NSD = shutil.which("nsd") or shutil.which("nsd", path="/usr/sbin")
CONFIG = """
server:
  ip-address: 127.0.0.1@{port}
  username: ""
  chroot: ""
  zonesdir: "{folder}"
  pidfile: "{folder}/nsd.pid"
  database: ""
  zonelistfile: "{folder}/zone.list"
  xfrdfile: "{folder}/xfrd.state"
  xfrdir: "{folder}"
  logfile: "{folder}/nsd.log"
  cookie-secret-file: "{folder}/cookies"
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: acme.test
  zonefile: acme.zone
"""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    if NSD is None:
        pytest.skip("needs nsd (Debian: nsd)")
    folder, port = tmp_path_factory.mktemp("nsd"), free_port()
    (folder / "acme.zone").write_text(ZONE)
    (folder / "nsd.conf").write_text(CONFIG.format(port=port, folder=folder))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([NSD, "-d", "-c", str(folder / "nsd.conf")], **quiet) as process:
        await_answer(port, process, folder)
        yield port
        process.terminate()


def await_answer(port, process, folder):
    records = Dns(resolver(port), seconds=0.5)
    for _ in range(50):
        if process.poll() is not None:
            break
        try:
            if records.mx("own.acme.test"):
                return
        except Later:
            time.sleep(0.1)
    log = folder / "nsd.log"
    raise AssertionError(f"nsd did not start: {log.read_text() if log.exists() else 'no log'}")


class TestWithNsd(FindingContract):
    @pytest.fixture
    def records(self, port):
        return Dns(resolver(port))

    def test_a_name_of_another_zone_is_refused(self, records):
        with pytest.raises(Later):
            records.mx("elsewhere.test")
