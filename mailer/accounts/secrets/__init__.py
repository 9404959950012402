"""Secrets: the keyring, password commands, and which entries an account has.

command    Run a password or token command, without a shell; its first line is the secret
entries    Store and remove the secrets of an account: all of them or none
keyring    Find a secret: environment, command, keyring, prompt; store it in the keyring
odd_signs  Name characters that look like others or like nothing, which pasting brings along
"""
