"""The letter to the hiring manager after the no, and the contacts that come after it.

The way of a letter, and the packages in the order in which they may import each other (downward only)::

    errors characters files masking locks                       the ground
    message ─► settings ─► letters ─► render ─► checks          a letter is read, rendered, checked
    transport ─► ledger ─► imap ─► drafts ─► accounts           handed over, recorded, saved; signing in
    people                                                      whom to write to next, when, and why
    sending                                                     what happens, in order, when one sends
    cli                                                         commands: words, questions, exit codes

Each package says in its first lines what it holds.  RFCs are named where they are followed.
"""

__version__ = "0.1.0"
