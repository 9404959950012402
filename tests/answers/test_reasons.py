"""What the words of mail servers mean, many makers and languages: is the address gone, or was the letter refused?"""

from __future__ import annotations

from pathlib import Path

import pytest

from mailer.answers.reasons import meant
from mailer.answers.wording.patterns import pattern
from tests.kit.rows import each_row

LINES = Path(__file__).with_name("diagnostics.txt").read_text("utf-8").splitlines()
LISTS = Path(meant.__code__.co_filename).with_name("wording")


@each_row("line", LINES)
def test_what_a_server_means(line):
    kind, _, words = line.partition(": ")
    said = meant((words,))
    assert (said.reason == "gone" and said.lasting) == (kind == "gone")


def test_the_closest_words_count_first():
    assert meant(("", "mailbox full", "user unknown")).reason == "full"
    assert meant(("", "", "user unknown")).reason == "gone"


@pytest.mark.parametrize("status", ["5.7.1", "5.3.4", "5.6.0"])
def test_a_code_of_another_kind_is_not_overruled_by_general_words(status):
    general = "The address may be wrong: the user does not exist."
    assert meant(("", "", general), status).reason != "gone"
    assert meant(("user unknown", "", general), status).reason == "gone"


def test_every_pattern_can_be_read_and_matches_no_empty_text():
    import tomllib

    for path in LISTS.glob("*.toml"):
        for name in tomllib.loads(path.read_text("utf-8")):
            assert pattern(f"{path.stem}.{name}").search("") is None, name
