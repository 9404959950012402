"""OAuth 2.0 for SMTP and IMAP: sign in once, use access tokens from then on.

RFC 6749, 7636, 8252, 8414, 8628, 9207.

    access    Sign in once, and give out access tokens from then on
    client    The user's own client id, and the authorization server, as values
    code      Get an authorization code with PKCE (RFC 6749 4.1, 7636)
    device    Sign in with a code that is typed on another machine (RFC 8628)
    flow      Choose how a person signs in: browser, device code, or a pasted address
    issuer    An authorization server: its name and endpoints
    loopback  Receive the redirect on this machine (RFC 8252 7.3)
    metadata  Read what an authorization server says about itself (RFC 8414)
    person    The person who signs in: what they may be asked, and what they are told
    refusals  Put an authorization server's error into words, with a way out (RFC 6749 5.2, 8628 3.5)
    store     Keep refresh tokens and client secrets in the keyring
    tokens    Exchange codes and refresh tokens for access tokens (RFC 6749 4.1.3, 6; 8628 3.4)
    web       Make one HTTPS request to an authorization server, within bounds and without redirects
"""
