"""The pages of docs/ show what the commands print and what the code says, and become a site without a warning."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys

import pytest

from tests.kit import pages, recordings, reference
from tests.kit.world import put

# Paths are shown as they are written on POSIX.
posix = pytest.mark.skipif(sys.platform == "win32", reason="the transcripts show paths of POSIX")


def named(found):
    return [pytest.param(page, id=page.name) for page in found]


@posix
@pytest.mark.parametrize("page", named(pages.pages()))
def test_the_transcripts_are_what_the_commands_print(page):
    text = page.read_text(encoding="utf-8")
    assert pages.fresh(text) == text, "make transcripts takes them anew"


@posix
@pytest.mark.parametrize("page", named(reference.pages()))
def test_what_is_made_from_the_code_is_what_the_code_says(page):
    text = page.read_text(encoding="utf-8")
    assert reference.fresh(text) == text, "make docs makes it anew"


def test_every_part_that_can_be_made_stands_on_a_page():
    text = "".join(page.read_text(encoding="utf-8") for page in reference.pages())
    assert [name for name in reference.MADE if f"<!-- made: {name} -->" not in text] == []


def keys(value):
    """Every key of JSON, but for those that are names of something."""
    if isinstance(value, list):
        return {key for one in value for key in keys(one)}
    if not isinstance(value, dict):
        return set()
    named = {name for name in value if not name.startswith("MAILER_")}
    return named | {key for one in value.values() for key in keys(one)}


def test_every_key_of_the_json_page_is_in_the_contract():
    page = (pages.DOCS / "json.md").read_text(encoding="utf-8")
    shown = {key for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL) for key in keys(json.loads(block))}
    contract = "".join((pages.DOCS / name).read_text(encoding="utf-8") for name in ("cli.md", "keeping-in-touch.md"))
    assert len(shown) > 60
    assert [key for key in sorted(shown) if not re.search(rf'[`"]{key}[`"]', contract)] == []


def sources():
    """The words of the program, literals that stand together joined."""
    files = [path for end in ("*.py", "*.toml") for path in (pages.DOCS.parent / "mailer").rglob(end)]
    return re.sub(r'"\s*f?"', "", "\n".join(path.read_text(encoding="utf-8") for path in files))


def test_the_messages_of_the_troubleshooting_page_are_those_of_the_program():
    page = (pages.DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (`[^|]*`) \|", page.partition("<!-- /made -->")[2], re.MULTILINE)
    cells += re.findall(r"^\| (`[^|]*`) \|", page.partition("<!-- made: ")[0], re.MULTILINE)
    pieces = [piece.strip() for cell in cells for words in re.findall("`([^`]*)`", cell) for piece in words.split("…")]
    words = sources()
    assert len(pieces) > 50
    assert [piece for piece in pieces if piece not in words] == []


@pytest.fixture
def site(tmp_path_factory):
    """The site, built with warnings as errors."""
    for name in ("sphinx", "myst_parser", "furo"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed: pip install -r .ci/docs-constraints.txt")
    folder = tmp_path_factory.mktemp("site")

    def build(source):
        command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", str(source), str(folder)]
        return subprocess.run(command, capture_output=True, text=True, timeout=300), folder

    return build


@pytest.mark.real
@pytest.mark.slow
def test_the_site_is_built_without_a_warning(site):
    done, folder = site(pages.DOCS)
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "searchindex.js").stat().st_size > 10_000
    for page in pages.DOCS.glob("*.md"):
        assert (folder / page.with_suffix(".html").name).is_file()


@pytest.mark.real
@pytest.mark.slow
def test_a_link_that_leads_nowhere_breaks_the_build(site, tmp_path):
    links = "[x](missing.md), [x](words.md#nowhere), [x](#neither)"
    put(tmp_path, "conf.py", (pages.DOCS / "conf.py").read_bytes())
    put(tmp_path, "_static/pages.css", "")
    put(tmp_path, "index.md", f"# Here\n\n## All\n\n- [words](words.md)\n\n{links}\n")
    put(tmp_path, "words.md", "# Words\n")
    done, _ = site(tmp_path)
    assert done.returncode == 1
    assert [name for name in ("missing", "nowhere", "neither") if name not in done.stderr] == []


@pytest.mark.real
@pytest.mark.slow
def test_a_page_that_no_list_names_is_in_the_side_bar(site, tmp_path):
    put(tmp_path, "conf.py", (pages.DOCS / "conf.py").read_bytes())
    put(tmp_path, "_static/pages.css", "")
    put(tmp_path, "index.md", "# Here\n\n## All\n\n- [words](words.md)\n")
    put(tmp_path, "words.md", "# Words\n")
    put(tmp_path, "other.md", "# Another page\n\n[The rules](../RULES.md) are elsewhere.\n")
    done, folder = site(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    side_bar = (folder / "index.html").read_text(encoding="utf-8")
    assert side_bar.index("More</span>") < side_bar.index("Another page")
    assert "RULES.md</span>" in (folder / "other.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", recordings.KEPT)
def test_the_recordings_show_what_the_page_says(name):
    text = (recordings.FOLDER / f"{name}.cast").read_text(encoding="utf-8")
    assert recordings.made(name) == text, "make recordings makes it anew"
    head, *events = map(json.loads, text.splitlines())
    assert (head["version"], {kind for _, kind, _ in events}) == (2, {"o"})
    assert [at for at, *_ in events] == sorted(at for at, *_ in events)
    shown = "".join(what for *_, what in events).removesuffix("$ ").replace("\r\n", "\n")
    page = (recordings.DOCS / recordings.KEPT[name][0]).read_text(encoding="utf-8")
    typed = [line for line in shown.splitlines() if line.startswith("$ ")]
    assert typed
    assert all(f"\n{line}\n" in page for line in shown.splitlines() if line)
    assert max(map(len, shown.splitlines())) <= 2 * head["width"]
