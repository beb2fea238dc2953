"""The import format: its reader, and the two sources that speak it (`replay` from a file, `webhook` over HTTP)."""

from crisiswatch.sources.importing.lines import Format, Item, Skipped, bounded_lines, read_lines

__all__ = ["Format", "Item", "Skipped", "bounded_lines", "read_lines"]
