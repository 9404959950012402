"""The person who signs in: what may be asked of them, and what they are told."""

from __future__ import annotations

from typing import Protocol


class Person(Protocol):
    """Who signs in: told something, shown a page (True if a browser opened), asked for an address or a secret."""

    def tell(self, text: str) -> None: ...  # noqa: D102
    def open(self, url: str) -> bool: ...  # noqa: D102
    def ask(self, question: str) -> str: ...  # noqa: D102
    def ask_secret(self, question: str) -> str: ...  # noqa: D102
