"""The pages in a real browser: axe-core finds nothing, they fit every width, and they are leafed through by links."""

from __future__ import annotations

import html
import json
import os
import re
from pathlib import Path

import pytest

from tests.kit.chromium import CHROMIUM, DARK, LIGHT, NARROWEST, browsed
from tests.kit.shown_pages import COMMANDS, made

AXE = Path(os.environ.get("MAILER_TEST_NODE_MODULES", "/tmp/mailer-node/node_modules")) / "axe-core" / "axe.min.js"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium"),
]
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
TELL = """
addEventListener("load", () => setTimeout(async () => {
  const told = {
    width: document.documentElement.clientWidth, scroll: document.documentElement.scrollWidth,
    shown: [...document.querySelectorAll("article")].filter((one) => one.offsetHeight).map((one) => one.id),
    stops: document.querySelectorAll("a[href], [tabindex='0'], iframe").length,
  };
  if (window.axe) {
    const found = await axe.run(document, {iframes: false, resultTypes: ["violations"]});
    told.violations = found.violations.map((one) => [one.id, one.nodes.map((node) => node.html.slice(0, 200))]);
    told.passes = found.passes.map((one) => one.id);
  }
  document.body.dataset.told = JSON.stringify(told);
}, 100));
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    return made(tmp_path_factory.mktemp("pages"))


def told(tmp_path, page, scheme, width=1280, axe=False, anchor=""):
    """What a page says of itself, once our own script is let in, which its policy forbids."""
    source = page.read_text()
    assert len(POLICY.findall(source.partition("</head>")[0])) == 1
    script = f"<script>{AXE.read_text() if axe else ''}</script><script>{TELL}</script>"
    file = tmp_path / "page.html"
    file.write_text(POLICY.sub("", source, count=1).replace("</body>", f"{script}</body>"))
    if width < NARROWEST:
        return json.loads(_narrow(tmp_path, file, scheme, width))
    dom = browsed(tmp_path, file.as_uri() + anchor, scheme, "--dump-dom", f"--window-size={width},900")
    return json.loads(html.unescape(re.search(r'data-told="([^"]*)"', dom)[1]))


def _narrow(tmp_path, file, scheme, width):
    """The same of a page in a frame, for no window is as narrow as a telephone."""
    passed = (
        "addEventListener('load', () => setTimeout(() => parent.postMessage(document.body.dataset.told, '*'), 400))"
    )
    file.write_text(file.read_text().replace("</body>", f"<script>{passed}</script></body>"))
    heard = "addEventListener('message', (event) => { document.body.dataset.told = event.data; })"
    cage = tmp_path / "cage.html"
    cage.write_text(
        f"<!DOCTYPE html><body><script>{heard}</script>"
        f'<iframe style="border:0;width:{width}px;height:900px" src="{file.as_uri()}"></iframe></body>'
    )
    dom = browsed(tmp_path, cage, scheme, "--dump-dom")
    return html.unescape(re.search(r'<body data-told="([^"]*)"', dom)[1])


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", COMMANDS)
def test_axe_finds_nothing(tmp_path, pages, name, scheme):
    if not AXE.exists():
        pytest.skip(f"axe-core is not in {AXE.parent.parent} (MAILER_TEST_NODE_MODULES)")
    found = told(tmp_path, pages[name], scheme, axe=True, anchor="#row-2" if name == "batch" else "")
    assert found["violations"] == []
    assert found["scroll"] == found["width"] == 1280
    assert "color-contrast" in found["passes"]


@pytest.mark.parametrize("width", [390, 768])
@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_sticks_out(tmp_path, pages, name, width):
    found = told(tmp_path, pages[name], LIGHT, width)
    assert found["width"] == width
    assert found["scroll"] == width


@pytest.mark.parametrize(
    ("anchor", "shown"), [("", "row-5"), ("#row-2", "row-2"), ("#row-6-1", "row-6"), ("#x", "row-5")]
)
def test_one_letter_at_a_time(tmp_path, pages, anchor, shown):
    assert told(tmp_path, pages["batch"], LIGHT, anchor=anchor)["shown"] == [shown]


def test_it_prints(tmp_path, pages):
    for name in COMMANDS:
        target = tmp_path / f"{name}.pdf"
        browsed(tmp_path, pages[name], LIGHT, f"--print-to-pdf={target}", "--no-pdf-header-footer")
        from pypdf import PdfReader

        text = " ".join(" ".join(page.extract_text() for page in PdfReader(target).pages).split())
        assert {"batch": "Lee Park", "year": "Dana Ruiz", "person": "A year on"}.get(
            name, "Novak" if name != "long" else "Größler"
        ) in text
