"""The letter to the hiring manager after the no, and the contacts that come after it.

The way of a letter, and the packages in the order in which they may import each other (downward only)::

    errors characters files masking locks                       the ground
    message ─► settings ─► letters ─► render ─► checks          written, rendered, checked
    transport ─► ledger ─► imap ─► drafts ─► accounts           handed over, remembered, kept
    people                                                      whom to write to, when and why
    sending                                                     the one order of events
    cli                                                         words, prompts, exit codes

Each package says in its first lines what it holds.  RFCs are named where they are followed.
"""

__version__ = "0.1.0"
