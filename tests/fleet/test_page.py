"""``docs/fleet.md`` is played: its commands run, its unit is one, and what it names is there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from mailer.cli.main import cli
from mailer.fleet import metrics
from tests.kit.pages import DOCS
from tests.kit.postgresql import binaries
from tests.kit.world import World, program, put

PAGE = (DOCS / "fleet.md").read_text(encoding="utf-8")


def blocks(mark):
    return re.findall(rf"<!-- {mark} -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)


def commands():
    """Every ``mailer …`` line of a block of shell."""
    lines = [line.strip() for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
    found = [re.search(r"(?:^|\s)mailer ((?:--)?[a-z].*)", line.split(" #")[0]) for line in lines]
    units = re.findall(r"^ExecStart=\S*/mailer (.*)", PAGE, re.MULTILINE)
    return [one[1] for one in found if one and not one[1].startswith("-c")] + units


@pytest.mark.parametrize("line", commands())
def test_every_command_of_the_page_has_these_options(line):
    group, words = cli, shlex.split(line)
    while isinstance(group, click.Group) and words and not words[0].startswith("-"):
        found = group.get_command(click.Context(group), words[0])
        if found is None:
            break
        group, words = found, words[1:]
    assert isinstance(group, click.Command)
    assert group is not cli, line
    known = {name for param in group.params for name in param.opts}
    assert [word for word in words if word.startswith("--") and word not in known] == []


def test_every_metric_of_the_page_is_served():
    pytest.importorskip("prometheus_client")
    table = PAGE.partition("<!-- metrics -->")[2].partition("\n\n")[0]
    named = set(re.findall(r"`(mailer_\w+)`", table))
    counted = {f"mailer_letters_{what}" for what in metrics._COUNTED}
    assert named == counted | {
        *("mailer_up", "mailer_workers_alive", "mailer_oldest_due_age_seconds", "mailer_visits_failing")
    }
    assert set(re.findall(r"`(mailer_(?:letters|up|oldest|visits|workers_a)\w*)", PAGE)) <= named


def test_no_secret_stands_on_the_page():
    (compose,) = blocks("compose: compose.yaml")
    assert not re.search(r"(?i)password:\s*\S|PGPASSWORD|:[^/\s]+@", compose.replace("POSTGRES_PASSWORD_FILE:", ""))


def test_the_password_file_of_the_unit_is_one_that_libpq_reads():
    """Credentials of systemd have mode 0440 where there is User= (systemd issue 29096)."""
    (unit,) = blocks("unit: mailer-work.service")
    assert re.search(r"^Environment=PGPASSFILE=/etc/", unit, re.MULTILINE)


def test_the_volumes_of_the_container_are_its_users():
    """A named volume has the owner of the image's folder, and is root's where the image has none."""
    (compose,) = blocks("compose: compose.yaml")
    data = re.search(r"MAILER_DATA_DIR: (\S+)", compose)[1]
    assert f"- worker:{data}\n" in compose
    assert re.search(rf"install --directory --owner=mailer --mode=700 {data}\n\s+USER mailer", compose)


@pytest.mark.real
def test_the_unit_is_one(tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    (unit,) = blocks("unit: mailer-work.service")
    unit = unit.replace("/opt/mailer/bin/mailer", program()[0]).replace("User=mailer", "User=root")
    path = put(tmp_path, "mailer-work.service", unit)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(path)], capture_output=True, text=True, timeout=60
    )
    assert [line for line in done.stderr.splitlines() if "mailer-work.service" in line] == []


@pytest.mark.real
class TestPlayed:
    @pytest.fixture
    def shell(self, postgresql, tmp_path):
        """Run a block as a role of the server."""
        path = f"{binaries()}{os.pathsep}{os.environ['PATH']}"

        def shell(role, block):
            block = block.replace("@db.example/", "@/").replace("createdb mailer", "createdb mailer_page")
            block = block.replace("psql mailer", "psql -q mailer_page").replace("/mailer mailer", "/mailer_page mailer")
            block = re.sub(r"(postgresql://\w*@?/)mailer\n", r"\1mailer_page\n", block)
            # Where the address names no host, none is taken from the environment.
            block = re.sub(r"(postgresql://\w*@?/mailer_page)", rf"\1?host={postgresql.folder}", block)
            for known in ("jo", "ann"):
                block = block.replace(f"-c 'CREATE ROLE {known} LOGIN' ", "")
            block = block.replace(
                "'CREATE ROLE worker LOGIN'", "'DROP ROLE IF EXISTS page_worker; CREATE ROLE page_worker'"
            )
            block = block.replace("--worker worker", "--worker page_worker")
            world = World(tmp_path / role, PATH=path, PGHOST=str(postgresql.folder), PGUSER=role)
            block = block.replace("~/.local/share/mailer", shlex.quote(str(world.data)))
            return world.shell("set -e\n" + block)

        postgresql.drop("mailer_page")
        (block,) = blocks("played: postgres")
        done = shell("postgres", block)
        assert done.code == 0, done.err
        assert "jo may keep letters there." in done.err
        yield shell
        postgresql.drop("mailer_page")

    def test_what_jo_types_works(self, shell):
        (block,) = blocks("played: jo")
        done = shell("jo", block)
        assert done.code == 0, done.err
        assert "Nothing is waiting." in done.err

    def test_a_ledger_moves_as_the_page_says(self, shell, tmp_path):
        (block,) = blocks("moved")
        assert World(tmp_path / "jo").mailer("people", "add", "lee@x.example", "--name", "Lee").code == 0
        done = shell("jo", block)
        assert done.code == 0, done.err
        assert "0 letters and 1 person moved to postgresql://jo@/mailer_page?host=" in done.err
        assert (Path(tmp_path) / "jo" / "before.sqlite").exists()
