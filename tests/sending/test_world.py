"""What sending reads of the world."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from mailer.sending.world import make_token


def test_threads_ask_for_tokens_at_once():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda _: [make_token() for _ in range(5000)], range(8)))
    finally:
        sys.setswitchinterval(before)
    tokens = [token for some in found for token in some]
    assert len(set(tokens)) == len(tokens) == 40_000
    assert {len(token) for token in tokens} == {32}
