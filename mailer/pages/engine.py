"""Fill the templates of the pages.  Every value is escaped, and what would not be seen is made visible."""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import TYPE_CHECKING

from mailer.characters import printable

if TYPE_CHECKING:
    from jinja2 import Environment

# Nothing is fetched, nothing runs and no form is sent.  A frame with a letter in it has the policy of its page (HTML
# standard 7.1.7), and letters bring their styles with them.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; media-src data:; "
    "base-uri 'none'; form-action 'none'"
)


class Verbatim(str):
    """Text that is escaped, and else left as it is."""

    __slots__ = ()


def fill(template: str, **values: object) -> bytes:
    """The page that a template and its values make, as the octets of a file."""
    return _environment().get_template(template).render(policy=POLICY, **values).encode("utf-8", "replace")


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    folder = files("mailer.pages") / "templates"
    return Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        loader=FunctionLoader(lambda name: folder.joinpath(name).read_text(encoding="utf-8")),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _shown(value: object) -> object:
    # Of str alone: what is escaped already has a type of its own.
    return printable(value) if type(value) is str else value
