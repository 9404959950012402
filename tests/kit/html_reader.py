"""Read a page of ours with the standard library's parser."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "link", "input", "wbr"}


class Page(HTMLParser):
    """Its elements with their attributes, the text of each, and whether every element is closed where it must be."""

    def __init__(self, source):
        super().__init__()
        self.elements = []
        self.text = ""
        self._open = []
        self._texts = []
        self.feed(source.decode() if isinstance(source, bytes) else source)
        self.close()
        assert self._open == [], self._open

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs), (tag, attrs)
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)
            self._texts.append([tag, dict(attrs), ""])

    def handle_endtag(self, tag):
        assert self._open.pop() == tag, tag
        self.elements.append(("/" + tag, self._texts.pop()))

    def handle_data(self, data):
        for one in self._texts:
            one[2] += data
        if self._open and self._open[-1] != "style":
            self.text += data

    def all(self, tag):
        """The attributes of each element of this name."""
        return [attrs for name, attrs in self.elements if name == tag]

    def texts(self, tag, kind=""):
        """The words of each element of this name and class, white space as one space."""
        done = [one for name, one in self.elements if name == "/" + tag]
        wanted = [one for one in done if not kind or kind in (one[1].get("class") or "").split()]
        return [" ".join(words.split()) for _, _, words in wanted]


def policy(page):
    """The Content-Security-Policy of a page, directive by directive."""
    (found,) = [one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    return {part.split()[0]: part.split()[1:] for part in found.split(";")}


def assert_safe(page):
    """Nothing runs, nothing is fetched, nothing leads away but what a person follows."""
    names = {name for name, _ in page.elements}
    assert not names & {"script", "link", "img", "object", "embed", "form", "base", "svg", "video", "audio", "input"}
    assert not [key for _, attrs in page.elements if isinstance(attrs, dict) for key in attrs if key.startswith("on")]
    assert policy(page)["default-src"] == ["'none'"]
    assert "script-src" not in policy(page)
    assert {source for name in ("img-src", "font-src", "media-src") for source in policy(page)[name]} == {"data:"}
    for frame in page.all("iframe"):
        assert frame["sandbox"] in ("", None)
        assert "src" not in frame
    for link in page.all("a"):
        assert link["href"].startswith(("#", "https://", "http://"))
