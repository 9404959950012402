"""The letter to the hiring manager after the no, and the contacts that come after it.

The packages, listed so that each imports only those before it::

    tuples, errors, signals, characters, files, masking, locks  modules that all others use
    message, settings, letters, render, checks                  a letter is read, rendered, checked
    transport, ledger, imap, drafts, accounts                   handed over, recorded, saved; signing in
    answers, people, syncing                                    what came back; whom to write to next, when, and why
    pages                                                       letters, people and their year in the browser
    sending                                                     what happens when you send, in order
    fleet                                                       the same from many machines, for many people
    assistants                                                  what an assistant may do, over a protocol of its own
    cli                                                         commands: words, questions, exit codes

Each package lists its modules in its docstring.  RFCs are named where they are followed.

For programs: ``from mailer import Letter, Settings, preview, check, draft, send`` (docs/python.md).
"""

__version__ = "0.1.0"
__all__ = ["Letter", "Settings", "check", "draft", "preview", "send"]

# Not typing.TYPE_CHECKING: `mailer --version` imports nothing.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from mailer.sending.api import Letter, Settings, check, draft, preview, send


def __getattr__(name: str) -> object:
    """Import the public names where they are first asked for (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mailer.sending import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
