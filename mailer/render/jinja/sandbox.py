"""Jinja, sandboxed and bounded: a source and its values give a text with marks and the values that were printed.

Printing a value leaves a mark (``slots``), so that a value can never become markup.  What a macro, a ``set``
block or a ``filter`` block made is template text and passes unchanged: autoescape wraps it in ``Markup``.
Filters, tests, comparisons and methods see real values, also inside such text.

Bounds: loop turns and macro calls are counted and timed, output is counted, and operations that could take all
memory in one step (repetition, powers, padding, ranges) are refused from a size on.
"""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from mailer.errors import BadData
from mailer.render.jinja.simple import SimpleTemplate, Skeleton, simple_template

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.message.slots import Marks
    from mailer.render.jinja.engine import Engine
    from mailer.render.jinja.environment import Environment

MAX_SOURCE = 200_000


class Sandbox:
    """The sources of one letter; Jinja is imported for the first that needs it."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks

    def compile(self, text: str, file: str, line: int = 1, field: str | None = None, *, bare: bool = True) -> Source:
        """``text``, which begins in that line of ``file``, ready to render.

        ``bare``: names are looked for in small letters, as columns have them, and an empty value is an error where it
        is printed by its bare name.  Raises BadData.
        """
        if len(text) > MAX_SOURCE:
            hint = "Make it shorter."
            raise BadData(
                f"more than {MAX_SOURCE:,} characters of template", hint=hint, file=file, line=line, field=field
            )

        @cache
        def engine() -> Engine:
            from mailer.render.jinja.engine import Engine

            return Engine(self._environment, text, file, line, field, bare=bare)

        return Source(simple_template(text, self._marks, bare=bare), engine)

    @cached_property
    def _environment(self) -> Environment:
        from mailer.render.jinja.environment import Environment

        return Environment(self._marks)


class Source:
    """One compiled source; ``names`` are the names that it asks for."""

    __slots__ = ("_engine", "_simple", "names")

    def __init__(self, simple: SimpleTemplate | None, engine: Callable[[], Engine]) -> None:
        """``engine`` gives the source for Jinja, compiled when it is asked for, where ``simple`` is not enough."""
        self._simple, self._engine = simple, engine
        self.names = (simple or engine()).names

    @property
    def pair(self) -> tuple[str, str] | None:
        """The two names of ``{{ name }} <{{ address }}>``; None if it is anything else."""
        return self._simple.pair if self._simple else None

    def render(self, values: dict[str, Any]) -> Skeleton:
        """The text with marks.  Raises BadData with file and line."""
        return (self._simple and self._simple.render(values)) or self._engine().render(values)
