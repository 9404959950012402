"""The table of mail providers, what each wants of its users, and finding servers by DNS.

    advice     What a provider wants of a user who signs in, in words; from the table
    discovery  From an address to its servers: the table of providers, the domain's MX against it, SRV records (RFC …
    dns        What DNS says of a domain's mail: MX and SRV records, each question with a time limit
    table      Which servers a provider has, from the table that comes with the program; nothing here asks the network
"""
