"""Imports point one way, and each heavy library has one home."""

import ast
from pathlib import Path

import pytest

import mailer

ROOT = Path(mailer.__file__).parent
HOMES = {
    "click": ("cli",),
    "rich": ("cli", "preview"),
    "jinja2": ("sandbox",),
    "markupsafe": ("sandbox",),
    "markdown_it": ("markdown", "markdownparser"),
    "idna": ("domain", "transport"),
    "ssl": ("transport",),
    "socket": ("transport", "drafts", "imap", "oauth"),
    "imapclient": ("imap",),
    "imaplib": ("imap",),
    "dns": ("dnsrecords",),
    "aiosmtpd": ("transport",),
    "sqlite3": ("ledger",),
    "keyring": ("credentials",),
    "dotenv": ("envfile",),
    "platformdirs": ("layers",),
    "pypdf": ("checks", "attachments"),
    "holidays": ("checks",),
    "harper": ("checks",),
}
LAYERS = """
errors | characters visible | files | names domain | address | language
values envfile accountfile layers trust settings | media_types attachments | rendered | letter
cells columns template batch foreign threads refusal | slots flowed texttables
sandbox markdownparser markdown htmltokens | htmlbody htmllines htmltext | fields people | render
encodedwords headers bodies reader message
preview readback | transport | ledger | discovery | advice | checks known
imap | drafts | oddsigns secretcommand credentials dnsrecords finding oauth guard accountplan accountsecrets accounts
sentcopy submission doctor | cli
"""
ROWS = LAYERS.replace("|", "\n").strip().split("\n")
RANK = {name: rank for rank, layer in enumerate(ROWS) for name in layer.split()}


def modules() -> list[Path]:
    return sorted(path for path in ROOT.rglob("*.py") if path.parent != ROOT or not path.name.startswith("__"))


def unit(dotted: str) -> str:
    """The module or package right below ``mailer``."""
    parts = dotted.split(".")
    return parts[1] if len(parts) > 1 else ""


def imports(path: Path) -> list[tuple[str, bool]]:
    """Dotted names that a module imports, and whether only for types."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)]
    for_types = {id(inner) for block in typing for inner in ast.walk(block)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) in for_types) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"mailer.{alias.name}" for alias in node.names] if node.module == "mailer" else [node.module]
            found += [(name, id(node) in for_types) for name in names]
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way_and_libraries_have_one_home(path: Path) -> None:
    own = path.relative_to(ROOT).parts[0].removesuffix(".py")
    assert own in RANK, f"{own} has no place in the list of layers"
    for name, for_types in imports(path):
        top = name.split(".")[0]
        if top == "mailer" and not for_types:
            other = unit(name)
            assert other == "__version__" or RANK[other] <= RANK[own], f"{own} imports {other}"
        if top in HOMES and not for_types:
            assert own in HOMES[top], f"{own} imports {top}"


def test_one_place_finds_the_secrets_that_go_to_servers() -> None:
    """What is found anywhere else would go around the question which host it is for."""
    finders = {"credentials.find", "oauth.find", "oauth.access_token", "oauth.stored"}
    for path in modules():
        own = path.relative_to(ROOT).parts[0].removesuffix(".py")
        called = {
            ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
        }
        assert own in ("guard", "oauth") or not called & finders, path


def test_the_map_names_every_module() -> None:
    words = set((mailer.__doc__ or "").replace(",", " ").replace(";", " ").split())
    missing = {unit_of(path) for path in modules()} - words
    assert not missing


def unit_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")
