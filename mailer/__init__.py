"""The letter to the hiring manager after the no."""

__version__ = "0.1.0"
