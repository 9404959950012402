"""The table of commands, each imported when it is called; and how every run ends.

``run`` is where every error becomes words and an exit code.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Sequence
from importlib import import_module
from itertools import takewhile
from types import FrameType
from typing import Any

import click

from mailer import __version__
from mailer.cli.output import Output
from mailer.errors import CannotWrite, MailerError, Stopped

_COMMANDS = {
    "templates": ("mailer.cli.templates", "List the templates, or show one."),
    "new": ("mailer.cli.new", "Start a letter from a template."),
    "check": ("mailer.cli.check", "Check a letter for mistakes before it goes."),
    "checks": ("mailer.cli.checks", "List the checks, or explain one."),
    "preview": ("mailer.cli.preview", "Show what would be sent, without sending it."),
    "draft": ("mailer.cli.draft", "Save a letter as a draft for your mail program."),
    "send": ("mailer.cli.send", "Check a letter, show it, ask, and send it once."),
    "outbox": ("mailer.cli.outbox", "List letters that are waiting, failed or came back, and what to do."),
    "log": ("mailer.cli.log", "List what was sent to whom, and when."),
    "rehearse": ("mailer.cli.rehearse", "Send a letter to a test server on this machine."),
    "due": ("mailer.cli.due", "Show whom to write to, when, and why."),
    "people": ("mailer.cli.people", "List the people you keep in touch with; show, add and change them."),
    "follow-up": ("mailer.cli.follow_up", "Write the next letter to someone, in the thread."),
    "touch": ("mailer.cli.touch", "Record a call, a meeting, a message or an answer."),
    "hold": ("mailer.cli.touch:hold", "Put someone on hold: they are not due for a while."),
    "stop": ("mailer.cli.touch:stop", "Never write to someone again, unless you resume."),
    "resume": ("mailer.cli.touch:resume", "Take someone off hold or stop; the plan goes on."),
    "sync": ("mailer.cli.sync", "Read what came back: answers, absences, bounces."),
    "plans": ("mailer.cli.plans", "List the plans, or show one with its dates."),
    "backup": ("mailer.cli.backup:backup", "Copy letters and people to a file, even while mailer is running."),
    "restore": ("mailer.cli.backup:restore", "Put back what mailer backup saved."),
    "login": ("mailer.cli.login", "Sign in, and keep the password in the keyring."),
    "logout": ("mailer.cli.logout", "Remove an account's password and settings."),
    "accounts": ("mailer.cli.accounts", "List the accounts."),
    "settings": ("mailer.cli.settings", "Show every setting and where it comes from."),
    "trust": ("mailer.cli.trust", "Let this folder's .env decide where letters go."),
    "doctor": ("mailer.cli.doctor", "Test each step to your mail server and the ledger, and say what to do."),
    "work": ("mailer.cli.work", "Send queued letters, for many mailboxes and from many machines."),
    "fleet": ("mailer.cli.fleet", "Set up a ledger on PostgreSQL; show what is waiting there."),
    "completion": ("mailer.cli.completion.command", "Print a tab-completion script for your shell."),
    "mcp": ("mailer.cli.mcp", "Serve an assistant (Model Context Protocol), within one folder."),
    "help": ("mailer.cli.help", "Show what a command does; the same as --help."),
}
_EPILOG = (
    "Example: mailer new runner-up, then mailer preview runner-up.md. To try it without an account: mailer rehearse"
)


class Group(click.Group):
    """A command that holds others: a name that is none of theirs is told with the nearest."""

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


class _Commands(Group):
    """Commands by name; only the one that is called is imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), name or "command")
        assert isinstance(command, click.Command)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:  # noqa: ANN401
        _listen()
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in _COMMANDS.items()])


@click.command(
    cls=_Commands,
    epilog=_EPILOG,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="mailer", message="%(prog)s %(version)s")
@click.option("as_json", "--json", is_flag=True, help="Without a command: print JSON.")
@click.option("-v", "verbose", count=True, help="Without a command: show more detail on stderr.")
@click.option(
    "--all-owners",
    is_flag=True,
    help="Run for every owner here: alone, or with due, people, log, outbox or outbox send.",
)
@click.pass_context
def cli(ctx: click.Context, as_json: bool, verbose: int, all_owners: bool) -> int:
    """The letter to the hiring manager after the no, and the contacts that come after it.

    Without a command: show whom to write to today, and why.
    """
    assert not all_owners  # see _call
    if ctx.invoked_subcommand is not None:
        return 0
    from mailer.cli.app import App
    from mailer.cli.today import show

    _listen()
    ctx.meta["mailer.verbose"] = verbose
    return show(ctx.obj if isinstance(ctx.obj, App) else App(output=ctx.obj), as_json)


def run(arguments: Sequence[str], obj: Any = None) -> int:  # noqa: ANN401
    """Run one command and return its exit code."""
    output = Output.of_process()
    try:
        result = _call(arguments, obj or output)
        code = result if isinstance(result, int) else 0
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.ClickException as error:
        with contextlib.suppress(OSError):
            error.show()
        code = error.exit_code
    except MailerError as error:
        output.error(error)
        code = error.code
    except (KeyboardInterrupt, click.Abort):
        output.note("\nmailer: stopped")
        code = 130
    except SystemExit as stop:
        # From _stop; click's own, at a closed stdout, changes nothing.
        code = Stopped.code if stop.code == Stopped.code else 0
        if code:
            output.note("\nmailer: stopped")
    except Exception as error:
        code = _unforeseen(output, error)
    return output.close(code)


def _call(arguments: Sequence[str], obj: Any) -> Any:  # noqa: ANN401
    first = list(takewhile(lambda word: word.startswith("-"), arguments))
    if "--all-owners" in first and not {"-h", "--help", "--version"}.intersection(first):
        from mailer.cli.house import run_for_all

        first.remove("--all-owners")
        return run_for_all([*first, *arguments[len(first) + 1 :]], obj, _call, cli)
    return cli.main(args=list(arguments), prog_name="mailer", standalone_mode=False, obj=obj)


def _unforeseen(output: Output, error: Exception) -> int:
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        output.error(CannotWrite(f"{error.filename or 'stdout'} cannot be written: the disk is full"))
        return CannotWrite.code
    import traceback

    trace = "".join(traceback.format_exception(error))
    output.note(f"mailer: this is a bug of ours; please report it\n{trace}")
    return 70


def _listen() -> None:
    import signal

    signal.signal(signal.SIGTERM, _stop)
    # A terminal that is closed ends a run as SIGTERM does, but for one that nohup started; Windows has no such signal.
    hang_up = getattr(signal, "SIGHUP", None)
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:
        signal.signal(hang_up, _stop)


def _stop(_number: int, _frame: FrameType | None) -> None:
    # As Ctrl-C: no "except Exception" or "except MailerError" on the way may take it for the fault of one letter.
    raise SystemExit(Stopped.code)
