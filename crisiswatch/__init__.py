"""Watches what is said about a brand and tells the right people when something is going wrong."""

__version__ = "0.1.0"
