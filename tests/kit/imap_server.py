"""A small IMAP server on loopback that keeps folders in memory and fails as it is told.

``faults`` maps a command ("APPEND", "SELECT", …) to what happens: a text such as "NO [OVERQUOTA] full", "drop" (the
connection ends before anything is done), "drop-after" (it is done, but nobody hears of it), "silent" or "drip".  What
comes after "raw " is sent as it stands instead of doing anything, what comes after "after " when it is done; {tag} is
the command's.  Each is a list that is used up, one entry a command; None is no fault.
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import re
import socket
import ssl
import threading
from dataclasses import dataclass, field
from datetime import date, datetime

LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n$")


@dataclass
class Message:
    uid: int
    content: bytes
    flags: set[str]
    day: date | None = None  # on which it arrived


@dataclass
class Box:
    attributes: str = r"\HasNoChildren"
    uidvalidity: int = 1
    messages: list[Message] = field(default_factory=list)
    _uids: itertools.count = field(default_factory=lambda: itertools.count(1))

    @property
    def uidnext(self):
        return max((message.uid for message in self.messages), default=0) + 1

    def add(self, content, flags=(), day=None):
        message = Message(next(self._uids), content, set(flags), day)
        self.messages.append(message)
        return message.uid


def boxes(**special):
    made = {"INBOX": Box(), "Drafts": Box(r"\HasNoChildren \Drafts", 11), "Sent": Box(r"\HasNoChildren \Sent", 12)}
    return made | special


class ImapServer:
    """Use as a context manager; ``port``, ``boxes`` and ``commands`` are for the test."""

    def __init__(
        self, folders=None, *, context=None, tls="", before="IMAP4rev1 AUTH=PLAIN", after=None, greeting="* OK hi"
    ):
        self.boxes = boxes() if folders is None else folders
        self.context = context
        self.tls = tls
        self.before = before + (" STARTTLS" if tls == "starttls" else "")
        self.after = "IMAP4rev1 SPECIAL-USE UIDPLUS LITERAL+" if after is None else after
        self.greeting = greeting
        self.passwords = {"jo@novak.example": "correct horse"}
        self.tokens = {"jo@novak.example": "good-token"}
        self.faults: dict[str, list[str | None]] = {}
        self.wants_id = False
        self.tells_uidnext = True
        self.labels: dict[int, str] = {}
        self.known = False
        self.commands: list[str] = []
        self.sign_ins: list[str] = []
        self.connections = 0
        self.injected = b""
        self.stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []

    def __enter__(self):
        self._start(self._serve)
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._open:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for sock in self._open:
            sock.close()

    def _start(self, target, *args):
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            # One line a packet would wait for the other's acknowledgement.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self._open.append(sock)
            self._start(self._talk, sock)

    def _talk(self, sock):
        with contextlib.suppress(OSError, UnicodeDecodeError, ValueError):
            if self.tls == "tls":
                sock = self._wrapped(sock)
            _Talk(self, sock).run()
        with contextlib.suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _wrapped(self, sock):
        wrapped = self.context.wrap_socket(sock, server_side=True)
        self._open.append(wrapped)
        return wrapped

    def fault(self, command):
        left = self.faults.get(command)
        return left.pop(0) if left else None


def bounds(written):
    """The ends of a part of a sequence set."""
    low, _, high = written.partition(":")
    return low, high or low


def header_fields(content, names):
    """What HEADER.FIELDS gives: those header lines, with their folds, and a blank line."""
    block = re.split(rb"\r?\n\r?\n", content, maxsplit=1)[0] + b"\r\n"
    found = re.findall(rb"^([!-9;-~]+):((?:.*\r?\n)(?:[ \t].*\r?\n)*)", block, re.MULTILINE)
    return b"".join(name + b":" + value for name, value in found if name.decode().lower() in names) + b"\r\n"


class _DropError(ConnectionError):
    pass


class _Talk:
    def __init__(self, server, sock):
        self.server = server
        self.sock = sock
        self.file = sock.makefile("rb")
        self.user = None
        self.box = None
        self.readonly = False
        self.secure = server.tls == "tls"

    def say(self, text):
        self.sock.sendall((text if isinstance(text, bytes) else text.encode()) + b"\r\n")

    def run(self):
        self.say(self.server.greeting)
        try:
            while command := self.read():
                if self.one(*command) == "end":
                    return
        except _DropError:
            return
        finally:
            self.file.close()

    def read(self):
        line = self.file.readline()
        if not line:
            return None
        parts = [line]
        while found := LITERAL.search(parts[-1]):
            if not found[2]:
                self.say("+ go on")
            parts.append(self.file.read(int(found[1])))
            parts.append(self.file.readline())
        tag, name, *rest = line.strip().decode().split(" ", 2)
        name = name.upper()
        self.server.commands.append(b"".join(parts[:1]).strip().decode().partition(" ")[2])
        return tag, name, rest[0] if rest else "", parts

    def one(self, tag, name, rest, parts):
        if name == "UID":
            name, _, rest = rest.partition(" ")
            name = name.upper()
        fault = self.server.fault(name)
        if fault == "drop":
            raise _DropError
        if fault == "silent":
            self.server.stopping.wait(5)
            raise _DropError
        if fault == "drip":
            for _ in range(50):
                self.sock.sendall(b"*")
                self.server.stopping.wait(0.1)
            raise _DropError
        if fault and fault.startswith("raw "):
            self.sock.sendall(fault[4:].replace("{tag}", tag).encode())
            return None
        if fault and fault != "drop-after" and not fault.startswith("after "):
            self.say(f"{tag} {fault}")
            return None
        answer = getattr(self, f"do_{name.lower()}", self.unknown)(tag, rest, parts)
        if fault == "drop-after":
            raise _DropError
        if fault:
            self.sock.sendall(fault[6:].replace("{tag}", tag).encode())
            return None
        for line in [answer] if isinstance(answer, str) else answer or []:
            self.say(line)
        return "end" if name == "LOGOUT" else None

    def unknown(self, tag, rest, parts):
        return f"{tag} BAD what is that?"

    def do_capability(self, tag, rest, parts):
        plain = self.server.tls == "starttls" and not self.secure
        mine = self.server.after if self.user else self.server.before
        if plain:
            mine = f"IMAP4rev1 LOGINDISABLED{' STARTTLS' if 'STARTTLS' in mine else ''}"
        return [f"* CAPABILITY {mine}", f"{tag} OK done"]

    def do_id(self, tag, rest, parts):
        self.server.known = '"name"' in rest
        return ['* ID ("name" "coremail" "note" ")")', f"{tag} OK ID completed"]

    def do_noop(self, tag, rest, parts):
        return f"{tag} OK done"

    def do_logout(self, tag, rest, parts):
        return ["* BYE bye", f"{tag} OK done"]

    def do_starttls(self, tag, rest, parts):
        self.sock.sendall(f"{tag} OK go\r\n".encode() + self.server.injected)
        self.file.close()
        try:
            self.sock = self.server._wrapped(self.sock)
        except (OSError, ssl.SSLError):
            raise _DropError from None
        self.file = self.sock.makefile("rb")
        self.secure = True

    def do_login(self, tag, rest, parts):
        if len(parts) > 1:
            user, password = re.match(r'"(.*)" \{', rest)[1], parts[1].decode()
            return self.signed_in(tag, user, password, "LOGIN")
        user, password = re.match(r'"(.*)" "(.*)"$', rest).groups()
        return self.signed_in(tag, user, password.replace('\\"', '"').replace("\\\\", "\\"), "LOGIN")

    def signed_in(self, tag, user, password, how):
        self.server.sign_ins.append(how)
        if self.server.passwords.get(user) != password:
            return f"{tag} NO [AUTHENTICATIONFAILED] wrong password {password}"
        self.user = user
        return f"{tag} OK in"

    def do_authenticate(self, tag, rest, parts):
        self.say("+ ")
        words = base64.b64decode(self.file.readline())
        if rest == "PLAIN":
            _, user, password = words.decode().split("\0")
            return self.signed_in(tag, user, password, "PLAIN")
        self.server.sign_ins.append(rest)
        user = re.search(r"(?:user=|n,a=)([^\x01,]*)", words.decode())[1].replace("=40", "@")
        token = re.search(r"auth=Bearer ([^\x01]*)\x01\x01$", words.decode())[1]
        if self.server.tokens.get(user) == token:
            self.user = user
            return f"{tag} OK in"
        self.say("+ " + base64.b64encode(b'{"status":"401"}').decode())
        last = base64.b64decode(self.file.readline())
        assert last == (b"" if rest == "XOAUTH2" else b"\x01"), last
        return f"{tag} NO [AUTHENTICATIONFAILED] token {token} has run out"

    def do_list(self, tag, rest, parts):
        asked = rest.startswith("(SPECIAL-USE)")
        lines = []
        for name, box in self.server.boxes.items():
            if asked and not re.search(r"\\(Drafts|Sent|All|Junk|Trash)", box.attributes + getattr(box, "hidden", "")):
                continue
            attributes = box.attributes + (getattr(box, "hidden", "") if asked else "")
            lines.append(f'* LIST ({attributes}) "/" "{name}"')
        return [*lines, f"{tag} OK done"]

    def named(self, rest):
        return re.match(r'"((?:[^"\\]|\\.)*)"', rest)[1].replace('\\"', '"').replace("\\\\", "\\")

    def do_select(self, tag, rest, parts, mode="READ-WRITE"):
        name = self.named(rest)
        if self.server.wants_id and not self.server.known:
            return f"{tag} NO {mode} Unsafe Login. Please contact kefu@acme.example for help"
        if name not in self.server.boxes:
            return f"{tag} NO [NONEXISTENT] no such folder"
        self.box = self.server.boxes[name]
        return [
            f"* {len(self.box.messages)} EXISTS",
            f"* OK [UIDVALIDITY {self.box.uidvalidity}] valid",
            *([f"* OK [UIDNEXT {self.box.uidnext}] next"] if self.server.tells_uidnext else []),
            f"{tag} OK [{mode}] selected",
        ]

    def do_examine(self, tag, rest, parts):
        return self.do_select(tag, rest, parts, "READ-ONLY")

    def do_search(self, tag, rest, parts):
        found = self.box.messages
        if numbers := re.match(r"(\d+):(\d+) ", rest):
            found = found[int(numbers[1]) - 1 : int(numbers[2])]
        if above := re.search(r"\bUID (\d+):\*", rest):
            last = max((message.uid for message in self.box.messages), default=0)
            found = [message for message in found if message.uid >= min(int(above[1]), last)]
        elif since := re.search(r"\bSINCE (\S+)", rest):
            day = datetime.strptime(since[1], "%d-%b-%Y").date()
            found = [message for message in found if message.day is None or message.day >= day]
        elif uid := re.search(r"\bUID (\d+)", rest):
            found = [message for message in found if message.uid == int(uid[1])]
        if size := re.search(r"NOT LARGER (\d+) NOT SMALLER (\d+)", rest):
            found = [message for message in found if int(size[2]) <= len(message.content) <= int(size[1])]
        if re.search(r"\bDELETED\b", rest):
            found = [message for message in found if r"\Deleted" in message.flags]
        if wanted := re.search(r'HEADER Message-ID "?([^" ]+)"?', rest):
            found = [
                message for message in found if f"message-id: {wanted[1]}".lower().encode() in message.content.lower()
            ]
        return ["* SEARCH" + "".join(f" {message.uid}" for message in found), f"{tag} OK done"]

    def do_fetch(self, tag, rest, parts):
        uids, _, wanted = rest.partition(" ")
        lines = []
        for number, message in enumerate(self.box.messages, 1):
            if not any(int(low) <= message.uid <= int(high) for low, high in map(bounds, uids.split(","))):
                continue
            section, at, size = re.search(r"BODY\.PEEK(\[.*\])<(\d+)\.(\d+)>", wanted).groups()
            content = message.content
            if names := re.match(r"\[HEADER\.FIELDS \((.*)\)\]", section):
                content = header_fields(content, names[1].lower().split())
            content = content[int(at) : int(at) + int(size)]
            about = f"UID {message.uid}"
            about += f" FLAGS ({' '.join(sorted(message.flags))})" if "FLAGS" in wanted else ""
            about += f" X-GM-LABELS ({self.server.labels.get(message.uid, '')})" if "X-GM-LABELS" in wanted else ""
            head = f"* {number} FETCH ({about} BODY{section}<{at}> {{{len(content)}}}\r\n"
            lines.append(head.encode() + content + b")")
        return [*lines, f"{tag} OK done"]

    def do_append(self, tag, rest, parts):
        name, content = self.named(rest), parts[1]
        if name not in self.server.boxes:
            return f"{tag} NO [TRYCREATE] no such folder"
        flags = re.search(r"\(([^)]*)\)", rest[len(name) + 2 :])
        box = self.server.boxes[name]
        uid = box.add(content, flags[1].split() if flags else ())
        code = f"[APPENDUID {box.uidvalidity} {uid}] " if "UIDPLUS" in self.server.after else ""
        return f"{tag} OK {code}done"

    def do_store(self, tag, rest, parts):
        uid, _, flags = rest.partition(" ")
        for message in self.box.messages:
            if message.uid == int(uid):
                message.flags |= set(re.search(r"\(([^)]*)\)", flags)[1].split())
        return f"{tag} OK done"

    def do_expunge(self, tag, rest, parts):
        only = int(rest) if rest else None
        gone = [m for m in self.box.messages if r"\Deleted" in m.flags and only in (None, m.uid)]
        self.box.messages = [message for message in self.box.messages if message not in gone]
        return f"{tag} OK done"
