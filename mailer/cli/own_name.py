"""Ask for the user's own name once, at ``login``, so that letters need not hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mailer.errors import BadData
from mailer.message.address import format_mailbox, parse_mailbox

if TYPE_CHECKING:
    from pathlib import Path


def check_name(text: str) -> None:
    """Raises BadData for what is no name."""
    from mailer.characters import bad_in_header

    bad = bad_in_header(text)
    if bad:
        raise BadData(f"the answer holds {bad}", hint="Type it again.")
    if any(sign in text for sign in "@<>"):
        raise BadData(f"{text} is an address, not a name", hint="Type the name alone, as the letter is signed.")


def ask_for_name(config_dir: Path, account: str) -> None:
    """Where the account's MAILER_FROM has no name, put that one there that is answered; Enter leaves it so."""
    from mailer.settings import account_file, env_file

    kept = {name: entry.text for name, entry in env_file.read(account_file.path_of(config_dir, account)).items()}
    sender = kept.get("MAILER_FROM", "")
    box = parse_mailbox(sender) if sender else None
    if box is None or box.display_name:
        return
    if name := _answered():
        values = {**kept, "MAILER_FROM": format_mailbox(box._replace(display_name=name))}
        account_file.write(config_dir, account, values)


def _answered() -> str:
    question = "Your name, as it signs your letters (Enter for none)"
    while True:
        try:
            answer = str(click.prompt(question, "", show_default=False, err=True)).strip()
            check_name(answer)
        except click.Abort:
            # The account is stored: there is nothing left to break off.
            return ""
        except BadData as error:
            click.echo(f"{error.text}. {error.hint}", err=True)
        else:
            return answer
