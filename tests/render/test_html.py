"""HTML that the user wrote: a value stays a value in every place of it, or is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import BadData
from mailer.message.slots import Marks, Prints
from mailer.render.html import cut
from tests.conftest import examples, make_rendered, read_html
from tests.kit.rows import each_row

EVIL = [
    "lt;",
    "60;",
    "script",
    "<script>alert(1)</script>",
    '" onclick="x',
    "' onclick='x",
    " onclick=x ",
    "-->",
    "</title><b>",
    "a>b",
    "`x`",
    "&lt;",
    "x\ny",
    "=",
    "/",
    "a\u00a0b",
]


def filled(source: str, value: str) -> str:
    marks = Marks(source, value)
    return cut(source.replace("{}", marks.mark(0)), marks).fill(Prints([value], ["x"]))


@each_row(
    ("source", "name"),
    [
        ("<p>{}</p>", None),
        ("{}", None),
        ('<p title="{}">a</p>', "title"),
        ("<p title='{}'>a</p>", "title"),
        ("<p title={}>a</p>", "title"),
        ("<p title=it's lang={}>a</p>", "lang"),
        ('<p a<b title="{}">a</p>', "title"),
        ("<p TITLE = '{}' >a</p>", "title"),
        ("<p title='a{}b'/>", None),
        ("<title>{}</title>", None),
        ("<textarea>{}</textarea>", None),
        ("<pre>{}</pre>", None),
        ("<p title='>'>{}</p>", None),
        ("<!-- a --><p>{}</p>", None),
        ("<!--><p>{}</p>", None),
        ("<!-- a --!><p>{}</p>", None),
        ("a < b {}", None),
        ("<style>p{color:red}</style>{}", None),
        ("<!DOCTYPE html><p>{}", None),
        ("<p>&{}</p>", None),
        ("<p>&#{}</p>", None),
        ("<p>&amp{}</p>", None),
    ],
)
def test_a_value_stays_a_value(source, name):
    plain = read_html(filled(source, "v"))
    for value in EVIL:
        with_value = read_html(filled(source, value))
        tags = [tag for tag, _ in with_value.tags if tag != "br"]
        assert tags == [tag for tag, _ in plain.tags], value
        attributes = [dict(found) for tag, found in with_value.tags if tag != "br"]
        assert [set(found) for found in attributes] == [set(found) for _, found in plain.tags], value
        if name:
            assert attributes[-1][name] == value
        elif "'a{}b'" not in source and "<style" not in source:
            assert value in "".join(with_value.text).replace("\n\n", "\n"), value


@each_row(
    "source",
    [
        "<script>{}</script>",
        "<STYLE>{}</STYLE>",
        "<!-- {} -->",
        "<!-- {}",
        "<p {}>",
        "<p {}=x>",
        "<{}>",
        "</p {}>",
        "<p onclick='{}'>",
        '<p style="color:{}">',
        "<iframe srcdoc='{}'>",
        "<xmp>{}</xmp>",
        "<iframe>{}</iframe>",
        "<plaintext>{}",
        "<!DOCTYPE {}>",
        "<?php {} ?>",
        "</ {}>",
        "<p title='{}",
        '<p title="a" {}',
        "<p{}>",
        "<script>a</scriptx>{}</script>",
        "<a href={}:alert(1)>x</a>",
        '<a href="java{}:alert(1)">x</a>',
        '<a href=" JAVASCRIPT{}:alert(1)">x</a>',
        '<a href="java{}&colon;alert(1)">x</a>',
        '<a href="java{}&#58alert(1)">x</a>',
        '<a href="java{}scr{}ipt:alert(1)">x</a>',
        '<img src="{}{}:x">',
    ],
)
def test_where_no_value_may_stand_it_is_refused(source):
    with pytest.raises(BadData):
        filled(source, "v")


def test_link_targets():
    assert (
        filled('<a href=" {} ">x</a>', "https://a.example/?a=1&b=2") == '<a href="https://a.example/?a=1&amp;b=2">x</a>'
    )
    assert filled("<a href='https://a.example/{}/?q={}'>x</a>", "a b&c/%") == (
        "<a href='https://a.example/a%20b%26c%2F%25/?q=a%20b%26c%2F%25'>x</a>"
    )
    with pytest.raises(BadData):
        filled("<a href={}>x</a>", "javascript:alert(1)")


@each_row("target", ["/x/{}:y", "#{}:", "?{}:", "mailto:{}", "{}/a:b", "https://{}:80/", "x{}", "{}{}"])
def test_a_value_behind_the_scheme_is_part_of_a_target(target):
    assert filled(f'<a href="{target}">x</a>', "v") == f'<a href="{target}">x</a>'.replace("{}", "v")


@pytest.mark.parametrize(
    ("source", "value"),
    [("javascript&#{};alert(1)", "58"), ("javascript&#x{};alert(1)", "3a"), ("javascript&colo{};alert(1)", "n")],
)
def test_a_value_is_no_part_of_a_character_reference_in_an_attribute(source, value):
    for name in ("href", "title"):
        made = read_html(filled(f'<a {name}="{source}">x</a>', value)).tags[0][1]
        assert dict(made)[name] == source.replace("{}", value)


def test_a_letter_in_html_is_otherwise_as_typed():
    body = "<!DOCTYPE html>\n<p class=a>Hi &amp; <b>x</b>\n<!-- c --><br/></p>\n"
    assert make_rendered(f"To: a@b.example\nContent-Type: text/html\n\n{body}").html == body
    assert make_rendered(f"To: a@b.example\nContent-Type: text/html\n\n{body}{{{{ 'x' }}}}").html == body + "x"


@examples(200)
@given(st.text(st.sampled_from(list("<>!-'\"=/ ab{&")), max_size=40), st.text(min_size=1, max_size=8))
def test_any_html_is_cut_or_refused_and_never_grows_a_tag(source, value):
    try:
        made = filled(source + "{}", value.replace("\n", ""))
    except BadData:
        return
    assert len(read_html(made).tags) <= len(read_html(filled(source + "{}", "v")).tags)
