"""``mailer templates``: list the templates, or show one with its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mailer.cli.app import App, app_command, worst
from mailer.cli.options import verbose_option
from mailer.errors import MailerError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mailer.letters.template import Template


@app_command("templates", "List the templates, or show one.", "mailer templates runner-up")
@click.argument("name", required=False)
@click.option("--account", metavar="NAME", help="The account to use.")
@click.option("as_json", "--json", is_flag=True, help="Print JSON.")
@verbose_option
def command(app: App, name: str | None, account: str | None, as_json: bool, verbose: int) -> int:
    """List the templates and what each is for; with NAME, show one with its fields.

    They come from ./templates, MAILER_TEMPLATES, the configuration folder, and mailer itself, in this order. Each is
    listed once, with its languages: a letter chooses one by its header Language, else MAILER_LANGUAGE does. NAME may
    name a language too: runner-up.de.
    """
    from mailer.letters import template as templates
    from mailer.sending.outside import without_outside

    settings = without_outside(app, app.settings(account), ("MAILER_TEMPLATES",))
    where = templates.folders(app.cwd, settings.templates_dir, settings.config_dir)
    if verbose:
        for folder in where:
            app.output.note(f"searched: {folder}")
    if name:
        _one(app, templates.load(name, where, settings.language), as_json)
        return 0
    return _all(app, where, settings.language, as_json)


def _one(app: App, template: Template, as_json: bool) -> None:
    if as_json:
        app.output.json({**_as_json(template), "subject": template.subject.value, "body": template.body})
    else:
        _show(app, template)


def _all(app: App, where: Sequence[Path], language: str, as_json: bool) -> int:
    """List what can be read; a template that cannot hides no other."""
    from mailer.letters import template as templates

    codes, found = {0}, []
    for name, forms in templates.available(where).items():
        try:
            template = templates.load(name, where, language)
        except MailerError as error:
            codes.add(error.code)
            app.output.error(error)
            if as_json:
                app.output.json({"name": name, "error": error.as_json()})
            continue
        found.append((name, template, templates.languages(forms)))
    widths = [max((len(text) for text in column), default=0) for column in _columns(found)]
    for name, template, languages in found:
        if as_json:
            app.output.json({**_as_json(template), "name": name, "languages": languages})
        else:
            app.output.line(f"{name:<{widths[0]}}  {' '.join(languages):<{widths[1]}}  {template.about}")
    return worst(codes)


def _columns(found: Sequence[tuple[str, Template, Sequence[str]]]) -> tuple[list[str], list[str]]:
    return [name for name, _, _ in found], [" ".join(languages) for _, _, languages in found]


def _as_json(template: Template) -> dict[str, Any]:
    fields = [{"name": f.name, "about": f.about, "optional": f.optional} for f in template.fields]
    told = {"name": template.name, "about": template.about, "language": template.language, "file": template.file}
    return {**told, "fields": fields, "error": None}


def _show(app: App, template: Template) -> None:
    output = app.output
    output.line(f"{template.name}: {template.about}")
    output.line(f"File:     {template.file}")
    if template.language:
        output.line(f"Language: {template.language}")
    width = max((len(field.name) for field in template.fields), default=0)
    for at, field in enumerate(template.fields):
        optional = " (optional)" if field.optional else ""
        output.line(f"{'' if at else 'Fields:':<10}{field.name:<{width}}  {field.about}{optional}")
    if template.wants_prose:
        output.line(f"{'':<10}and your own words, below the headers")
    output.line(f"Subject:  {template.subject.value}")
    output.line("")
    output.write((template.body.strip("\n") + "\n").encode())
