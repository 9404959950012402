"""Ask whether a folder is trusted, when a command is about to use what its ``.env`` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mailer.characters import printable
from mailer.errors import BadData, Declined

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mailer.cli.app import App
    from mailer.cli.options import Options
    from mailer.letters.letter import Letter
    from mailer.letters.template import Template
    from mailer.settings.settings import Settings
    from mailer.settings.values import Value


def trusted(
    app: App, settings: Settings, options: Options | None = None, *, names: Iterable[str] | None = None
) -> Settings:
    """The same settings, once their folder is trusted as far as they use what it says.

    ``options``: a letter or CSV of theirs may be on standard input, where then nobody can be asked.  ``names`` as for
    `Settings.untrusted`.  Raises Untrusted (78) where nobody can be asked, Declined (1), CannotWrite (73).
    """
    lines = settings.untrusted(names)
    if lines:
        from mailer.settings import trust

        if not app.can_ask() or (options and "-" in (options.letter, options.each)):
            raise trust.untrusted_error(lines)
        agree(app, settings)
    return settings


def agree(app: App, settings: Settings, *, yes: bool = False) -> None:
    """Show the lines, ask unless ``yes``, and remember the answer.  Raises Declined (1), CannotWrite (73)."""
    from mailer.settings import trust

    lines = trust.needing(settings.folder)
    show(app, settings, lines)
    if not yes and not click.confirm("Trust this folder with these lines?", default=False, err=True):
        raise Declined("the folder is not trusted", hint="Nothing was sent. Take those lines out of its .env.")
    trust.remember(settings.config_dir, settings.cwd, lines)


def show(app: App, settings: Settings, lines: Iterable[Value]) -> None:
    """The lines, on stderr."""
    note = app.output.note
    note(printable(f"{settings.cwd.absolute() / '.env'} decides where letters and secrets go:"))
    for line in lines:
        note(printable(f"  {line.name}={line.text}".replace("\n", "\\n")))


def for_letter(app: App, settings: Settings, letter: Letter, options: Options, *, asks: bool) -> Settings:
    """The settings with which a letter is made.

    A signature and templates outside an untrusted folder are asked for where ``asks`` and the letter uses them; else
    they are left out, which is said.  Raises as `trusted`.
    """
    from mailer.settings import trust

    template = bool(letter.template)
    kind = letter.get("content_type")
    signed = template or (kind is not None and "markdown" in kind.value.lower())
    used = {trust.SIGNATURE: signed, trust.TEMPLATES: template}
    needed = [name for name, is_used in used.items() if is_used]
    if asks:
        settings = trusted(app, settings, options, names=needed)
    return without_outside(app, settings, needed)


def without_outside(app: App, settings: Settings, told: Iterable[str]) -> Settings:
    """The settings without signature and templates outside an untrusted folder; those of ``told`` are told of."""
    from mailer.settings import trust

    lines = settings.untrusted(trust.WORDS)
    for line in lines:
        if line.name in told:
            left = f"{line.name} of {line.origin}, line {line.line}, leads out of its folder: it is left out"
            app.output.note(printable(f"{left} until the folder is trusted (`mailer trust`)"))
    return settings.set_aside([line.name for line in lines]) if lines else settings


def mind_link(app: App, settings: Settings, template: Template) -> None:
    """Raises BadData (65) for a template of the working folder that a link takes from outside of it."""
    import os.path

    from mailer.settings import trust

    cwd = os.path.abspath(app.cwd)  # noqa: PTH100
    named = settings.folder.get(trust.TEMPLATES)
    roots = [os.path.join(cwd, "templates")]  # noqa: PTH118
    roots += [trust.target(named)] if named and not trust.leads_out(named) else []
    is_here = os.path.dirname(os.path.join(cwd, template.file)) in roots  # noqa: PTH118, PTH120
    resolved = os.path.realpath(os.path.join(cwd, template.file))  # noqa: PTH118
    if is_here and not any(trust.is_below(resolved, place) for place in (cwd, str(settings.config_dir))):
        raise BadData(
            f"the template {template.name} is a link that leads out of this folder",
            hint="Copy it here, or name its folder in MAILER_TEMPLATES of your own .env.",
            file=template.file,
        )
