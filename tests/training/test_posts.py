"""Grammars and the posts that come out of them."""

import random

from training.posts import HERE, LABELS, PER_LABEL, POSTS, read_grammar, write_posts

GRAMMAR = """
[brand]
Acme|Globex
[negative]
{brand} is (awful|bad (today|again))
[neutral]
{brand} opens
[positive]
i love {brand}
"""


def test_a_sentence_becomes_all_that_its_choices_allow():
    posts = write_posts(read_grammar(GRAMMAR), 6, random.Random(1))

    assert {text for label, text in posts if label == "negative"} == {
        f"{brand} is {what}" for brand in ("Acme", "Globex") for what in ("awful", "bad today", "bad again")
    }
    assert [label for label, _ in posts] == ["negative"] * 6 + ["neutral"] * 2 + ["positive"] * 2


def test_the_files_of_posts_are_what_the_grammars_write():
    for path in sorted((HERE / "grammars").glob("*.txt")):
        grammar = read_grammar(path.read_text("utf-8"))
        posts = write_posts(grammar, POSTS.get(path.stem, PER_LABEL), random.Random(path.stem))

        written = (HERE / "posts" / f"{path.stem}.tsv").read_text("utf-8")

        assert written == "".join(f"{label}\t{post}\n" for label, post in posts)
        assert not set("{}|") & set(written), path.stem


def test_every_grammar_has_many_sentences_of_every_label():
    for path in (HERE / "grammars").glob("*.txt"):
        grammar = read_grammar(path.read_text("utf-8"))

        assert all(len(grammar[label]) >= 15 for label in LABELS), path.stem
