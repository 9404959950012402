"""A user's password or token command: run without a shell, its first line is the secret.

Its output is never shown; its stderr is, without anything that it also printed.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from mailer.errors import BadSettings, NotTrusted

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from threading import Thread

SECONDS = 30.0
SECRETS = ("MAILER_PASSWORD", "MAILER_OAUTH_CLIENT_SECRET")
_LARGEST = 1 << 16
_SHOWN = 300
_NO_SHELL = "no shell runs it: write `sh -c '…'` round it, or leave out what is a shell's"
_LITERAL = r"'[^']*'|\\."
_QUOTED = rf'{_LITERAL}|"(?:\\.|[^"\\])*"'
_SHELL = r"(?:\A|\s)(?:[|;&]|[0-9]*[<>]|&>)|[|;&](?:\s|\Z)|\$\(|`|\A\s*[A-Za-z_][A-Za-z0-9_]*="
_PERHAPS = r"[|;<>`$*?&(]"
_TILDE = r"(?:\A|(?<=\s))~(?=[A-Za-z0-9._-]*(?:/|\s|\Z))"
_MARK = "\x01"


def run(command: str, name: str, environ: Mapping[str, str], seconds: float = SECONDS) -> str:
    """Return the first line that ``command`` prints; ``name`` is the setting that holds it.

    Raises BadSettings for a command line that cannot be split, NotTrusted (77) for a failure, silence, or no end
    within ``seconds``; then it is killed with all that it started.
    """
    words = _at_home(command, name, environ)
    if wants_shell(command):
        raise NotTrusted(
            f"the command of {name} ({words[0].partition('=')[0]}) is written for a shell", hint=_NO_SHELL, field=name
        )
    hint = _hint(command)
    process = _start(words, name, environ, hint)
    stdout, stderr = bytearray(), bytearray()
    readers = [_reader(process.stdout, stdout), _reader(process.stderr, stderr)]
    try:
        status = _wait(process, words[0], name, seconds)
        for reader in readers:
            reader.join(1)
    finally:
        if process.poll() is None:
            _kill(process)
    said = _said(bytes(stderr), bytes(stdout))
    if status != 0:
        raise _command_error(words[0], name, f"ended with status {status}", said, hint)
    return _first_line(bytes(stdout), words[0], name, said, hint)


def _split(command: str, name: str) -> list[str]:
    import shlex

    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    if not words:
        hint = "it is split like a POSIX command line: close every quote"
        raise BadSettings(f"{name} is not a valid command line", hint=hint, field=name)
    return words


def wants_shell(command: str) -> bool:
    """Whether it has words that only a shell understands: a pipe, a redirection, ``;``, ``&&``, ``$(…)``, ``X=1 …``."""
    import re

    return bool(re.search(_SHELL, _masked(command, _QUOTED)))


def _hint(command: str) -> str:
    import re

    return _NO_SHELL if re.search(_PERHAPS, _masked(command, _LITERAL)) else "try it in a shell"


def _masked(command: str, quoted: str) -> str:
    """Return the command with what is quoted or escaped as so many ``x``: a shell would leave it alone."""
    import re

    return re.sub(quoted, lambda match: "x" * len(match[0]), command)


def _at_home(command: str, name: str, environ: Mapping[str, str]) -> list[str]:
    """Return the words of a command, with ``~`` as the user's folder where it begins a word and is not quoted."""
    import re

    marked = list(command)
    for match in re.finditer(_TILDE, _masked(command, _QUOTED)):
        marked[match.end() - 1] = _MARK
    words = _split("".join(marked), name)
    return [_expanded(word[1:], environ) if word.startswith(_MARK) else word for word in words]


def _expanded(rest: str, environ: Mapping[str, str]) -> str:
    home = environ.get("HOME")
    return f"{home}{rest}" if home and rest[:1] in ("", "/") else os.path.expanduser(f"~{rest}")  # noqa: PTH111


def _start(words: list[str], name: str, environ: Mapping[str, str], hint: str) -> subprocess.Popen[bytes]:
    import subprocess

    clean = {key: text for key, text in environ.items() if key not in SECRETS}
    try:
        return subprocess.Popen(
            words,
            bufsize=0,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=clean,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its words cannot be passed on"
        raise _command_error(words[0], name, f"cannot be run: {why}", "", hint) from None


def _reader(pipe: IO[bytes] | None, into: bytearray) -> Thread:
    """Read to the end in a thread, which outlives us if something that was started holds the pipe."""
    from threading import Thread

    def read() -> None:
        if pipe is None:
            return
        with pipe:
            while chunk := pipe.read(_LARGEST):
                into.extend(chunk[: _LARGEST - len(into)])

    thread = Thread(target=read, daemon=True)
    thread.start()
    return thread


def _wait(process: subprocess.Popen[bytes], program: str, name: str, seconds: float) -> int:
    import subprocess

    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        raise _command_error(program, name, f"gave no answer within {seconds:g} seconds", "") from None


def _kill(process: subprocess.Popen[bytes]) -> None:
    import signal

    with suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _first_line(output: bytes, program: str, name: str, said: str, hint: str) -> str:
    line = output.partition(b"\n")[0].removesuffix(b"\r")
    if not line:
        raise _command_error(program, name, "printed nothing", said, hint)
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise _command_error(program, name, "printed what is not UTF-8", "") from None


def _said(stderr: bytes, stdout: bytes) -> str:
    from mailer.masking import STARS, masked

    text, printed = (" ".join(octets.decode("utf-8", "replace").split()) for octets in (stderr, stdout))
    text = masked(text, stdout.partition(b"\n")[0].decode("utf-8", "replace"))
    for word in printed.split():
        text = text.replace(word, STARS)
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _command_error(program: str, name: str, what: str, said: str, hint: str = "try it in a shell") -> NotTrusted:
    words = f"; it says: {said}" if said else ""
    return NotTrusted(f"the command of {name} ({program}) {what}{words}", hint=hint, field=name)
