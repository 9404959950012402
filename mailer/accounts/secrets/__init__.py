"""Secrets: the keyring, password commands, and which entries an account has.

    command    A user's password or token command: run without a shell, its first line is the secret
    entries    The secrets of accounts in the keyring: several stored or none, and taken out so that they can be put …
    keyring    Where a secret is found and kept: environment, command, OS keyring, a prompt
    odd_signs  Signs that look like another, or like nothing, and that pasting brings along; named, for people
"""
