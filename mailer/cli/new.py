"""``mailer new``: write a letter file from a template, a refusal and a few answers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailer.cli.app import App, app_command
from mailer.cli.new_fields import Answers, check_to
from mailer.cli.options import verbose_option
from mailer.errors import BadData

if TYPE_CHECKING:
    from mailer.letters.letter import Letter
    from mailer.letters.template import Template
    from mailer.settings.settings import Settings


@app_command(
    "new",
    "Start a letter from a template.",
    "mailer new runner-up --to 'Dana Ruiz <dana.ruiz@acme.example>' --set company='Acme Robotics'",
)
@click.argument("template")
@click.argument("file", required=False)
@click.option("--to", metavar="ADDR", help="The recipient: 'Name <address>'.")
@click.option("sets", "--set", metavar="NAME=VALUE", multiple=True, help="Give a field a value; repeatable.")
@click.option("--refusal", metavar="FILE.eml", help="Take the recipient, thread, subject and date from this rejection.")
@click.option("--no-edit", is_flag=True, help="Do not open the editor.")
@click.option("--account", metavar="NAME", help="The account to use.")
@verbose_option
def command(
    app: App,
    template: str,
    file: str | None,
    to: str | None,
    sets: tuple[str, ...],
    refusal: str | None,
    no_edit: bool,
    account: str | None,
    verbose: int,
) -> int:
    """Ask for the template's fields, write a letter file (by default TEMPLATE.md), and open the editor.

    Without a terminal it asks nothing: a missing field keeps its example value, and the letter is not ready yet.
    Choose the language with --set language=de, MAILER_LANGUAGE, or a name such as runner-up.de.
    """
    from mailer.files import refuse_existing, write_whole
    from mailer.letters import template as templates
    from mailer.letters.letter import parse_letter
    from mailer.letters.phrases import primary
    from mailer.render.fields import read_sets
    from mailer.sending.outside import without_outside

    settings = without_outside(app, app.settings(account), ("MAILER_TEMPLATES",))
    where = templates.folders(app.cwd, settings.templates_dir, settings.config_dir)
    if verbose:
        app.output.note("searched: " + ", ".join(map(str, where)))
    said = read_sets(sets).get("language", "").strip()
    asked = said or templates.in_language(template)[1] or settings.language
    found = templates.load(template, where, asked, settings.language)
    path = app.cwd / (file or f"{found.name}.md")
    refuse_existing(path, hint="Name another file: mailer new TEMPLATE FILE.")
    answers = Answers(app, found, path, given_values(found, sets, to))
    if asked and primary(asked) == primary(found.language):
        answers.given.setdefault("language", asked)
    text = answers.letter(settings, refusal)
    _check_prose(parse_letter(text, path), answers.given.get("prose"))
    write_whole(path, text.encode())
    app.output.line(str(path))
    if app.can_ask() and sys.stdout is not None and sys.stdout.isatty() and not no_edit:
        edit(app, path)
    unfinished = is_unfinished(path)
    say_next(app, path, unfinished, _then(settings, unfinished))
    return 0


def _then(settings: Settings, unfinished: bool) -> str:
    """What comes after the preview: without an account a rehearsal is all that can be done."""
    if not settings.value("MAILER_SMTP_HOST").text:
        return "rehearse"
    return "check" if unfinished else "send"


def _check_prose(letter: Letter, given: str | None) -> None:
    if given is not None and letter.prose.strip() != given.strip():
        raise BadData("the prose holds a line '-- >8 --', which ends a letter", hint="Remove it.", field="prose")


def edit(app: App, path: Path) -> None:
    """Open the letter in the editor."""
    from mailer.cli import launch

    fault = launch.edit(path)
    if fault:
        app.output.note(f"The letter is written, but the editor failed ({fault}): change {path} in one of your own.")


def is_unfinished(path: Path) -> bool:
    """Whether example values stand in the letter, as it is after the editor."""
    try:
        return "‹".encode() in path.read_bytes()
    except OSError:
        return True


def say_next(app: App, path: Path, unfinished: bool, then: str) -> None:
    """Say what to do with the letter."""
    import shlex

    name = shlex.quote(str(path))
    first = f"write your own words into {name}; then " if unfinished else ""
    app.output.note(f"Next: {first}mailer preview {name}, and mailer {then} {name}")


def given_values(template: Template, sets: tuple[str, ...], to: str | None) -> dict[str, str]:
    """The values of ``--set`` and ``--to``, checked.  Raises BadData."""
    from mailer.characters import bad_in_header
    from mailer.letters.letter import Letter
    from mailer.render.fields import check_sets, read_sets

    given = read_sets(sets)
    if to is not None:
        if "to" in given:
            raise BadData("the recipient is given twice, with --to and --set to", hint="Keep one.", field="To")
        given["to"] = to
    check_sets(Letter(None, (), "", 1), given, [field.name for field in template.fields])
    for name, value in given.items():
        bad = bad_in_header(value) if name != "prose" else ""
        if bad:
            raise BadData(f"{name} holds {bad}", hint="Give it in one line.", field=name)
    if "to" in given:
        check_to(given["to"])
    return given
