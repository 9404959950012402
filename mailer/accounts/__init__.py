"""Accounts: finding the servers, signing in and out, keeping the secrets, examining each link.

    doctor     Examining each link between the settings and a delivered letter; nothing is sent
    endpoints  Servers as the user names them in options: HOST or HOST:PORT, and the settings that they stand for
    guard      Which host may get which secret: every secret that goes to a server is found here, and nowhere else
    oauth      OAuth 2.0 for SMTP and IMAP
    plan       From an address and what else the user said to the settings of an account, before anything is tried …
    providers  The table of mail providers, what each wants of its users, and finding servers by DNS
    secrets    Secrets
    sign_in    Signing in and out: what is stored and taken away, in an order that leaves nothing half done
"""
