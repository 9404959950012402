"""The options that the commands on a letter share, checked, as one value."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from mailer.checks.problem import NAMES
from mailer.errors import did_you_mean
from mailer.sending.request import Options

_Function = TypeVar("_Function", bound=Callable[..., Any])
# Of names and addresses, not of texts.
_NOT_FOR_FILES = frozenset({"idna", "punycode"})


_LETTER_OPTIONS = (
    click.option("sets", "--set", metavar="NAME=VALUE", multiple=True, help="Give a field a value; repeatable."),
    click.option("--each", metavar="FILE.csv", help="One letter for each row of this CSV; - is standard input."),
    click.option("--row", type=click.IntRange(1), metavar="N", help="With --each: only row N."),
    click.option("--limit", type=click.IntRange(1), metavar="N", help="With --each: at most N letters."),
    click.option("--allow", metavar="CHECK", multiple=True, help="Let this check pass even if it blocks; repeatable."),
    click.option("--account", metavar="NAME", help="The account to use."),
    click.option("--encoding", metavar="NAME", help="The CSV's encoding; by default UTF-8."),
    click.option("as_json", "--json", is_flag=True, help="Print JSON."),
)
verbose_option = click.option("-v", "verbose", count=True, help="Show more detail on stderr; -vv for everything.")


def letter_options(function: _Function) -> _Function:
    """Add the shared options; the command gets them as one ``Options``."""

    @functools.wraps(function)
    def call(*args: Any, letter: str, **kwargs: Any) -> Any:  # noqa: ANN401
        names = ("sets", "each", "row", "limit", "account", "encoding", "verbose")
        shared = {name: kwargs.pop(name) for name in names}
        allow = _checked_names(kwargs.pop("allow"))
        shared["encoding"] = _encoding(shared["encoding"])
        options = Options(letter=letter, allow=allow, json=kwargs.pop("as_json"), **shared)
        _refuse_nonsense(options)
        return function(*args, options, **kwargs)

    for option in reversed((*_LETTER_OPTIONS, verbose_option)):
        call = option(call)
    return call  # type: ignore[return-value]


def _checked_names(allow: Iterable[str]) -> frozenset[str]:
    allow = frozenset(map(str.casefold, allow))
    if "stop" in allow:
        raise click.UsageError("--allow stop: a stop cannot be allowed; lift it first with mailer resume WHO.")
    for name in allow:
        if name not in NAMES:
            raise click.UsageError(f"--allow {name}: there is no such check. {did_you_mean(name, NAMES)}")
    return allow


def _encoding(name: str | None) -> str:
    import codecs

    try:
        codec = codecs.lookup(name or "utf-8").name.removesuffix("-sig")
        usable = "a;\n".encode(codec) == b"a;\n" or codec.startswith(("utf-16", "utf-32"))
    except (LookupError, UnicodeError):
        usable = False
    if not usable or codec in _NOT_FOR_FILES:
        raise click.UsageError(f"--encoding {name}: there is no such encoding for a CSV. Try utf-8, latin-1 or cp1252.")
    return codec


def _refuse_nonsense(options: Options) -> None:
    for name in ("row", "limit", "encoding"):
        given = getattr(options, name) is not None if name != "encoding" else options.encoding != "utf-8"
        if given and options.each is None:
            raise click.UsageError(f"--{name} needs --each.")
    if options.letter == "-" and options.each == "-":
        raise click.UsageError("the letter and the CSV cannot both come from standard input.")
