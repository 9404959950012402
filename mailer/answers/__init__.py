"""Tell what a message that came back is, and why: an answer, an absence, a bounce; no disk, no network, no clock.

mail      Read a message within bounds: its fields, its parts, every Message-ID in it
parts     Take a message apart, and the mails within it (RFC 2045, 2046)
values    What is known of the user's letters and people, and what is said of a message
"""
