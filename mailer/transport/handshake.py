"""The way into a session: greeting, TLS, EHLO and sign-in, one command and one reply at a time.

RFC 5321, 3207, 4954, 8314.  Nothing is believed, and no secret is sent, before the line is verified.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, NoReturn

from mailer.errors import BadSettings, Later, MailerError, NotTrusted, Refused
from mailer.transport.connection import WrongName, connect, tell_names
from mailer.transport.replies import BadReply, ReplyReader
from mailer.transport.transcript import Transcript
from mailer.transport.values import Capabilities, read_capabilities

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from mailer.settings.server import Server
    from mailer.transport.connection import Connection
    from mailer.transport.replies import Reply
    from mailer.transport.sasl import Say
    from mailer.transport.values import SmtpServer

_NOTHING = memoryview(b"")
_NO_CAPABILITIES = Capabilities()


class Opening:
    """A connection on its way to a session; ``open`` goes it, the attributes say what was seen.

    ``round_trip``: the fewest seconds from a command to its reply.

    Every method raises Later (75), Refused (69), NotTrusted (77) or BadSettings (78).
    """

    def __init__(self, server: Server | SmtpServer, host: str, line: Connection, transcript: Transcript) -> None:
        self.greeting = ""
        self.mechanism = ""
        self.capabilities = _NO_CAPABILITIES
        self.round_trip = math.inf
        self.reader = ReplyReader(transcript.received if transcript.wanted else None)
        self.host = host
        self._server = server
        self._line = line
        self._transcript = transcript

    def open(
        self, context: ssl.SSLContext | None, secret: str | Callable[[], str], on_step: Callable[[str], object]
    ) -> None:
        """Greeting, TLS, EHLO and sign-in, in the order that ``security`` asks for."""
        self._mind(self._server.security, context)
        try:
            self._secure(context)
        except WrongName as error:
            tell_names(error, self._server.ca_file, self._once_more)
            raise
        if context:
            on_step("tls")
        self._hello()
        on_step("ehlo")
        if self._server.auth != "none":
            self._sign_in(secret)
            on_step("auth")

    def _secure(self, context: ssl.SSLContext | None) -> None:
        """The greeting, and TLS before or behind it."""
        if self._server.security == "tls" and context:
            self._shake(context)
        self._greet()
        if self._server.security == "starttls" and context:
            self._hello()
            self._ask_for_tls()
            self._shake(context)

    def _once_more(self, context: ssl.SSLContext) -> Connection:
        server = self._server
        line = connect(self.host, server.port, server.connect_timeout)
        try:
            Opening(server, self.host, line, Transcript(None))._secure(context)
        except BaseException:
            line.close()
            raise
        return line

    def _mind(self, security: str, context: ssl.SSLContext | None) -> None:
        if security not in ("tls", "starttls", "none") or (context is None) != (security == "none"):
            raise BadSettings(f"MAILER_SMTP_SECURITY is {security!r}", hint="it is tls, starttls or none")
        if security == "none" and not self._line.on_loopback:
            raise BadSettings(
                f"{self.host} is {self._line.peer}, not this machine: MAILER_SMTP_SECURITY=none is for loopback only; "
                "nothing was sent",
                hint="set MAILER_SMTP_SECURITY=tls (port 465) or starttls (port 587)",
            )

    def _shake(self, context: ssl.SSLContext) -> None:
        try:
            self._line.start_tls(
                self.host, context, time.monotonic() + self._server.connect_timeout, self._server.ca_file
            )
        except TimeoutError as error:
            hint = "ports 587 and 25 want MAILER_SMTP_SECURITY=starttls" if self._server.security == "tls" else ""
            seconds = self._server.connect_timeout
            raise Later(f"no TLS with {self.host}: no answer within {seconds:g} s", hint=hint) from error
        except OSError as error:
            raise self._broken("the TLS handshake", error) from error
        self._transcript.note(f"TLS with {self.host}")

    def _greet(self) -> None:
        reply = self._reply("the greeting")
        if reply.code != 220:
            raise self._refusal(reply, "does not greet", "connect")
        self.greeting = reply.text

    def _hello(self) -> None:
        """EHLO with the address of the socket: the name of this computer is nobody's business.  Never HELO."""
        own = self._line.own.partition("%")[0]
        reply = self.ask(f"EHLO [{'IPv6:' if ':' in own else ''}{own}]", "EHLO")
        if reply.code != 250:
            raise self._refusal(reply, "refuses EHLO", "ehlo")
        self.capabilities = read_capabilities(reply)

    def _ask_for_tls(self) -> None:
        if "STARTTLS" not in self.capabilities:
            raise Refused(
                f"{self.host} does not offer STARTTLS; nothing was sent",
                hint="somebody on the way may have taken it out; try MAILER_SMTP_SECURITY=tls with port 465",
            )
        reply = self.ask("STARTTLS", "STARTTLS")
        if reply.code != 220:
            raise self._refusal(reply, "refuses STARTTLS", "starttls")
        # Nobody may speak between this reply and the handshake: what came was put there by somebody else.
        self.reader.clear()
        self._line.discard()

    def _sign_in(self, secret: str | Callable[[], str]) -> None:
        from mailer.transport import sasl

        server = self._server
        if not server.username:
            raise BadSettings("sign-in needs a user name", hint="set MAILER_SMTP_USERNAME, or MAILER_AUTH=none")
        offered = self.capabilities.mechanisms
        self.mechanism = sasl.choose(server.auth, offered, self.host)
        word = secret if isinstance(secret, str) else secret()
        try:
            self._sign_in_by(self.mechanism, word)
        except sasl.NotKnown as error:
            known = sasl.other(server.auth, offered, self.mechanism)
            if not known:
                raise self._not_known(error.reply) from None
            self.mechanism = known
            self._sign_in_by_the_last(known, word)

    def _sign_in_by_the_last(self, mechanism: str, word: str) -> None:
        from mailer.transport import sasl

        try:
            self._sign_in_by(mechanism, word)
        except sasl.NotKnown as error:
            raise self._not_known(error.reply) from None

    def _not_known(self, reply: Reply) -> NotTrusted:
        text, hint = self._sign_in_refused(reply)
        return NotTrusted(text, hint=hint)

    def _sign_in_by(self, mechanism: str, word: str) -> None:
        from mailer.transport import sasl

        server = self._server
        strings = sasl.responses(mechanism, sasl.Login(server.username, word, self.host, server.port))
        # What LOGIN sends first is the user name, which is no secret.
        self._transcript.hide(word, sasl.base64(word.encode()), *strings[mechanism == "LOGIN" :])
        self.reader.mask = self._transcript.mask
        dialogue = sasl.sign_in(mechanism, strings, self._sign_in_refused)
        try:
            said = next(dialogue)
            while True:
                said = dialogue.send(self._ask_secretly(said))
        except StopIteration:
            return

    def _sign_in_refused(self, reply: Reply) -> tuple[str, str]:
        from mailer.transport import sasl

        error = self._refusal(reply, f"refuses the sign-in of {self._server.username}", "auth")
        offered = ", ".join(sorted(self.capabilities.mechanisms))
        unknown = f"; {self.mechanism} was tried, it offers {offered}" if reply.code == sasl.UNKNOWN else ""
        return f"{error.text}{unknown}", error.hint

    def _refusal(self, reply: Reply, what: str, phase: str) -> MailerError:
        from mailer.transport.explain import explain

        tried = "token" if self._server.auth == "oauth2" else "password"
        meaning, advice = explain(reply, self.host, phase, tried if phase == "auth" else "")
        kind = Refused if reply.permanent else Later
        return kind(f"{self.host} {what}: {reply.line} ({meaning})", hint=advice)

    # Command and reply, one at a time

    def ask(self, command: str, phase: str) -> Reply:
        """One command and its reply.  Raises Later (75)."""
        line, began = command.encode() + b"\r\n", time.monotonic()
        self._write(line, phase)
        self._transcript.sent(line)
        reply = self._reply(phase)
        self.round_trip = min(self.round_trip, time.monotonic() - began)
        return reply

    def _ask_secretly(self, said: Say) -> Reply:
        self._write(said.line + b"\r\n", "AUTH")
        if said.secret:
            self._transcript.sent_secret(said.shown)
        else:
            self._transcript.sent(said.line)
        return self._reply("AUTH")

    def _write(self, data: bytes, phase: str) -> None:
        if self.reader.pending:
            raise Later(f"{self.host} speaks out of turn, before {phase}", hint="the server is at fault; try later")
        rest, deadline = memoryview(data), time.monotonic() + self._server.reply_timeout
        try:
            while rest:
                sent, received = self._line.exchange(rest, deadline)
                rest = rest[sent:]
                if received is not None:
                    self.reader.feed(received or self._closed(phase))
        except OSError as error:
            raise self._broken(phase, error) from error

    def _reply(self, phase: str) -> Reply:
        deadline = time.monotonic() + self._server.reply_timeout
        try:
            reply = self.reader.next_reply()
            while reply is None:
                _, received = self._line.exchange(_NOTHING, deadline)
                reply = self.reader.next_reply(received or self._closed(phase))
        except OSError as error:
            raise self._broken(phase, error) from error
        except BadReply as error:
            raise Later(
                f"{self.host} gave no SMTP reply to {phase}: {error}",
                hint="are MAILER_SMTP_HOST, MAILER_SMTP_PORT and MAILER_SMTP_SECURITY right?",
            ) from error
        return reply

    def _closed(self, phase: str) -> NoReturn:
        raise Later(f"{self.host} closed the connection at {phase}", hint="try again later")

    def _broken(self, phase: str, error: OSError) -> Later:
        if isinstance(error, TimeoutError):
            hint = "port 465 wants MAILER_SMTP_SECURITY=tls" if phase == "the greeting" else "try again later"
            return Later(f"{self.host} did not answer {phase} within {self._server.reply_timeout:g} s", hint=hint)
        return Later(f"the connection to {self.host} broke at {phase}: {reason(error)}", hint="try again later")


def reason(error: OSError) -> str:
    """What the system says about a connection that broke."""
    return error.strerror or str(error) or type(error).__name__
