"""One Re: for the prefixes of mail programs, and nothing else taken off."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.letters.foreign.subjects import former_reply_subject, reply_subject
from tests.kit.rows import each_row


@each_row(
    ("subject", "answer"),
    [
        ("Your application for Data Engineer, Ref: 4711", "Re: Your application for Data Engineer, Ref: 4711"),
        ("Head of Software: your application", "Re: Head of Software: your application"),
        ("Ref: 4711 Data Engineer", "Re: Ref: 4711 Data Engineer"),
        ("RE: Ref: 4711", "Re: Ref: 4711"),
        ("Rif: 4711", "Re: Rif: 4711"),
        ("Rif. n. 12: candidatura", "Re: Rif. n. 12: candidatura"),
        ("Rif: candidatura", "Re: candidatura"),
        ("[EXTERNAL] Re: Job", "Re: [EXTERNAL] Job"),
        ("RE: [EXTERN] AW: Job", "Re: [EXTERN] Job"),
        ("[Jobs] Data Engineer", "Re: [Jobs] Data Engineer"),
        ("RE[2]: Re: Job", "Re: Job"),
        ("Re^2: Job", "Re: Job"),
        ("Re (3): Job", "Re: Job"),
        ("RE : Job", "Re: Job"),
        ("RE\u00a0: Job", "Re: Job"),
        ("Re：Job", "Re: Job"),
        ("回复：申请", "Re: 申请"),
        ("答复: 申请", "Re: 申请"),
        ("返信: 応募", "Re: 応募"),
        ("Antwort: Bewerbung", "Re: Bewerbung"),
        ("Antw.: Bewerbung", "Re: Antw.: Bewerbung"),
        ("SV: VS: Vá: Odp: R: RES: YNT: Ответ: ΑΠ: Job", "Re: Job"),
        ("Fwd: Re: Job", "Re: Fwd: Re: Job"),
        ("Re: WG: Job", "Re: WG: Job"),
        ("Regarding: Job", "Re: Regarding: Job"),
        ("Rev: Job", "Re: Rev: Job"),
        ("Re Job", "Re: Re Job"),
        ("  Re:  Job  ", "Re: Job"),
    ],
)
def test_one_re(subject, answer):
    assert reply_subject(subject) == answer
    assert reply_subject(answer) == answer


@settings(deadline=None)
@given(st.text(max_size=60))
def test_an_answer_to_an_answer_has_its_subject(subject):
    answer = reply_subject(subject)
    assert reply_subject(answer) == answer


def test_many_prefixes_are_taken_off_at_once():
    began = time.process_time()
    assert reply_subject("Re: " * 16_000 + "[a]" * 5_000 + "x").endswith("x")
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        (b" Re: Job", "Re: Job"),
        (b" Your application, Ref: 4711", "Re: Your application,4711"),
        (b" Head of Software: your application", "Re: Head of Softwayour application"),
        (b" =?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Re: Grüße"),
        (b" =?x-none?q?a?=", "Re: =?x-none?q?a?="),
        (b" " + b"x" * 5_000, ""),
        (b"", ""),
    ],
)
def test_what_earlier_versions_wrote(raw, answer):
    assert former_reply_subject(raw) == answer
