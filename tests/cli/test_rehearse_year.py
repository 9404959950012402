"""``mailer rehearse --year``: a year in a minute, and nothing of the user's is touched."""

from __future__ import annotations

from tests.kit.world import World, tree


def test_the_time_line_of_a_year(tmp_path):
    app = World(tmp_path, MAILER_FROM="Me <me@own.example>", MAILER_SMTP_HOST="mail.own.example")
    before = tree(tmp_path)
    done = app.mailer("rehearse", "--year")
    assert done.code == 0, done.err
    kinds = [line[12] for line in done.lines if line[:2] == "20"]
    assert kinds.count("→") == 7
    assert kinds.count("←") == 3
    assert done.lines[0] == "2026-11-24  →  touch 1 of 6, thanks: Thank you for the Data Engineer interview"
    assert [
        word for word in ("away:", "bounced:", "answer:", "your reply: Re:", "touch 6 of 6") if word not in done.out
    ] == []
    assert "7 letters went over SMTP" in done.err
    assert tree(tmp_path) == before


def test_for_somebody_else_as_json(tmp_path):
    done = World(tmp_path).mailer("rehearse", "--year", "Mara Weiß", "--json")
    assert done.code == 0, done.err
    assert [one["kind"] for one in done.objects].count("letter") == 7
    assert [one["kind"] for one in done.objects if one["kind"] != "letter"] == ["away", "bounced", "answer"]
