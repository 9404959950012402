"""Drafts as files."""

from __future__ import annotations

import os
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.drafts.eml import EmlFile, EmlFolder, free_name
from mailer.drafts.store import file_name
from mailer.errors import CannotWrite
from mailer.message.compose import compose_draft
from tests.drafts.contract import Contract, rendered


class TestEmlFile(Contract):
    def store(self, tmp_path):
        return EmlFile(tmp_path / "d.eml")

    def kept(self, tmp_path):
        return {str(path): path.read_bytes() for path in tmp_path.glob("*.eml") if path.is_file()}

    def spoil(self, tmp_path):
        (tmp_path / "d.eml").mkdir()

    def test_force_replaces_a_file_and_nothing_else(self, tmp_path):
        (tmp_path / "d.eml").write_text("mine")
        EmlFile(tmp_path / "d.eml", force=True).save(b"new", "")
        assert (tmp_path / "d.eml").read_bytes() == b"new"
        (tmp_path / "d.eml").unlink()
        os.mkfifo(tmp_path / "d.eml")
        with pytest.raises(CannotWrite, match="named pipe"):
            EmlFile(tmp_path / "d.eml", force=True).save(b"new", "")

    def test_a_name_as_long_as_names_may_be(self, tmp_path):
        path = tmp_path / ("é" * 125 + ".eml")
        EmlFile(path).save(b"x", "")
        assert path.read_bytes() == b"x"


class TestEmlFolder(Contract):
    def store(self, tmp_path):
        return EmlFolder(tmp_path / "out")

    def kept(self, tmp_path):
        return {str(path): path.read_bytes() for path in (tmp_path / "out").glob("*.eml")}

    def spoil(self, tmp_path):
        (tmp_path / "out").write_text("a file")

    def test_the_name_says_whom_and_what(self, tmp_path):
        where = Path(self.store(tmp_path).save(b"x", self.name))
        assert where.name == "dana.ruiz@acme.example-Thank-you-Zoë.eml"


def test_what_a_mail_program_reads():
    message = message_from_bytes(compose_draft(rendered()), policy=policy.default)
    assert message["X-Unsent"] == "1"
    assert message["Bcc"] == "me@novak.example"
    assert message["Subject"] == "Thank you, Zoë"
    assert message["In-Reply-To"] == "<first@acme.example>"
    assert message["Date"] is None
    assert message["Message-ID"] is None
    assert not message.defects


@given(st.text(), st.text())
def test_file_names_are_safe_everywhere(recipient, subject):
    name = file_name(recipient, subject)
    assert name
    assert len(name.encode()) <= 210
    assert not set(name) & set('/\\:*?"<>|\0\n\r\t ')
    assert not name.startswith((".", "-"))
    assert not name.endswith((".", " "))
    assert name.isprintable()


@pytest.mark.parametrize("subject", ["", "CON", "nul", "com1", "..", "/etc/passwd", "a" * 500, "é" * 300, "\u202egpj"])
def test_file_names_of_odd_subjects(subject, tmp_path):
    name = file_name("", subject)
    assert name.upper() not in {"CON", "NUL", "COM1"}
    (tmp_path / f"{name}.eml").write_bytes(b"")
    assert [path.name for path in tmp_path.iterdir()] == [f"{name}.eml"]


def test_names_used_in_this_run_get_a_number(tmp_path):
    taken = set()
    assert [free_name(tmp_path, name, taken) for name in ("a", "A", "b", "a")] == ["a", "A-2", "b", "a-3"]
