"""The HTML part in a real browser: a telephone's width and a desktop's, light and dark."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mailer.message.address import parse_list, parse_mailbox
from mailer.message.rendered import Rendered
from mailer.pages.letters import Shown, letters_page
from tests.kit.chromium import CHROMIUM, DARK, LIGHT, browsed

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium"),
]
SOURCE = f"""Dear Dana,

# A heading

The afternoon with *Priya's* **test-bench** team, [a link](https://example.org/{"long/" * 30}) and `code`.

> A quotation,
> over two lines.

- one
- {"longword" * 20}

1. first

```
{"a line of code that is too long for a telephone " * 4}
```

---

Kind regards,\\
Jo Novak
"""
MEASURE = """
addEventListener("load", () => setTimeout(() => {
  const frame = document.querySelector("iframe"), page = frame.contentDocument, view = frame.contentWindow;
  const colours = (element, property) => view.getComputedStyle(element)[property];
  const paper = page.createElement("div");
  paper.style = "background-color:Canvas";
  page.body.append(paper);
  const told = {
    width: page.documentElement.clientWidth,
    scroll: page.documentElement.scrollWidth,
    canvas: colours(paper, "backgroundColor"),
    text: [...page.querySelectorAll("p, a, code, li, h1, blockquote, em, strong")].map(
      (each) => [each.tagName, colours(each, "color"), colours(each, "fontSize"), colours(each, "backgroundColor")]),
    requests: view.performance.getEntriesByType("resource").length,
  };
  paper.remove();
  document.body.dataset.told = JSON.stringify(told);
}, 100));
"""


def browse(tmp_path, source, scheme, *more):
    """Chromium's answer about a page."""
    file = tmp_path / "page.html"
    file.write_text(source)
    return browsed(tmp_path, file, scheme, *more)


def framed(letter, width):
    cage = f'<iframe style="border:0;width:{width}px;height:1000px" srcdoc="{html.escape(letter)}"></iframe>'
    head = '<!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
    return f'{head}<body style="margin:0">{cage}<script>{MEASURE}</script></body>'


def html_of(tmp_path, source, option="--html"):
    """The letter's own HTML part, as ``mailer preview`` gives it."""
    head = "From: Jo Novak <jo@novak.example>\nTo: dana@acme.example\nSubject: Thank you\nContent-Type: text/markdown\n"
    (tmp_path / "letter.md").write_text(f"{head}\n{source}")
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    (home / "signature").write_text("Jo Novak\n+44 1632 960000\n")
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "MAILER_SIGNATURE": "~/signature"}
    command = [sys.executable, "-m", "mailer", "preview", "letter.md", option]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def measured(tmp_path, source, width, scheme):
    dom = browse(tmp_path, framed(source, width), scheme, "--dump-dom")
    return json.loads(html.unescape(re.search(r'data-told="([^"]*)"', dom)[1]))


def light_of(colour):
    """Relative luminance (WCAG 2.1)."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    brighter, darker = sorted((light_of(one), light_of(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_reads_well(tmp_path, width, scheme):
    told = measured(tmp_path, html_of(tmp_path, SOURCE), width, scheme)
    assert told["width"] == width
    assert told["scroll"] == width, "it scrolls sideways"
    assert (light_of(told["canvas"]) < 0.1) == (scheme == DARK), "the letter does not follow the reader's scheme"
    assert len(told["text"]) > 10
    for tag, colour, size, background in told["text"]:
        assert contrast(colour, told["canvas"]) >= 4.5, (tag, colour, told["canvas"])
        assert background == "rgba(0, 0, 0, 0)", tag
        assert float(size.removesuffix("px")) >= 14, tag
    assert told["requests"] == 0


def test_nothing_remote_and_nothing_that_runs(tmp_path):
    source = html_of(tmp_path, SOURCE)
    for word in ("<script", "<img", "<link", "<style", "@import", "url(", "onload", "<iframe", "<form"):
        assert word not in source.lower()


def test_screenshots(tmp_path):
    shots = {}
    for scheme in (LIGHT, DARK):
        for width in (390, 1280):
            target = tmp_path / f"{width}-{scheme}.png"
            size = f"--window-size={max(width, 500)},1000"
            browse(tmp_path, framed(html_of(tmp_path, SOURCE), width), scheme, size, f"--screenshot={target}")
            shots[width, scheme] = target.read_bytes()
    assert all(shot.startswith(b"\x89PNG") for shot in shots.values())
    assert len(set(shots.values())) == len(shots)
    keep = os.environ.get("MAILER_SCREENSHOTS")
    for (width, scheme), shot in shots.items() if keep else ():
        (Path(keep) / f"letter-{width}-{'dark' if scheme == DARK else 'light'}.png").write_bytes(shot)


def test_the_page_of_preview_open(tmp_path):
    letter = Rendered(
        sender=parse_mailbox("Jo Novak <jo@novak.example>"),
        to=parse_list("dana@acme.example"),
        subject="Thank <b>you",
        text="x",
        html=html_of(tmp_path, SOURCE),
    )
    dom = browse(tmp_path, letters_page([Shown(None, letter)], "letter.md").decode(), LIGHT, "--dump-dom")
    assert "Thank &lt;b&gt;you" in dom
    assert "jo@novak.example" in dom
