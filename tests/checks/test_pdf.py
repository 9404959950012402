"""PDFs that somebody made to be read wrongly, or without end."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.checks import pdf as module
from mailer.checks.pdf import Facts, read
from tests.conftest import examples
from tests.kit.checks import pdf


def stream(words, octets, number=1):
    return b"%d 0 obj\n<<%s/Length %d>>\nstream\n%s\nendstream\nendobj\n" % (number, words, len(octets), octets)


def ended(body, start=None, trailer=b"<</Root 2 0 R>>"):
    return (
        b"%PDF-1.7\n"
        + body
        + b"trailer\n"
        + trailer
        + b"\nstartxref\n%d\n%%%%EOF\n" % (len(b"%PDF-1.7\n") if start is None else start)
    )


def predicted():
    """Some kilobytes that are 50 MB, to be undone octet by octet."""
    packed = zlib.compress(bytes(50_000_000), 9)
    words = b"/Type/XRef/W[1 2 1]/Size 9000000/Root 2 0 R/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 1>>"
    return ended(stream(words, packed) + b"/Encrypt")


def object_streams(count=400, octets=3_900_000):
    """A good PDF with much before its table of contents, which a reader that mends it looks through."""
    packed = zlib.compress(b"9 0 " + bytes(octets), 9)
    more = stream(b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode", packed, 900) * count
    return pdf().replace(b"xref\n0", more + b"xref\n0", 1)


def rewritten(pattern, to):
    return re.sub(pattern, to, pdf("My title"))


TWO = 10_000_000
HOSTILE = {
    "predictor": predicted,
    "object streams": object_streams,
    "streams without end": lambda: ended(
        b"1 0 obj<<>>endobj\n" + b"/Type/ObjStm stream\n" * (TWO // 20), trailer=b"<</Root 2 0 R/Info 7 0 R>>"
    ),
    "packed streams without end": lambda: ended(
        b"1 0 obj<<>>endobj\n" + (b"/First 1/Type/ObjStm stream\n" + zlib.compress(b"x")) * (TWO // 40),
        trailer=b"<</Root 2 0 R/Info 7 0 R>>",
    ),
    "nodes": lambda: ended(b"1 0 obj<<>>endobj\n" + b"/Type/Pages" * (TWO // 11)),
    "counts": lambda: ended(b"1 0 obj<<>>endobj\n" + b"/Type/Pages" + b"/Count 1" * (TWO // 8)),
    "blanks": lambda: ended(b"1 0 obj<<>>endobj\n/Info" + b" " * TWO + b"/Root" + b"\n" * TWO),
    "table": lambda: ended(
        b"xref\n0 5000\n" + b"0000200000 00000 n\n" * 5000 + b" " * TWO + b"/Type/Pages/Count 1 /Root 2 0 R"
    ),
    "digits": lambda: ended(b"1 0 obj<<>>endobj\n/Root 2 0 R /Info " + b"1" * TWO + b" 0 R"),
    "brackets": lambda: ended(
        b"1 0 obj<</Title" + b"(" * TWO + b">>endobj\n/Root 1 0 R", trailer=b"<</Root 2 0 R/Info 1 0 R>>"
    ),
    "text": lambda: ended(b"1 0 obj<</Title(" + b"a" * TWO + b"\n", trailer=b"<</Root 2 0 R/Info 1 0 R>>"),
    "nested": lambda: ended(b"1 0 obj" + b"[" * 200_000 + b"endobj\n", start=0),
    "dictionaries": lambda: ended(b"1 0 obj" + b"<</A" * 200_000 + b"endobj\n", start=0),
    "startxref": lambda: pdf().replace(b"startxref\n", b"startxref\n" + b"9" * 30),
    "startxref, longer": lambda: rewritten(rb"startxref\s+\d+", b"startxref\n" + b"9" * 4000),
    "count": lambda: rewritten(rb"/Count 1", b"/Count " + b"9" * 30),
    "count, longer": lambda: rewritten(rb"/Count 1", b"/Count " + b"9" * 5000),
    "info": lambda: rewritten(rb"/Info \d+", b"/Info " + b"9" * 5000),
    "first": lambda: object_streams(1).replace(b"/First 4", b"/First " + b"4" * 5000),
    "places": lambda: ended(
        b"1 0 obj<<>>endobj\n" + stream(b"/Type/ObjStm/N 1/First 9000", zlib.compress(b"7 " + b"9" * 8000)),
        trailer=b"<</Root 2 0 R/Info 7 0 R>>",
    ),
}


# One of each kind; the others are read in the same ways, each by a process of its own.
QUICK = {"predictor", "blanks", "nested", "startxref", "count, longer"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in HOSTILE]
)
def test_no_pdf_takes_long_or_raises(name):
    data = HOSTILE[name]()
    begun = os.times()
    assert isinstance(read(data), Facts)
    ended = os.times()
    # Of this process and of its child, for others work on the machine too.
    assert sum(ended[:4]) - sum(begun[:4]) < 4


def test_a_pdf_that_eats_time_is_not_looked_into():
    data = predicted()
    assert len(data) < 60_000
    assert read(data).state == "unread"


def test_a_good_pdf_is_read_by_the_library_too(monkeypatch):
    monkeypatch.setattr(module, "_plainly", lambda *_: None)
    assert read(pdf("My title", "Jo Novak")) == Facts("whole", "My title", "Jo Novak", "")
    assert read(pdf(pages=0)).state == "empty"
    assert read(pdf(password="x")).state == "locked"


def test_the_library_gets_no_secret_and_nothing_from_the_working_folder(monkeypatch, tmp_path):
    (tmp_path / "pypdf.py").write_text("raise SystemExit('a stranger speaks')")
    (tmp_path / "mailer").mkdir()
    (tmp_path / "mailer" / "__init__.py").write_text("raise SystemExit('a stranger speaks')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAILER_PASSWORD", "hunter2")
    assert "MAILER_PASSWORD" not in module._environment()
    monkeypatch.setattr(module, "_plainly", lambda *_: None)
    assert read(pdf("My title")).title == "My title"


def test_without_a_python_to_start_it_is_not_looked_into(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert read(pdf(password="x")).state == "unread"


def test_what_the_library_says_is_plain_data():
    command = [sys.executable, "-P", "-m", "mailer.checks.pdf_reading"]
    done = subprocess.run(command, input=b"%PDF-1.7 no more", capture_output=True, check=True)
    assert json.loads(done.stdout) == ["damaged"]


@given(st.binary(max_size=200), st.data())
@examples(60)
def test_whatever_octets(noise, data):
    whole = pdf("My title")
    at = data.draw(st.integers(0, len(whole)))
    module_read = module._plainly(whole[:at] + noise + whole[at:], at, time.monotonic() + 1)
    assert module_read is None or isinstance(module_read, Facts)


def test_many_pages():
    from pypdf import PdfWriter

    writer = PdfWriter()
    for _ in range(300):
        writer.add_blank_page(200, 200)
    out = io.BytesIO()
    writer.write(out)
    assert read(out.getvalue()).state == "whole"
