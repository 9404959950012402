"""``mailer templates``: what letters there are, and what each asks for."""

from __future__ import annotations

from typing import Any

import click

from mailer.cli.app import App, pass_app, verbose_option


@click.command(
    "templates",
    short_help="List the templates, or show one.",
    epilog="Example: mailer templates runner-up",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("name", required=False)
@click.option("--account", metavar="NAME", help="The account to use.")
@click.option("as_json", "--json", is_flag=True, help="Print JSON.")
@verbose_option
@pass_app
def command(app: App, name: str | None, account: str | None, as_json: bool, verbose: int) -> int:
    """List the templates with what each is for; with NAME, show one whole, with its fields.

    They are searched in ./templates, MAILER_TEMPLATES, the configuration folder, and among those that come with mailer.
    """
    from mailer import template as templates
    from mailer.settings import load

    settings = load(app.environ, app.cwd, account)
    where = templates.folders(app.cwd, settings.templates_dir, settings.config_dir)
    if verbose:
        for folder in where:
            app.output.note(f"searched: {folder}")
    names = [name] if name else list(templates.available(where))
    found = [templates.load(each, where) for each in names]
    if as_json:
        for template in found:
            app.output.json(_as_json(template, whole=name is not None))
    elif name:
        _show(app, found[0])
    else:
        width = max(map(len, names), default=0)
        for template in found:
            app.output.line(f"{template.name:<{width}}  {template.about}")
    return 0


def _as_json(template: Any, whole: bool) -> dict[str, Any]:
    fields = [{"name": f.name, "about": f.about, "optional": f.optional} for f in template.fields]
    told = {"name": template.name, "about": template.about, "language": template.language, "file": template.file}
    subject = {"subject": template.subject.value, "body": template.body} if whole else {}
    return {**told, "fields": fields, **subject, "error": None}


def _show(app: App, template: Any) -> None:
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
