"""What speaks for or against a campaign, in words: every number, and what cannot be known. Never a verdict."""

from __future__ import annotations

from crisiswatch.core.authenticity import Authenticity
from crisiswatch.rendering.reader import Reader


def authenticity(seen: Authenticity | None, reader: Reader) -> str:
    """Return the numbers that are known, then the names of those that are not; nothing where none is known."""
    if seen is None or seen.copied is None:
        return ""
    words = reader.words.facts
    shares = (
        (words.copied, seen.copied, ""),
        (words.distinct, seen.distinct, words.unknown_authors),
        (words.new_authors, seen.new_authors, words.unknown_new),
        (words.regular, seen.regular, words.unknown_regular),
        (words.shared_link, seen.shared_link, words.unknown_link),
    )
    told = [sentence.format(share=reader.percent(share)) for sentence, share, _ in shares if share is not None]
    if seen.pairs is not None:
        told.append(reader.plural(words.pairs, seen.pairs))
    unknown = [name for _, share, name in shares if share is None]
    if unknown:
        told.append(words.not_known.format(names=reader.listing(unknown)))
    return words.joint.join(told)
