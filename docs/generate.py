"""Writes the reference pages that are made from the code: `python -m docs.generate`."""

from __future__ import annotations

import sys
from pathlib import Path

from docs.generating import cli_page, config_page, kind_pages, playbooks_page

FOLDER = Path(__file__).parent / "reference"


def pages() -> dict[str, str]:
    """Return every generated page by its file name."""
    return {
        "config.md": config_page.write(),
        "cli.md": cli_page.write(),
        "sources.md": kind_pages.write_sources(),
        "channels.md": kind_pages.write_channels(),
        "playbooks.md": playbooks_page.write(),
    }


def main() -> None:
    """Write the pages that changed, and name them on stderr."""
    for name, text in pages().items():
        file = FOLDER / name
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            sys.stderr.write(f"wrote {file}\n")


if __name__ == "__main__":
    main()
