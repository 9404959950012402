"""A computer whose clock is far off: a sentence, never a trace."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from tests.kit.letters import LETTER, ME
from tests.kit.world import World, put

CLOCKS = {
    "year 0": lambda: datetime(0, 1, 1),
    "year 1": lambda: datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    "before 1970": lambda: datetime.fromtimestamp(-1).astimezone() - timedelta(days=1),
    "year 9999": lambda: datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
    "year 10000": lambda: datetime.fromtimestamp(253_402_300_800 + 86_400),
    "out of all bounds": lambda: datetime.fromtimestamp(1e20),
    "no clock": lambda: datetime.fromtimestamp(float("nan")),
}


@pytest.mark.parametrize("command", [["check"], ["preview", "--eml"], ["send", "--yes"], ["draft", "-o", "x.eml"]])
@pytest.mark.parametrize("clock", CLOCKS)
def test_a_clock_that_is_far_off(tmp_path, clock, command):
    put(tmp_path, "letter.md", LETTER)
    world = World(tmp_path, MAILER_FROM=ME, MAILER_SMTP_HOST="127.0.0.1", MAILER_SMTP_SECURITY="none")
    done = world.mailer(command[0], "letter.md", *command[1:], now=CLOCKS[clock])
    if command[0] == "draft" and done.code == 0:
        return
    assert done.code == 65, done
    assert "clock" in done.err
    assert "Traceback" not in done.err
