"""The page of ``preview --open``, read by a parser that is not ours."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.checks.problem import Problem
from mailer.errors import BadData
from mailer.message.address import Mailbox, parse_list, parse_mailbox
from mailer.message.attachments import Attachments
from mailer.message.rendered import Rendered
from mailer.pages.letters import Leaves, Shown, letters_page
from mailer.pages.marking import marked
from tests.kit.html_reader import Page, assert_safe, policy

LEFTOVER = Problem(
    "leftover", "block", "body", 7, "the placeholder [name] is still there", "Write your own words.", words="[name]"
)
HOSTILE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            '"><script>alert(1)</script>',
            "</title></style></iframe></pre><script>x</script>",
            "' onmouseover='x",
            "{{ 7 * 7 }}{% raw %}",
            "<!--",
            "]]>",
            "&lt;script&gt;",
            "\u202etxt.exe",
            "a\x00b\x1b[31m",
            "\udcff",
        ]
    ),
)


def rendered(**more):
    usual = {
        "sender": parse_mailbox("Jo Novak <jo@novak.example>"),
        "to": parse_list("Dana Ruiz <dana.ruiz@acme.example>"),
        "subject": "Thank you",
        "text": "Dear Dana,\n\nthe afternoon with [name] stayed with me.\n",
        "html": None,
    }
    return Rendered(**{**usual, **more})


def page(*shown, name="letter.md", left_out=0):
    return Page(letters_page(shown, name, left_out))


def test_one_letter_from_all_sides(tmp_path):
    path = tmp_path / "Über mich.pdf"
    path.write_bytes(b"%PDF-1.4\n" + b"x" * 18_000)
    letter = rendered(cc=parse_list("lee@acme.example"), html="<p>Hi</p>", attachments=(Attachments().open(path),))
    found = page(Shown(None, letter, (LEFTOVER,), 2345))
    assert_safe(found)
    for words in ("Jo Novak <jo@novak.example>", "Dana Ruiz <dana.ruiz@acme.example>", "lee@acme.example", "2 kB"):
        assert words in found.text
    assert "Über mich.pdf application/pdf, 18 kB" in found.texts("dd")
    assert found.texts("title") == ["Thank you · letter.md"]
    assert found.texts("figcaption") == ["Telephone, light", "Desktop, light", "Telephone, dark", "Desktop, dark"]
    assert found.texts("span", "badge")[0] == "not ready"
    assert "nav" not in [name for name, _ in found.elements]


def test_the_frames_hold_the_letter_and_the_policy():
    letter = rendered(html='<p>Dear "Dana" & <b>Lee</b></p>')
    frames = page(Shown(None, letter)).all("iframe")
    assert len(frames) == 4
    assert [re.search("color-scheme:only (light|dark)", frame["srcdoc"])[1] for frame in frames] == [
        "light",
        "light",
        "dark",
        "dark",
    ]
    for frame in frames:
        assert frame["srcdoc"].endswith(letter.html)
        assert policy(Page(frame["srcdoc"].partition("<style")[0] + "</head></html>")) == policy(
            page(Shown(None, letter))
        )


def test_a_letter_of_plain_text_is_escaped_in_its_frame():
    (frame, *_) = page(Shown(None, rendered(text="a < b\n  indented\n"))).all("iframe")
    assert "a &lt; b\n  indented" in frame["srcdoc"]


@pytest.mark.parametrize("tag", ["link", "iframe", "object", "embed", "IFRAME"])
def test_what_browsers_connect_for_is_another_element(tag):
    (frame, *_) = page(Shown(None, rendered(html=f"<{tag} href=x>"))).all("iframe")
    assert f"<{tag}" not in frame["srcdoc"]


def test_the_words_of_a_problem_are_marked_where_they_stand():
    found = page(Shown(None, rendered(), (LEFTOVER,), 1))
    assert "[name]" in found.texts("mark", "block")
    assert "#letter-1" in [link["href"] for link in found.all("a")]
    assert "letter-1" in [one.get("id") for one in found.all("li")]


def test_the_subject_is_marked_in_the_subject():
    problem = Problem("subject", "warn", "subject", 3, "it shouts", "", words="NOW")
    found = page(Shown(None, rendered(subject="Hire me NOW"), (problem,), 1))
    assert found.texts("h2") == ["Hire me NOW1"]
    assert found.texts("mark", "warn") == ["NOW"]


def test_the_line_that_a_problem_shows_is_where_it_is_marked():
    text = "Acme is here.\nAnd Acme is there.\n"
    one = Problem("company", "warn", "body", 2, "t", "h", words="Acme", shown="And Acme is there.")
    pieces = marked(text, [(1, one)])
    assert [piece.text for piece in pieces] == ["Acme is here.\nAnd ", "Acme", " is there.\n"]
    assert "".join(piece.text for piece in pieces) == text


def test_problems_that_overlap_are_marked_once_each():
    some = [
        (1, Problem("a", "hint", "body", 1, "", "", words="one two three")),
        (2, Problem("b", "block", "body", 1, "", "", words="two")),
    ]
    pieces = marked("zero one two three four", some)
    assert [(piece.text, piece.level, piece.numbers) for piece in pieces] == [
        ("zero ", "", ()),
        ("one ", "hint", ()),
        ("two", "block", (2,)),
        (" three", "hint", (1,)),
        (" four", "", ()),
    ]


@given(st.text(), st.lists(st.text(max_size=5)))
def test_marking_loses_nothing(text, words):
    some = [(n, Problem("a", "warn", "body", 1, "", "", words=each, shown=each)) for n, each in enumerate(words, 1)]
    assert "".join(piece.text for piece in marked(text, some)) == text


def test_letters_to_leaf_through_those_with_problems_first():
    warning = LEFTOVER._replace(level="warn")
    some = [
        Shown(1, rendered(subject="Good")),
        Shown(2, rendered(subject="Warned"), (warning,)),
        Shown(3, rendered(subject="Blocked"), (LEFTOVER,)),
        Shown(4, None, (), 0, BadData("no address in row 4", file="p.csv", line=5)),
        Shown(5, rendered(subject="Allowed"), (LEFTOVER._replace(allowed=True),)),
    ]
    found = page(*some)
    assert_safe(found)
    assert [one["id"] for one in found.all("article")] == ["row-4", "row-3", "row-2", "row-1", "row-5"]
    nav = [link["href"] for link in found.all("a") if "rel" not in link]
    assert nav[:5] == ["#row-4", "#row-3", "#row-2", "#row-1", "#row-5"]
    assert [link["href"] for link in found.all("a") if link.get("rel") == "next"] == nav[1:5]
    assert [link["href"] for link in found.all("a") if link.get("rel") == "prev"] == nav[:4]
    assert "5 letters, 3 to look at again" in found.texts("h1")[0]
    assert "no address in row 4" in found.text
    ids = {attrs["id"] for _, attrs in found.elements if isinstance(attrs, dict) and "id" in attrs}
    assert {link["href"][1:] for link in found.all("a")} <= ids


def test_of_very_many_those_with_problems_have_a_place():
    leaves = Leaves(most=3)
    for row in range(1, 10):
        leaves.add(row, rendered(), (LEFTOVER,) if row > 7 else ())
    found = Page(leaves.page("b.md"))
    assert [one["id"] for one in found.all("article")] == ["row-8", "row-9", "row-1"]
    assert "6 more have no place here" in found.text


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_no_words_break_out(subject, name, text, html, words):
    letter = rendered(
        subject=subject,
        sender=Mailbox("jo@novak.example", name),
        to=(Mailbox("d@a.example", name),),
        text=text,
        html=html,
    )
    problem = Problem("leftover", "block", "body", 1, words, words, words=words, shown=words)
    some = (Shown(1, letter, (problem,)), Shown(2, letter, (problem._replace(where="subject"),)))
    plain, found = page(*(Shown(n, rendered(html="x"), (LEFTOVER,)) for n in (1, 2))), page(*some, name=subject)
    assert_safe(found)
    count = {name: len(found.all(name)) for name in ("article", "iframe", "section", "title", "style", "body", "pre")}
    assert count == {name: len(plain.all(name)) for name in count}
    assert "\x00" not in found.text
    assert "\u202e" not in found.text


def test_it_prints_every_letter_without_frames_and_links():
    (style,) = page(Shown(None, rendered())).texts("style")
    printed = style.partition("@media print")[2]
    assert ".as-seen { display: none !important; }" in printed
    assert ".several article { display: block !important" in printed
    assert "url(" not in style
    assert "@import" not in style
