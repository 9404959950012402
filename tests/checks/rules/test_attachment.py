"""Files that were meant for nobody else warn (docs/promises.md, 9); what people send does not."""

from __future__ import annotations

import pytest

from tests.kit.world import World, put

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n"
LETTER = """Template: runner-up
To: Dana Ruiz <dana.ruiz@acme.example>
Company: Acme Robotics
Position: Data Engineer
Attach: {path}

The afternoon with Priya's test-bench team stayed with me. My CV is attached.
"""


def warnings(world, path, *, letter="l.md"):
    put(world.cwd, letter, LETTER.format(path=path))
    told = world.mailer("check", letter, "--json", MAILER_FROM="Robin Vale <robin@vale.example>").json
    return [found["text"] for found in told["problems"] if found["check"] == "attachment" and found["level"] == "warn"]


@pytest.mark.parametrize(
    "name", [".ssh/id", ".aws/config", ".config/gh/hosts.yml", ".netrc", ".env", ".gnupg/private-keys-v1.d/a.key"]
)
def test_what_is_hidden_warns(tmp_path, name):
    world = World(tmp_path / "work", home=tmp_path / "home")
    hidden = next(part for part in name.split("/") if part.startswith("."))

    (said,) = warnings(world, put(world.home, name, "words"))

    assert hidden in said
    assert "hidden" in said


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("id_ed25519", "words"),
        ("backup.p12", "words"),
        ("passwords.kdbx", "words"),
        ("putty.ppk", "words"),
        ("Credentials", "words"),
        ("id_ecdsa_sk", "words"),
        ("site.htpasswd", "words"),
        ("login.keychain-db", "words"),
        ("notes.txt", KEY),
        ("server.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" * 90 + KEY),
        ("key.asc", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nx\n"),
        ("k", "-----BEGIN PRIVATE KEY-----\nx\n"),
    ],
)
def test_what_looks_like_a_key_warns(tmp_path, name, content):
    world = World(tmp_path)
    put(tmp_path, name, content)

    assert warnings(world, name) == [f"{name} looks like a key or a password file"]


@pytest.mark.parametrize(
    "name",
    [
        *("~$cv.txt", "Copy of cv.txt", "cv - Kopie.txt", "cv_COPIE (2).txt", "cv-copia.txt", "cv 2 final.txt"),
        *("cv_final_new.txt", "cv FINAL.txt", "cv.tmp", "cv.Bak", "cv.swp", "cv.part", "cv.crdownload", "cv draft.txt"),
        *("Entwurf.txt", "cv-brouillon.txt", "borrador_2.txt", "cv.wip.txt", "cv (1).txt", "ﬁche WIP ñ.txt"),
    ],
)
def test_a_name_like_that_of_a_draft_warns(tmp_path, name):
    world = World(tmp_path)
    put(tmp_path, name, "words")

    assert warnings(world, name) == [f"the name {name} looks like that of a draft"]


def test_a_link_to_a_hidden_file_warns(tmp_path):
    world = World(tmp_path / "work", home=tmp_path / "home")
    (world.cwd / "cv.txt").symlink_to(put(world.home, ".ssh/config", "words"))

    assert warnings(world, "cv.txt") == ["cv.txt lies in the hidden folder .ssh"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cv.txt", "words"),
        ("server.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        ("talk.key", b"PK\x03\x04slides"),
        ("key.asc", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nx\n"),
        ("keyboard.txt", "id_rsa is the name of a file"),
    ],
)
def test_what_people_send_does_not(tmp_path, name, content):
    world = World(tmp_path)
    put(tmp_path, name, content)

    assert warnings(world, name) == []


def test_a_hidden_folder_that_the_letter_lies_in_too_does_not(tmp_path):
    world = World(tmp_path / ".mine" / "letters", home=tmp_path / "home")
    put(tmp_path, ".mine/cv.txt", "words")
    put(tmp_path, ".mine/letters/files/cv.txt", "words")

    assert warnings(world, "../cv.txt") == []
    assert warnings(world, "files/cv.txt") == []
