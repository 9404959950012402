"""Jinja in a sandbox: values never become markup, and no template eats time or memory.

engine       Parse, rewrite, compile and run one source, within bounds
environment  The sandbox: how values are printed, joined and filtered
limits       Count what a rendering takes of time and memory, and stop it
rewriter     Change what Jinja parsed, so that printing a value leaves a mark
sandbox      Render a source and its values to text with marks
simple       Render templates that only print names and ask simple conditions, without importing Jinja
"""
