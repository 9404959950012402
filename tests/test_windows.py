"""What differs on Windows, by a stand-in; `mypy --platform win32` says the rest."""

from __future__ import annotations

import sys

from mailer.accounts.secrets import command


def test_a_password_command_is_ended_without_a_group_of_processes(monkeypatch):
    class Process:
        pid = 0
        said = ()

        def kill(self):
            self.said += ("kill",)

        def wait(self):
            self.said += ("wait",)

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.delattr("os.killpg", raising=False)
    process = Process()
    command._kill(process)
    assert process.said == ("kill", "wait")
