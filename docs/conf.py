"""How Sphinx makes the pages of this folder into a site: ``make docs``.

The pages are plain Markdown, which reads as well where the repository is looked at.  So what only a site needs stands
here: its side bar is made of the lists in ``index.md``.  Everything that is served comes with the theme; a page loads
nothing from elsewhere.  Warnings are errors, and a link or anchor that leads nowhere is a warning.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).parent

project = "mailer"
html_title = "mailer"
extensions = ["myst_parser"]
exclude_patterns = ["_static", "images"]
myst_heading_anchors = 4
nitpicky = True
html_theme = "furo"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_show_copyright = False
html_last_updated_fmt = None
html_static_path = ["_static"]
html_css_files = ["pages.css"]
highlight_language = "text"

_SECTION = re.compile(r"^## (?P<name>.+)\n(?P<body>(?:(?!## ).*\n?)*)", re.MULTILINE)
_PAGE = re.compile(r"^- \[[^\]]*\]\((?P<page>[\w-]+)\.md\)", re.MULTILINE)


def _side_bar(_app: Sphinx, name: str, source: list[str]) -> None:
    """Give the first page a hidden table of contents: the lists below its headings, and what none of them names."""
    if name != "index":
        return
    sections = {found["name"]: _PAGE.findall(found["body"]) for found in _SECTION.finditer(source[0])}
    named = {"index", *(page for pages in sections.values() for page in pages)}
    sections["More"] = sorted(path.stem for path in HERE.glob("*.md") if path.stem not in named)
    for heading, pages in sections.items():
        if pages:
            source[0] += "\n".join(["\n", "```{toctree}", ":hidden:", f":caption: {heading}", "", *pages, "```", ""])


def _to_repository(_app: Sphinx, _name: str, source: list[str]) -> None:
    """Name files outside of this folder in words: the site does not hold them."""
    source[0] = re.sub(r"\[([^\]]*)\]\(\.\./(?!\w*#)([^)#]*)\)", r"`\2`", source[0])


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _side_bar)
    app.connect("source-read", _to_repository)
