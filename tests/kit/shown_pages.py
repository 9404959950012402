"""The pages that are looked at: letters, a batch, a person and the year, each as its command makes it."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from unittest import mock

from mailer.cli.app import App
from mailer.cli.main import run

LETTER = """Template: runner-up
From: Jo Novak <jo@novak.example>
To: Dana Ruiz <dana.ruiz@acme.example>
Company: Acme Robotics
Position: Data Engineer
Attach: test-bench-notes.pdf

The afternoon with Priya's **test-bench team** stayed with me, above all the question how to tell a worn
bearing from a noisy sensor. I have written down how I would measure it; the two pages are attached.
"""
PROBLEMS = """Template: runner-up
From: Jo Novak <jo@novak.example>
To: Dana Ruiz <dana.ruiz@acme.example>
Company: Acme Robotics
Position: Data Engineer

The afternoon with [name] stayed with me, above all the question how to tell a worn bearing from a noisy sensor. I
attached two pages on how I would measure it.
"""
LONG = """From: Jürgen Größler-Weiß <j.groessler@beispiel.example>
To: 山田 太郎 <yamada@seimitsu.example>
Cc: Maximiliane-Konstanze von Hohenstaufen-Wolfratshausen <m@feinwerktechnik.example>
Subject: 面接のお礼 – Danke für das Gespräch über die Stelle in der Entwicklung
Content-Type: text/markdown

山田様

""" + "\n".join(
    f"{number}. Ein Absatz über das, was wir am Nachmittag besprochen haben, und was ich seither dazu gelesen habe.\n"
    for number in range(1, 27)
)
BATCH = """From: Jo Novak <jo@novak.example>
To: {{name}} <{{email}}>
Subject: Thank you for the {{position}} interview
Content-Type: text/markdown

Dear {{name}},

thank you for telling me about the {{position}} role at {{company}}. {{line}}

Kind regards,\\
Jo Novak
"""
ROWS = """name,email,company,position,line
Dana Ruiz,dana.ruiz@acme.example,Acme Robotics,Data Engineer,The afternoon in your lab stayed with me.
Lee Park,lee@cedar.example,Cedar,Developer,I enjoyed the talk about build times.
Jürgen Größler-Weiß,j.groessler@mueller.example,Müller & Söhne,Entwickler,Das Gespräch über Getriebe war schön.
山田 太郎,yamada@seimitsu.example,株式会社東京精密,Data Engineer,The tour of the works was the best part.
Mara Okafor,mara at birch,Birch Labs,Analyst,I liked the question about the survey.
Ana Sousa,ana@ode.example,Ode Labs,Developer,"I attached the notes, [first name]."
"""
PEOPLE = """name,company,address,position,refused-on,plan,language,country,note,url
Dana Ruiz,Acme Robotics,dana.ruiz@acme.example,Data Engineer,2026-09-14,gracious-six,en,US,\
"Asked for the test-bench notes. Prefers short letters.",https://profiles.example/dana
山田 太郎,株式会社東京精密,yamada@seimitsu.example,データエンジニア,2026-10-05,gracious-six,ja,JP,,
Jürgen Größler-Weiß,Müller & Söhne Feinwerktechnik GmbH,j@mueller.example,Entwickler,2026-06-22,gracious-six,de,DE,,
Mara Okafor,Birch Labs,mara@birch.example,Analyst,2026-11-09,gracious-six,en,GB,,
Lee Park,Cedar,lee@cedar.example,Developer,2026-08-03,gracious-six,en,US,,
Ana Sousa,Ode Labs,ana@ode.example,Developer,2026-05-11,after-interview,pt,PT,,
"""
TOUCHES = (
    ("dana", "letter", "2026-09-15", "Thank you for the Data Engineer interview"),
    ("dana", "message", "2026-10-20", "The paper on bearing noise"),
    ("yamada@seimitsu.example", "letter", "2026-10-07", "面接のお礼"),
    ("j@mueller.example", "letter", "2026-06-24", "Danke für das Gespräch"),
    ("j@mueller.example", "message", "2026-07-30", "Der Artikel über Getriebe"),
    ("j@mueller.example", "call", "2026-09-10", "He asked about my new course"),
    ("mara", "letter", "2026-11-11", "Thank you"),
    ("lee", "letter", "2026-08-05", "Thank you"),
    ("lee", "answer", "2026-11-20", "Happy to talk in December"),
    ("dana", "answer", "2026-10-22", "Thanks, passed on to Priya"),
)
COMMANDS = {
    "letter": ("preview", "letter.md"),
    "problems": ("preview", "problems.md"),
    "long": ("preview", "long.md"),
    "batch": ("preview", "batch.md", "--each", "rows.csv"),
    "person": ("people", "show", "dana"),
    "year": ("due",),
}


def made(folder: Path) -> dict[str, Path]:
    """Every page by its name, as files of ``folder``."""
    desk = _Desk(folder)
    for name, text in (("letter", LETTER), ("problems", PROBLEMS), ("long", LONG), ("batch", BATCH)):
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    (folder / "rows.csv").write_text(ROWS, encoding="utf-8")
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (folder / "test-bench-notes.pdf").write_bytes(_pdf())
    desk.run("people", "import", "people.csv", "--yes")
    for who, by, on, note in TOUCHES:
        desk.run("touch", who, "--by", by, "--on", on, "--note", note)
    desk.run("resume", "dana")
    desk.run("hold", "mara", "--until", "2027-02-28", "--why", "their fair")
    return {name: desk.opened(name, *words) for name, words in COMMANDS.items()}


class _Desk:
    """``mailer`` on one day in November, with no browser."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        now = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
        kept = {"MAILER_DATA_DIR": str(folder / "data"), "MAILER_CONFIG_DIR": str(folder / "config")}
        self.app = App({**kept, "MAILER_TIMEZONE": "Europe/Berlin"}, folder, lambda: now)
        assert now.date() > date(2026, 11, 29)

    def run(self, *words: str) -> None:
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), mock.patch("sys.stdin", io.StringIO()):
            code = run(list(words), obj=self.app)
        err.seek(0)
        assert code in (0, 65), (words, code, err.read())

    def opened(self, name: str, *words: str) -> Path:
        """The page that a command opens, under a name of its own."""
        there = self.folder / "opened"
        there.mkdir(exist_ok=True)
        with mock.patch.object(tempfile, "tempdir", str(there)), mock.patch.dict(os.environ, {"BROWSER": "true %s"}):
            self.run(*words, "--open")
        (page,) = there.glob("mailer-*.html")
        return page.rename(self.folder / f"{name}.html")


def _pdf() -> bytes:
    from tests.kit.checks import pdf

    return pdf()
