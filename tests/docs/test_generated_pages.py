from __future__ import annotations

import pytest
from doc_pages import DOCS, anchors, table_rows, text_of

from crisiswatch.channels import CATALOGUE as CHANNELS
from crisiswatch.settings.document import Document
from crisiswatch.sources import CATALOGUE as SOURCES
from docs.generate import pages
from docs.generating.markdown import table
from docs.generating.schema_tables import type_of

PAGES = pages()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_generated_page_is_up_to_date(name: str) -> None:
    written = (DOCS / "reference" / name).read_text("utf-8")

    assert written == PAGES[name], "run `python -m docs.generate`"


def test_every_key_of_the_file_is_explained() -> None:
    told = {cells[0].strip("`") for cells in table_rows("reference/config.md", "key")}

    assert set(Document.model_fields) <= told


@pytest.mark.parametrize(("page", "catalogue"), [("sources", SOURCES), ("channels", CHANNELS)])
def test_every_kind_has_a_section(page: str, catalogue: object) -> None:
    headings = anchors(DOCS / "reference" / f"{page}.md")

    assert {kind.name for kind in catalogue} <= headings  # type: ignore[attr-defined]  # a Catalogue of either family


def test_no_meaning_is_missing() -> None:
    for page in ("config", "sources", "channels"):
        silent = [cells[0] for cells in table_rows(f"reference/{page}.md", "key") if cells[3] == "–"]

        assert silent == [], f"{page}: these keys have no description"


def test_a_duration_is_written_as_the_file_writes_it() -> None:
    for page in ("config", "sources", "channels"):
        assert "`PT" not in text_of(f"reference/{page}.md")


def test_a_cell_cannot_break_its_table() -> None:
    assert table(["a"], [["x | y\nz"]]).splitlines()[-1] == "| x \\| y z |"


def test_a_nested_model_links_to_its_section() -> None:
    assert type_of({"$ref": "#/$defs/Server"}, {"Server": "server#server"}) == "[server](#server)"
