"""Locks of the operating system: one process at a time, and whether a process lives."""

import os
import time
from threading import Thread

import pytest

from mailer import locks


def test_two_at_once_wait_for_each_other(tmp_path):
    order = []

    def hold(name):
        with locks.exclusive(tmp_path, "x.lock"):
            order.append(name)
            time.sleep(0.1)
            order.append(name)

    threads = [Thread(target=hold, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert order[::2] == order[1::2]


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path):
    (tmp_path / "file").write_text("")
    with locks.exclusive(tmp_path / "file" / "folder", "x.lock"):
        pass
    with locks.exclusive(None, "x.lock"):
        pass


@pytest.mark.skipif(os.name == "nt", reason="permissions")
def test_the_folder_of_the_lock_is_private_with_those_above_it(tmp_path):
    before = os.umask(0)
    try:
        with locks.exclusive(tmp_path / "a" / "b", "x.lock"):
            modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("a", "a/b")]
    finally:
        os.umask(before)
    assert modes == [0o700, 0o700]


def test_a_lock_is_held_until_it_is_dropped(tmp_path):
    path = tmp_path / locks.token()
    assert not locks.is_held(path)
    descriptor = locks.take(path)
    assert (locks.is_ours(path), locks.is_held(path)) == (True, True)
    with pytest.raises(FileExistsError):
        locks.take(path)
    locks.drop(descriptor, path)
    assert (path.exists(), locks.is_held(path)) == (False, False)


def test_a_file_of_another_name_or_kind_is_no_lock_of_ours(tmp_path):
    (tmp_path / "notes.txt").touch()
    folder = tmp_path / locks.token()
    folder.mkdir()
    assert not any(locks.is_ours(path) for path in (tmp_path / "notes.txt", folder, tmp_path / locks.token()))


def test_a_folder_in_which_nothing_else_came_to_be_goes_with_the_lock(tmp_path):
    with locks.exclusive(tmp_path / "a", "x.lock"):
        assert (tmp_path / "a" / "x.lock").exists()
    assert not (tmp_path / "a").exists()
    with locks.exclusive(tmp_path / "a", "x.lock"):
        (tmp_path / "a" / "kept").touch()
    assert (tmp_path / "a" / "kept").exists()
