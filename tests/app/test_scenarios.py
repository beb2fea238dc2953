"""The scenarios are what they claim to be, read by the real text functions."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from recordings import Crisis, Flood, Outage, record

from crisiswatch.app.data import negativity_weights
from crisiswatch.app.scenarios import NAMES, Scenario, generate
from crisiswatch.app.scenarios.writing import LANGUAGES, Mood, post
from crisiswatch.core.enriching import brand_key, whole_text
from crisiswatch.core.models import Coverage, Mention, PlannedEventFrame
from crisiswatch.core.steps import Behaviour
from crisiswatch.core.stories import StoryIndex
from crisiswatch.errors import BadInput
from crisiswatch.sources.importing import Skipped, bounded_lines, read_lines
from crisiswatch.text import steps, tools

STEPS = steps({brand_key("Norvik"): ["norvik"], brand_key("Tallis"): ["tallis"]}, negativity_weights())
CRISES = ("battery-recall", "review-bomb")
NEGATIVE = (Mood.NEGATIVE, Mood.CRISIS, Mood.BAD_REVIEW)

scenario = cache(generate)


def negatives(mentions: Iterable[Mention]) -> float:
    texts, declared = zip(*((whole_text(m), m.language) for m in mentions), strict=True)
    spoken = [known or found for known, found in zip(declared, STEPS.language(texts), strict=True)]
    return share(STEPS.negativity.score(texts, spoken))


def share(scores: Iterable[float | None]) -> float:
    listed = list(scores)
    return sum((score or 0.0) >= 0.5 for score in listed) / len(listed)


def about(found: Scenario, brand: str) -> list[Mention]:
    return [mention for mention in found.mentions if brand.lower() in whole_text(mention).lower()]


def happening(found: Scenario) -> list[Mention]:
    return [m for m in about(found, found.brand) if m.observed_at >= found.end - timedelta(hours=6)]


def words_of(mention: Mention) -> str:
    return re.sub(r"^RT @\S+: ", "", whole_text(mention))


@pytest.mark.parametrize("name", ["battery-recall", "campaign"])
def test_the_same_seed_gives_the_same_scenario(name: str) -> None:
    assert generate(name, 3) == scenario(name, 3)


def test_another_seed_gives_other_mentions() -> None:
    assert generate("quiet-week", 4).mentions != scenario("quiet-week", 3).mentions


@pytest.mark.parametrize(("name", "language"), [("battery", "en"), ("quiet-week", "de")])
def test_an_unknown_scenario_or_language_is_refused_with_the_known_ones(name: str, language: str) -> None:
    with pytest.raises(BadInput, match=r"known: (battery-recall|en)"):
        generate(name, 1, language)


@pytest.mark.parametrize("name", NAMES)
def test_mentions_stand_by_observation_within_the_scenario_and_are_unique(name: str) -> None:
    found = scenario(name, 3)
    times = [mention.observed_at for mention in found.mentions]

    assert times == sorted(times)
    assert found.start <= times[0] <= times[-1] < found.end
    assert len({mention.uid for mention in found.mentions}) == len(found.mentions)
    assert 10_000 <= len(found.mentions) <= 16_000


def test_publication_is_seconds_before_observation_and_minutes_in_the_news() -> None:
    for mention in scenario("battery-recall", 3).mentions:
        delay = (mention.observed_at - mention.published_at).total_seconds()

        assert 120 <= delay < 480 if mention.source == "news" else 5 <= delay < 90


def test_links_lead_to_reserved_names_only() -> None:
    for mention in scenario("battery-recall", 3).mentions:
        links = re.findall(r"https?://\S+", f"{mention.text} {mention.author} {mention.permalink}")

        assert links
        assert all(re.match(r"https://[a-z-]+\.example/", link) for link in links)


def test_every_mention_names_exactly_one_of_the_brands() -> None:
    for name in NAMES:
        mentions = scenario(name, 3).mentions
        hits = STEPS.queries.match([whole_text(mention) for mention in mentions])

        assert {len(hit) for hit in hits} == {1}


def test_days_are_busy_nights_are_quiet_and_weekends_between() -> None:
    found = scenario("quiet-week", 3)
    hours = Counter((m.observed_at.date(), m.observed_at.hour) for m in found.mentions)
    whole = {found.start.date() + timedelta(days=i) for i in range(1, 14)}

    def hourly(is_wanted: Callable[[int, int], bool]) -> float:
        wanted = [(day, hour) for day in whole for hour in range(24) if is_wanted(day.weekday(), hour)]
        return sum(hours[key] for key in wanted) / len(wanted)

    assert 40 <= hourly(lambda weekday, hour: weekday < 5 and 9 <= hour < 21) <= 60
    assert hourly(lambda weekday, hour: 1 <= hour < 5) < 12
    assert 36 <= hourly(lambda weekday, hour: weekday >= 5 and 11 <= hour < 21) <= 50


def test_three_sources_have_their_shares() -> None:
    mentions = scenario("quiet-week", 3).mentions
    shares = {source: count / len(mentions) for source, count in Counter(m.source for m in mentions).items()}

    assert shares == pytest.approx({"mastodon": 0.62, "forum": 0.30, "news": 0.08}, abs=0.03)


@pytest.mark.parametrize("brand", ["Norvik", "Tallis"])
def test_ordinary_posts_are_negative_in_one_of_seven(brand: str) -> None:
    assert 0.10 <= negatives(about(scenario("quiet-week", 3), brand)) <= 0.18


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("mood", Mood)
def test_the_model_reads_moods_as_they_are_meant(mood: Mood, language: str) -> None:
    random = Random(5)
    texts = [post(random, "Norvik", mood, language) for _ in range(400)]

    found = share(STEPS.negativity.score(texts, [language] * len(texts)))

    assert found > 0.85 if mood in NEGATIVE else found < 0.05


@pytest.mark.parametrize(("name", "language"), [("battery-recall", "es"), ("review-bomb", "fr"), ("campaign", "en")])
def test_few_distinct_posts_are_taken_for_one_story(name: str, language: str) -> None:
    found = scenario(name, 3, language)
    distinct = collisions = 0
    for brand in (found.brand, found.competitor):
        index, seen = StoryIndex(), set[str]()
        mentions = about(found, brand)
        for mention, sketch in zip(mentions, STEPS.sketch([whole_text(m) for m in mentions]), strict=True):
            _, is_first = index.assign(sketch, mention.observed_at)
            if words_of(mention) not in seen:
                seen.add(words_of(mention))
                distinct += 1
                collisions += not is_first

    assert distinct > 10_000
    assert collisions / distinct < 0.04


def test_reposts_are_recognised_as_the_story_that_they_repeat() -> None:
    mentions = scenario("battery-recall", 3).mentions
    by_id = {mention.external_id: mention for mention in mentions}
    reposts = [mention for mention in mentions if mention.text.startswith("RT @")]

    sketches = STEPS.sketch([repost.text for repost in reposts])
    originals = STEPS.sketch([by_id[repost.parent_id or ""].text for repost in reposts])

    assert len(reposts) > 100
    assert sketches == originals


@pytest.mark.parametrize(
    ("name", "language"), [("battery-recall", "en"), ("battery-recall", "es"), ("review-bomb", "fr")]
)
def test_a_crisis_brings_many_negative_posts_mainly_in_its_language(name: str, language: str) -> None:
    found = scenario(name, 3, language)
    during = happening(found)
    before = len([m for m in about(found, found.brand) if m.observed_at < found.end - timedelta(hours=6)]) / (14 * 4)
    detected = Counter(STEPS.language([whole_text(mention) for mention in during]))

    assert found.crisis_at == found.start + timedelta(days=14)
    assert len(during) > 4 * before
    assert negatives(during) > 0.7
    assert detected[language] / len(during) > 0.5


@pytest.mark.parametrize("name", CRISES)
def test_a_crisis_repeats_itself_in_one_or_two_of_ten_posts(name: str) -> None:
    during = [m for m in happening(scenario(name, 3)) if m.source != "news"]
    repeated = len(during) - len({words_of(mention) for mention in during})

    assert 0.08 <= repeated / len(during) <= 0.20


@pytest.mark.parametrize("name", CRISES)
def test_the_competitor_has_no_part_in_it(name: str) -> None:
    def hourly(found: Scenario) -> float:
        return len([m for m in about(found, found.competitor) if m.observed_at >= found.end - timedelta(hours=6)]) / 6

    assert hourly(scenario(name, 3)) == pytest.approx(hourly(scenario("quiet-week", 3)), rel=0.01)


def test_a_recall_speaks_of_smoke_shows_photos_and_is_typed_as_safety() -> None:
    found = scenario("battery-recall", 3)
    texts = [mention.text for mention in happening(found)]

    guess = tools(["Norvik"]).incident_type(texts[:200], STEPS.language(texts[:200]), Behaviour())

    assert guess.type == "safety"
    assert sum("https://pics.example/" in text for text in texts) > 50


def test_the_news_join_a_recall_after_half_an_hour() -> None:
    found = scenario("battery-recall", 3)
    assert found.crisis_at is not None
    joins = found.crisis_at + timedelta(minutes=30)
    news = [m for m in happening(found) if m.source == "news"]
    early, late = ([m for m in news if (m.observed_at < joins) is is_early] for is_early in (True, False))

    assert len(early) <= 6
    assert len(late) > 30
    assert negatives(late) > 0.6


def test_a_review_bomb_is_of_single_stars_by_many_new_authors() -> None:
    found = scenario("review-bomb", 3)
    reviews = [m for m in happening(found) if m.kind == "review"]
    single = [m for m in reviews if m.engagement is not None and m.engagement.rating == 1.0]
    before = {m.author for m in found.mentions if m.observed_at < found.end - timedelta(hours=6)}

    assert len(single) > 500
    assert len({m.author for m in single} - before) / len(single) > 0.9


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_campaign_is_loud_and_less_negative_than_usual(language: str) -> None:
    found, quiet = scenario("campaign", 3, language), scenario("quiet-week", 3)
    growth = len(happening(found)) / len(happening(quiet))

    assert found.crisis_at is None
    assert 6 <= growth <= 10
    assert negatives(happening(found)) < 0.07


def test_nothing_happens_in_a_quiet_week() -> None:
    found = scenario("quiet-week", 3)

    assert found.crisis_at is None
    assert len(happening(found)) / 6 < 45
    assert negatives(happening(found)) < 0.25


def test_a_recording_holds_what_its_truth_says(tmp_path: Path) -> None:
    truth = record(tmp_path / "one.jsonl", 3)
    record(tmp_path / "two.jsonl", 3)

    with (tmp_path / "one.jsonl").open("rb") as file:
        items = list(read_lines(bounded_lines(file), "jsonl"))

    mentions = [item for item in items if isinstance(item, Mention)]
    covered = sorted((item.start, item.end) for item in items if isinstance(item, Coverage))
    holes = [(before[1], after[0]) for before, after in pairwise(covered) if before[1] != after[0]]
    backlog = [m for m in mentions if m.source == truth.outage.source and is_in(m.published_at, truth.outage)]
    flood = Counter(m.text for m in mentions if is_in(m.published_at, truth.flood))
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()
    assert 25_000 <= len(items) <= 32_000
    assert (len(mentions), sum(isinstance(item, Skipped) for item in items)) == (truth.mentions, truth.broken)
    assert holes == [(truth.outage.start, truth.outage.end)]
    assert len(backlog) > 20
    assert all(mention.observed_at >= truth.outage.end for mention in backlog)
    assert flood.most_common(1)[0][1] >= truth.flood.copies - 5
    assert [item.event.brand for item in items if isinstance(item, PlannedEventFrame)] == [truth.planned.brand]
    for crisis in truth.crises:
        during = [m for m in mentions if crisis.brand in whole_text(m) and is_in(m.published_at, crisis)]
        assert negatives(during) > 0.5


def is_in(moment: datetime | None, stretch: Crisis | Outage | Flood) -> bool:
    return moment is not None and stretch.start <= moment < stretch.end
