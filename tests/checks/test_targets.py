"""Where links and pictures lead, and which lead nowhere where the mail is read."""

import time

import pytest

from mailer.checks.targets import judged, links, unreachable
from tests.kit.checks import lone, problems
from tests.kit.rows import each_row

NOWHERE = [
    "localhost:3000",
    "localhost:3000/cv",
    "C:/title.jpg",
    r"c:\title.jpg",
    "file:///home/jo/cv.pdf",
    "FILE:C:/x.png",
    "cid:logo",
    "CID:logo@acme.example",
    r"\\server\share\x.png",
    "frame.png",
    "../x/frame.png",
    "/srv/www/x.png",
    "images/a%20b.png",
    "http://localhost/x.png",
    "http://localhost:8000/x.png",
    "https://127.0.0.1/x.png",
    "http://[::1]/x.png",
    "http://app.localhost/x",
    "about:blank",
    "blob:https://a.example/1",
    "http:///x.png",
    "htps://a.example/x.png",
    "www.a.example/x.png",
]
ANYWHERE = [
    "callto:12345",
    "https://a.example/x.png",
    "http://a.example",
    "HTTPS://A.EXAMPLE/x",
    "mailto:d@a.example",
    "tel:+4930123",
    "#top",
    "data:image/png;base64,AAAA",
    "ftp://a.example/x",
    "sms:+49123",
    "https://xn--bcher-kva.example/",
    "https://8.8.8.8/x",
]
PLACES = [
    '<img alt="" src="{}">',
    "<IMG SRC='{}'>",
    '<a href="{}">x</a>',
    '<img srcset="https://a.example/1.png 1x, {} 2x" src="https://a.example/1.png">',
    '<table background="{}"><tr><td>x</td></tr></table>',
    '<video poster="{}"></video>',
    '<p style="background:url({})">x</p>',
    "<p style=\"background: no-repeat url( '{}' ) top\">x</p>",
    '<style>/* x */ p {{ background-image: URL("{}") }}</style>',
    '<style>@import "{}";</style>',
    '<link rel="stylesheet" href="{}">',
    '<svg><image xlink:href="{}"/></svg>',
    '<form action="{}"></form>',
]


@each_row("place", PLACES)
def test_what_cannot_be_reached_is_found_wherever_it_stands(place):
    for target in NOWHERE:
        found = [(where, verdict.level) for where, verdict in unreachable(place.format(target))]
        assert found == [(target, "block")]


@each_row("place", PLACES)
def test_what_can_be_reached_is_innocent(place):
    for target in ANYWHERE:
        assert (target, list(unreachable(place.format(target)))) == (target, [])


@pytest.mark.parametrize(
    "page",
    [
        '<!-- <img src="x.png"> -->',
        '<!--[if mso]><v:fill src="x.png"/><![endif]-->',
        "<p>src=x.png url(x.png)</p>",
        '<base href="https://a.example/"><img src="x.png">',
        "<style>p { behavior: url(#default#VML) } /* url(x.png) */</style>",
        '<a name="x">y</a>',
        '<img alt="src=x.png" data-src="x.png" src="https://a.example/x.png">',
    ],
)
def test_what_leads_nowhere_but_is_no_target(page):
    assert list(unreachable(page)) == []


@pytest.mark.parametrize(
    "target", ["//cdn.example/x.png", "http://192.168.0.5/x", "http://intranet/x", "http://nas.local/x", ""]
)
def test_what_may_be_reached_by_some_warns(target):
    verdict = judged("link", target)
    assert verdict is not None
    assert verdict.level == "warn"


@pytest.mark.parametrize(
    ("target", "hint"),
    [
        ("www.a.example", "Write https://www.a.example"),
        ("acme.example/jobs?x", "Write https://acme.example/jobs?x"),
        ("d@a.example", "Write mailto:d@a.example"),
        ("//a.example/x", "Write https://a.example/x"),
        ("a.example:8080/cv", "Write https://a.example:8080/cv"),
    ],
)
def test_a_hint_gives_what_can_be_reached(target, hint):
    verdict = judged("link", target)
    assert verdict is not None
    assert verdict.hint == hint
    assert judged("link", hint.removeprefix("Write ")) is None


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("[a](file:///x.pdf)", 8),
        ("![a](C:/x.png)", 8),
        ("![a](cid:logo)", 8),
        ("see [a][r].\n\n[r]: C:/x.pdf", 10),
        ("<file:///x.pdf>", 8),
        ("[a](http://localhost:3000/)", 8),
        ("![a](bench.png)", 8),
    ],
)
def test_links_and_pictures_of_markdown_are_stopped_with_their_line(source, line, tmp_path):
    told = problems(lone("x", body=f"Hello Dana,\n\n{source}\n\nJo", content_type="text/markdown"), tmp_path)
    (found,) = [p for p in told if p.check == "format" and p.level == "block"]
    assert "nowhere" in found.text
    assert found.line == line


def test_links_have_their_words():
    page = "<p>a <a href=https://a.example><b>b</b>\n c</a> <a name=x>n</a><!-- <a href=y>z</a> --></p>"
    assert links(page) == (("b c", "https://a.example"),)


@pytest.mark.parametrize(
    "piece", ["<script ", "<a href=x>", "<style>a url(", "<a ", "<img srcset=x,", "<!--", "/* url( ", "url(' "]
)
def test_hostile_pages_take_time_by_their_length(piece):
    page = piece * (195_000 // len(piece))
    start = time.process_time()
    list(unreachable(page))
    links(page)
    list(unreachable(f"<style>{page}</style>"))
    assert time.process_time() - start < 4
