"""A signed-in conversation with an IMAP server: one question at a time, each with a deadline, faults in words."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

from mailer.errors import Later, MailerError, Refused
from mailer.imap import errors
from mailer.imap.errors import Lost
from mailer.imap.server import left

if TYPE_CHECKING:
    from mailer.imap.client import Client, Line
    from mailer.imap.folders import Folder
    from mailer.imap.server import ImapServer
    from mailer.transport.connection import TlsInfo
    from mailer.transport.transcript import Transcript

_GOODBYE_SECONDS = 2.0


class Conversation:
    """One signed-in connection.  ``capabilities`` are those after sign-in, in upper case; ``usable`` until it breaks.

    Every method raises Later (75; ``Lost`` if the connection broke), CannotWrite (73) where a folder refuses.
    """

    def __init__(
        self,
        server: ImapServer,
        transcript: Transcript,
        tls: TlsInfo | None,
        sock: Any,  # noqa: ANN401 - a socket, whose module has its home elsewhere
        greeting: bytes,
    ) -> None:
        self.host = server.host
        self.login = server.login
        self.tls = tls
        self.mechanism = ""
        self.capabilities: frozenset[str] = frozenset()
        self.usable = True
        self.until = server.until
        self._server = server
        self._transcript = transcript
        self._line, self._client = self._greeted(sock, greeting)

    def _greeted(self, sock: Any, greeting: bytes) -> tuple[Line, Client]:  # noqa: ANN401
        from mailer.imap.client import Client, Line, cut_after

        seconds = self._server.left(self._server.reply_timeout)
        with self._understood("the greeting", None, seconds), cut_after(sock, seconds):
            line = Line(sock, self.host, self._server.port, self._transcript, greeting)
            return line, Client(line)

    def sign_in(self, secret: str) -> None:
        """Sign in, ask what the server can do now, say who asks.  Raises NotTrusted (77), Refused (69), Later (75)."""
        from mailer.imap.sign_in import sign_in

        if self._line.state != "NONAUTH":
            raise Refused(f"{self.host} (IMAP) takes everybody without sign-in (PREAUTH)", hint="Nothing was sent.")
        with self.turn("the sign-in"):
            self.mechanism = sign_in(self._client, self._line, self._server, secret, self._transcript)
            self.capabilities = self._client.ask_capabilities()
            if "ID" in self.capabilities:
                self._line.introduce()

    # One question, one answer

    @contextlib.contextmanager
    def turn(self, what: str, folder: Folder | None = None, more: float = 0.0) -> Iterator[None]:
        """One question about ``folder``, within the time-out and ``more`` seconds; ``what`` is its name in errors.

        ``until`` is when all must be done.
        """
        seconds = left(self._server.reply_timeout + more, self.until)
        with self._understood(what, folder, seconds), self._line.within(seconds):
            yield

    @contextlib.contextmanager
    def _understood(self, what: str, folder: Folder | None = None, seconds: float = 0.0) -> Iterator[None]:
        """The library's exceptions in our words."""
        import imaplib

        try:
            yield
        except MailerError:
            raise
        except imaplib.IMAP4.readonly as error:
            answer = errors.Said("READ-ONLY", "")
            raise self._refusal_error(what, folder, answer) from error
        except (imaplib.IMAP4.abort, OSError) as error:
            self.usable = False
            raise self._lost_error(what, error, seconds) from None
        except errors.SaidNo as error:
            raise self._refusal_error(what, folder, errors.said(error, self._transcript.mask)) from None
        except (imaplib.IMAP4.error, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            self.usable = False
            raise errors.senseless_error(self.host, what, error) from None
        except BaseException:
            self.usable = False
            raise

    def _refusal_error(self, what: str, folder: Folder | None, answer: errors.Said) -> MailerError:
        if folder is None:
            text = f"{self.host} (IMAP) refuses {what}: {answer.words or answer.code}"
            return Later(text, hint="Is it an IMAP server? Try again later.")
        return errors.refusal_error(self.host, what, folder.name, answer, folder.setting or "MAILER_SENT_FOLDER")

    def _lost_error(self, what: str, error: BaseException, seconds: float) -> Lost:
        if isinstance(error, TimeoutError):
            reason = errors.too_late(seconds)
        else:
            reason = errors.said(error, self._transcript.mask).words
            reason = getattr(error, "strerror", None) or reason
        return errors.lost_error(self.host, what, "the server closed it" if reason.endswith("EOF") else reason)

    # The way out

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """LOGOUT if the server would understand it; whatever comes of that changes nothing."""
        with contextlib.suppress(Exception):
            if self.usable:
                with self._line.within(min(_GOODBYE_SECONDS, self._server.reply_timeout)):
                    self._client.logout()
        self.cut()

    def cut(self) -> None:
        """Ends the connection without a word."""
        self.usable = False
        with contextlib.suppress(Exception):
            self._client.shutdown()
