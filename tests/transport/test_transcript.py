from __future__ import annotations

import html
import json
import time
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailer.masking import finder, masked
from mailer.transport.replies import in_escapes
from mailer.transport.transcript import Transcript
from tests.kit.rows import each_row

SPELLINGS = {
    "as it is": str,
    "blanks as one": lambda text: " ".join(text.split()),
    "for the terminal": in_escapes,
    "Python": lambda text: repr(text)[1:-1],
    "Python, ASCII": lambda text: ascii(text)[1:-1],
    "Python, octets": lambda text: repr(text.encode())[2:-1],
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON in UTF-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON of PHP": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "quoted-string": lambda text: text.replace("\\", "\\\\").replace('"', '\\"'),
    "HTML": html.escape,
    "HTML, numbers": lambda text: "".join(
        char if char.isalnum() or char.isspace() else f"&#{ord(char)};" for char in text
    ),
    "URL": quote,
    "URL, all": lambda text: quote(text, safe=""),
    "URL, small": lambda text: quote(text, safe="").lower(),
    "form": quote_plus,
    "base64": lambda text: b64encode(text.encode()).decode(),
    "base64 for URLs": lambda text: urlsafe_b64encode(text.encode()).decode().rstrip("="),
}
SECRETS = ['Pä"s\\s+/=w  rd>>>???', "it's\"7\\\\", "1//0ab+c/d", "🙂x & <y>", "two  blanks"]
TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cc", "Z"]), min_size=4)


@each_row("spelling", SPELLINGS)
@each_row("secret", SECRETS)
def test_a_secret_is_found_however_it_is_spelt(secret, spelling):
    transcript = Transcript()
    transcript.hide(secret, b64encode(secret.encode()).decode())
    masked = transcript.mask(f'535 bad "{SPELLINGS[spelling](secret)}" there')
    assert masked.replace("***===", "***").replace("***==", "***").replace("***=", "***") == '535 bad "***" there'


@given(TEXT)
@example("a\\")
def test_so_is_any_other(secret):
    for spelling in ("as it is", "JSON", "Python", "URL, all", "HTML", "base64 for URLs"):
        assert finder(secret).search(f"[{SPELLINGS[spelling](secret)}]"), spelling


@pytest.mark.parametrize("secret", ["", "  ", "\t"])
def test_what_is_blank_is_in_every_text(secret):
    assert finder(secret) is None


def test_a_short_one_blots_out_no_words():
    assert finder("in").sub("***", "sign-in failed inside: in") == "sign-*** failed inside: ***"


def test_a_part_of_base64_for_urls():
    transcript = Transcript()
    transcript.hide("?", b64encode(b"\0jo\0>>>???>>>").decode())
    assert transcript.mask("no " + urlsafe_b64encode(b"\0jo\0>>>???>>>").decode()[:14]) == "no ***"


@pytest.mark.parametrize(
    ("secret", "text"), [("\\" * 40, "\\"), (" +" * 30, "+"), ("\\ " * 30, "\\ "), ('\\"' * 30, '\\\\"')]
)
def test_no_text_takes_for_ever(secret, text):
    begun = time.process_time()
    assert not finder(f"{secret}x").search(text * 2_000)
    assert time.process_time() - begun < 5


@each_row("encode", [b64encode, urlsafe_b64encode])
@each_row("before", [b"", b"a", b"ab", b"\0jo\0"])
@each_row("after", [b"", b"z", b"\xff\xff"])
@each_row("secret", ["hunter2", "s3cr3t-wörd", "pass"])
def test_a_secret_in_base64_with_others_round_it(encode, before, after, secret):
    said = encode(before + secret.encode() + after).decode()
    shown = masked(f"535 {said} there", secret)
    assert "***" in shown
    left = shown.removeprefix("535 ").removesuffix(" there").replace("***", "").strip("=")
    assert len(left) <= (len(before) + len(after)) * 4 // 3 + 2


@each_row("join", ["", ":", " ", "-"])
@each_row("secret", ["hunter2", "s3cr3t-wörd"])
def test_a_secret_in_hex(join, secret):
    spelt = join.join(f"{octet:02x}" for octet in secret.encode())
    for said in (spelt, spelt.upper()):
        assert masked(f"535 [{said}] there", secret) == "535 [***] there"
