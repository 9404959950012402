"""The text of an HTML letter, as a person reads it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.message.html_text import text_of, words_of
from mailer.message.slots import Valued
from tests.conftest import examples, make_rendered
from tests.kit.rows import each_row


@each_row(
    ("page", "text"),
    [
        ("<b>D</b>ana <i>R</i>uiz", "Dana Ruiz"),
        ('see the <a href="https://a.example/x">page</a>.', "see the page <https://a.example/x>."),
        ('<a href="https://a.example/">https://a.example</a>', "https://a.example"),
        ('<a href="mailto:d@a.example">d@a.example</a>', "d@a.example"),
        ('<a href="#top">up</a> <a href="tel:+49 30 1">+49 (30) 1</a> <a name="x">n</a>', "up +49 (30) 1 n"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<p>one<p>two", "one\n\ntwo"),
        ('<p style="margin:0">one</p><p style="margin:0cm 0cm 0pt">two</p>', "one\ntwo"),
        ("<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"),
        ("<div>one</div><div>&nbsp;</div><div>two.&nbsp; Three</div>", "one\n\ntwo. Three"),
        ("<p>one</p><p>&nbsp;</p><p>two</p>", "one\n\ntwo"),
        ("one<br>two<br/>\n three<br><br>four", "one\ntwo\nthree\n\nfour"),
        ("<p>a\n b\t c &amp; d&nbsp;e &lt;x&gt;</p>", "a b c & d e <x>"),
        ("a<!-- b -->c<!--[if mso]>d<![endif]--><![if !mso]>e<![endif]>", "ace"),
        ("<head><title>t</title><style>p{}</style><meta name=x></head><body>b<script>s</script></body>", "b"),
        ('a<span style="display: none">b<span>c</span></span>d<p hidden>e<p>f', "ad\n\nf"),
        ('<div style="DISPLAY:none;max-height:0">pre<div>header</div></div>Dear', "Dear"),
        ("<template>a</template>b", "b"),
        ("<ul><li>a<li>b <ul><li>c</ul></ul>", "- a\n- b\n  - c"),
        ('<ol start="3"><li>a</li><li value="7">b</li><li>c</li></ol>', "3. a\n7. b\n8. c"),
        ('<ul style="list-style:none"><li>a<li>b</ul>', "a\nb"),
        ("<blockquote>a<p>b</p></blockquote>c", "> a\n>\n> b\n\nc"),
        ("<h1>a</h1>b", "a\n\nb"),
        ("<pre>\na\n  b\n\n\nc</pre>d", "a\n  b\n\n\nc\n\nd"),
        ("<pre><code>a\n b</code></pre>", "    a\n     b"),
        ("a<hr>b", "a\n\n* * *\n\nb"),
        ('<img alt="the bench" src="x"> <img src="y"><img alt="" src="z">!', "the bench !"),
        ('<a href="https://a.example"><img alt="Acme" src="x"></a>', "Acme <https://a.example>"),
        ("<s>a</s> <del>b c</del> <q>d</q>", "~a~ ~b c~ “d”"),
        ("<dl><dt>a<dd>b</dl>", "a\nb"),
        ("<table><tr><th>A<th>Bb</tr><tr><td>c<td>d</table>", "A    Bb\n---  ---\nc    d"),
        ("<table><tr><td>A<td align=right>B</tr><tr><td>cccc<td>d</table>", "A       B\ncccc    d"),
        ("<table role=presentation><tr><td><p>a</p><p>b</p></td><td>c</td></tr></table>", "a\n\nb\n\nc"),
        ("<table><tr><td>a</td></tr><tr><td>b</td></tr></table>", "a\nb"),
        ("<table><tr><td><table><tr><td>a<td>b<tr><td>c<td>d</table></table>", "a    b\nc    d"),
        ("", ""),
        ("a <b", "a"),
        ("1 < 2 & 3", "1 < 2 & 3"),
    ],
)
def test_what_a_person_reads(page, text):
    assert text_of(page) == f"{text}\n"


@each_row(
    "source",
    [
        "Dear Dana,\n\n**two** [words](https://a.example) and <https://b.example>.",
        "- a\n- b\n  - c\n- d",
        "- a\n\n- b\n\n  c",
        "3. a\n3. b\n   1. c",
        "> a\n>\n> > b\n\nc",
        "# a\n\n***\n\n    code\n      more",
        "![the bench](https://a.example/x.png) ~~a~~ `b c`",
        "a  \nb\n\n| Place | Days |\n|---|--:|\n| Berlin | 5 |\n| 東京 | 12 |",
        "Kind regards,\nRobin\n-- \nRobin Vale\nBerlin",
    ],
)
def test_a_markdown_letter_reads_alike_in_both_parts(source):
    rendered = make_rendered(f"To: d@acme.example\nContent-Type: text/markdown\n\n{source}\n")
    assert text_of(rendered.html).split("\n") == [line.rstrip() for line in rendered.text.split("\n")]


TAGS = "p b br ul li table tr td th a pre code div blockquote ol s q style".split()  # noqa: SIM905
PIECES = [*(f"{way}{tag}>" for tag in TAGS for way in ("<", "</")), "a", " ", "\n", "<!--", "-->", "<", "&amp;", "&#1;"]
PIECES += ["<a href=x>", "<div hidden>", "<img alt=i>", "<p hidden>"]


@examples(200)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_html_has_a_text(page):
    text = text_of(page)
    assert text.endswith("\n")
    assert all(line == line.rstrip(" ") for line in text.split("\n"))


@pytest.mark.parametrize(
    "piece",
    [
        "<script ",
        "<script>",
        "<table><tr><td>x",
        pytest.param("<ul><li>a", marks=pytest.mark.slow),
        "<blockquote>a ",
        "<a href=x>a",
        "<p hidden>",
        "<!--",
        "<td colspan=999>x",
        "&amp",
        "<style>",
        '<x y="',
        "<div style='display:none'>",
        "<b>a </b>",
        "a  ",
        "<pre>\n",
        "<tr><td>a<td>b",
        pytest.param("<table><tr><td>a", marks=pytest.mark.slow),
        "<li><p>",
    ],
)
def test_hostile_pages_take_time_by_their_length(piece):
    page = piece * (195_000 // len(piece))
    start = time.process_time()
    text_of(page)
    assert time.process_time() - start < 4


@each_row(
    "page",
    [
        "<p>Dear {{ a }},</p><ul><li>{{ b }}<li>x{{ a }}y</ul><!-- c --><pre>{{ b }}\n {{ a }}</pre>",
        "<a href='https://x.example/{{ a }}'>{{ a }}</a> {{ b }}",
        "<a href='https://x.example/{{ a }}?b={{ b }}'>the {{ b }} page</a> {{ b }}",
        "<a href='https://x.example/{{ b }}'>page</a> {{ a }} <b>{{ a }}</b>",
        "<img alt='{{ a }}' src=x> {{ b }}<br>{{ a }}",
        "<table><tr><th>{{ a }}<th>b<tr><td>c<td>{{ b }}</table>",
    ],
)
@each_row("a", ["Dana", "R&D <x>", "https://x.example/x", "two  blanks", " edge ", "lines\nof it", "é\u00a0"])
def test_the_text_of_a_row_is_that_of_its_page(page, a):
    letter = f"To: d@acme.example\nContent-Type: text/html\n\n{page}\n"
    for b in ("Ruiz", "a longer value & so on"):
        rendered = make_rendered(letter, row={"a": a, "b": b})
        assert isinstance(rendered.html, Valued)
        assert words_of(rendered.html) == text_of(str(rendered.html))
