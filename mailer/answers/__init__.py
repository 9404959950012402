"""Tell what a message that came back is, and why: an answer, an absence, a bounce; no disk, no network, no clock.

values    What is known of the user's letters and people, and what is said of a message
"""
