"""Packages import downward only, no modules import each other in a circle, and each heavy library has one home."""

from __future__ import annotations

import ast
import re
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import mailer
from tests.kit.rows import each_row

ROOT = Path(mailer.__file__).parent
GROUND = ("tuples", "errors", "signals", "characters", "files", "masking", "locks")
PACKAGES = (
    "message",
    "settings",
    "letters",
    "render",
    "checks",
    "transport",
    "ledger",
    "imap",
    "drafts",
    "accounts",
    "answers",
    "people",
    "syncing",
    "pages",
    "sending",
    "fleet",
    "assistants",
    "cli",
)
RANK = {name: rank for rank, name in enumerate((*GROUND, *PACKAGES))}
LOOSE = {*GROUND, "__init__", "__main__"}
HOMES = {
    "click": ("cli",),
    "rich": ("cli", "message.preview"),
    "jinja2": ("render.jinja", "pages.engine"),
    "markupsafe": ("render.jinja",),
    "markdown_it": ("render.markdown", "render.markdown_html", "render.markdown_parser", "render.markdown_text"),
    "icalendar": ("people.calendar",),
    "idna": ("message.domain", "transport"),
    "ssl": ("transport",),
    "socket": ("transport", "drafts", "imap", "accounts.oauth"),
    "imapclient": ("imap",),
    "imaplib": ("imap",),
    "dns": ("accounts.providers.dns",),
    "aiosmtpd": ("transport.rehearsal",),
    "psycopg": ("ledger.postgresql", "fleet.worker"),
    "procrastinate": ("fleet.worker",),
    "prometheus_client": ("fleet.metrics",),
    "sqlite3": ("ledger", "sending.spool"),
    "keyring": ("accounts.secrets.keyring",),
    "dotenv": ("settings.env_file",),
    "platformdirs": ("settings.layers",),
    "pypdf": ("checks", "message.attachments"),
    "harper": ("checks",),
    "holidays": ("checks.days_off",),
    "flufl": ("answers.dialects",),
    "mcp": ("assistants.server",),
    "pydantic": ("assistants.server",),
    "mailparser_reply": ("answers.quoting",),
}


def dotted(path: Path) -> str:
    """``message.address`` for ``mailer/message/address.py``."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


MODULES = {dotted(path): path for path in sorted(ROOT.rglob("*.py"))}


@cache
def parsed(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


@cache
def nodes_of(name: str) -> list[ast.AST]:
    return list(ast.walk(parsed(name)))


@cache
def imports(name: str) -> tuple[tuple[str, bool], ...]:
    """What a module imports, its own package's parts by their module, and whether only for types."""
    nodes = nodes_of(name)
    typing = [node for node in nodes if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)]
    for_types = {id(inner) for block in typing for inner in ast.walk(block)}
    found = []
    for node in nodes:
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) in for_types) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.append(
                    (whole if whole.removeprefix("mailer.") in MODULES else node.module, id(node) in for_types)
                )
    return tuple(found)


def ours(name: str) -> set[str]:
    """The modules of mailer that a module imports, for types or not."""
    return {other.removeprefix("mailer.") for other, _ in imports(name) if other.startswith("mailer.")}


def test_packages_import_downward_only() -> None:
    above = [
        f"{name} imports {other}"
        for name in MODULES
        if name not in ("__init__", "__main__")
        for other in ours(name)
        if RANK[other.split(".")[0]] > RANK[name.split(".")[0]]
    ]
    assert above == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {name: ours(name) & MODULES.keys() for name in MODULES if not name.endswith("__init__")}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' -> '.join(error.args[1])}")


def test_each_heavy_library_has_one_home() -> None:
    astray = []
    for name in MODULES:
        for other, for_types in imports(name):
            homes = HOMES.get(other.split(".")[0])
            if homes and not for_types and not any(name == home or name.startswith(f"{home}.") for home in homes):
                astray.append(f"{name} imports {other}")
    assert astray == []


@each_row("name", [name for name in MODULES if name.endswith("__init__") and name != "__init__"])
def test_a_package_says_what_it_is_and_holds_no_code(name: str) -> None:
    tree = parsed(name)
    text = ast.get_docstring(tree)
    assert text
    assert len(tree.body) == 1, "code belongs in a module with a name"
    beside = {
        path.stem for path in MODULES[name].parent.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    listed = {line.split()[0] for line in text.splitlines()[1:] if line.strip()}
    assert not beside - {"__init__"} - listed, "the list of modules"


def test_no_module_stands_loose_but_the_ground() -> None:
    assert {path.stem for path in ROOT.glob("*.py")} == LOOSE


def test_the_map_names_every_package() -> None:
    words = set((mailer.__doc__ or "").replace(",", " ").split())
    assert not {*GROUND, *PACKAGES} - words


def test_no_statement_numbers_its_values() -> None:
    """``?1`` with a sequence is deprecated in Python 3.12, and an error in 3.14."""
    numbered = [
        f"{name}: {node.value}"
        for name in MODULES
        for node in nodes_of(name)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.search(r"[ (=]\?[0-9]+[ ,)]|[ (=]\?[0-9]+$", node.value)
    ]
    assert numbered == []
