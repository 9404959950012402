"""A user who keeps in touch: letter by letter, over one data folder, on days of their own."""

from __future__ import annotations

from datetime import date, datetime

from tests.kit.letters import LETTER, ME
from tests.kit.world import NOW, World, put, through


class Year(World):
    """A user whose clock is put forward from letter to letter."""

    def __init__(self, folder, server):
        super().__init__(folder, MAILER_FROM=ME, MAILER_TIMEZONE="Europe/Berlin", **through(server))
        self.server = server

    def on(self, day):
        self.now = datetime.combine(date.fromisoformat(day), NOW.timetz())
        return self

    def send(self, name, *args):
        done = self.mailer("send", name, "--yes", *args)
        assert done.code == 0, done.err
        return done

    def follow_up(self, who="dana", *args):
        done = self.mailer("follow-up", who, *args)
        assert done.code == 0, done.err
        return self.folder / done.lines[0]

    def fill(self, path, words):
        path.write_text(path.read_text().replace(next(w for w in path.read_text().split("\n") if w[:1] == "‹"), words))

    def begun(self, *headers):
        """With the first letter sent, which says this of Dana too."""
        put(self.folder, "r.md", LETTER.replace("\n\n", "\n".join(["", *headers, "", ""]), 1))
        self.send("r.md")
        return self
