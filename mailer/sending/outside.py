"""Words from outside an untrusted folder: a signature, a template; the user is asked, or they are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.characters import printable
from mailer.errors import BadData

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mailer.letters.letter import Letter
    from mailer.letters.template import Template
    from mailer.sending.request import Options
    from mailer.sending.world import World
    from mailer.settings.settings import Settings


_OWNER = "MAILER_OWNER"


def for_letter(world: World, settings: Settings, letter: Letter, options: Options, *, asks: bool) -> Settings:
    """The settings with which a letter is made.

    A signature and templates outside an untrusted folder are asked for where ``asks`` and the letter uses them; else
    they are left out, which is said; so is the owner that the folder names.  Raises as `trusted`.
    """
    from mailer.settings import trust

    template = bool(letter.template)
    kind = letter.get("content_type")
    signed = template or (kind is not None and "markdown" in kind.value.lower())
    used = {trust.SIGNATURE: signed, trust.TEMPLATES: template}
    needed = [name for name, is_used in used.items() if is_used]
    if asks:
        settings = world.trusted(settings, options, names=[*needed, _OWNER])
    elif lines := settings.untrusted((_OWNER,)):
        left = f"{_OWNER} of {lines[0].origin}, line {lines[0].line}, does not count"
        world.note(printable(f"{left} until the folder is trusted (`mailer trust`)"))
        settings = settings.set_aside((_OWNER,))
    return without_outside(world, settings, needed)


def without_outside(world: World, settings: Settings, told: Iterable[str]) -> Settings:
    """The settings without signature and templates outside an untrusted folder; those of ``told`` are told of."""
    from mailer.settings import trust

    lines = settings.untrusted(trust.WORDS)
    for line in lines:
        if line.name in told:
            left = f"{line.name} of {line.origin}, line {line.line}, leads out of its folder: it is left out"
            world.note(printable(f"{left} until the folder is trusted (`mailer trust`)"))
    return settings.set_aside([line.name for line in lines]) if lines else settings


def mind_link(world: World, settings: Settings, template: Template) -> None:
    """Raises BadData (65) for a template of the working folder that a link takes from outside of it."""
    import os.path

    cwd = os.path.abspath(world.cwd)  # noqa: PTH100
    place = os.path.join(cwd, template.file)  # noqa: PTH118
    folder = os.path.dirname(place)  # noqa: PTH120
    own = os.path.join(cwd, "templates")  # noqa: PTH118
    if folder != own and not settings.folder:
        return
    from mailer.files import has_other_names
    from mailer.settings import trust

    named = settings.folder.get(trust.TEMPLATES)
    roots = [own, *([trust.target(named)] if named and not trust.leads_out(named) else [])]
    resolved = os.path.realpath(place)
    is_ours = any(trust.is_below(resolved, within) for within in (cwd, str(settings.config_dir)))
    if folder in roots and (not is_ours or has_other_names(resolved)):
        raise BadData(
            f"the template {template.name} is a link that {'may lead' if is_ours else 'leads'} out of this folder",
            hint="Copy it here, or name its folder in MAILER_TEMPLATES of your own .env.",
            file=template.file,
        )
