"""Where the ledger lies, and what is said when it cannot lie there."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mailer.errors import CannotWrite
from mailer.ledger import file as place
from mailer.ledger import schema
from mailer.ledger.ledger import open_ledger
from mailer.ledger.store import Store
from tests.kit.ledger import contacts, go, known, letter, new_tables


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "ledger.sqlite"


@pytest.fixture
def full(path):
    with open_ledger(path) as ledger:
        go(ledger, letter())
    return path


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def cannot(path, words, **more):
    with pytest.raises(CannotWrite, match=words) as caught:
        open_ledger(path, **more)
    assert str(path) in caught.value.text
    assert caught.value.hint
    assert caught.value.file == str(path)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_everything_is_private(path, umask):
    before = os.umask(umask)
    try:
        with open_ledger(path) as ledger:
            ledger.claim(letter())
            assert mode(path.parent) == 0o700
            assert {mode(file) for file in path.parent.iterdir() if file.is_file()} == {0o600}
            assert {file.name for file in path.parent.iterdir()} == {path.name + s for s in ("", "-wal", "-shm")} | {
                "runs"
            }
            assert mode(path.parent / "runs") & 0o077 == 0
    finally:
        os.umask(before)


def test_a_readable_ledger_is_made_private(full):
    full.chmod(0o644)
    open_ledger(full).close()
    assert mode(full) == 0o600


def test_an_empty_file_is_a_ledger(path):
    path.parent.mkdir()
    path.touch()
    with open_ledger(path) as ledger:
        go(ledger, letter())


def test_looking_makes_nothing(path):
    for _ in range(2):
        with open_ledger(path, create=False) as ledger:
            assert ledger.outbox() == list(ledger.log()) == known(ledger) == contacts(ledger) == []
            assert ledger.peek("00" * 32, "00" * 32).kind == "new"
            with pytest.raises(CannotWrite):
                ledger.claim(letter())
        assert not path.exists()
        path.parent.mkdir(exist_ok=True)


def test_looking_leaves_an_empty_file_empty(path):
    path.parent.mkdir()
    path.touch()
    open_ledger(path, create=False).close()
    assert path.stat().st_size == 0


@pytest.mark.parametrize("create", [True, False])
def test_a_folder(path, create):
    path.mkdir(parents=True)
    cannot(path, "is a folder", create=create)


@pytest.mark.parametrize("create", [True, False])
def test_a_fifo(path, create):
    path.parent.mkdir()
    os.mkfifo(path)
    cannot(path, "not a regular file", create=create)


def test_a_device():
    cannot(Path("/dev/full"), "not a regular file")


def test_a_file_where_its_folder_should_be(path):
    path.parent.write_text("x")
    cannot(path, "Not a directory")


def test_a_dangling_folder(path):
    path.parent.symlink_to("nowhere")
    cannot(path, "is a link")


def test_garbage(path):
    path.parent.mkdir()
    path.write_bytes(os.urandom(9000))
    before = path.read_bytes()
    for create in (True, False):
        cannot(path, "damaged or not a ledger", create=create)
    assert path.read_bytes() == before


@pytest.mark.parametrize("part", [0.02, 0.3, 0.5, 0.9, 0.999])
def test_truncated(full, part):
    os.truncate(full, int(full.stat().st_size * part))
    cannot(full, "damaged")


def test_a_truncated_big_ledger_is_noticed_without_reading_it_all(full, monkeypatch):
    monkeypatch.setattr("mailer.ledger.opening.CHECKED_WHOLE", 0)
    os.truncate(full, full.stat().st_size - 4096)
    cannot(full, "damaged")


def test_a_page_of_garbage(full):
    with full.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(os.urandom(4096))
    cannot(full, "damaged")


def test_another_programs_database_is_left_alone(path):
    path.parent.mkdir()
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript("CREATE TABLE songs (name TEXT); PRAGMA user_version = 1")
    before = path.read_bytes()
    cannot(path, "another program")
    assert path.read_bytes() == before


def test_a_newer_ledger(full):
    with contextlib.closing(sqlite3.connect(full)) as db:
        db.execute("PRAGMA user_version = 99")
    cannot(full, "newer mailer")


@pytest.mark.parametrize("what", ["file", "folder"])
def test_read_only(full, what):
    target = full if what == "file" else full.parent
    target.chmod(0o400 if what == "file" else 0o500)
    try:
        cannot(full, "read-only")
        with open_ledger(full, create=False) as ledger:
            assert [line.state for line in ledger.log()] == ["sent"]
            with pytest.raises(CannotWrite):
                ledger.claim(letter(subject="x", company="other"))
    finally:
        target.chmod(0o700)


def test_a_read_only_folder_without_a_ledger(path):
    path.parent.mkdir(mode=0o500)
    try:
        cannot(path, "cannot be made|read-only")
    finally:
        path.parent.chmod(0o700)


def test_settings_of_the_connection(path):
    with open_ledger(path) as ledger:
        store = ledger.store
        assert store.one("PRAGMA journal_mode")[0] == "wal"
        assert store.one("PRAGMA synchronous")[0] == 2
        assert store.one("PRAGMA foreign_keys")[0] == 1
        strict = {name: strict for _, name, _, _, _, strict in store.each("PRAGMA table_list") if "sqlite" not in name}
        assert len(strict) > 5
        assert set(strict.values()) == {1}


MOUNTS = r"""
22 1 0:21 / / rw - 9p root rw
23 22 0:22 / /home rw,relatime shared:1 - ext4 /dev/sda rw
24 23 0:23 / /home/ana/my\040share rw - nfs4 server:/x rw
25 23 0:24 / /home/ana/phone rw - fuse.sshfs phone: rw
26 25 0:25 / /home/ana/phone/disk rw - ext4 /dev/sdb rw
""".strip()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/ledger.sqlite", ""),
        ("/home/ana/ledger.sqlite", "ext4"),
        ("/home/ana/my share/deep/ledger.sqlite", "nfs4"),
        ("/home/ana/my sharex/ledger.sqlite", "ext4"),
        ("/home/ana/phone/ledger.sqlite", "fuse.sshfs"),
        ("/home/ana/phone/disk/ledger.sqlite", "ext4"),
    ],
)
def test_file_system(path, kind):
    assert place.file_system(MOUNTS, Path(path)) == kind


def test_a_network_share(path, monkeypatch):
    monkeypatch.setattr(place, "file_system", lambda mounts, where: "cifs")
    cannot(path, r"network share \(cifs\)")


def folder_size(folder):
    return sum(file.stat().st_blocks * 512 for file in folder.iterdir())


@pytest.fixture
def small_disk(tmp_path, path):
    """A disk with room for a ledger and a few letters."""
    with open_ledger(path):
        size = folder_size(path.parent) + 300_000
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() or not shutil.which("mount"):
        pytest.skip("mounting a small disk needs root")
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk], check=False)
    if made.returncode:
        pytest.skip("no disk can be mounted here")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_disk_that_fills_up(small_disk):
    path = small_disk / "ledger.sqlite"
    done = 0
    with open_ledger(path) as ledger:
        with pytest.raises(CannotWrite, match=r"disk is full") as caught:
            for number in range(1000):
                go(ledger, letter(company=f"c{number}"), text=b"x" * 3000)
                done += 1
        assert str(path) in caught.value.text
    with open_ledger(path, create=False) as ledger:
        states = [row.state for row in ledger.outbox()]
        assert sum(one.state == "sent" for one in ledger.log()) == done > 3
        assert len(states) <= 1


def test_a_disk_that_is_full_from_the_start(small_disk):
    with contextlib.suppress(OSError):
        (small_disk / "filler").write_bytes(bytes(shutil.disk_usage(small_disk).free + 1))
    cannot(small_disk / "ledger.sqlite", "disk is full|cannot be")


def test_a_copy_of_a_new_ledger_is_what_the_migrations_make(path):
    """Other packages' tests begin with one."""

    def told(db):
        whole = [(db.execute(f"PRAGMA {name}").fetchone()) for name in ("user_version", "application_id", "page_size")]
        return whole, db.execute("SELECT * FROM sqlite_schema").fetchall(), list(db.iterdump())

    open_ledger(path).close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert told(db) == told(new_tables())


def test_an_earlier_version_is_brought_up_to_date(full):
    later = (*schema.MIGRATIONS, "ALTER TABLE letters ADD COLUMN uid INTEGER;\nUPDATE letters SET uid = 7")
    with contextlib.closing(sqlite3.connect(full, isolation_level=None)) as db:
        store = Store(db, full)
        schema.migrate(store, later)
        schema.migrate(store, later)
        assert store.one("SELECT uid FROM letters")[0] == 7
        assert schema.recognise(store, len(later)) == len(later)
        with pytest.raises(CannotWrite, match="newer"):
            schema.recognise(store)


def test_a_migration_that_fails_leaves_the_earlier_version(full):
    broken = (*schema.MIGRATIONS, "ALTER TABLE letters ADD COLUMN uid INTEGER;\nUPDATE nowhere SET x = 1")
    with contextlib.closing(sqlite3.connect(full, isolation_level=None)) as db:
        store = Store(db, full)
        with pytest.raises(CannotWrite, match="no such table: nowhere"):
            schema.migrate(store, broken)
        assert schema.recognise(store) == len(schema.MIGRATIONS)
        assert store.one("SELECT count(*) FROM pragma_table_info('letters') WHERE name = 'uid'")[0] == 0


def test_importing_is_light():
    heavy = {"sqlite3", "email", "ssl", "mailer.transport.protocol"}
    code = f"import sys, mailer.ledger; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# What is not ours


def crowded(path):
    """A ``runs`` with things in it that nobody may touch, and a dead run's lock file; what must stay."""
    folder = path.parent / "runs"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "thesis.txt").write_text("years of work")
    (folder / "0123456789abcdeF").write_text("not our digits")
    (folder / "0123456789abcde").write_text("too short")
    (folder / "00112233445566778").write_text("too long")
    (folder / "aaaaaaaaaaaaaaaa").symlink_to(folder / "thesis.txt")
    (folder / "bbbbbbbbbbbbbbbb").mkdir()
    os.mkfifo(folder / "cccccccccccccccc")
    os.link(folder / "thesis.txt", folder / "dddddddddddddddd")
    stays = {file.name for file in folder.iterdir()}
    (folder / "eeeeeeeeeeeeeeee").touch()
    return stays


def test_only_lock_files_of_ours_are_swept(path):
    path.parent.mkdir(mode=0o700)
    stays = crowded(path)
    with open_ledger(path) as ledger:
        go(ledger, letter())
    assert {file.name for file in (path.parent / "runs").iterdir()} == stays
    assert (path.parent / "runs" / "thesis.txt").read_text() == "years of work"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can give a file away")
def test_a_lock_file_of_another_user_stays(path):
    crowded(path)
    theirs = path.parent / "runs" / "eeeeeeeeeeeeeeee"
    os.chown(theirs, 12345, 12345)
    with open_ledger(path) as ledger:
        go(ledger, letter())
    assert theirs.exists()


def test_linked_runs_are_refused_and_what_they_lead_to_stays(path, tmp_path):
    path.parent.mkdir(mode=0o700)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "0123456789abcdef").write_text("mine")
    (path.parent / "runs").symlink_to(elsewhere)
    with open_ledger(path) as ledger, pytest.raises(CannotWrite, match="runs is a link") as caught:
        ledger.claim(letter())
    assert "runs" in caught.value.hint
    assert (elsewhere / "0123456789abcdef").read_text() == "mine"


@pytest.mark.parametrize("create", [True, False])
def test_a_linked_data_folder_is_refused_and_the_hint_helps(full, tmp_path, create):
    link = tmp_path / "link"
    link.symlink_to(full.parent)
    with pytest.raises(CannotWrite, match=f"{link} is a link") as caught:
        open_ledger(link / full.name, create=create)
    assert f"MAILER_DATA_DIR to the folder itself ({full.parent})" in caught.value.hint
    open_ledger(full, create=create).close()


def test_a_home_that_is_linked_is_as_good(full, tmp_path):
    home = tmp_path / "home"
    home.symlink_to(full.parent.parent)
    with open_ledger(home / full.parent.name / full.name) as ledger:
        assert [line.state for line in ledger.log()] == ["sent"]


@pytest.mark.parametrize("create", [True, False])
def test_a_linked_ledger_leaves_what_it_leads_to(path, tmp_path, create):
    target = tmp_path / "notes.txt"
    target.write_bytes(b"")
    target.chmod(0o644)
    path.parent.mkdir(mode=0o700)
    path.symlink_to(target)
    cannot(path, "is a link", create=create)
    assert (mode(target), target.read_bytes()) == (0o644, b"")


def test_a_second_name_keeps_its_mode(full, tmp_path):
    other = tmp_path / "kept.sqlite"
    os.link(full, other)
    full.chmod(0o644)
    with open_ledger(full) as ledger:
        go(ledger, letter(company="x"))
    assert mode(other) == 0o644


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
def test_a_link_where_sqlite_would_write(full, tmp_path, suffix):
    full.with_name(full.name + suffix).unlink(missing_ok=True)
    full.with_name(full.name + suffix).symlink_to(tmp_path / "x")
    cannot(full, f"{suffix} is a link")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("create", [True, False])
@pytest.mark.parametrize("mode", [0o777, 0o702, 0o757])
def test_a_data_folder_that_others_can_write_to(full, mode, create):
    full.parent.chmod(mode)
    cannot(full, f"{full.parent} is writable by others", create=create)


def test_a_group_of_ones_own_is_nobody_else(full, monkeypatch):
    full.parent.chmod(0o770)
    open_ledger(full).close()
    monkeypatch.setattr(place, "_is_own_group", lambda number: False)
    cannot(full, "is writable by others")


def test_runs_that_others_can_write_to(full):
    (full.parent / "runs").chmod(0o777)
    with open_ledger(full) as ledger, pytest.raises(CannotWrite, match="runs is writable by others"):
        ledger.claim(letter(company="x"))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can give a file away")
def test_a_folder_of_another_user(full, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    os.chown(full.parent, 23456, 23456)
    cannot(full, "belongs to another user")


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777])
def test_every_folder_on_the_way_is_private(tmp_path, umask):
    path = tmp_path / "home" / ".local" / "share" / "mailer" / "ledger.sqlite"
    before = os.umask(umask)
    try:
        open_ledger(path).close()
    finally:
        os.umask(before)
    folders = [folder for folder in path.parents if tmp_path in folder.parents]
    assert [mode(folder) for folder in folders] == [0o700] * 4


def test_without_the_modes_of_posix_nothing_is_refused(full, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    full.parent.chmod(0o777)
    assert place.present(full)


def test_a_new_ledger_has_the_tables_of_one_that_was_brought_up_to_date(tmp_path):
    found = []
    for steps in (schema.MIGRATIONS, schema._of_a_new_one(schema.MIGRATIONS)):
        with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
            for step in steps:
                schema._run(Store(db, tmp_path), step)
            made = db.execute("SELECT type, name, tbl_name FROM sqlite_schema ORDER BY rowid").fetchall()
            tables = [name for kind, name, _ in made if kind == "table"]
            asked = ("table_xinfo", "index_list", "foreign_key_list")
            found.append((made, [db.execute(f"PRAGMA {what}({name})").fetchall() for name in tables for what in asked]))
    assert found[0] == found[1]
