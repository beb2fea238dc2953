from __future__ import annotations

import hmac
from datetime import timedelta
from urllib.parse import parse_qs

import msgspec
import pytest
from source_fakes import NOW, FakeFetcher, InlineIsolator, answer

from crisiswatch.core.models import Via
from crisiswatch.errors import BadInput, SourceRejected, SourceUnavailable
from crisiswatch.plugins import SourceTools
from crisiswatch.ports import Hook
from crisiswatch.sources.web.feeds import parse_feed
from crisiswatch.sources.web.rss import KIND
from crisiswatch.sources.web.websub import LEASE, Callback, linked

HOUR = timedelta(hours=1)
HUB, TOPIC = "https://hub.example/", "https://news.example/feed"
LINKS = f'<{HUB}>; rel="hub", <{TOPIC}>; rel=self'


def feed(*numbers: int) -> bytes:
    items = "".join(f"<item><guid isPermaLink='false'>{n}</guid><title>post {n}</title></item>" for n in numbers)
    return f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()


def source(*answers, public_url: str | None = "https://watch.example", **options):
    given = {"url": TOPIC, "websub_secret": "a secret of sixteen"} | options
    return KIND.build("press", KIND.options(**given), SourceTools(FakeFetcher(*answers), InlineIsolator(), public_url))


def whole(*numbers: int):
    return answer(feed(*numbers), url=TOPIC, link=LINKS)


def asked(reader) -> list[dict[str, str]]:
    """Return the forms that were sent to the hub."""
    bodies = [body for body in reader._tools.fetcher.bodies if body]
    return [{name: values[0] for name, values in parse_qs(body.decode()).items()} for body in bodies]


def greeting(form: dict[str, str], **more: str) -> dict[str, str]:
    token = parse_qs(form["hub.callback"].partition("?")[2])["token"][0]
    query = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "c1", "token": token}
    return query | {name.replace("_", ".", 1): value for name, value in more.items()}


def signed(form: dict[str, str], body: bytes, algorithm: str = "sha256") -> dict[str, str]:
    return {"x-hub-signature": f"{algorithm}=" + hmac.new(form["hub.secret"].encode(), body, algorithm).hexdigest()}


async def subscribed(*answers):
    """Return a source that has subscribed and was confirmed, its first batch, and the form it sent."""
    reader = source(whole(1), answer(status=202), *answers)
    batch = await reader.fetch(None, NOW)
    (form,) = asked(reader)
    assert reader.greet(greeting(form, hub_lease_seconds="36000")) == "c1"
    return reader, batch, form


async def test_a_feed_that_names_a_hub_is_subscribed_to():
    reader, batch, form = await subscribed(whole(1))

    assert reader._tools.fetcher.urls == [TOPIC, HUB]
    assert (form["hub.mode"], form["hub.topic"]) == ("subscribe", TOPIC)
    assert form["hub.callback"].startswith("https://watch.example/hooks/press?token=")
    assert form["hub.lease_seconds"] == str(int(LEASE.total_seconds()))
    assert batch.warnings == ()


async def test_the_lease_is_renewed_when_most_of_it_is_over():
    reader, batch, _ = await subscribed(whole(1), whole(1), answer(status=202))

    batch = await reader.fetch(batch.cursor, NOW + 7 * HOUR)
    early = len(asked(reader))
    await reader.fetch(batch.cursor, NOW + 9 * HOUR)

    assert (early, len(asked(reader))) == (1, 2)


async def test_a_hub_that_claims_an_endless_lease_is_asked_again_all_the_same():
    reader, batch, form = await subscribed(answer(status=304), answer(status=202))
    reader.greet(greeting(form, hub_lease_seconds="999999999"))

    await reader.fetch(batch.cursor, NOW + LEASE)

    assert len(asked(reader)) == 2


@pytest.mark.parametrize(
    "failure", [answer(b"no such topic", status=404), SourceUnavailable("refused"), SourceRejected("no")]
)
async def test_a_hub_that_fails_is_told_about_and_asked_again_an_hour_later_while_the_poll_goes_on(failure):
    reader = source(whole(1), failure, whole(2, 1), whole(2, 1), answer(status=202))

    first = await reader.fetch(None, NOW)
    second = await reader.fetch(first.cursor, NOW + HOUR / 2)
    third = await reader.fetch(second.cursor, NOW + HOUR)

    assert [len(batch.warnings) for batch in (first, second, third)] == [1, 0, 0]
    assert [mention.external_id for mention in second.mentions] == ["2"]
    assert len(asked(reader)) == 2


async def test_a_refused_subscription_is_told_by_the_next_poll():
    reader, batch, form = await subscribed(answer(status=304))

    said = reader.greet(greeting(form, hub_mode="denied", hub_reason="too many"))
    batch = await reader.fetch(batch.cursor, NOW + HOUR)

    assert (said, batch.warnings) == ("", ("the hub refuses the subscription: too many",))


@pytest.mark.parametrize("wrong", [{"hub_topic": "https://evil.example"}, {"token": "x"}, {"hub_mode": "unsubscribe"}])
async def test_only_what_was_asked_for_is_confirmed(wrong):
    reader, _, form = await subscribed()

    with pytest.raises(SourceRejected):
        reader.greet(greeting(form, **wrong))


async def test_before_anything_was_asked_nothing_is_confirmed():
    reader = source(whole(1))
    callback = Callback.of("https://watch.example", "press", "a secret of sixteen")

    with pytest.raises(SourceRejected):
        reader.greet({"hub.mode": "subscribe", "hub.topic": "", "hub.challenge": "c", "token": callback.token})


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha384", "sha512"])
async def test_pushed_entries_are_mentions_of_the_feed(algorithm):
    reader, _, form = await subscribed()
    body = feed(2, 1)

    batch = await reader.receive(signed(form, body, algorithm), body, NOW)

    assert [(one.external_id, one.source, one.via) for one in batch.mentions] == [("2", "press", Via.PUSH)]
    assert (batch.cursor, batch.coverage) == (None, ())


@pytest.mark.parametrize("header", ["", "sha256=00", "md5=00", "sha256", "sha256=" + "ß" * 64])
async def test_a_push_without_our_signature_is_refused_before_it_is_read(header):
    reader, _, _ = await subscribed()

    with pytest.raises(SourceRejected):
        reader.receive({"X-Hub-Signature": header}, feed(2), NOW)


async def test_a_signed_push_that_is_no_feed_is_bad_input():
    reader, _, form = await subscribed()

    with pytest.raises(BadInput):
        await reader.receive(signed(form, b"<p>hello"), b"<p>hello", NOW)


async def test_a_push_before_the_first_poll_is_left_to_that_poll():
    reader = source(whole(1))
    callback = Callback.of("https://watch.example", "press", "a secret of sixteen")

    batch = await reader.receive(signed({"hub.secret": callback.secret}, feed(1)), feed(1), NOW)

    assert batch.mentions == ()


async def test_a_feed_that_rolled_over_while_its_entries_were_pushed_has_no_hole():
    reader, first, form = await subscribed(whole(4, 3, 2))
    for number in (2, 3):
        await reader.receive(signed(form, feed(number)), feed(number), NOW)

    batch = await reader.fetch(first.cursor, NOW + HOUR)

    assert batch.warnings == ()
    assert [one.external_id for one in batch.mentions] == ["4", "3", "2"]


async def test_a_stored_cursor_from_before_does_not_hide_the_hub_behind_a_304():
    reader = source(whole(1), answer(status=202))
    old = msgspec.json.encode({"etag": '"a"', "until": NOW, "whole": NOW}).decode()

    await reader.fetch(old, NOW + HOUR)

    assert "If-None-Match" not in reader._tools.fetcher.headers[0]
    assert len(asked(reader)) == 1


async def test_without_a_hub_a_public_address_or_a_secret_the_feed_is_polled_alone():
    plain = source(answer(feed(1), url=TOPIC))
    batch = await plain.fetch(None, NOW)
    unreachable = source(whole(1), public_url=None)
    unasked = source(whole(1), websub_secret=None)

    assert (len(batch.mentions), plain._tools.fetcher.urls) == (1, [TOPIC])
    assert not isinstance(unreachable, Hook)
    assert not isinstance(unasked, Hook)


def test_the_hub_is_found_in_the_documents_too():
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><link rel="hub" href="{HUB}"/><link rel="self" href="{TOPIC}"/>'
    atom += "<title>t</title></feed>"
    json_feed = b'{"version": "https://jsonfeed.org/version/1.1", "items": [], "feed_url": "%s", "hubs": [1, %s]}' % (
        TOPIC.encode(),
        b'{"type": "WebSub", "url": "%s"}' % HUB.encode(),
    )

    for document in (atom.encode(), json_feed):
        found = parse_feed(document, TOPIC)
        assert (found.hub, found.topic) == (HUB, TOPIC)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ('<https://h.example/>; rel="hub"', {"hub": "https://h.example/"}),
        ('</hub>; title="a, b; rel=x"; rel="self hub"', dict.fromkeys(("self", "hub"), "https://news.example/hub")),
        ("<https://h.example/>;REL=Hub, <https://i.example/>; rel=hub", {"hub": "https://h.example/"}),
        ("<javascript:alert(1)>; rel=hub, <file:///etc>; rel=self, <http://[>; rel=x", {}),
        ("<" * 20_000, {}),
    ],
)
def test_link_headers_are_read_in_all_their_forms(header, found):
    assert linked(header, TOPIC) == found


def test_every_source_has_secrets_of_its_own():
    one, other = (Callback.of("https://w.example", name, "a secret of sixteen") for name in ("a", "b"))

    assert not {one.token, one.secret} & {other.token, other.secret}
    assert "a secret" not in one.url


async def test_who_leaves_asks_the_hub_and_confirms_that_alone():
    reader, _, form = await subscribed(answer(status=202))

    await reader.leave()

    farewell = asked(reader)[-1]
    assert farewell == {"hub.mode": "unsubscribe", "hub.topic": TOPIC, "hub.callback": form["hub.callback"]}
    assert reader.greet(greeting(form, hub_mode="unsubscribe")) == "c1"
    for wrong in ({"hub_topic": "https://evil.example/"}, {"token": "guess"}, {"hub_mode": "subscribe"}):
        with pytest.raises(SourceRejected):
            reader.greet(greeting(form, **({"hub_mode": "unsubscribe"} | wrong)))


async def test_who_never_subscribed_has_nothing_to_leave():
    reader = source(whole(1))

    await reader.leave()

    assert asked(reader) == []


async def test_a_hub_that_does_not_let_us_go_is_told_about():
    reader, *_ = await subscribed(answer(b"no", status=500))

    with pytest.raises(SourceRejected, match="answered 500 when asked to unsubscribe"):
        await reader.leave()


def test_an_agreement_is_that_of_a_feed_and_a_name():
    assert source(whole()).agreement == source(whole(), preset="youtube").agreement
    assert source(whole()).agreement != source(whole(), url="https://other.example/feed").agreement
