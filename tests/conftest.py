"""Letters made from text, for tests of what becomes of them."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import signal
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from mailer.letters.letter import Letter, parse_letter
from mailer.letters.table import Row
from mailer.letters.template import Template, parse
from mailer.message.address import parse_mailbox
from mailer.message.rendered import Rendered
from mailer.render.compile import Defaults
from mailer.render.program import compile_letter
from tests.kit.smtp_server import recording_server

# A shell that runs the tests in the background has them ignore Ctrl-C, and every program that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes tells what else the machine has to do.  A change lands or not by what it does, not by luck:
# where CI runs the examples are the same each time; on a desk they are new ones.
settings.register_profile(
    "whole", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI"))
)
settings.register_profile("quick", settings.get_profile("whole"), max_examples=12)
settings.load_profile("quick")


# The ledger waits for the disk with each letter, ten thousand times in the quick tests: minutes where disks are slow.
MEMORY, ROOM = Path("/dev/shm"), 2 * 1024**3


def memory_will_do():
    """Tell whether the folder in memory holds what the tests write, and runs their scripts."""
    if not os.access(MEMORY, os.W_OK) or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        return False
    return shutil.disk_usage(MEMORY).free > ROOM


if memory_will_do():
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_finish():
    """Leave the thousands of tests that were collected out of every later search for garbage: they stay to the end."""
    gc.freeze()


@pytest.fixture(autouse=True)
def signals_as_before():
    """A command that is stopped hears no more signals: its process ends then, but not that of the tests."""
    numbers = (signal.SIGINT, signal.SIGTERM, *filter(None, [getattr(signal, "SIGHUP", None)]))
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    with contextlib.suppress(ValueError):
        for number, handler in before.items():
            signal.signal(number, handler)


@pytest.fixture
def server():
    """A server on loopback that takes every letter."""
    with recording_server() as server:
        yield server


def examples(count: int) -> settings:
    """So many examples with ``--hypothesis-profile=whole``, an eighth of them else."""
    whole = settings.get_current_profile_name() == "whole"
    return settings(max_examples=count if whole else max(count // 8, 1))


SENDER = parse_mailbox("Ana Weber <ana@weber.example>")


def make_letter(text: str, folder: Path | None = None) -> Letter:
    """A letter as if read from ``letter.md`` in ``folder``."""
    return parse_letter(text, (folder or Path("/nowhere")) / "letter.md")


def make_template(text: str, name: str = "hello") -> Template:
    return parse(text, name, f"{name}.md")


def make_row(number: int = 1, **values: str) -> Row:
    return Row(number, number + 1, "people.csv", values)


def make_rendered(
    text: str,
    template: str | None = None,
    *,
    sets: Mapping[str, str] | None = None,
    row: Mapping[str, str] | None = None,
    folder: Path | None = None,
    defaults: Defaults | None = None,
) -> Rendered:
    """One letter, rendered; ``row`` are the cells of a CSV's first data row."""
    made = make_template(template) if template is not None else None
    program = compile_letter(make_letter(text, folder), made, sets or {}, defaults or Defaults(SENDER, cwd=Path.cwd()))
    return program.render(make_row(**row) if row is not None else None)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "br":
            self.text.append("\n")

    def handle_data(self, data):
        self.text.append(data)


def read_html(source: str) -> _Words:
    """HTML as the standard library's parser reads it: its tags and its text."""
    words = _Words()
    words.feed(source)
    words.close()
    return words


def html_text(source: str) -> str:
    """The text of an HTML document, a line break for ``<br>`` (which is followed by a line end in ours)."""
    return "".join(read_html(source).text).replace("\n\n", "\n")


def hrefs(source: str) -> list[str | None]:
    return [attributes.get("href") for tag, attributes in read_html(source).tags if tag == "a"]


@pytest.fixture(scope="session")
def postgresql():
    """A PostgreSQL server, started with the first test that needs it."""
    from tests.kit.postgresql import running

    with running() as server:
        yield server


@pytest.fixture(params=["file", pytest.param("postgresql", marks=pytest.mark.real)])
def place(request, tmp_path):
    """Where a ledger is: what holds for one store holds for the other."""
    if request.param == "file":
        return tmp_path / "data" / "ledger.sqlite"
    if request.node.get_closest_marker("file"):
        pytest.skip("it is about the file")
    server = request.getfixturevalue("postgresql")
    server.empty(server.shared)
    return server.place(server.shared, folder=tmp_path / "data")
