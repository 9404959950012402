"""The pictures of the documentation are not taken where a font is missing."""

from __future__ import annotations

import sys

import pytest

from tests.kit import screenshots
from tests.kit.world import put


@pytest.mark.skipif(sys.platform == "win32", reason="fontconfig is not there")
@pytest.mark.parametrize(
    ("script", "missing"),
    [
        ("echo Inter", []),
        ('[ "$1" = Inter ] && echo Inter; true', ["fonts-droid-fallback"]),
        ("true", ["fonts-inter", "fonts-droid-fallback"]),
    ],
)
def test_the_packages_of_missing_fonts_are_named(tmp_path, monkeypatch, script, missing):
    put(tmp_path, "fc-list", f"#!/bin/sh\n{script}\n")
    (tmp_path / "fc-list").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert screenshots.missing_fonts() == missing


def test_without_fontconfig_nobody_knows(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert screenshots.missing_fonts() == []
