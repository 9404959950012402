"""The README shows what the commands really print."""

import re

from tests.kit.transcripts import README, fresh


def settled(text: str) -> str:
    """Without what is different each time: dates, tokens, temporary names."""
    text = re.sub(r"Date: .*", "Date: …", text)
    text = re.sub(r"<\d{14}\.[0-9a-f]+@", "<…@", text)
    return re.sub(r"mailer-rehearsal-\w+", "mailer-rehearsal-…", text)


def test_the_transcripts_are_what_the_commands_print():
    readme = README.read_text(encoding="utf-8")
    assert settled(fresh(readme)) == settled(readme)


def test_every_setting_is_in_the_example_file():
    from mailer.settings.table import DEFAULTS

    example = (README.parent / ".env.example").read_text(encoding="utf-8")
    assert [name for name in DEFAULTS if name not in example] == []
