"""Accounts: find the servers, sign in and out, keep the secrets, test the connection.

doctor     Test each step from the settings to the mailbox
guard      Decide which host may get which secret; every secret that goes to a server is found here
oauth      Sign in with OAuth 2.0
plan       Work out an account's settings from an address and options, before anything is tried
providers  Know the mail providers and find the servers of an address
secrets    Find and keep secrets
sign_in    Sign in and out: what is stored and removed, in an order that leaves nothing half done
endpoints  Servers as the user names them in options
"""
