"""MAILER_PLAN, as a user sets it: the plan that a letter from the template runner-up starts."""

from __future__ import annotations

import pytest

from tests.kit.cli import call, world

DANA = "BEGIN:VCARD\nVERSION:3.0\nFN:Dana Ruiz\nORG:Acme\nEMAIL:dana@acme.example\nEND:VCARD\n"


@pytest.fixture
def app(tmp_path):
    made = world(tmp_path)
    (tmp_path / "x.vcf").write_text(DANA)
    assert call(made, "people", "import", "x.vcf", "--yes").code == 0
    return made


def test_a_plan_that_nobody_knows_is_told_with_where_it_is_set(app):
    app.environ["MAILER_PLAN"] = "gracious-sixx"
    done = call(app, "due")
    assert done.code == 78
    assert "MAILER_PLAN (environment): there is no plan 'gracious-sixx'" in done.err
    assert "mailer plans" in done.err
    app.environ["MAILER_PLAN"] = "once-a-year"
    assert call(app, "due").code == 0


def test_the_plan_of_a_strangers_folder_waits_for_trust(app, tmp_path):
    (tmp_path / ".env").write_text("MAILER_PLAN=once-a-year\n")
    assert call(app, "due").code == 78
    assert call(app, "trust", "--yes").code == 0
    assert call(app, "due").code == 0
