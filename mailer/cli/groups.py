"""Commands that hold others: a name that is none of theirs is told with the nearest."""

from __future__ import annotations

from typing import Any

import click


class Group(click.Group):
    """A group that knows what was probably meant."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:  # noqa: ANN401
        """The command that the first word names."""
        if not args[0].startswith("-"):
            self.named(ctx, args[0])
        return super().resolve_command(ctx, args)

    def named(self, ctx: click.Context, name: str) -> click.Command:
        """The command of this name.  Raises click.UsageError (2) where there is none."""
        found = self.get_command(ctx, name)
        if found is None:
            from difflib import get_close_matches

            near = get_close_matches(name.lower(), self.list_commands(ctx), 1)
            ctx.fail(f"there is no command {name!r}." + (f" Did you mean {near[0]}?" if near else ""))
        return found
