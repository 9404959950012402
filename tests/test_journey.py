"""A new user's first ten minutes: ``new``, the prose, ``preview``, ``draft``, ``rehearse``, each as a program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from email import message_from_bytes, policy
from pathlib import Path

import pytest

REFUSAL = """Message-ID: <no-1@acme.example>
From: Dana Ruiz <dana.ruiz@acme.example>
Date: Fri, 20 Nov 2026 17:42:00 +0100
Subject: Your application as Data Engineer

We chose someone else.
"""
PROSE = "The afternoon with Priya's test-bench team stayed with me: *nobody* guesses there.\n"


@pytest.fixture
def mailer(tmp_path):
    script = Path(sys.executable).with_name("mailer")
    command = [str(script)] if script.exists() else [sys.executable, "-m", "mailer"]
    home = tmp_path / "home"
    home.mkdir()
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "TMPDIR": str(tmp_path)}

    def run(*arguments, code=0):
        done = subprocess.run(
            [*command, *arguments], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == code, done.stderr
        return done

    yield run
    assert list(home.rglob("*")) == []


def test_from_a_no_to_a_mail_that_arrives(mailer, tmp_path):
    (tmp_path / "no.eml").write_text(REFUSAL)
    assert "runner-up" in mailer("templates").stdout

    sets = ("--set", "company=Acme Robotics", "--set", "position=Data Engineer")
    mailer("new", "runner-up", "--refusal", "no.eml", *sets)
    letter = tmp_path / "runner-up.md"
    mailer("rehearse", "runner-up.md", code=1)
    mailer("preview", "runner-up.md", code=78)

    words = letter.read_text()
    example = next(line for line in words.splitlines() if line.startswith("‹"))
    letter.write_text("From: Jo Novak <jo@novak.example>\n" + words.replace(example, PROSE))

    preview = json.loads(mailer("preview", "runner-up.md", "--json").stdout)
    assert [problem for problem in preview["problems"] if problem["level"] == "block"] == []
    assert preview["subject"] == "Re: Your application as Data Engineer"
    assert "nobody guesses there" in preview["text"]
    assert "‹" not in preview["html"]

    mailer("draft", "runner-up.md", "-o", "draft.eml")
    draft = message_from_bytes((tmp_path / "draft.eml").read_bytes(), policy=policy.default)
    assert draft["X-Unsent"] == "1"

    told = json.loads(mailer("rehearse", "runner-up.md", "--json").stdout)
    assert told["status"] == "sent"
    arrived = message_from_bytes(Path(told["received"]["path"]).read_bytes(), policy=policy.default)
    for message in (draft, arrived):
        assert message["To"] == "Dana Ruiz <dana.ruiz@acme.example>"
        assert message["In-Reply-To"] == "<no-1@acme.example>"
        assert message["Subject"] == "Re: Your application as Data Engineer"
        assert not message.defects
    for kind in ("plain", "html"):
        assert draft.get_body((kind,)).get_content() == arrived.get_body((kind,)).get_content()
    assert "nobody guesses there" in arrived.get_body(("plain",)).get_content().replace(" \r\n", " ").replace(
        " \n", " "
    )


def test_the_worked_example_needs_nothing(mailer):
    done = mailer("rehearse")
    assert done.stdout.startswith("sent\t")
    assert "Dear Dana," in done.stderr
