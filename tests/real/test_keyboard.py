"""The pages by keyboard alone: every link is reached and seen, Enter opens it, nothing holds the focus."""

from __future__ import annotations

import time

import pytest

from tests.kit.chromium import CHROMIUM
from tests.kit.keyboard import browser
from tests.kit.shown_pages import COMMANDS, made

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium"),
]
# What has the focus: which of the stops it is, whether that is in view, and how its ring is drawn.
FOCUS = """(() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {
    name: one.tagName.toLowerCase(), text: one.textContent.trim().slice(0, 40), href: one.getAttribute("href"),
    stop: [...document.querySelectorAll("a[href], [tabindex='0']")].filter((each) => each.offsetHeight).indexOf(one),
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && one.matches(":focus-visible"),
    seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth && box.height > 0,
  };
})()"""
PLACE = "[...document.querySelectorAll('*')].indexOf(document.activeElement ?? document.body)"
STOPS = """[...document.querySelectorAll("a[href], [tabindex='0']")].filter((each) => each.offsetHeight).length"""
SHOWN = """[...document.querySelectorAll("article")].filter((one) => one.offsetHeight).map((one) => one.id).join()"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    return made(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    found = browser(tmp_path_factory.mktemp("browser"))
    yield found
    found.close()


def tab(keys, *, back=False):
    """Press Tab: what has the focus then, None where it has left the page."""
    before = keys.ask(PLACE)
    keys.press("Tab", shift=back)
    assert until(lambda: keys.ask(PLACE) != before), "the focus is held"
    # Out of a frame, which has a process of its own, the focus goes by way of the page.
    until(lambda: keys.ask(FOCUS) is not None, 0.3)
    return keys.ask(FOCUS)


def walk(keys, *, back=False):
    """All that Tab comes to, until it has left the page."""
    found = []
    for _ in range(120):
        one = tab(keys, back=back)
        if one is None:
            return found
        found.append(one)
    raise AssertionError(f"the focus never leaves the page: {found[-3:]}")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", COMMANDS)
def test_tab_comes_to_everything_in_order_and_leaves_again(keys, pages, name, width):
    keys.open(pages[name].as_uri(), width)
    forth = walk(keys)
    named = [one for one in forth if one["name"] != "iframe"]
    assert [one["stop"] for one in named] == list(range(keys.ask(STOPS)))
    assert [one for one in named if not (one["ring"] and one["seen"])] == []
    keys.open(pages[name].as_uri(), width)
    back = walk(keys, back=True)
    assert [one["stop"] for one in back if one["name"] != "iframe"] == list(range(len(named)))[::-1]


def test_enter_leafs_through_the_letters(keys, pages):
    keys.open(pages["batch"].as_uri())
    first = keys.ask(SHOWN)
    tab(keys)
    second = tab(keys)["href"].removeprefix("#")
    assert second != first
    keys.press("Enter")
    assert until(lambda: keys.ask(SHOWN) == second)
    inside = tab(keys)
    assert inside["text"].startswith(("← before", "next →")), "what comes next is in the letter that was opened"
    for _ in range(4):
        if "next" in inside["text"]:
            break
        inside = tab(keys)
    keys.press("Enter")
    third = inside["href"].removeprefix("#")
    assert until(lambda: keys.ask(SHOWN) == third)
    assert third not in (first, second)


def test_enter_goes_from_a_mark_to_what_was_found(keys, pages):
    keys.open(pages["problems"].as_uri())
    marks = [one for one in walk(keys) if one["name"] == "a"]
    assert marks
    keys.open(pages["problems"].as_uri())
    while (one := tab(keys))["name"] != "a":
        pass
    keys.press("Enter")
    target = one["href"].removeprefix("#")
    assert until(lambda: keys.ask("document.querySelector(':target')?.id") == target)
    assert keys.ask("document.querySelector(':target').getBoundingClientRect().top < innerHeight")


@pytest.mark.parametrize(("name", "group"), [("year", ".wide"), ("letter", ".scroll[tabindex='0']")])
def test_arrows_move_what_is_wider_than_the_screen(keys, pages, name, group):
    keys.open(pages[name].as_uri(), 390)
    assert keys.ask(
        f"""(() => {{ const one = document.querySelector("{group}"); return one.scrollWidth > one.clientWidth; }})()"""
    )
    for _ in range(60):
        tab(keys)
        if keys.ask(f"""document.activeElement === document.querySelector("{group}")"""):
            break
    for _ in range(4):
        keys.press("ArrowRight")
    assert until(lambda: keys.ask(f"""document.querySelector("{group}").scrollLeft""") > 0)
    assert keys.ask("document.documentElement.scrollLeft") == 0


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_is_read_to_its_end(keys, pages, name):
    keys.open(pages[name].as_uri(), 768, 500)
    keys.press("End")
    end = "document.documentElement.scrollHeight - innerHeight - document.documentElement.scrollTop"
    assert until(lambda: keys.ask(end) < 2)


def until(true, seconds=5.0):
    """Whether it comes to be so: what a key does is seen a moment later."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
