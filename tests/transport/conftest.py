from __future__ import annotations

import pytest

from tests.kit.smtp_server import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))
