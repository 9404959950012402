"""How far one letter travels through the code: ``python -m tests.bench.way [TREE]``; TREE is another checkout.

Two letters from the template ``runner-up`` go to a server on loopback, each by a process of its own, over one data
folder; the second is measured.  ``sys.setprofile`` sees each call in the main thread.  A call of a function of
``mailer`` counts, and each time that a generator goes on; bodies of modules and classes, libraries and C do not.  A
change is a call in another module than the call counted before it.

Then the code itself is counted.  A circle is a group of modules that reach each other by imports, those for types and
those in functions included.  ``mailer/__init__.py`` is left out: it hands out the public names when they are asked for.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.kit.smtp_server import recording_server

_COUNTED = ("cli", "sending", "submission", "people")
HERE = Path(__file__).resolve().parents[2]
LETTER = """Template: runner-up
From: Jo Novak <jo@novak.example>
To: {name} <{address}>
Company: {company}
Position: Data Engineer
When: early in January

The afternoon with {name}'s test-bench team stayed with me, above all how they find a bad sensor before the customer
does. Your question about the drift in the night shift's readings made me try it at home: a running median over nine
samples took most of it out of my own weather station. {name} has my thanks for that, and for the long walk through it.
"""
FIRST = LETTER.format(name="Lee", address="lee@birch.example", company="Birch Optics")
SECOND = LETTER.format(name="Dana", address="dana@acme.example", company="Acme Robotics")
# Compiled once into the process that is measured; CO_NEWLOCALS is what functions have and bodies do not.
PROBE = """
import json, os, sys
root, out = sys.argv[1] + os.sep, sys.argv[2]
sys.argv = ["mailer", *sys.argv[3:]]
calls, functions, modules, changes, inner, last, people = 0, set(), set(), 0, 0, None, 0

def seen(frame, event, _argument):
    global calls, changes, inner, last, people
    code = frame.f_code
    if event != "call" or not code.co_flags & 2 or not code.co_filename.startswith(root):
        return
    module = code.co_filename
    calls += 1
    people += module.startswith(root + "people" + os.sep)
    functions.add(code)
    modules.add(module)
    if last not in (None, module):
        changes += 1
        inner += all(one[len(root):].split(os.sep)[0] in ("cli", "sending", "submission") for one in (module, last))
    last = module

def of_people():
    return sum(one.startswith(root + "people" + os.sep) for one in modules)

def done(code):
    sys.setprofile(None)
    with open(out, "w") as file:
        json.dump([len(modules), len(functions), calls, changes, inner, of_people(), people, code], file)
    real(code)

real, os._exit = os._exit, done
import mailer.__main__
sys.setprofile(seen)
try:
    mailer.__main__.main()
except SystemExit as stop:
    done(stop.code or 0)
"""


class Way(NamedTuple):
    """What was met on the way of one letter."""

    modules: int
    functions: int
    calls: int
    changes: int
    changes_within_sending_and_cli: int
    modules_of_people: int
    calls_of_people: int


def measure(tree: Path) -> Way:
    """Send two letters with the code of ``tree``; return the way of the second."""
    with tempfile.TemporaryDirectory() as name, recording_server() as server:
        folder = Path(name)
        _send(tree, folder, server.port, FIRST)
        return _send(tree, folder, server.port, SECOND)


def _send(tree: Path, folder: Path, port: int, letter: str) -> Way:
    for part in ("work", "data", "config"):
        (folder / part).mkdir(mode=0o700, exist_ok=True)
    (folder / "work" / "letter.md").write_text(letter, encoding="utf-8")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAILER_")}
    environ |= {"PYTHONPATH": str(tree), "HOME": str(folder), "MAILER_DATA_DIR": str(folder / "data")}
    environ |= {"MAILER_CONFIG_DIR": str(folder / "config"), "MAILER_SMTP_HOST": "127.0.0.1"}
    environ |= {"MAILER_SMTP_PORT": str(port), "MAILER_SMTP_SECURITY": "none", "MAILER_AUTH": "none"}
    out = folder / "way.json"
    command = [sys.executable, "-c", PROBE, str(tree / "mailer"), str(out), "send", "letter.md", "--yes"]
    run = subprocess.run(command, cwd=folder / "work", env=environ, capture_output=True, text=True, check=False)
    if not out.exists():
        raise SystemExit(run.stderr)
    *way, code = json.loads(out.read_text())
    if code:
        raise SystemExit(run.stdout + run.stderr)
    return Way(*way)


class Size(NamedTuple):
    """How large the code is.  ``code_lines`` are those that are neither blank nor a comment."""

    modules_at_the_top: int
    packages_at_the_top: int
    packages: int
    circles: int
    lines: int
    code_lines: int
    lines_cli: int
    lines_sending_and_submission: int
    lines_people: int


def size(tree: Path) -> Size:
    """Count the modules and lines of ``tree``."""
    root = tree / "mailer"
    files = sorted(root.rglob("*.py"))
    lines = {path: path.read_text(encoding="utf-8").splitlines() for path in files}
    within = {name: sum(len(lines[path]) for path in files if (root / name) in path.parents) for name in _COUNTED}
    return Size(
        len([path for path in root.glob("*.py") if not path.stem.startswith("__")]),
        len(list(root.glob("*/__init__.py"))),
        len(list(root.rglob("*/__init__.py"))),
        len(circles(root)),
        sum(map(len, lines.values())),
        sum(bool(line.strip()) and not line.lstrip().startswith("#") for one in lines.values() for line in one),
        within["cli"],
        within["sending"] + within["submission"],
        within["people"],
    )


def circles(root: Path) -> list[set[str]]:
    """The groups of more than one module in which each reaches each other."""
    modules = {".".join(path.relative_to(root.parent).with_suffix("").parts): path for path in root.rglob("*.py")}
    modules = {name.removesuffix(".__init__"): path for name, path in modules.items()}
    del modules[root.name]
    graph = {name: set(_imports(path, modules)) - {name} for name, path in modules.items()}
    return [group for group in _groups(graph) if len(group) > 1]


def _imports(path: Path, modules: dict[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from [alias.name for alias in node.names if alias.name in modules]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in modules:
                    yield whole
                elif node.module in modules:
                    yield node.module


def _groups(graph: dict[str, set[str]]) -> list[set[str]]:
    reach = {name: _reachable(graph, name) for name in graph}
    groups = {frozenset({name} | {other for other in reach[name] if name in reach[other]}) for name in graph}
    return [set(group) for group in groups]


def _reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    left = [start]
    while left:
        new = graph[left.pop()] - found
        found |= new
        left += new
    return found


def main(tree: str | None = None) -> None:
    """Print both."""
    root = Path(tree or HERE).resolve()
    for told in (size(root), measure(root)):
        for name, number in told._asdict().items():
            print(f"{name.replace('_', ' '):30} {number:>8,}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
