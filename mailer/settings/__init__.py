"""Settings: the environment and `.env` files, each value with its origin, and which folders are trusted.

    account_file  The accounts' files in the configuration folder: ``accounts/NAME.env``, and which of them is the …
    env_file      One `.env` file: read whole with the line of each value, written whole or not at all
    layers        Where settings come from: option, environment, and the `.env` files, each laid over the one before
    settings      Environment and `.env` files → one frozen `Settings`, where each value knows where it came from
    signature     The signature: a text, or what a file holds
    table         Every setting once: its name, how it is read, its default, and whether ``./.env`` may set it
    trust         Whether a working folder is trusted: what its ``.env`` says about where letters and secrets go …
    values        One setting: its text, where it came from, and what it may be
"""
