"""What is built: manual pages that man reads, and the same octets each time."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import mailer
from tests.test_docs import COMMANDS

ROOT = Path(mailer.__file__).parents[1]
PAGES = {"mailer.1", *(f"{name.replace(' ', '-')}.1" for name in COMMANDS)}
MAN = "share/man/man1/"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The manual pages."""
    folder = tmp_path_factory.mktemp("man")
    code = "import sys; from pathlib import Path; from man_pages import write; write(Path(sys.argv[1]))"
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join((str(ROOT / "release"), str(ROOT)))}
    subprocess.run([sys.executable, "-c", code, folder], env=env | {"SOURCE_DATE_EPOCH": "1796000000"}, check=True)
    return folder


@pytest.mark.slow
def test_each_command_has_a_page(pages):
    assert {page.name for page in pages.iterdir()} == PAGES
    send = (pages / "mailer-send.1").read_text()
    for words in (
        '"2026-11-30"',
        f'"{mailer.__version__}"',
        r"\fB\-\-dry\-run\fP",
        ".SH EXAMPLE\nmailer send letter.md",
    ):
        assert words in send
    assert r"\fBpeople\fP" in (pages / "mailer.1").read_text()
    assert "mailer(1)" not in send  # the page above it, in the form of man: bold, without a blank
    assert ".BR mailer (1)" in send


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.skipif(not (shutil.which("groff") and shutil.which("man")), reason="needs groff and man")
def test_man_reads_each_page_without_a_warning(pages):
    for page in sorted(pages.iterdir()):
        done = subprocess.run(["groff", "-ww", "-man", "-Tutf8", "-z", page], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), page.name
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "MANWIDTH": "80"}
        shown = subprocess.run(["man", "--warnings", "-l", page], capture_output=True, text=True, env=env, check=True)
        assert shown.stderr == "", page.name
        assert page.stem in shown.stdout


@pytest.mark.slow
def test_a_build_is_the_same_each_time(tmp_path):
    digests = []
    for number, zone in enumerate(("UTC", "Asia/Tokyo")):
        target = tmp_path / str(number)
        env = {**os.environ, "TZ": zone, "PYTHONHASHSEED": str(number), "SOURCE_DATE_EPOCH": "1796000000"}
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-d", target],
            cwd=ROOT,
            env=env,
            check=True,
            capture_output=True,
        )
        digests.append({file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in target.iterdir()})
    assert digests[0] == digests[1]
    assert len(digests[0]) == 2
    (wheel,), (sdist,) = (list((tmp_path / "0").glob(form)) for form in ("*.whl", "*.tar.gz"))
    in_wheel = zipfile.ZipFile(wheel).namelist()
    with tarfile.open(sdist) as file:
        in_sdist = file.getnames()
    for names in (in_wheel, in_sdist):
        assert {name.rpartition("/")[2] for name in names if MAN in name} == PAGES
        assert any(name.endswith("mailer/cli/completion/words.tsv") for name in names)
    assert not any(name.startswith(("tests", "release")) for name in in_wheel)
