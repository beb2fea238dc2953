from __future__ import annotations

from pathlib import Path

import pytest
from doc_pages import DOCS, ROOT, anchors, links, pages
from ruamel.yaml import YAML

WRITTEN_ELSEWHERE = {"explanation/benchmarks.md", "explanation/negativity.md"}
"""Pages that come and go with the programs that write them."""


@pytest.mark.parametrize("page", pages())
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    broken = [link for link in links(page) if not _resolves(DOCS / page, link)]

    assert broken == []


def test_the_table_of_contents_names_every_page_once() -> None:
    named = list(_named(YAML(typ="safe", pure=True).load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]))

    assert len(named) == len(set(named))
    assert set(named) - set(pages()) == set()
    assert {page for page in pages() if not page.startswith("adr/")} - set(named) <= WRITTEN_ELSEWHERE


def test_every_page_has_one_title() -> None:
    titles = {page: _titles(DOCS / page) for page in pages()}

    assert {page: count for page, count in titles.items() if count != 1} == {}


def _resolves(page: Path, link: str) -> bool:
    if link.startswith(("http://", "https://", "mailto:")):
        return True
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return target.exists() and (not anchor or anchor in anchors(target))


def _named(entry: object) -> list[str]:
    if isinstance(entry, str):
        return [entry]
    inner = entry.values() if isinstance(entry, dict) else entry
    return [name for one in inner for name in _named(one)]  # type: ignore[attr-defined]  # a list or a dict of YAML


def _titles(page: Path) -> int:
    inside, count = False, 0
    for line in page.read_text("utf-8").splitlines():
        inside ^= line.lstrip().startswith("```")
        count += line.startswith("# ") and not inside
    return count
