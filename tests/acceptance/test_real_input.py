"""From a feed that grows to the mail and the signed event: every number is that of the mentions behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from random import Random
from typing import Any

import pytest
from harness.alerts import read_alert
from harness.configs import INJURY, LATENESS, configured, told, write
from harness.daemon import Daemon
from harness.feeds import Feeds, Post, needs_nginx, running_feeds
from harness.mailbox import part, running_mailbox
from harness.receiver import Delivered, running_receiver
from harness.recount import Seen, recount, stored
from harness.stores import fill, now, ordinary_days, stored_mentions
from harness.waiting import until

from crisiswatch.app.scenarios.writing import Mood, post

pytestmark = [pytest.mark.acceptance, needs_nginx, pytest.mark.timeout(1200)]

FORTNIGHT, APART = timedelta(days=14), timedelta(minutes=4)
INCREMENTS = (18, 15, 15)
REPOSTED = 9


@dataclass(frozen=True, slots=True)
class Told:
    """What came out at the end, by brand: first mail, first event, the incident, and the mentions behind it."""

    mails: dict[str, EmailMessage]
    events: dict[str, Delivered]
    incidents: dict[str, dict[str, Any]]
    mentions: dict[str, list[Seen]]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("real")
    with running_feeds(folder) as feeds, running_mailbox() as mailbox, running_receiver() as receiver:
        brands = [{"name": "Norvik", "match": ["norvik"]}, {"name": "Tallis", "match": ["tallis"], "rules": [INJURY]}]
        feed = {"forum": feeds.url("forum")}
        usual = {
            "defaults": {"bucket": "5m"}
        }  # as shipped; a fortnight of minutes takes the start half a minute to learn
        config = write(folder, configured(folder, feed, brands, **usual, **told(mailbox, receiver)))
        before = [Post(f"before-{n}", f"Nothing to do with anybody, {n}", "someone", now()) for n in range(5)]
        feeds.publish("forum", before)
        fill(config, "forum", ordinary_days("Norvik", "forum", FORTNIGHT, APART))
        with Daemon(config) as daemon:
            daemon.start()
            _grow(feeds, before, daemon)
            until(lambda: len(mailbox.mails_to("on-call@example.org")) >= 2, 75, "mails about both brands")
            until(lambda: len(receiver.came_to("/on-call")) >= 2, 10, "events about both brands")
            incidents = {incident["brand"]: incident for incident in daemon.incidents()}
            assert daemon.stop() == 0
        yield _told(config, mailbox.mails_to("on-call@example.org"), receiver.came_to("/on-call"), incidents)


def _grow(feeds: Feeds, before: list[Post], daemon: Daemon) -> None:
    """Let the feed grow step by step: a crisis of Norvik, and one report about Tallis."""
    posts = list(before)
    crisis = _crisis(sum(INCREMENTS))
    for step, size in enumerate(INCREMENTS):
        posts += crisis[:size]
        del crisis[:size]
        if step == 1:
            posts.append(Post("tallis-1", "The lid of my Tallis flew off, my son is in hospital", "ann", now()))
        feeds.publish("forum", posts)
        _taken(daemon, len(posts) - len(before))


def _taken(daemon: Daemon, entries: int) -> None:
    until(lambda: (daemon.metric("mentions_total", source="forum") or 0) >= entries, 20, f"{entries} entries")


def _crisis(count: int) -> list[Post]:
    random = Random(1)
    texts = [post(random, "Norvik", Mood.CRISIS, "en") for _ in range(count - REPOSTED)]
    texts[6:6] = [f"RT @user1: {texts[1]}"] * REPOSTED
    return [Post(f"crisis-{n}", words, f"user{n % 40}", now()) for n, words in enumerate(texts)]


def _told(
    config: Path, mails: list[EmailMessage], events: list[Delivered], incidents: dict[str, dict[str, Any]]
) -> Told:
    return Told(
        mails={_brand(str(mail["Subject"])): mail for mail in reversed(mails)},
        events={event.event["data"]["brand"]: event for event in reversed(events)},
        incidents=incidents,
        mentions={brand: stored(stored_mentions(config, brand), LATENESS) for brand in ("Norvik", "Tallis")},
    )


def _brand(subject: str) -> str:
    return next(brand for brand in ("Norvik", "Tallis") if brand in subject)


def test_a_burst_of_negative_posts_is_found_by_its_score(outcome):
    incident = outcome.incidents["Norvik"]

    assert incident["rule"] is None
    assert incident["peak_score"] >= 1
    assert incident["severity"] in ("warning", "critical")


def test_the_numbers_of_the_mail_are_those_of_the_mentions(outcome):
    alert = read_alert(outcome.mails["Norvik"])
    opened_at = datetime.fromisoformat(outcome.incidents["Norvik"]["opened_at"])

    counted = recount(outcome.mentions["Norvik"], alert.since, opened_at)
    assert (alert.stories, alert.copies, alert.authors) == (counted.stories, counted.copies, counted.authors)
    assert alert.percent == pytest.approx(counted.percent, abs=0.5)
    assert counted.copies >= counted.stories + REPOSTED
    assert alert.usual_percent < 30 < alert.percent


def test_the_mail_is_one_message_as_text_and_as_html(outcome):
    mail = outcome.mails["Norvik"]
    alert = read_alert(mail)

    assert len(mail.get_all("Message-ID")) == 1
    assert mail.get_content_type() == "multipart/alternative"
    assert f"{alert.percent}%" in part(mail, "html")
    assert f"{alert.stories} since" in part(mail, "html")
    assert any(one.get_content_type() == "image/png" for one in mail.walk())


def test_the_event_is_signed_and_says_what_the_mail_says(outcome):
    delivered = outcome.events["Norvik"]
    alert = read_alert(outcome.mails["Norvik"])
    facts = {fact["label"]: fact["value"] for fact in delivered.event["data"]["facts"]}

    assert delivered.is_signed()
    assert not delivered.is_signed(b"another key")
    assert facts["Mentions"].startswith(f"{alert.stories} since")
    assert facts["Negative"].startswith(f"{alert.percent}%")
    assert delivered.event["data"]["incident"] == outcome.incidents["Norvik"]["id"]


def test_one_post_that_meets_an_operators_rule_is_told_at_its_severity_and_names_the_rule(outcome):
    text = " ".join(part(outcome.mails["Tallis"], "plain").split())

    assert outcome.incidents["Tallis"]["rule"] == "injury"
    assert outcome.incidents["Tallis"]["severity"] == "critical"
    assert "Your rule “injury” was met." in text
    assert outcome.mails["Tallis"]["Importance"] == "high"
    assert outcome.events["Tallis"].is_signed()


def test_the_mention_that_met_the_rule_can_be_read_in_the_mail(outcome):
    assert "my son is in hospital" in " ".join(part(outcome.mails["Tallis"], "plain").split())
