"""Letters to check: each a letter file in words, the world around it, and exactly what must be found."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mailer.checks.problem import Problem
from mailer.checks.runner import Checker
from mailer.checks.world import Known, Other
from mailer.letters.letter import parse_letter
from mailer.letters.template import built_in_folder, load
from mailer.message.address import Mailbox, parse_mailbox
from mailer.render.compile import Defaults
from mailer.render.program import compile_letter

NOW = datetime(2026, 5, 12, 10, 0, tzinfo=UTC)  # a Tuesday
SENDER = Mailbox("jo@novak.example", "Jo Novak")
PROSE = (
    "The afternoon with Priya's test-bench team stayed with me, above all how they find a bad sensor before the "
    "customer does. Your question about the drift in the night shift's readings made me try it at home: a running "
    "median over nine samples took most of it out of my own weather station."
)


@dataclass(frozen=True)
class Sample:
    """``expect`` holds "check level" with levels b, w and h, each once however many problems it stands for."""

    name: str
    text: str
    expect: frozenset[str] = frozenset()
    now: datetime = NOW
    others: tuple[Other, ...] = ()
    account: str = ""
    signature: str = ""
    size_limit: int | None = None
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def innocent(self) -> bool:
        return not self.expect


def expected(words: str) -> frozenset[str]:
    return frozenset(part.strip() for part in words.split(",") if part.strip())


def work(name: str, expect: str = "", prose: str = PROSE, *, now: datetime = NOW, **rest) -> Sample:
    """A letter from the template runner-up; headers by keyword, None takes one away."""
    world = {key: rest.pop(key) for key in ("others", "account", "signature", "size_limit", "files") if key in rest}
    headers = {
        "template": "runner-up",
        "from": "Jo Novak <jo@novak.example>",
        "to": "Dana Ruiz <dana.ruiz@acme.example>",
        "company": "Acme Robotics",
        "position": "Data Engineer",
        **rest,
    }
    lines = [f"{key.replace('_', '-')}: {value}" for key, value in headers.items() if value is not None]
    return Sample(name, "\n".join(lines) + f"\n\n{prose}\n", expected(expect), now, **world)


def lone(name: str, expect: str = "", body: str = "", *, now: datetime = NOW, **rest) -> Sample:
    """A letter on its own, business mail of any kind."""
    world = {key: rest.pop(key) for key in ("others", "account", "signature", "size_limit", "files") if key in rest}
    headers = {
        "from": "Jo Novak <jo@novak.example>",
        "to": "Dana Ruiz <dana.ruiz@acme.example>",
        "subject": "Monday's meeting",
        **rest,
    }
    lines = [f"{key.replace('_', '-')}: {value}" for key, value in headers.items() if value is not None]
    return Sample(name, "\n".join(lines) + f"\n\n{body}\n", expected(expect), now, **world)


def other(
    what: str = "globex.md",
    *,
    to: str = "Tom Baker <tom.baker@globex.example>",
    company: str = "Globex",
    position: str = "Machine Learning Engineer",
    prose: str = "",
    origin: str = "folder",
    days: float | None = None,
    template: str = "runner-up",
    same_file: bool = False,
) -> Other:
    """Another letter, by default one in the folder."""
    box = parse_mailbox(to)
    sent = None if days is None else NOW - timedelta(days=days)
    names = (box.display_name,) if box.display_name else ()
    about = {"template": template, "company": company, "position": position, "prose": prose}
    identity = "" if sent is None else "0" * 64
    key = frozenset({box.key})
    return Other(origin, what, key, names, **about, sent=sent, identity=identity, same_file=same_file)


def problems(sample: Sample, folder: Path) -> tuple[Problem, ...]:
    """What the engine finds."""
    for name, data in sample.files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    letter = parse_letter(sample.text, folder / "letter.md")
    said = letter.get("language")
    language = said.value if said else ""
    template = load(letter.template, [built_in_folder()], language) if letter.template else None
    program = compile_letter(letter, template, {}, Defaults(SENDER, sample.signature, "", folder))
    account = parse_mailbox(sample.account) if sample.account else None
    known = Known(sample.now, sample.others, account, sample.size_limit, "the provider")
    return Checker(letter, template, lambda _: known).problems(program.render())


def found(sample: Sample, folder: Path) -> frozenset[str]:
    """The checks that spoke, with their levels."""
    return frozenset(f"{problem.check} {problem.level[0]}" for problem in problems(sample, folder))


def pdf(title: str = "", author: str = "", password: str = "", pages: int = 1) -> bytes:
    """A PDF as pypdf writes it."""
    from pypdf import PdfWriter

    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    writer.add_metadata({"/Title": title, "/Author": author})
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()
