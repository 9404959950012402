"""Start the command: ``--version`` and tab completion are answered before anything heavy is imported."""

from __future__ import annotations

import os
import sys

from mailer import __version__

# Not typing.TYPE_CHECKING: `mailer --version` imports nothing.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# One letter makes fewer objects than this and ends before any is looked for; a batch has its memory swept as ever.
_SWEPT_AFTER = 100_000


def main() -> None:
    """Run the command line; never returns."""
    if sys.argv[1:] == ["--version"]:
        _say(f"mailer {__version__}\n")
    if sys.argv[1:3] == ["completion", "--words"]:
        from mailer.cli.completion.answer import answer

        answer(sys.argv[3:])
        os._exit(0)
    import gc

    gc.set_threshold(_SWEPT_AFTER)
    try:
        sys.unraisablehook = _heard_again(sys.unraisablehook)
        from mailer.cli.main import run

        _leave(run(sys.argv[1:]))
    except KeyboardInterrupt:
        # Before the command began, or when it had told all.
        sys.exit(130)


def _heard_again(before: Callable[[sys.UnraisableHookArgs], object]) -> Callable[[sys.UnraisableHookArgs], None]:
    """Let Ctrl-C and SIGTERM come again that were raised where Python drops what is raised; ``before`` has all else."""

    def dropped(what: sys.UnraisableHookArgs) -> None:
        if isinstance(what.exc_value, (KeyboardInterrupt, SystemExit)):
            from mailer.signals import come_again, number_of

            if number := number_of(what.exc_value):
                come_again(number)
                return
        before(what)

    return dropped


def _leave(code: int) -> None:
    """End at once: all is written and closed, and to take the interpreter apart would be a tenth of a short run.

    What was registered for the end is called; a thread that must be waited for is waited for, the usual way.
    """
    threads = sys.modules.get("threading")
    if threads and any(not thread.daemon for thread in threads.enumerate()[1:]):
        sys.exit(code)
    import atexit

    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            sys.exit(code)
    os._exit(code)


def _say(text: str) -> None:
    """Print and leave; a closed stdout is silent, a full one 73."""
    code = 0
    try:
        if sys.stdout is not None:
            sys.stdout.write(text)
            sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer can fail no more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            sys.stderr.write(f"mailer: stdout cannot be written: {error.strerror}\n")
            code = 73
    sys.exit(code)


if __name__ == "__main__":
    main()
