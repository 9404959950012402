"""One IMAP session against a small server on loopback: line, sign-in, folders, messages, and what goes wrong."""

from __future__ import annotations

import logging
import socket
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer import __version__
from mailer.errors import BadData, BadSettings, CannotWrite, Later, NotTrusted, Refused
from mailer.imap.errors import Lost, too_late
from mailer.imap.folders import Folder, named, read, special
from mailer.imap.reconnecting import MailboxConnection
from mailer.imap.server import ImapServer as Wanted
from mailer.imap.server import of_settings
from mailer.imap.session import Place, open_session
from tests.kit.imap import ID, MESSAGE, NOW, PASSWORD, wanted
from tests.kit.imap_server import Box, ImapServer, boxes
from tests.kit.rows import each_row
from tests.kit.smtp_server import Authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


def session(server, secret=PASSWORD, log=None, **more):
    return open_session(wanted(server, **more), secret, log=log)


# The line


@pytest.mark.parametrize("kind", ["tls", "starttls"])
def test_signs_in_over_a_checked_line_only(authority, kind):
    steps = []
    with ImapServer(context=authority.good(), tls=kind) as server:
        with open_session(wanted(server, ca_file=authority.ca_file), PASSWORD, on_step=steps.append) as found:
            assert found.tls.version.startswith("TLSv1.")
            assert "SPECIAL-USE" in found.capabilities, "asked again after sign-in"
        assert steps == ["dns", "tcp", "tls", "auth"]
        assert server.sign_ins == ["PLAIN"]


@pytest.mark.parametrize("kind", ["tls", "starttls"])
@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        ("unknown", "authority"),
        ("expired", "expired"),
        ("wrong_host", "not for this host name"),
        ("cn_only", "not for"),
    ],
)
def test_a_certificate_that_does_not_fit_ends_it_before_sign_in(authority, kind, certificate, words):
    with ImapServer(context=getattr(authority, certificate)(), tls=kind) as server:
        with pytest.raises(NotTrusted, match=words) as caught:
            session(server, ca_file=authority.ca_file)
        assert server.sign_ins == []
    assert "SMTP" not in caught.value.text + caught.value.hint


def test_without_a_ca_file_nobody_unknown_is_trusted(authority):
    with ImapServer(context=authority.good(), tls="tls") as server, pytest.raises(NotTrusted):
        session(server)


def test_starttls_that_is_not_offered_is_no_reason_to_go_without(authority):
    with ImapServer(context=authority.good(), tls="starttls") as server:
        server.before = "IMAP4rev1 AUTH=PLAIN"
        with pytest.raises(Refused, match="does not offer STARTTLS; nothing was sent"):
            session(server, ca_file=authority.ca_file)
        assert server.sign_ins == []


def test_what_comes_before_the_handshake_is_thrown_away(authority):
    with ImapServer(context=authority.good(), tls="starttls") as server:
        server.injected = b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n* OK [ALERT] call this number\r\n"
        try:
            with session(server, ca_file=authority.ca_file) as found:
                assert "LOGINDISABLED" not in found.capabilities
        except (NotTrusted, Later):
            # What was put there reached the handshake, which failed of it.
            assert server.sign_ins == []


def test_a_preauthenticated_greeting_does_not_leave_starttls_out(authority):
    with ImapServer(context=authority.good(), tls="starttls", greeting="* PREAUTH come in") as server:
        with pytest.raises(Refused, match="does not begin with an OK"):
            session(server, ca_file=authority.ca_file)
        assert server.commands == []


def test_a_server_that_is_busy_before_starttls_is_for_later(authority):
    busy = ImapServer(context=authority.good(), tls="starttls", greeting="* BYE too many connections")
    with busy as server, pytest.raises(Later, match="too many"):
        session(server, ca_file=authority.ca_file)


def test_without_tls_only_this_machine_is_spoken_to():
    address = next((a[4][0] for a in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)), "127.0.0.1")
    if address.startswith("127."):
        pytest.skip("this machine has no other address")
    with socket.create_server((address, 0)) as listener, pytest.raises(BadSettings, match="loopback only"):
        open_session(Wanted(address, listener.getsockname()[1], "none", "jo", "password"), PASSWORD)


def test_nothing_listens():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Later, match="refused") as caught:
        open_session(Wanted("127.0.0.1", port, "none", "jo", "password"), PASSWORD)
    assert "MAILER_IMAP_HOST" in caught.value.hint


def test_tls_where_the_server_speaks_in_the_clear():
    with ImapServer() as server, pytest.raises(NotTrusted, match="not TLS") as caught:
        session(server, security="tls")
    assert "993" in caught.value.hint


@pytest.mark.parametrize("greeting", ["* BYE too many connections", "HTTP/1.1 200 OK", "* PREAUTH come in"])
def test_an_odd_greeting(greeting):
    with ImapServer(greeting=greeting) as server, pytest.raises((Later, Refused)):
        session(server)


@pytest.mark.parametrize("fault", ["silent", "drip"])
@pytest.mark.parametrize("command", ["CAPABILITY", "AUTHENTICATE", "LIST"])
def test_patience_has_an_end(fault, command):
    with ImapServer() as server:
        server.faults[command] = [fault]
        began = time.monotonic()
        with pytest.raises(Later, match=r"no answer within 0\.2 s"), session(server, reply_timeout=0.2) as found:
            found.folders()
        assert time.monotonic() - began < 10


def test_an_answer_without_end_is_not_read_to_it(monkeypatch):
    monkeypatch.setattr("mailer.imap.client._LARGEST_ANSWER", 10_000)
    with ImapServer() as server:
        server.faults["LIST"] = ['raw * LIST () "/" {99999999999}\r\n']
        with session(server) as found, pytest.raises(Later, match="no end"):
            found.folders()


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("LIST", "* LIST " + "(" * 5_000 + ') "/" Sent'),
        ("LIST", r'* LIST (\Sent "/" Sent'),
        ("SEARCH", "* SEARCH 99999999999999999999"),
        ("SEARCH", "* SEARCH " + "9" * 5_000),
        ("EXAMINE", "* OK [UIDVALIDITY 4294967296] valid"),
    ],
)
def test_an_answer_that_cannot_be_read_is_for_later(command, answer):
    with ImapServer() as server, session(server) as found:
        server.faults[command] = [f"raw {answer}\r\n{{tag}} OK done\r\n"]
        with pytest.raises(Lost, match=r"not IMAP \((Recursion|Protocol|Value)Error\)"):
            found.find(found.folder("drafts"), ID)
        assert not found.usable


def test_what_is_no_imap_ends_a_turn_for_good():
    with ImapServer() as server, session(server) as found:
        with pytest.raises(KeyboardInterrupt), found.turn("LIST"):
            raise KeyboardInterrupt
        assert not found.usable


def test_the_greeting_of_a_busy_server_is_told():
    with ImapServer(greeting="* BYE too many connections") as server, pytest.raises(Later, match="too many conn"):
        session(server)


def test_seconds_are_rounded():
    assert [too_late(seconds) for seconds in (0.5, 2.07861, 6403.51234)] == [
        f"no answer within {seconds} s" for seconds in ("0.5", "2.1", "6403.5")
    ]


# The sign-in


@pytest.mark.parametrize("password", ["pässwörd ✓", 'with "quotes" and \\', " spaces "])
@pytest.mark.parametrize("before", ["IMAP4rev1 AUTH=PLAIN", "IMAP4rev1"])
def test_passwords_of_every_sort(password, before):
    with ImapServer(before=before) as server:
        server.passwords["jo@novak.example"] = password
        session(server, password).close()
        assert server.sign_ins == ["PLAIN" if "PLAIN" in before else "LOGIN"]


@pytest.mark.parametrize("before", ["IMAP4rev1 AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5", "IMAP4rev1"])
def test_a_wrong_password_is_tried_once_and_never_shown(before, caplog):
    caplog.set_level(logging.DEBUG)
    said = []
    with ImapServer(before=before) as server:
        with pytest.raises(NotTrusted, match=r"refuses the sign-in of jo@novak\.example") as caught:
            session(server, "wrong-horse", log=said.append)
        assert len(server.sign_ins) == 1
    everything = "\n".join([*said, caught.value.text, caught.value.hint, caplog.text])
    assert "wrong-horse" not in everything
    assert "AHdyb25n" not in everything
    assert "***" in caught.value.text, "the server said it"


@pytest.mark.parametrize("password", ["zébra-llama", 'zebra"ox\\llama', "zebra[OX x]llama"])
@pytest.mark.parametrize(
    "echo",
    [
        "raw garbage {password}\r\n",
        "raw A999 OK {password}\r\n",
        "raw * BYE {password}\r\n{tag} NO x\r\n",
        "raw {tag} {password}\r\n",
        "BAD what is {password}?",
        "NO [ALERT] not {password}",
    ],
)
@pytest.mark.parametrize("before", ["IMAP4rev1 AUTH=PLAIN", "IMAP4rev1"])
def test_a_server_that_repeats_the_password_does_not_show_it(password, echo, before, caplog):
    said = []
    form = password if before.endswith("PLAIN") else password.replace("\\", "\\\\").replace('"', '\\"')
    with ImapServer(before=before) as server:
        fault = echo.replace("{password}", form)
        server.faults |= {"AUTHENTICATE": [fault], "LOGIN": [fault]}
        with pytest.raises((Later, NotTrusted)) as caught:
            session(server, password, log=said.append)
    everything = "\n".join([*said, caught.value.text, caplog.text])
    assert not [part for part in ("bra", "llama") if part in everything]


def test_a_line_without_end_is_not_a_wrong_password():
    with ImapServer() as server:
        server.faults["AUTHENTICATE"] = [f"raw * OK {'a' * 1_100_000}\r\n"]
        with pytest.raises(Later, match="a line has no end"):
            session(server)


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_tokens(mechanism):
    with ImapServer(before=f"IMAP4rev1 AUTH=PLAIN AUTH={mechanism}") as server:
        session(server, "good-token", auth="oauth2").close()
        with pytest.raises(NotTrusted, match="run out") as caught:
            session(server, "old-token", auth="oauth2")
        assert server.sign_ins == [mechanism, mechanism]
    assert "old-token" not in caught.value.text
    assert "mailer login" in caught.value.hint


@pytest.mark.parametrize(
    ("auth", "before", "words"),
    [
        ("password", "IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2", "by password, only XOAUTH2"),
        ("password", "IMAP4rev1 LOGINDISABLED", "by password, nothing"),
        ("oauth2", "IMAP4rev1 AUTH=PLAIN", "by oauth2, only PLAIN"),
    ],
)
def test_no_mechanism_that_would_do(auth, before, words):
    with ImapServer(before=before) as server:
        with pytest.raises(Refused, match=words):
            session(server, auth=auth)
        assert server.sign_ins == []


@pytest.mark.parametrize(
    "said",
    ["BAD unknown command", "BAD [CLIENTBUG] no", "NO unsupported authentication mechanism", "NO PLAIN not enabled"],
)
def test_a_mechanism_that_is_refused_before_the_secret_went_is_tried_the_other_way_once(said):
    with ImapServer() as server:
        server.faults["AUTHENTICATE"] = [said]
        with session(server) as opened:
            assert opened.mechanism == "LOGIN"
        assert server.sign_ins == ["LOGIN"]
    with ImapServer() as server:
        server.faults["AUTHENTICATE"] = [said]
        with pytest.raises(NotTrusted):
            session(server, "wrong")
        assert server.sign_ins == ["LOGIN"]


def test_a_mechanism_that_is_refused_after_the_secret_went_is_the_last():
    with ImapServer() as server:
        server.faults["AUTHENTICATE"] = ["after {tag} BAD no\r\n"]
        with pytest.raises(NotTrusted):
            session(server, "wrong")
        assert server.sign_ins == ["PLAIN"]


def test_no_other_way_where_login_is_disabled():
    with ImapServer(before="IMAP4rev1 AUTH=PLAIN LOGINDISABLED") as server:
        server.faults["AUTHENTICATE"] = ["BAD no"]
        with pytest.raises(NotTrusted, match="refuses the sign-in"):
            session(server)
        assert server.sign_ins == []


def test_a_token_goes_the_other_way_too():
    with ImapServer(before="IMAP4rev1 AUTH=XOAUTH2 AUTH=OAUTHBEARER") as server:
        server.faults["AUTHENTICATE"] = ["BAD what?"]
        with session(server, "good-token", auth="oauth2") as opened:
            assert opened.mechanism == "OAUTHBEARER"


@pytest.mark.parametrize("answer", ["NO no", "BAD unknown command"])
def test_what_is_offered_is_said_where_it_is_nothing_of_ours(answer):
    with ImapServer(before="IMAP4rev1 AUTH=NTLM AUTH=GSSAPI") as server:
        server.faults["LOGIN"] = [answer]
        with pytest.raises(NotTrusted, match="offers only GSSAPI, NTLM") as caught:
            session(server)
    assert "Is the password right" not in caught.value.hint


@pytest.mark.parametrize("answer", [None, "NO no", "BAD what?", 'raw * ID ("name"\r\n{tag} OK done\r\n'])
def test_a_server_that_wants_to_know_who_asks_is_told(answer):
    with ImapServer(after="IMAP4rev1 ID UIDPLUS") as server:
        server.wants_id = answer is None
        server.faults["ID"] = [answer]
        with session(server) as opened:
            assert opened.find(named("Drafts"), ID) == ()
    assert [command for command in server.commands if command.startswith("ID")] == [
        f'ID ("name" "mailer" "version" "{__version__}")'
    ]


def test_a_server_that_does_not_offer_id_is_not_told():
    with ImapServer() as server, session(server) as opened:
        assert opened.find(named("Drafts"), ID) == ()
        assert not [command for command in server.commands if command.startswith("ID")]


def test_a_passing_no_is_for_later():
    with ImapServer() as server:
        server.faults["AUTHENTICATE"] = ["NO [UNAVAILABLE] the database sleeps"]
        with pytest.raises(Later, match="the database sleeps"):
            session(server)


def test_a_break_at_sign_in_is_not_a_wrong_password():
    with ImapServer() as server:
        server.faults["AUTHENTICATE"] = ["drop"]
        with pytest.raises(Later, match="broke at the sign-in"):
            session(server)


def test_a_line_break_in_a_password_never_becomes_a_command():
    with ImapServer(before="IMAP4rev1") as server:
        with pytest.raises(BadData, match="line break"):
            session(server, 'x"\r\nA9 LOGOUT')
        assert not any("LOGOUT" in command for command in server.commands if command != "LOGOUT")


def test_the_conversation_has_no_secrets_and_no_letter():
    said = []
    with ImapServer() as server, session(server, log=said.append) as found:
        found.append(named("Drafts"), MESSAGE, [r"\Draft"], NOW)
    text = "\n".join(said)
    assert "AUTHENTICATE PLAIN" in text
    assert f"({len(MESSAGE)} octets of content)" in text
    assert PASSWORD not in text
    assert "hello" not in text


# Folders


LISTED = [
    ([rb"\HasNoChildren"], b"/", b"INBOX"),
    ([rb"\Noselect", rb"\Drafts"], b"/", b"[Gmail]"),
    ([rb"\Drafts"], b"/", b"[Gmail]/Entw&APw-rfe"),
    ([rb"\ALL"], b"/", b"[Gmail]/Alle Nachrichten"),
    ([], b"/", b"Drafts"),
    ([], b"/", b"Sent Messages"),
    ([], b"/", b"Team/Sent"),
    ([], b"/", b"Archive\r\nX LOGOUT"),
]


def test_special_use_comes_before_names():
    folders = read(LISTED)
    assert special(folders, "drafts").name == "[Gmail]/Entwürfe"
    assert special(folders, "drafts").wire == "[Gmail]/Entw&APw-rfe"
    assert special(folders, "all").name == "[Gmail]/Alle Nachrichten"
    assert special(folders, "sent").name == "Sent Messages", "the team's is not ours"
    assert all("\r" not in folder.name for folder in folders)


@pytest.mark.parametrize(
    "name", [b"Drafts", b"Draft", b"INBOX.Drafts", b"Entw&APw-rfe", b"INBOX.Brouillons", b"borradores"]
)
def test_names_where_no_use_is_told(name):
    assert special(read([([], b".", b"INBOX"), ([], b".", name)]), "drafts").wire == name.decode()


def test_no_folder_is_made_up():
    assert special(read([([], b".", b"INBOX"), ([], b".", b"My Drafts of 1999")]), "drafts") is None


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1))
def test_names_survive_the_wire(name):
    assert read([([], b"/", named(name).wire.encode("ascii"))])[0].name == name


@pytest.mark.parametrize("name", ["Drafts\r\nA1 DELETE INBOX", "x\0y", "a\ud800"])
def test_control_characters_in_a_folder_name_are_refused(name):
    with pytest.raises(BadSettings, match="folder name"):
        named(name)


def test_names_are_quoted():
    name = 'Ent"wü\\rfe & co'
    with ImapServer(boxes(**{named(name).wire.replace("\\", "\\\\").replace('"', '\\"'): Box(r"\Drafts")})) as server:
        server.boxes = {named(name).wire: Box()}
        with session(server) as found:
            assert found.append(named(name), MESSAGE, [r"\Draft"], NOW)
        assert server.boxes[named(name).wire].messages[0].content == MESSAGE


def test_special_use_is_asked_for_where_it_is_not_told():
    secret = Box(r"\HasNoChildren")
    secret.hidden = r" \Drafts"
    with ImapServer({"INBOX": Box(), "Klad": secret}) as server, session(server) as found:
        assert found.folder("drafts").name == "Klad"


def test_no_drafts_folder_says_which_there_are():
    folders = {"INBOX": Box(), "Entw&APw-rfe alt": Box()}
    with ImapServer(folders) as server, session(server) as found, pytest.raises(BadSettings) as caught:
        found.folder("drafts")
    assert "INBOX, Entwürfe alt" in caught.value.hint
    assert "MAILER_DRAFTS_FOLDER" in caught.value.hint


def test_the_setting_goes_first():
    with ImapServer() as server, session(server) as found:
        assert found.folder("drafts", "Entwürfe").wire == "Entw&APw-rfe"
        assert not any(command.startswith("LIST") for command in server.commands)


# Messages


def test_append_and_find():
    with ImapServer() as server, session(server) as found:
        folder = found.folder("drafts")
        place = found.append(folder, MESSAGE, [r"\Draft", r"\Seen"], NOW)
        assert place == Place(11, 1)
        assert found.find(folder, ID) == (place,)
        assert found.find(folder, "<other@novak.example>") == ()
        (message,) = server.boxes["Drafts"].messages
    assert message.content == MESSAGE
    assert message.flags == {r"\Draft", r"\Seen"}
    assert any("23-Nov-2026 09:10:00 +0000" in command for command in server.commands)


@each_row(
    ("said", "words"),
    [
        ("NO [OVERQUOTA] Quota exceeded (mailbox for user is full)", "Drafts.*quota"),
        ("NO Mailbox is over quota", "quota"),
        ("NO [TRYCREATE] Mailbox doesn't exist: Drafts", "no folder Drafts"),
        ("NO Mailbox does not exist", "no folder Drafts"),
        ("NO [READ-ONLY] Mailbox is read-only", "read-only"),
        ("NO [NOPERM] Permission denied", "read-only"),
        ("NO [TOOBIG] Message too large", "too large"),
        ("NO I'd rather not", "refuses APPEND: I'd rather not"),
        ("BAD what?", "refuses APPEND: what"),
    ],
)
def test_a_folder_that_refuses_says_so_in_words(said, words):
    with ImapServer() as server:
        server.faults["APPEND"] = [said]
        with session(server) as found, pytest.raises(CannotWrite, match=words) as caught:
            found.append(found.folder("drafts"), MESSAGE, [], NOW)
        assert server.boxes["Drafts"].messages == []
    assert caught.value.hint


@pytest.mark.parametrize("command", ["APPEND", "EXAMINE", "SEARCH"])
def test_the_words_of_a_server_arrive_whole(command, caplog):
    with ImapServer() as server, session(server) as found:
        server.faults[command] = ["NO [OVERQUOTA] Kontingent überschritten – jetzt"]
        with pytest.raises(CannotWrite, match="Kontingent überschritten – jetzt"):
            found.append(named("Drafts"), MESSAGE, [], NOW)
            found.find(named("Drafts"), ID)
    assert caplog.text == ""


def test_the_advice_of_the_library_is_not_quoted():
    with ImapServer() as server, session(server) as found:
        server.faults["SEARCH"] = ["BAD what key is that?"]
        with pytest.raises(CannotWrite) as caught:
            found.find(named("Drafts"), ID)
    assert caught.value.text == "the folder Drafts at 127.0.0.1 refuses SEARCH: what key is that?"


def test_a_folder_that_cannot_be_used_now():
    with ImapServer() as server:
        server.faults["APPEND"] = ["NO [INUSE] somebody else writes"]
        with session(server) as found, pytest.raises(Later, match="somebody else writes"):
            found.append(found.folder("drafts"), MESSAGE, [], NOW)


def test_a_limit_that_is_told_is_asked_first():
    with ImapServer(after="IMAP4rev1 APPENDLIMIT=20") as server, session(server) as found:
        with pytest.raises(CannotWrite, match=r"\d\d octets, 127.0.0.1 takes 20"):
            found.append(found.folder("drafts"), MESSAGE, [], NOW)
        assert not any(command.startswith("APPEND") for command in server.commands)


def test_a_limit_of_too_many_digits_is_none():
    with ImapServer(after="IMAP4rev1 UIDPLUS APPENDLIMIT=" + "9" * 5_000) as server, session(server) as found:
        assert found.append(found.folder("drafts"), MESSAGE, [], NOW) == Place(11, 1)


def test_deletes_only_that_very_message():
    with ImapServer() as server, session(server) as found:
        folder = found.folder("drafts")
        box = server.boxes["Drafts"]
        uid, other = box.add(MESSAGE), box.add(MESSAGE.replace(b"<1@", b"<2@"))
        assert not found.delete(folder, Place(10, uid), ID), "the folder is another one now"
        assert not found.delete(folder, Place(11, other), ID), "that is somebody else's"
        assert found.delete(folder, Place(11, uid), ID)
        assert [message.uid for message in box.messages] == [other]


def test_without_uidplus_nothing_else_is_expunged():
    with ImapServer(after="IMAP4rev1") as server, session(server) as found:
        folder, box = found.folder("drafts"), server.boxes["Drafts"]
        doomed, uid = box.add(b"a\r\n\r\n", [r"\Deleted"]), box.add(MESSAGE)
        assert found.delete(folder, Place(11, uid), ID)
        assert [message.uid for message in box.messages] == [doomed, uid]
        assert r"\Deleted" in box.messages[1].flags


# Once, whatever happens


def account(server):
    return MailboxConnection("jo", lambda: session(server))


@pytest.mark.parametrize("fault", ["drop", "drop-after"])
def test_a_break_at_append_makes_no_double(fault):
    with ImapServer() as server, account(server) as box:
        server.faults["APPEND"] = [fault]
        assert box.put(named("Drafts"), MESSAGE, ID, [], NOW) == Place(11, 1)
        assert len(server.boxes["Drafts"].messages) == 1
        assert server.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        "{tag} OK [APPENDUID 11 " + "9" * 5_000 + "] done",
        "{tag} OK [APPENDUID 99999999999999999999999 1] done",
        "{tag} WAT done",
        "* OK " + "a" * 1_100_000,
        "* LIST {" + "9" * 5_000 + "}",
        "HTTP/1.1 200 OK",
    ],
)
def test_an_answer_to_append_that_cannot_be_read_makes_no_double(answer):
    with ImapServer() as server, account(server) as box:
        server.faults["APPEND"] = [f"after {answer}\r\n"]
        place = box.put(named("Drafts"), MESSAGE, ID, [], NOW)
        assert len(server.boxes["Drafts"].messages) == 1
        assert place in (None, Place(11, 1))


@pytest.mark.parametrize("fault", [{"EXAMINE": ["drop"]}, {"EXAMINE": ["NO no"]}, {"AUTHENTICATE": ["NO no"]}])
def test_a_break_that_cannot_be_looked_after_is_in_doubt(fault):
    with ImapServer() as server, account(server) as box:
        assert box.session
        server.faults = {"APPEND": ["drop-after"]} | fault
        with pytest.raises(Lost, match="it is not known whether") as caught:
            box.put(named("Drafts"), MESSAGE, ID, [], NOW)
    assert caught.value.begun
    assert caught.value.code == 75


def test_a_break_before_the_message_is_no_doubt():
    with ImapServer() as server, account(server) as box:
        server.after = "IMAP4rev1"
        server.faults["APPEND"] = ["raw * BYE going down\r\n"]
        folder = named("Drafts")
        box.session.capabilities = frozenset()
        server.faults["AUTHENTICATE"] = ["NO [UNAVAILABLE] later"]
        box.close()
        with pytest.raises(Later) as caught:
            box.put(folder, MESSAGE, ID, [], NOW)
    assert not getattr(caught.value, "begun", False)


# Settings


def test_settings_without_a_host_or_a_name(tmp_path):
    from mailer.settings.settings import load

    def server(**more):
        return load({"MAILER_CONFIG_DIR": str(tmp_path), "HOME": str(tmp_path)} | more, tmp_path).server()

    with pytest.raises(BadSettings, match="no IMAP server"):
        of_settings(server())
    with pytest.raises(BadSettings, match="user name"):
        of_settings(server(MAILER_IMAP_HOST="imap.acme.example"))
    found = of_settings(server(MAILER_IMAP_HOST="imap.acme.example", MAILER_SMTP_USERNAME="jo", MAILER_AUTH="none"))
    assert (found.port, found.security, found.auth, found.login) == (993, "tls", "password", "jo at imap.acme.example")


def test_the_library_is_imported_when_a_session_is_opened():
    import subprocess

    code = "import sys, mailer.imap.session, mailer.sending.sent_folder, mailer.drafts.imap;"
    code += " print({'imapclient', 'ssl'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def test_a_folder_of_another_name_keeps_its_setting():
    folder = Folder("Drafts", "Drafts", setting="MAILER_DRAFTS_FOLDER").at("Entw&APw-rfe")
    assert (folder.name, folder.setting) == ("Entwürfe", "MAILER_DRAFTS_FOLDER")
