"""What is said of a program that was to open a page, a draft or a link: what its exit status says."""

from __future__ import annotations

import os
import tempfile
from unittest import mock

import pytest

from tests.kit.letters import LETTER, ME
from tests.kit.world import World, put

WAYS = [
    (("preview", "letter.md"), "file://"),
    (("draft", "letter.md", "-o", "d.eml"), "d.eml"),
    (("draft", "letter.md", "--mailto"), "mailto:"),
]


def opener(folder, name, script):
    put(folder, f"bin/{name}", f"#!/bin/sh\n{script}\n").chmod(0o700)
    return f"{folder}/bin"


def opened(tmp_path, way, path, *, alone=True, **more):
    """What is said, by a process of its own or by one that found this environment."""
    put(tmp_path, "letter.md", LETTER)
    pages = tmp_path / "pages"
    pages.mkdir()
    world = World(tmp_path, MAILER_FROM=ME, PATH=path, TMPDIR=str(pages), **more)
    if alone:
        return world.process(*way, "--open")
    with mock.patch.dict(os.environ, world.environ(), clear=True), mock.patch.object(tempfile, "tempdir", str(pages)):
        return world.mailer(*way, "--open")


# Every way with one that says something too, the page with each; the rest, by the same way in, is slow.
FAILURES = [
    pytest.param(way, place, script, marks=() if way == WAYS[0][0] or "echo" in script else pytest.mark.slow)
    for way, place in WAYS
    for script in ("exit 3", "sleep 1; exit 4", "kill -9 $$", "echo chatter; exit 1")
]


@pytest.mark.parametrize(("way", "place", "script"), FAILURES)
def test_an_opener_that_fails_opened_nothing(tmp_path, way, place, script):
    done = opened(tmp_path, way, opener(tmp_path, "xdg-open", script) + ":/bin:/usr/bin", alone="echo" in script)
    assert done.code == 0, done.err
    assert "Nothing opened it (xdg-open ended with" in done.err
    assert place in done.err or place in done.out
    assert "Opened" not in done.err
    assert b"chatter" not in done.octets


@pytest.mark.parametrize(("way", "place"), WAYS)
def test_without_an_opener_the_place_is_said(tmp_path, way, place):
    done = opened(tmp_path, way, str(tmp_path / "nothing"), alone=False)
    assert done.code == 0, done.err
    assert "Nothing opened it (there is no program for it)" in done.err
    assert place in done.err or place in done.out


def test_an_opener_that_goes_on_opened_it(tmp_path):
    path = opener(tmp_path, "xdg-open", "exec sleep 20") + os.pathsep + os.environ["PATH"]
    done = opened(tmp_path, ("preview", "letter.md"), path)
    assert "Opened file://" in done.err


def test_a_browser_that_fails_leaves_it_to_the_next(tmp_path):
    path = opener(tmp_path, "xdg-open", f'echo "$1" > {tmp_path}/opened') + os.pathsep + os.environ["PATH"]
    done = opened(tmp_path, ("preview", "letter.md"), path, BROWSER="false:missing-browser --new %s")
    assert "Opened file://" in done.err
    assert (tmp_path / "opened").read_text().startswith("file://")


def test_a_browser_with_arguments_and_none_of_ours(tmp_path):
    path = opener(tmp_path, "seen", f'printf "%s\\n" "$@" > {tmp_path}/opened') + os.pathsep + os.environ["PATH"]
    done = opened(tmp_path, ("preview", "letter.md"), path, BROWSER="seen '--app=%s' --new")
    assert "Opened file://" in done.err
    first, second = (tmp_path / "opened").read_text().splitlines()
    assert first.startswith("--app=file://")
    assert second == "--new"


def test_a_name_that_looks_like_an_option_is_none(tmp_path):
    path = opener(tmp_path, "xdg-open", f'echo "$1" > {tmp_path}/opened') + os.pathsep + os.environ["PATH"]
    opened(tmp_path, ("draft", "letter.md", "-o", "--help.eml"), path)
    assert (tmp_path / "opened").read_text().startswith("/")
