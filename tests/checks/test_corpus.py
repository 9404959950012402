"""Each letter of the corpus raises exactly what it must."""

from __future__ import annotations

import pytest

from tests.checks.guilty import GUILTY
from tests.checks.innocent import INNOCENT
from tests.kit.checks import found


@pytest.mark.parametrize("sample", [*GUILTY, *INNOCENT], ids=lambda sample: sample.name)
def test_exactly_these(sample, tmp_path):
    assert found(sample, tmp_path) == sample.expect


def test_large_enough():
    assert len(GUILTY) + len(INNOCENT) >= 120
    assert all(sample.expect for sample in GUILTY)
    assert not any(sample.expect for sample in INNOCENT)
