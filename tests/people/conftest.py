"""What all tests of the people share."""

from tests.kit.ledger import new_ledgers_are_copies

__all__ = ["new_ledgers_are_copies"]
