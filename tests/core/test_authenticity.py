"""Signs of a campaign: each number by hand, and unknown where there is nothing to tell it from."""

from datetime import UTC, datetime, timedelta

from crisiswatch.core.authenticity import Authenticity, shared_link, weigh
from crisiswatch.core.buckets import Item

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


def item(number, *, author=None, story=None, after=0.0, is_first=True):
    return Item(
        uid=number.to_bytes(16, "big"), source="forum", language="en", author=author, bin=12,
        story=number if story is None else story, is_first=is_first,
        event_time=NOON + timedelta(seconds=after), reactions=0,
    )  # fmt: skip


def yesterday(author, hours=30.0):
    return item(10_000, author=author, after=-3600 * hours)


def test_few_mentions_say_nothing():
    assert weigh([item(n, author="1:a") for n in range(4)], []) == Authenticity()


def test_copies_are_the_share_of_mentions_that_were_not_first():
    items = [item(n, is_first=n < 2) for n in range(8)]

    assert weigh(items, []).copied == 0.75


def test_sources_without_authors_leave_everything_about_authors_unknown():
    seen = weigh([item(n, after=n * n) for n in range(8)], [yesterday("1:a")])

    assert (seen.distinct, seen.new_authors, seen.pairs) == (None, None, None)


def test_authors_are_counted_against_the_mentions_that_name_one():
    items = [item(n, author=f"1:{n % 2}") for n in range(6)] + [item(n) for n in range(6, 9)]

    assert weigh(items, []).distinct == 2 / 6


def test_new_authors_are_those_that_the_day_before_did_not_have():
    items = [item(n, author=f"1:{n}") for n in range(8)]

    assert weigh(items, [yesterday("1:0"), yesterday("1:1")]).new_authors == 0.75


def test_who_is_new_is_unknown_without_a_day_of_the_past():
    items = [item(n, author=f"1:{n}") for n in range(8)]

    assert weigh(items, []).new_authors is None
    assert weigh(items, [yesterday("1:0", hours=5)]).new_authors is None


def test_who_is_new_is_unknown_across_a_change_of_the_author_key():
    items = [item(n, author=f"2:{n}") for n in range(8)]

    assert weigh(items, [yesterday("1:0")]).new_authors is None


def test_one_author_every_ten_minutes_is_regular():
    even = [item(n, author="1:bot", after=600.0 * n) for n in range(6)]
    chance = [item(100 + n, author=f"1:{n}", after=40.0 * n * n) for n in range(6)]

    assert weigh([*even, *chance], []).regular == 0.5


def test_people_who_post_by_chance_are_not_regular():
    items = [item(n, author="1:fan", after=after) for n, after in enumerate((0, 5, 700, 720, 4000, 9000))]

    assert weigh(items, []).regular == 0.0


def test_timing_is_unknown_where_the_source_rounds_to_the_day():
    assert weigh([item(n, author="1:a") for n in range(8)], []).regular is None


def test_a_pair_is_counted_if_it_tells_three_stories_together():
    together = [item(10 * s + a, author=f"1:{a}", story=s, after=3600.0 * s + a) for s in range(3) for a in range(2)]
    once = [item(90 + a, author=f"1:{5 + a}", story=9, after=90_000.0 + a) for a in range(2)]

    assert weigh([*together, *once], []).pairs == 1


def test_the_same_story_an_hour_later_is_not_together():
    apart = [item(10 * s + a, author=f"1:{a}", story=s, after=3600.0 * (2 * s + a)) for s in range(3) for a in range(2)]

    assert weigh(apart, []).pairs == 0


def test_a_crowd_is_weighed_without_looking_at_every_pair():
    crowd = [item(n, author=f"1:{n}", story=1, after=0.001 * n) for n in range(20_000)]

    assert weigh(crowd, []).distinct == 1.0


def test_a_link_counts_once_a_text():
    assert shared_link([["a.example/x", "a.example/x"], ["a.example/x"], [], [], []]) == 0.4
    assert shared_link([["a.example/x"]] * 4) is None
    assert shared_link([[]] * 5) == 0.0
