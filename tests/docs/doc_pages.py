"""Reads the pages of the documentation: fenced blocks with the note before them, links, headings.

A comment in front of a block says what it is: `<!-- file: NAME -->` (the file of that name, for later blocks of the
page) or `<!-- run -->` (its commands are run, and print what the block shows).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_FENCE = re.compile(
    r"(?:^<!-- (?P<note>[^>]*?) -->\n)?^(?P<indent> *)```(?P<language>[\w-]*)\n(?P<body>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; `note` is the comment before it."""

    page: str
    number: int
    language: str
    note: str
    body: str

    @property
    def file(self) -> str:
        """Return the name of the file that the block is, empty if it is none."""
        return self.note.removeprefix("file: ") if self.note.startswith("file: ") else ""

    def __str__(self) -> str:
        return f"{self.page}#{self.number}"


def pages() -> list[str]:
    """Return the pages, relative to the folder of the documentation."""
    return sorted(str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md"))


def text_of(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


def blocks(page: str) -> list[Block]:
    found = enumerate(_FENCE.finditer(text_of(page)), 1)
    return [Block(page, n, m["language"], m["note"] or "", _dedented(m["body"], m["indent"])) for n, m in found]


def all_blocks(*languages: str) -> list[Block]:
    return [block for page in pages() for block in blocks(page) if block.language in languages]


def prose(page: str) -> str:
    """Return a page without its blocks."""
    return _FENCE.sub("", text_of(page))


def links(page: str) -> list[str]:
    return _LINK.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """Return the anchors that a page's headings have."""
    return {_anchor(heading) for heading in _HEADING.findall(_FENCE.sub("", page.read_text("utf-8")))}


def table_rows(page: str, first_header: str) -> Iterator[list[str]]:
    """Yield the cells of every row under a header that begins with that word."""
    is_inside = False
    for line in prose(page).splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if not line.startswith("|"):
            is_inside = False
        elif cells[0] == first_header:
            is_inside = True
        elif is_inside and not set(line) <= set("|-: "):
            yield cells


def _anchor(heading: str) -> str:
    plain = re.sub(r"[`*]", "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def _dedented(body: str, indent: str) -> str:
    return "".join(line.removeprefix(indent) for line in body.splitlines(keepends=True))
