"""What every place for drafts promises; subclassed for each."""

from __future__ import annotations

import stat

import pytest

from mailer.drafts.store import file_name
from mailer.errors import CannotWrite
from mailer.message.compose import Stamp, compose_draft
from mailer.message.rendered import Rendered, Thread

STAMP: Stamp | None = None


def rendered(subject="Thank you, Zoë", text="Dear Dana,\n\nFrom the first minute I liked it.\n"):
    from mailer.message.address import parse_list, parse_mailbox

    return Rendered(
        sender=parse_mailbox("Jo Novak <jo@novak.example>"),
        to=parse_list("Dana Ruiz <dana.ruiz@acme.example>"),
        bcc=parse_list("me@novak.example"),
        subject=subject,
        text=text,
        html=None,
        thread=Thread("<first@acme.example>"),
    )


class Contract:
    """Give ``store(tmp_path)`` and ``kept(tmp_path)``: the files of all drafts kept, as bytes with CRLF."""

    name = file_name("dana.ruiz@acme.example", "Thank you, Zoë")

    def store(self, tmp_path):
        raise NotImplementedError

    def kept(self, tmp_path):
        raise NotImplementedError

    def spoil(self, tmp_path):
        """Make it so that nothing can be written."""
        raise NotImplementedError

    def test_keeps_the_message_whole(self, tmp_path):
        message = compose_draft(rendered())
        where = self.store(tmp_path).save(message, self.name)
        assert self.kept(tmp_path) == {where: message}

    def test_for_this_user_only(self, tmp_path):
        from pathlib import Path

        where = self.store(tmp_path).save(compose_draft(rendered()), self.name)
        assert stat.S_IMODE(Path(where).stat().st_mode) == 0o600

    def test_leaves_nothing_beside_it(self, tmp_path):
        self.store(tmp_path).save(compose_draft(rendered()), self.name)
        assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1

    def test_failure_is_told_and_leaves_nothing(self, tmp_path):
        self.spoil(tmp_path)
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(CannotWrite) as caught:
            self.store(tmp_path).save(compose_draft(rendered()), self.name)
        assert caught.value.code == 73
        assert caught.value.text
        assert sorted(tmp_path.rglob("*")) == before

    def test_the_second_hides_no_first(self, tmp_path):
        first, second = (compose_draft(rendered(text=f"{n}\n")) for n in range(2))
        store = self.store(tmp_path)
        store.save(first, self.name)
        try:
            store.save(second, "another")
        except CannotWrite:
            assert list(self.kept(tmp_path).values()) == [first]
        else:
            assert sorted(self.kept(tmp_path).values()) == sorted([first, second])
