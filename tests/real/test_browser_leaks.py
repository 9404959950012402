"""The page of ``preview --open`` in a real browser, beside a server that must hear nothing."""

from __future__ import annotations

import contextlib
import socket
import threading

import pytest

from mailer.message.address import parse_list, parse_mailbox
from mailer.message.rendered import Rendered
from mailer.pages.letters import Shown, letters_page
from tests.kit.chromium import CHROMIUM, LIGHT
from tests.real.test_browser import browse

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium"),
]
CALLS = {
    "image": '<img src="{url}/i.png">',
    "srcset": '<img srcset="{url}/i.png 1x"><picture><source srcset="{url}/s.png"><img></picture>',
    "style": '<div style="background:url({url}/b.png)">x</div>',
    "style element": "<style>@import '{url}/a.css'; p {{ background: url({url}/b.png) }}</style><p>x</p>",
    "font": "<style>@font-face {{ font-family: f; src: url({url}/f.woff) }} p {{ font-family: f }}</style><p>x</p>",
    "stylesheet": '<link rel="stylesheet" href="{url}/a.css">',
    "prefetch": '<link rel="prefetch" href="{url}/p"><link rel="prerender" href="{url}/q">',
    "preload": '<link rel=preload as=image href="{url}/p.png"><LINK\nrel="modulepreload" href="{url}/p.js">',
    "preconnect": '<link rel="preconnect" href="{url}"><link/rel="dns-prefetch" href="{url}">',
    "icon": '<link rel="icon" href="{url}/favicon.ico">',
    "refresh": '<meta http-equiv="refresh" content="0;url={url}/r">',
    "form": '<form action="{url}/f" id="f"><input name="a" autofocus></form><script>f.submit()</script>',
    "frame": '<iframe src="{url}/f"></iframe><IFRAME\nsrc="{url}/g">',
    "object": '<object data="{url}/o"></object><embed src="{url}/e">',
    "frameset": '<frameset><frame src="{url}/f"></frameset>',
    "script": '<script src="{url}/s.js"></script><script>fetch("{url}/x")</script>',
    "media": '<video poster="{url}/p.png" src="{url}/v.mp4" autoplay></video><audio src="{url}/a" autoplay></audio>',
    "base": '<base href="{url}/"><img src="i.png"><a href="x" ping="{url}/p">x</a>',
    "svg": '<svg><image href="{url}/i.png"/><use href="{url}/u.svg#a"/></svg>',
    "input": '<input type="image" src="{url}/i.png"><table background="{url}/t.png"><tr><td>x</table>',
    "end of the frame": '"></iframe><img src="{url}/i.png"><iframe srcdoc="',
}


@contextlib.contextmanager
def listener():
    """The address of a server, and who called it."""
    called = []
    with socket.create_server(("127.0.0.1", 0)) as sock:

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    line, _ = sock.accept()
                    line.settimeout(1)
                    with contextlib.suppress(OSError), line:
                        called.append(line.recv(200))
                        line.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{sock.getsockname()[1]}", called
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def page(letter):
    return letters_page([Shown(None, letter)], "letter.md").decode()


def letter(source):
    return Rendered(
        sender=parse_mailbox("Jo Novak <jo@novak.example>"),
        to=parse_list("dana@acme.example"),
        subject="Hello",
        text=None,
        html=f"<!DOCTYPE html><html><head><title>x</title></head><body>{source}</body></html>",
    )


@pytest.mark.parametrize("name", CALLS)
def test_nothing_leaves(tmp_path, name):
    with listener() as (url, called):
        browse(tmp_path, page(letter(CALLS[name].format(url=url))), LIGHT, "--dump-dom")
    assert called == []


def test_the_server_would_have_heard(tmp_path):
    with listener() as (url, called):
        browse(tmp_path, f'<!DOCTYPE html><img src="{url}/i.png">', LIGHT, "--dump-dom")
    assert called


def test_the_letter_and_what_it_carries_are_shown(tmp_path):
    dot = "data:image/gif;base64,R0lGODlhAQABAIAAAP8AAP8AACwAAAAAAQABAAACAkQBADs="
    source = f'<p style="background:#00f;height:400px">x</p><img src="{dot}" width="400" height="400">'
    target = tmp_path / "page.png"
    browse(tmp_path, page(letter(source)), LIGHT, f"--screenshot={target}", "--window-size=600,1200")
    blank = tmp_path / "blank.png"
    browse(tmp_path, page(letter("")), LIGHT, f"--screenshot={blank}", "--window-size=600,1200")
    assert len(target.read_bytes()) != len(blank.read_bytes())
