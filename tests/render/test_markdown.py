"""One Markdown source, two parts: the text as people read it, and HTML that loads nothing."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import BadData
from mailer.message.flowed import flow, unflow
from mailer.message.slots import Marks, Prints, fill
from mailer.render.compile import Defaults
from mailer.render.markdown import convert
from tests.conftest import SENDER, examples, hrefs, make_rendered, read_html
from tests.kit.rows import each_row

HEAD = "To: d@acme.example\nContent-Type: text/markdown\n\n"


def text_of(source: str) -> str:
    return fill(convert(source, Marks(source)).text, [])


def html_of(source: str) -> str:
    return fill(convert(source, Marks(source)).html, [])


@each_row(
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
        ("![alt](https://b.example/x.png)", "alt"),
        ("a ![**the** bench](https://b.example/x.png) b", "a the bench b"),
        ("[![alt](https://b.example/x.png)](https://b.example)", "alt <https://b.example>"),
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
        ("~~a~~ | b |", "~a~ | b |"),
        ("~~a *b*~~ ~~~c~~~ ~/bin ~5", "~a b~ ~~~c~~~ ~/bin ~5"),
        ("www.a.example", "www.a.example"),
    ],
)
def test_the_text_part(source, text):
    assert text_of(source) == text or [line.rstrip() for line in text_of(source).split("\n")] == [
        line.rstrip() for line in text.split("\n")
    ]


@each_row(
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
        ("![a](https://b.example/x.png)", ["p", "img"]),
        ("~~a~~", ["p", "s"]),
        ("|a|b|\n|-|-|\n|c|d|", ["div", "table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]),
        ("<img src=x onerror=y>", ["p"]),
        ("***", ["hr"]),
    ],
)
def test_the_html_part(source, tags):
    found = read_html(html_of(source)).tags
    assert [tag for tag, _ in found] == tags
    assert all(set(attributes) <= {"style", "href", "start", "src", "alt"} for _, attributes in found)


def test_a_list_keeps_its_first_number():
    assert 'start="3"' in html_of("3. a")


@pytest.mark.parametrize("dashes", ["-- ", "--", "-- \nname"])
def test_a_dash_line_of_the_prose_is_no_signature(dashes):
    rendered = make_rendered(f"{HEAD}Hello\n\n{dashes}\n\nmore\n")
    assert "-- \n" not in rendered.text


def test_nothing_but_pictures_is_loaded_from_elsewhere():
    rendered = make_rendered(f"{HEAD}![x](https://a.example/x.png) <img src=y> [b](https://b.example)\n")
    assert hrefs(rendered.html) == ["https://b.example"]
    tags = read_html(rendered.html).tags
    assert [attributes["src"] for tag, attributes in tags if tag == "img"] == ["https://a.example/x.png"]
    assert not {tag for tag, _ in tags} & {"script", "link", "iframe", "style"}


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
    "short lines": "Ab\n" * 20_000,
    "bullets of a word processor": "• a\n" * 20_000,
    "links in a line": "https://a.example/_b_ *c* " * 4_000,
    "struck": "~~a " * 9_000,
    "table": "|a|b|\n|-|-|\n" + "|c|d|\n" * 4_000,
    "wide table": "|a" * 4_000 + "\n" + "|-" * 4_000 + "\n|b",
    "signature": "-- \na\n" * 9_000,
}


REFUSED = {"quotes", "quoted bullets", "nested list", "brackets", "numbers"}


LONG = {"images", "links in a line", "short lines", "bullets of a word processor", "wide table", "signature"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in LONG else ()) for name in HOSTILE]
)
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


@examples(150)
@given(st.text(st.sampled_from(list("ab \n*_`[]()<>#-+>=~!&;:1.\\\t\"'|•,A")), max_size=60))
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
        "s",
        "img",
        "div",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
    assert {tag for tag, _ in read_html(html_of(source)).tags} <= allowed


AS_TYPED = [
    "5*3*2 = 30, 2 * 3 * 4 = 24, 2**3**2 = 512",
    "Kolleg*innen und Mitarbeiter*innen",
    "https://a.example/_foo_/bar and www.a.example/*b*/c, also https://a.example/~~x~~/",
    "(https://a.example/__x__) _y@b.example and y_@b.example, a.example/_b_/c",
    "src/_foo_/bar.py, __init__.py, a_b_c, snake_case_name, ~/bin, C:\\new, #1 in sales",
    "5 > 3, R&D, AT&T, a <b, 50 % + 10 %",
]


@pytest.mark.parametrize("source", AS_TYPED)
def test_signs_that_are_no_markup_arrive_as_typed(source):
    assert text_of(source) == source
    assert "".join(read_html(html_of(source)).text).strip() == source


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("*https://a.example/x_y_*", "<em>https://a.example/x_y_</em>"),
        ("**https://a.example**", "<strong>https://a.example</strong>"),
        ("_a_ *b* **Daten**schutz __c__", "<em>a</em> <em>b</em> <strong>Daten</strong>schutz <strong>c</strong>"),
        ("_see_ https://a.example/_x_ *now*", "<em>see</em> https://a.example/_x_ <em>now</em>"),
    ],
)
def test_emphasis_beside_a_link_is_emphasis(source, html):
    assert html in html_of(source)


@each_row(
    "lines",
    [
        "Kind regards,\nRobin Vale",
        "Mit freundlichen Grüßen\nRobin Vale",
        "Liebe Grüße,\nRobin\nhttps://robin.example",
        "Dear Dana,\nthank you for the afternoon, which I shall remember for its thunderstorm.",
        "Acme Robotics GmbH\nHauptstr. 5\n10115 Berlin",
        "Acme Robotics Inc.\n12 Main Street\nSpringfield",
        "• one\n• two",
        "Three things:\n• one\n•\ttwo",
        "– one\n– two",
        "a) one\nb) two",
        "Robin Vale\nData Engineer\n+49 30 123456",
        "Robin\n--",
        "Thanks!\nRobin",
        "Many thanks!\nRobin Vale",
    ],
)
def test_lines_that_were_meant_stay_lines(lines):
    assert text_of(lines) == lines
    assert html_of(lines).count("<br>") == lines.count("\n")
    assert "<h" not in html_of(lines)


@pytest.mark.parametrize(
    "lines",
    [
        "The afternoon with the test-bench team stayed with me, above all how they\nfind a bad sensor.",
        "Thank you for the talk.\nIt was good to meet you all.",
        "we met at the\nfair in Berlin",
        "That was great!\nThe bench works now",
        "• one that is long enough to be broken by whatever wraps it before\nits end",
        "The talk with the team of Dana in Berlin, in\nParis, and then once more",
    ],
)
def test_lines_that_were_wrapped_join(lines):
    assert text_of(lines) == lines.replace("\n", " ")


@pytest.mark.parametrize("dash", ["-- ", "--"])
@pytest.mark.parametrize("above", ["Kind regards,\nRobin\n", "Robin\n\n"])
def test_a_signature_of_its_own_is_one_in_both_parts(dash, above):
    letter = (
        f"{HEAD.replace(chr(10) * 2, chr(10))}X: 5*3\n\n{above}{dash}\n{{{{ x }}}} **Vale**\nhttps://a.example/_b_\n\n"
    )
    rendered = make_rendered(letter, defaults=Defaults(SENDER, signature="of the settings"))
    assert rendered.text.endswith(f"{above.strip()}\n\n-- \n5*3 Vale\nhttps://a.example/_b_\n")
    assert "-- <br>\n5*3 <strong>Vale</strong><br>\nhttps://a.example/_b_</div>" in rendered.html
    assert "of the settings" not in rendered.text + rendered.html


@pytest.mark.parametrize(
    ("source", "numbers"),
    [
        ("1. a\n1. b\n1. c", ["1.", "2.", "3."]),
        ("3. a\n7. b\n5. c", ["3.", "4.", "5."]),
        ("0. a\n0. b", ["0.", "1."]),
        ("2) a\n\n2) b", ["2)", "3)"]),
        ("1. a\n   1. b\n   1. c\n1. d", ["1.", "1.", "2.", "2."]),
        ("9. a\n9. b\n\n   c", ["9.", "10."]),
    ],
)
def test_a_list_counts_alike_in_both_parts(source, numbers):
    assert [
        line.split()[0] for line in text_of(source).split("\n") if line[-1:] in "abcd" and ("." in line or ")" in line)
    ] == numbers
    assert counted(html_of(source)) == [int(number[:-1]) for number in numbers]


def counted(html: str) -> list[int]:
    """The numbers that a browser gives the items, in the order of the items."""
    lists: list[int] = []
    found = []
    for closing, tag, start in re.findall(r"<(/?)(ol|li)(?: start=\"(\d+)\")?", html):
        if tag == "li" and not closing:
            found.append(lists[-1])
            lists[-1] += 1
        elif tag == "ol":
            lists.pop() if closing else lists.append(int(start or 1))
    return found


TABLE = "| Place | Days | Ort |\n|---|--:|:-:|\n| {{ a }} | {{ b }} | x |\n| 東京 | 12 | ~~y~~ |\n"


@pytest.mark.parametrize(
    ("a", "b", "text"),
    [
        ("Berlin", "5", "Place   Days  Ort\n------  ----  ---\nBerlin     5   x\n東京      12  ~y~\n"),
        ("a|b", "**x**\ny", "Place     Days  Ort\n-----  -------  ---\na|b    **x** y   x\n東京        12  ~y~\n"),
        ("ẹ́", "👩", "Place  Days  Ort\n-----  ----  ---\nẹ́        👩   x\n東京     12  ~y~\n"),
    ],
)
def test_a_table_stands_in_columns(a, b, text):
    rendered = make_rendered(f"{HEAD}{TABLE}", row={"a": a, "b": b})
    assert rendered.text == text
    assert [rendered.text[span.start : span.end] for span in rendered.spans] == [a, b.replace("\n", " ")]
    assert read_html(rendered.html).text.count("12") == 1


def test_a_table_that_is_wide_is_not_wrapped():
    rendered = make_rendered(f"{HEAD}{TABLE}", row={"a": "words " * 9 + "end", "b": "more words"})
    lines = unflow(flow(rendered.text)).split("\n")
    assert lines == rendered.text.split("\n")
    assert all(line.startswith("    ") and not line.endswith(" ") for line in flow(rendered.text).split("\n")[:-1])


def test_a_table_in_a_list_and_in_a_quote():
    source = "- a\n\n  | b | c |\n  |---|---|\n  | d | e |\n\n> | b | c |\n> |---|---|\n> | d | e |\n"
    rendered = make_rendered(f"{HEAD}{source}")
    table = ["b    c", "---  ---", "d    e"]
    lines = rendered.text.split("\n")
    assert [line.removeprefix("  ") for line in lines[2:5]] == table
    assert [line.removeprefix("> ") for line in lines[6:9]] == table
