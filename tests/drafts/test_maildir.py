"""Drafts in a Maildir, read by the standard library's ``mailbox``."""

from __future__ import annotations

import mailbox

import pytest

from mailer.drafts.maildir import Maildir
from mailer.errors import CannotWrite
from mailer.message.compose import compose_draft
from tests.drafts.contract import Contract, rendered


class TestMaildir(Contract):
    def store(self, tmp_path):
        return Maildir(tmp_path / "box")

    def kept(self, tmp_path):
        files = (tmp_path / "box" / "cur").iterdir()
        return {str(path): path.read_bytes().replace(b"\n", b"\r\n") for path in files}

    def spoil(self, tmp_path):
        (tmp_path / "box").write_text("a file")

    def test_is_a_draft_to_others(self, tmp_path):
        self.store(tmp_path).save(compose_draft(rendered()), "")
        (message,) = mailbox.Maildir(tmp_path / "box")
        assert message.get_flags() == "D"
        assert message.get_subdir() == "cur"
        assert message["Bcc"] == "me@novak.example"

    def test_an_existing_maildir_is_used(self, tmp_path):
        box = mailbox.Maildir(tmp_path / "box")
        box.add(b"Subject: old\n\nx\n")
        self.store(tmp_path).save(compose_draft(rendered()), "")
        assert len(mailbox.Maildir(tmp_path / "box")) == 2

    def test_nothing_half_in_tmp(self, tmp_path):
        mailbox.Maildir(tmp_path / "box")
        (tmp_path / "box" / "cur").rmdir()
        (tmp_path / "box" / "cur").write_text("a file")
        with pytest.raises(CannotWrite):
            self.store(tmp_path).save(compose_draft(rendered()), "")
        assert list((tmp_path / "box" / "tmp").iterdir()) == []

    def test_many_in_one_moment(self, tmp_path):
        store = self.store(tmp_path)
        assert len({store.save(compose_draft(rendered()), "") for _ in range(50)}) == 50

    def test_a_folder_that_is_no_maildir(self, tmp_path):
        (tmp_path / "box").mkdir()
        (tmp_path / "box" / "letter.md").write_text("mine")
        with pytest.raises(CannotWrite, match="not a Maildir"):
            self.store(tmp_path).save(compose_draft(rendered()), "")
        assert [path.name for path in (tmp_path / "box").iterdir()] == ["letter.md"]
