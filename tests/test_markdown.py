"""One Markdown source, two parts: the text as people read it, and HTML that loads nothing."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.errors import BadData
from mailer.markdown import convert
from mailer.slots import Marks, Prints, fill
from tests.conftest import hrefs, make_rendered, read_html

HEAD = "To: d@acme.example\nContent-Type: text/markdown\n\n"


def text_of(source: str) -> str:
    return fill(convert(source, Marks(source)).text, [])


def html_of(source: str) -> str:
    return fill(convert(source, Marks(source)).html, [])


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a\nb", "a b"),
        ("a\n\nb", "a\n\nb"),
        ("a  \nb", "a\nb"),
        ("a\\\nb", "a\nb"),
        ("# a\n\nb", "a\n\nb"),
        ("a\n===\nb", "a\n\nb"),
        ("*a* **b** `c` _d_", "a b c d"),
        ("a\n\n***\n\nb", "a\n\n* * *\n\nb"),
        ("- a\n- b", "- a\n- b"),
        ("- a\n\n- b", "- a\n\n- b"),
        ("* a\n* b", "- a\n- b"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("- a\n  - b\n    - c\n- d", "- a\n  - b\n    - c\n- d"),
        ("1) a\n   - b", "1) a\n   - b"),
        ("> a\n> b", "> a b"),
        ("> a\n>\n> b", "> a\n>\n> b"),
        ("> a\n> > b", "> a\n>\n> > b"),
        ("> - a\n>   b", "> - a b"),
        ("- > a", "- > a"),
        ("- a\n\n  b", "- a\n\n  b"),
        ("- a\n\n      code", "- a\n\n      code"),
        ("    x\n      y", "    x\n      y"),
        ("```py\nx = 1\n\ny\n```", "    x = 1\n    \n    y"),
        ("> ```\n> x\n> ```", ">     x"),
        ("[a](https://b.example)", "a <https://b.example>"),
        ("<https://b.example>", "https://b.example"),
        ("[https://b.example](https://b.example)", "https://b.example"),
        ("<d@b.example>", "d@b.example"),
        ("[a][r]\n\n[r]: https://b.example 'title'", "a <https://b.example>"),
        ("![alt](https://b.example/x.png)", "alt <https://b.example/x.png>"),
        ("[**a**](https://b.example) c", "a <https://b.example> c"),
        ("[](https://b.example)", "<https://b.example>"),
        ("[a](javascript:alert(1))", "[a](javascript:alert(1))"),
        ("a <b>c</b> <!-- d -->", "a <b>c</b> <!-- d -->"),
        ("<div>\nx\n</div>", "<div> x </div>"),
        ("&amp; &copy; &#65; \\*", "& © A *"),
        ("1986\\. a", "1986. a"),
        ("-", "-"),
        ("- \n- a", "-\n- a"),
        ("a\n- b", "a\n\n- b"),
        ("", ""),
        ("[r]: https://b.example", ""),
        ("~~a~~ | b |", "~~a~~ | b |"),
        ("www.a.example", "www.a.example"),
    ],
)
def test_the_text_part(source, text):
    assert text_of(source) == text or [line.rstrip() for line in text_of(source).split("\n")] == [
        line.rstrip() for line in text.split("\n")
    ]


@pytest.mark.parametrize(
    ("source", "tags"),
    [
        ("a", ["p"]),
        ("# a", ["h1"]),
        ("- a", ["ul", "li"]),
        ("1. a", ["ol", "li"]),
        ("> a", ["blockquote", "p"]),
        ("`a`", ["p", "code"]),
        ("```\na\n```", ["pre", "code"]),
        ("*a* **b**", ["p", "em", "strong"]),
        ("a  \nb", ["p", "br"]),
        ("![a](https://b.example/x.png)", ["p", "a"]),
        ("<img src=x onerror=y>", ["p"]),
        ("***", ["hr"]),
    ],
)
def test_the_html_part(source, tags):
    found = read_html(html_of(source)).tags
    assert [tag for tag, _ in found] == tags
    assert all(set(attributes) <= {"style", "href", "start"} for _, attributes in found)


def test_a_list_keeps_its_first_number():
    assert 'start="3"' in html_of("3. a")


@pytest.mark.parametrize("dashes", ["-- ", "--", "-- \nname"])
def test_a_dash_line_of_the_prose_is_no_signature(dashes):
    rendered = make_rendered(f"{HEAD}Hello\n\n{dashes}\n\nmore\n")
    assert "-- \n" not in rendered.text


def test_nothing_is_loaded_from_elsewhere():
    rendered = make_rendered(f"{HEAD}![x](https://a.example/x.png) <img src=y> [b](https://b.example)\n")
    assert hrefs(rendered.html) == ["https://a.example/x.png", "https://b.example"]
    assert not {tag for tag, _ in read_html(rendered.html).tags} & {"img", "script", "link", "iframe", "style"}


HOSTILE = {
    "quotes": ">" * 20_000,
    "quoted lines": "> " * 50 + "a\n" * 400,
    "bullets": "- " * 20_000,
    "quoted bullets": ">- " * 9_000,
    "nested list": "".join("  " * n + "- a\n" for n in range(400)),
    "brackets": "[" * 20_000,
    "links": "[a](" * 4_999,
    "images": "![" * 4_999,
    "stars": "*a **b " * 9_000,
    "ticks": "".join("`" * n + " " for n in range(200)),
    "angles": "<" * 20_000,
    "entities": "&lt;" * 9_000,
    "references": "[a]: u\n" * 4_999 + "\n[a]",
    "breaks": "a  \n" * 9_000,
    "emphasis": "*" * 9_000 + "a" + "*" * 9_000,
    "numbers": "1. " * 9_000,
    "spaces": " " * 20_000 + "a",
    "fences": "```\n" * 3_000,
}


REFUSED = {"quotes", "quoted bullets", "nested list", "brackets", "numbers"}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_nesting_takes_little_time(name):
    start = time.process_time()
    if name in REFUSED:
        with pytest.raises(BadData, match=r"nested too deeply|more than 5,000 square brackets"):
            convert(HOSTILE[name], Marks(""))
    else:
        assert convert(HOSTILE[name], Marks("")).html
    assert time.process_time() - start < 4


@pytest.mark.parametrize("end", ["END", "> END", "- END", "```\nEND\n```", "# END", "***"])
def test_what_is_deep_is_kept_or_refused_and_never_left_out(end):
    for start, most in (("> ", 100), ("- ", 50), ("> - ", 33)):
        kept = 0
        for depth in range(most - 5, most + 3):
            try:
                parts = convert(start * depth + end.replace("\n", "\n" + start.replace("-", " ") * depth), Marks(""))
            except BadData:
                continue
            kept += 1
            assert all(any(word in fill(part, []) for word in ("END", "* * *", "<hr")) for part in parts)
        assert kept


@pytest.mark.parametrize(
    "source", ["[a]({}:alert)", "[a](java{}:x)", "![a](java{}:x)", "<java{}:x>", "[a](h{}&colon;x)"]
)
def test_a_value_is_no_part_of_a_scheme(source):
    marks = Marks(source)
    with pytest.raises(BadData, match="part of the scheme"):
        convert(source.replace("{}", marks.mark(0)), marks)


@pytest.mark.parametrize("target", ["https://{}/x:y", "/x/{}:z", "mailto:{}", "#{}:a", "?{}:a", "x-{}.html"])
def test_a_value_behind_the_scheme_is_part_of_a_target(target):
    marks = Marks(target)
    parts = convert(f"[a]({target.replace('{}', marks.mark(0))})", marks)
    assert fill(parts.text, Prints(["v"], ["x"])) == f"a <{target.replace('{}', 'v')}>"


def test_fourteen_lists_in_one_another():
    text = text_of("".join("  " * n + f"- level{n}\n" for n in range(14)))
    assert all(f"- level{n}" in text for n in range(14))


@pytest.mark.parametrize(
    ("source", "value", "text"),
    [
        ("<https://a.example/{}>", "7", "https://a.example/7"),
        ("<https://a.example/{}>", "a b", "https://a.example/a%20b"),
        ("<{}@a.example>", "dana", "dana@a.example"),
        ("[https://a.example/x{}](https://a.example/{})", "7", "https://a.example/x7 <https://a.example/7>"),
        ("[{}](https://a.example)", "a", "a <https://a.example>"),
    ],
)
def test_an_address_with_a_value_that_is_its_own_label_is_told_once(source, value, text):
    marks = Marks(source)
    parts = convert(source.replace("{}", marks.mark(0)), marks)
    assert fill(parts.text, Prints([value], ["x"])) == text


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from(list("ab \n*_`[]()<>#-+>=~!&;:1.\\\t\"'|")), max_size=60))
def test_any_markdown_gives_both_parts_and_no_foreign_tag(source):
    assert isinstance(text_of(source), str)
    allowed = {
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "code",
        "hr",
        "a",
        "em",
        "strong",
        "br",
    }
    assert {tag for tag, _ in read_html(html_of(source)).tags} <= allowed
