"""Six hundred hostile texts, stored and listed by the command line: whatever moves, colours or reorders is gone."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from cli_running import config, fill, run

from crisiswatch.cli.terminal import Exit
from crisiswatch.ports import Store
from tests.rendering.hostile_corpus import CORPUS
from tests.store.store_builders import a_batch, a_mention

BIDI = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029"


def storable(text: str) -> str:
    """Return a text as sources hand it over: surrogates cannot be stored."""
    return text.encode("utf-8", "replace").decode()


async def the_corpus(store: Store) -> None:
    mentions = [
        a_mention(f"{number}", text=storable(text), author_name=storable(text)[:80], title=storable(text)[:200])
        for number, text in enumerate(CORPUS)
    ]
    await store.commit_batch(a_batch(*mentions, brands=("Acme",)))


def test_no_text_of_the_corpus_steers_the_terminal(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, the_corpus)

    found = run("mentions", "--limit", len(CORPUS), "-c", file)

    shown = found.out + found.err
    steering = {c for c in shown if (c != "\n" and unicodedata.category(c) in ("Cc", "Cs")) or c in BIDI}
    assert (found.code, steering) == (Exit.OK, set())
    assert found.out.count("\n") >= len(CORPUS), "every post is shown"
