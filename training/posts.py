"""Writes the project's own posts from its grammars: `python -m training.posts`.

A grammar is a text file: `[name]` begins a list of alternatives (one line, parted by `|`) or, for the three labels, of
sentences, one a line. In a sentence `{name}` is one of a list and `(a|b)` one of the two.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent
LABELS = ("negative", "neutral", "positive")
POSTS = {"ar": 120, "en": 260}
"""Posts per label, where they are not PER_LABEL."""

PER_LABEL = 400
_CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")
_SLOT = re.compile(r"\{([a-z]+)\}")

Grammar = Mapping[str, Sequence[str]]


def main() -> None:
    """Write one file of posts for each grammar."""
    for path in sorted((HERE / "grammars").glob("*.txt")):
        grammar = read_grammar(path.read_text("utf-8"))
        posts = write_posts(grammar, POSTS.get(path.stem, PER_LABEL), random.Random(path.stem))
        lines = "".join(f"{label}\t{post}\n" for label, post in posts)
        (HERE / "posts" / f"{path.stem}.tsv").write_text(lines, "utf-8")
        sys.stdout.write(f"{path.stem}: {len(posts)} posts\n")


def read_grammar(text: str) -> Grammar:
    """Return the lists and the sentences of a grammar by name."""
    grammar: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith("[") and line.endswith("]"):
            name = line[1:-1]
        elif line:
            grammar.setdefault(name, []).extend([line] if name in LABELS else line.split("|"))
    return grammar


def write_posts(grammar: Grammar, per_label: int, rng: random.Random) -> list[tuple[str, str]]:
    """Return different posts of every label, each sentence used about equally often."""
    posts: list[tuple[str, str]] = []
    for label in LABELS:
        found: dict[str, None] = {}
        for turn in range(per_label * 20):
            sentences = grammar[label]
            found[_expand(sentences[turn % len(sentences)], grammar, rng)] = None
            if len(found) == per_label:
                break
        posts += [(label, post) for post in found]
    return posts


def _expand(sentence: str, grammar: Grammar, rng: random.Random) -> str:
    while _CHOICE.search(sentence):
        sentence = _CHOICE.sub(lambda match: rng.choice(match[1].split("|")), sentence)
    post = _SLOT.sub(lambda match: rng.choice(grammar[match[1]]), sentence)
    return post[0].upper() + post[1:] if sentence[0] == "{" else post


if __name__ == "__main__":
    main()
