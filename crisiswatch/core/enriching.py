"""Stage 1: what one frame of mentions says, brand by brand. Stateless; a frame is all it needs."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import msgspec

from crisiswatch.core.models import TEXT_LIMIT, Batch, Mention, MentionFrame, Observation, Via
from crisiswatch.core.ratings import with_stars
from crisiswatch.core.steps import TextSteps
from crisiswatch.core.transactions import Enriched

OLDEST, NEWEST = timedelta(days=7), timedelta(minutes=2)
"""A claimed publication time is believed if it is at most this much before, or after, the observation."""

EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
"""History may be as old as this."""

DEFAULT_LATENESS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class AuthorRule:
    """An operator's rule on authors or outlets: URL prefixes, matched before the author is hashed."""

    brand: str
    name: str
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Watchlist:
    """What stage 1 looks for. Query keys are built by `brand_key`, `ignore_key` and `rule_key`.

    `languages` of a brand leave out mentions known to be in another one; `sources` (None: all) likewise.
    `author_key` is the secret of the author hash and `epoch` its name.
    """

    brands: frozenset[str]
    languages: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sources: Mapping[str, frozenset[str]] = field(default_factory=dict)
    rules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    author_rules: tuple[AuthorRule, ...] = ()
    lateness: Mapping[str, timedelta] = field(default_factory=dict)
    author_key: bytes = b""
    epoch: str = "1"


BRAND = "brand\0"


def brand_key(brand: str) -> str:
    """Return the key of the query that matches a brand."""
    return f"{BRAND}{brand}"


def ignore_key(brand: str) -> str:
    """Return the key of the query that excludes a mention from a brand."""
    return f"ignore\0{brand}"


def rule_key(brand: str, rule: str) -> str:
    """Return the key of the query of an operator's rule."""
    return f"rule\0{brand}\0{rule}"


def enrich(frame: MentionFrame, steps: TextSteps, watchlist: Watchlist) -> Enriched:
    """Return the matching mentions, ready to be stored, and what stage 2 will see of them.

    A mention that matches no brand is left out. Only matching ones are scored: matching is cheap, scoring is not.
    """
    batch = _sealed(frame.batch, watchlist)
    mentions = [_clean(mention, frame.observed_at) for mention in batch.mentions]
    hits = steps.queries.match([whole_text(mention) for mention in mentions])
    pairs = [(mention, hit) for mention, hit in zip(mentions, hits, strict=True)]
    kept = [
        (mention, brands, hit) for mention, hit in pairs if (brands := _brands(mention, hit, frame.source, watchlist))
    ]
    if not kept:
        return Enriched(frame.source, frame.observed_at, (), (), batch)
    texts = [whole_text(mention) for mention, _, _ in kept]
    languages = _languages([mention for mention, _, _ in kept], texts, steps)
    read = steps.negativity.score(texts, languages)
    scores = [with_stars(mention, score) for (mention, _, _), score in zip(kept, read, strict=True)]
    sketches = steps.sketch(texts)
    stored: list[Mention] = []
    observations: list[Observation] = []
    for (mention, brands, hit), language, score, sketch in zip(kept, languages, scores, sketches, strict=True):
        brands_in_language = [b for b in brands if _speaks(b, language, watchlist)]
        if not brands_in_language:
            continue
        seen = _Seen(language or "und", score, sketch, _author(mention, watchlist))
        stored.append(msgspec.structs.replace(mention, language=language, author=seen.author, brands=()))
        observations += [_observe(mention, brand, hit, seen, watchlist) for brand in brands_in_language]
    return Enriched(frame.source, frame.observed_at, tuple(stored), tuple(observations), batch)


def whole_text(mention: Mention) -> str:
    """Return title and text as one text."""
    return f"{mention.title}\n{mention.text}" if mention.title else mention.text


def event_time(mention: Mention, observed_at: datetime) -> datetime:
    """Return when it happened: published if believable, else indexed, else observed."""
    published = mention.published_at
    # What was fetched as history is as old as it says: there it can move no live count.
    oldest = EARLIEST if mention.via is Via.BACKFILL else observed_at - OLDEST
    if published is not None and oldest <= published <= observed_at + NEWEST:
        return published
    return mention.indexed_at or observed_at


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was found out about a mention, whatever the brand."""

    language: str
    negativity: float | None
    sketch: tuple[int, ...]
    author: str | None


def _sealed(batch: Batch, watchlist: Watchlist) -> Batch:
    """Return the batch with the authors of its tombstones hashed as those of mentions are."""
    if not any(stone.author for stone in batch.tombstones):
        return batch
    key, epoch = watchlist.author_key, watchlist.epoch
    stones = [
        msgspec.structs.replace(stone, author=author_hash(stone.source, stone.instance, stone.author, key, epoch))
        if stone.author
        else stone
        for stone in batch.tombstones
    ]
    return msgspec.structs.replace(batch, tombstones=tuple(stones))


def _clean(mention: Mention, observed_at: datetime) -> Mention:
    text = unicodedata.normalize("NFC", mention.text[:TEXT_LIMIT])[:TEXT_LIMIT]
    if text == mention.text and mention.observed_at is not None:
        return mention
    return msgspec.structs.replace(mention, text=text, observed_at=mention.observed_at or observed_at)


def _brands(mention: Mention, hit: frozenset[str], source: str, watchlist: Watchlist) -> list[str]:
    """Return the brands that a mention is about, in alphabetical order; `source` is the one that brought it."""
    if mention.brands:
        return sorted(set(mention.brands).intersection(watchlist.brands))
    matched = sorted(key.removeprefix(BRAND) for key in hit if key.startswith(BRAND))
    return [brand for brand in matched if ignore_key(brand) not in hit and _hears(brand, source, mention, watchlist)]


def _hears(brand: str, source: str, mention: Mention, watchlist: Watchlist) -> bool:
    """Tell whether a brand listens to a source; a file or a hook may bring mentions of sources of other names."""
    wanted = watchlist.sources.get(brand)
    return wanted is None or source in wanted or mention.source in wanted


def _languages(mentions: Sequence[Mention], texts: Sequence[str], steps: TextSteps) -> list[str | None]:
    """Return declared languages, and detected ones where none is declared."""
    unknown = [i for i, mention in enumerate(mentions) if not mention.language]
    found = dict(zip(unknown, steps.language([texts[i] for i in unknown]), strict=True)) if unknown else {}
    return [found[i] if i in found else primary(mention.language) for i, mention in enumerate(mentions)]


def primary(tag: str | None) -> str | None:
    """Return the primary subtag: `en-GB` → `en`."""
    return tag.replace("_", "-").split("-")[0].lower() or None if tag else None


def _speaks(brand: str, language: str | None, watchlist: Watchlist) -> bool:
    wanted = watchlist.languages.get(brand)
    return not wanted or language is None or language in wanted


def _author(mention: Mention, watchlist: Watchlist) -> str | None:
    """Return the keyed hash of the author: the same person on the same source, and nowhere else."""
    if not mention.author:
        return None
    return author_hash(mention.source, mention.instance, mention.author, watchlist.author_key, watchlist.epoch)


def author_hash(source: str, instance: str, author: str, key: bytes, epoch: str) -> str:
    """Return the pseudonym under which an author is stored, `epoch:hex`."""
    data = "\0".join((source, instance, author)).encode("utf-8", "surrogatepass")
    return f"{epoch}:{blake2b(data, key=key[:64], digest_size=8).hexdigest()}"


def _observe(mention: Mention, brand: str, hit: frozenset[str], seen: _Seen, watchlist: Watchlist) -> Observation:
    observed_at = mention.observed_at
    assert observed_at is not None, "stamped by _clean"
    happened = event_time(mention, observed_at)
    is_live = mention.via is not Via.BACKFILL
    lateness = watchlist.lateness.get(mention.source, DEFAULT_LATENESS)
    return Observation(
        uid=mention.uid,
        brand=brand,
        source=mention.source,
        language=seen.language,
        event_time=happened,
        observed_at=observed_at,
        bucket_time=max(happened, observed_at - lateness) if is_live else happened,
        negativity=seen.negativity,
        sketch=seen.sketch,
        author=seen.author,
        followers=mention.author_followers,
        reach=mention.reach,
        engagement=_reactions(mention),
        rules=_rules(mention, brand, hit, watchlist),
        live=is_live,
    )


def _reactions(mention: Mention) -> int | None:
    """Return likes, reposts and replies together; None if the source gives none of them."""
    if mention.engagement is None:
        return None
    known = [n for n in (mention.engagement.likes, mention.engagement.reposts, mention.engagement.replies) if n]
    return sum(known) if known else None


def _rules(mention: Mention, brand: str, hit: frozenset[str], watchlist: Watchlist) -> tuple[str, ...]:
    """Return the names of the brand's rules that a mention meets, by its text or by its author and outlet."""
    rules = watchlist.rules.get(brand, ())
    if not rules and not watchlist.author_rules:
        return ()
    names = [rule for rule in rules if rule_key(brand, rule) in hit]
    urls = tuple(url for url in (mention.author, mention.permalink) if url)
    names += [
        rule.name
        for rule in watchlist.author_rules
        if rule.brand == brand and any(url.startswith(rule.prefixes) for url in urls)
    ]
    return tuple(dict.fromkeys(names))
