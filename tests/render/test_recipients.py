"""What a greeting calls people, by their display names."""

from __future__ import annotations

from mailer.message.address import Mailbox
from mailer.render.row import People
from tests.kit.rows import each_row


@each_row(
    ("display_name", "first"),
    [
        ("dana.ruiz@acme.example", ""),
        ("Dana Ruiz dana.ruiz@acme.example", "Dana"),
        ("Ms. Ruiz", "Ms. Ruiz"),
        ("Ruiz, Ms.", "Ms. Ruiz"),
        ("Dr. Weber, PhD", "Dr. Weber"),
        ("Frau Dr. Weber", "Frau Dr. Weber"),
        ("Herr von Stein", "Herr von Stein"),
        ("Ms. Dana Ruiz", "Dana"),
        ("Dr. Dana R.", "Dana"),
        ("Dr.", ""),
        ("Hr. Jensen", "Hr. Jensen"),
        ("D. Ruiz", "D. Ruiz"),
        ("D Ruiz", "D Ruiz"),
        ("Ruiz, D.", "D. Ruiz"),
        ("Dr. D. Ruiz", "Dr. D. Ruiz"),
        ("J.-P. Martin", "J.-P. Martin"),
        ("J. Robert Oppenheimer", "Robert"),
        ("RUIZ Dana", "RUIZ Dana"),
        ("MIA Chen", "MIA Chen"),
        ("JD Smith", "JD"),
        ("DE LA CRUZ Ana María", "DE LA CRUZ Ana María"),
        ("Dana RUIZ", "Dana"),
        ("DANA RUIZ", "DANA"),
        ("JR Smith", "JR"),
        ("AB de Villiers", "AB"),
        ("dana ruiz", "dana"),
        ("von Stein", "von Stein"),
        ("王 伟", "王"),
        ("HR Department", ""),
        ("HR", ""),
        ("Acme Robotics Recruiting", ""),
        ("The Acme Team", ""),
        ("Jobs at Acme", ""),
        ("Acme Robotics Ltd.", ""),
        ("Steve Jobs", "Steve"),
        ("Bill Press", "Bill"),
        ("Dana Ruiz, HR Manager", "Dana"),
        ("Dana Ruiz (Acme HR)", "Dana"),
        ("Dana Ruiz | Acme Recruiting", "Dana"),
        ("Dana Ruiz - Acme Support", "Dana"),
        ("Dana from the Acme team", "Dana"),
        ("Dana @ Acme Careers", "Dana"),
        ("Ruiz, Dana (HR)", "Dana"),
    ],
)
def test_what_follows_dear(display_name, first):
    assert People.of([Mailbox("dana.ruiz@acme.example", display_name)], "en").first == first


def test_an_address_is_no_name():
    assert People.of([Mailbox("dana.ruiz@acme.example", "dana.ruiz@acme.example")], "en").name == ""


def test_one_without_a_name_leaves_all_without():
    boxes = [Mailbox("dana@acme.example", "Ms. Ruiz"), Mailbox("lee@acme.example", "Lee Okafor")]
    assert People.of(boxes, "en").first == "Ms. Ruiz and Lee"
    assert People.of([*boxes, Mailbox("hr@acme.example", "HR Department")], "en").first == ""
