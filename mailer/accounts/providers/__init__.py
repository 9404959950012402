"""The table of mail providers, what each wants of its users, and finding servers by DNS.

advice     Say what a provider wants of a user who signs in
discovery  Find the servers of an address: the table, then MX and SRV records (RFC 6186, 8314)
dns        Ask DNS for MX and SRV records, each question with a time limit
table      Look a provider up in providers.toml; asks no network
"""
