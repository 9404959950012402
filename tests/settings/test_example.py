"""`.env.example` is made of the table: ``python -m tests.settings.test_example`` writes it anew."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap

from mailer.settings.table import NEVER, SECTIONS, TRUST, WITHIN, Setting

FILE = Path(__file__).parents[2] / ".env.example"
WIDTH = 118
HEADING = """\
# Settings of mailer. Copy to `.env` in your working folder, or to the configuration folder that `mailer settings`
# names. Secrets do not belong here: `mailer login` keeps them in the system's keyring.
# In a working folder all that says where letters and secrets go (*) counts only once `mailer trust` was said there:
# others may have made the folder. Your own `.env`, the accounts and the environment need no trust.
# What is commented out shows the default, or an example where there is none. `mailer settings` shows what holds.
"""
# What most people set.
SET = ("MAILER_FROM", "MAILER_SMTP_HOST", "MAILER_SMTP_USERNAME")
IN_FOLDER = {
    WITHIN: " In a working folder, one within it (* another one).",
    NEVER: " Not in the `.env` of a working folder.",
}


def example() -> str:
    """The whole file."""
    parts = [HEADING]
    for title, settings in SECTIONS.items():
        parts.append(f"\n{f'# --- {title} '.ljust(WIDTH, '-')}\n")
        parts += [line for setting in settings for line in lines(setting)]
    return "".join(parts)


def lines(setting: Setting) -> list[str]:
    """What the file says of one setting."""
    star = "(*) " if setting.in_folder == TRUST else ""
    never = "" if "In the environment only" in setting.about else IN_FOLDER.get(setting.in_folder, "")
    about = wrap(f"{star}{setting.about}{never}", WIDTH - 2) if setting.about else []
    shown = setting.default or setting.example or setting.in_force(lambda name: "tls" if "SECURITY" in name else "")
    sign = "" if setting.name in SET else "# "
    return ["\n" if about else "", *(f"# {line}\n" for line in about), f"{sign}{setting.name}={shown}\n"]


def test_the_example_says_what_the_table_says() -> None:
    assert FILE.read_text("utf-8") == example()


if __name__ == "__main__":
    FILE.write_text(example(), "utf-8")
