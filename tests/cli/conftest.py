"""What all tests of commands share."""

from tests.kit.ledger import new_ledgers_are_copies

__all__ = ["new_ledgers_are_copies"]
