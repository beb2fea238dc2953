"""The examples of the query language mean what the page says."""

from __future__ import annotations

import re

import pytest
from doc_pages import table_rows

from crisiswatch.text.matching import Index, check_query

PAGE = "how-to/write-queries.md"
_CODE = re.compile(r"`` ?(.+?) ?``|`([^`]+)`")


def _texts(cell: str) -> list[str]:
    return [double or single for double, single in _CODE.findall(cell)]


EXAMPLES = [(_texts(row[0])[0], _texts(row[1]), _texts(row[2])) for row in table_rows(PAGE, "query")]
MISTAKES = [(_texts(row[0])[0], _texts(row[1])[0]) for row in table_rows(PAGE, "mistake")]


@pytest.mark.parametrize(("query", "matching", "others"), EXAMPLES, ids=[example[0] for example in EXAMPLES])
def test_an_example_matches_what_the_page_says(query: str, matching: list[str], others: list[str]) -> None:
    found = Index({"query": [query]}).match([*matching, *others])

    assert [text for text, keys in zip(matching, found, strict=False) if not keys] == []
    assert [text for text, keys in zip(others, found[len(matching) :], strict=True) if keys] == []


@pytest.mark.parametrize(("query", "message"), MISTAKES, ids=[mistake[0] for mistake in MISTAKES])
def test_a_mistake_is_answered_as_the_page_says(query: str, message: str) -> None:
    said = check_query(query)

    assert said is not None
    assert message in said


def test_there_are_examples_of_everything() -> None:
    together = " ".join(query for query, _, _ in EXAMPLES)

    assert all(word in together for word in ("AND", "OR", "NOT", "NEAR/", '"', "@", "#", "*", "(", "/help"))
    assert len(MISTAKES) >= 5
