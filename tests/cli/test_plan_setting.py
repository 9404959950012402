"""MAILER_PLAN, as a user sets it: the plan that a letter from the template runner-up starts."""

from __future__ import annotations

import pytest

from mailer.errors import BadSettings
from mailer.sending.book import default_plan
from tests.kit.world import World


def plan_of(world) -> str:
    app = world.app()
    return default_plan(app, app.settings())


def test_a_plan_that_nobody_knows_is_told_with_where_it_is_set(tmp_path):
    world = World(tmp_path)
    world.settings["MAILER_PLAN"] = "gracious-sixx"
    with pytest.raises(BadSettings) as caught:
        plan_of(world)
    assert caught.value.code == 78
    assert "MAILER_PLAN (environment): there is no plan 'gracious-sixx'" in caught.value.text
    assert "mailer plans" in caught.value.hint
    for name in ("once-a-year", "none"):
        world.settings["MAILER_PLAN"] = name
        assert plan_of(world) == name


def test_the_plan_of_a_strangers_folder_waits_for_trust(tmp_path):
    world = World(tmp_path)
    (tmp_path / ".env").write_text("MAILER_PLAN=once-a-year\n")
    assert world.mailer("due").code == 0, "it uses no such line"
    with pytest.raises(BadSettings, match="not trusted"):
        plan_of(world)
    assert world.mailer("trust", "--yes").code == 0
    assert plan_of(world) == "once-a-year"
