from __future__ import annotations

import hmac
import json
from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_fakes import FILES, NOW, tools

from crisiswatch.core.models import Batch, Tombstone, Via
from crisiswatch.errors import BadInput, SourceRejected, TooLarge
from crisiswatch.sources.importing.webhook import ITEM_LIMIT, KIND, parse_delivery

GOOD = {"external_id": "1", "published_at": "2026-11-18T08:58:00Z", "text": "norvik lid"}


def hook(**options):
    return KIND.build("inbox", KIND.options(**{"secret": "s3cret", **options}), tools())


def signed(body: bytes, secret: bytes = b"s3cret", at=NOW) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    signature = hmac.new(secret, stamp.encode() + b"." + body, sha256).hexdigest()
    return {"x-crisiswatch-signature": f"t={stamp},v1={signature}"}


def receive(document: object) -> Batch:
    body = json.dumps(document).encode()
    return hook().receive(signed(body), body, NOW)


def test_takes_one_mention_a_list_a_batch_and_lines():
    lines = b"\n".join(json.dumps(GOOD | {"external_id": str(n)}).encode() for n in range(3))

    assert [m.external_id for m in receive(GOOD).mentions] == ["1"]
    assert len(receive([GOOD, GOOD | {"external_id": "2"}]).mentions) == 2
    assert len(receive({"mentions": [GOOD]}).mentions) == 1
    assert len(hook().receive(signed(lines), lines, NOW).mentions) == 3


def test_reads_the_example_batch_with_its_deletions():
    document = json.loads((FILES / "webhook_batch.json").read_bytes())
    document["mentions"][0]["kind"] = "article"

    batch = receive(document)

    (mention,) = batch.mentions
    assert (mention.source, mention.external_id, mention.kind, mention.via) == ("inbox", "r-1", "article", Via.PUSH)
    assert (mention.author, mention.author_name, mention.author_followers) == ("a1", "A. Writer", 0)
    assert batch.tombstones == (Tombstone(source="inbox", external_id="r-0"),)


def test_a_sender_cannot_write_into_another_source():
    (mention,) = receive(GOOD | {"source": "press"}).mentions

    assert (mention.source, mention.instance) == ("inbox", "press")


def test_a_bad_mention_is_counted_and_the_others_are_taken():
    batch = receive([GOOD, GOOD | {"kind": "news"}, {"external_id": "3"}, 7])

    assert (len(batch.mentions), batch.skipped) == (1, 3)
    assert "mention 2" in batch.warnings[0]


def test_a_repeated_delivery_brings_the_same_mentions():
    assert receive(GOOD).mentions[0].uid == receive(GOOD).mentions[0].uid


def test_accepts_the_previous_secret_while_it_is_being_changed():
    body = json.dumps(GOOD).encode()

    batch = hook(previous_secret="older").receive(signed(body, b"older"), body, NOW)

    assert len(batch.mentions) == 1


BODY = json.dumps(GOOD).encode()
FORGED = {
    "no header": {},
    "another secret": signed(BODY, b"guess"),
    "another body": signed(BODY + b" "),
    "empty": {"x-crisiswatch-signature": ""},
    "no time": {"x-crisiswatch-signature": "v1=" + "0" * 64},
    "no signature": {"x-crisiswatch-signature": f"t={int(NOW.timestamp())}"},
    "other digits": {"x-crisiswatch-signature": "t=\u0661\u0662,v1=00"},
    "not ASCII": {"x-crisiswatch-signature": f"t={int(NOW.timestamp())},v1=\u00e9\udc80"},
    "long time": {"x-crisiswatch-signature": "t=" + "9" * 500 + ",v1=00"},
    "too old": signed(BODY, at=NOW - timedelta(seconds=301)),
    "from the future": signed(BODY, at=NOW + timedelta(seconds=301)),
}


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED.keys())
def test_refuses_what_was_not_signed_here_and_now(headers):
    with pytest.raises(SourceRejected) as caught:
        hook().receive(headers, BODY, NOW)

    assert caught.value.reason == "auth"


def test_every_changed_byte_of_body_and_signature_is_noticed():
    header = signed(BODY)["x-crisiswatch-signature"]

    for position in range(len(BODY)):
        changed = BODY[:position] + bytes([BODY[position] ^ 1]) + BODY[position + 1 :]
        with pytest.raises(SourceRejected):
            hook().receive(signed(BODY), changed, NOW)
    for position in range(len(header)):
        changed = header[:position] + chr(ord(header[position]) ^ 1) + header[position + 1 :]
        with pytest.raises(SourceRejected):
            hook().receive({"x-crisiswatch-signature": changed}, BODY, NOW)


@pytest.mark.parametrize(("depth", "is_taken"), [(31, True), (32, True), (33, False), (10_000, False)])
def test_json_is_read_to_a_depth_of_32(depth, is_taken):
    body = b"[" * depth + b"]" * depth

    if is_taken:
        assert parse_delivery(body, "inbox").mentions == ()
    else:
        with pytest.raises(BadInput):
            parse_delivery(body, "inbox")


@pytest.mark.parametrize("seconds", [-299, 0, 299])
def test_clocks_may_differ_by_five_minutes(seconds):
    at = NOW + timedelta(seconds=seconds)

    assert hook().receive(signed(BODY, at=at), BODY, NOW).mentions


def test_the_header_may_be_written_in_any_case():
    headers = {"X-Crisiswatch-Signature": signed(BODY)["x-crisiswatch-signature"]}

    assert hook().receive(headers, BODY, NOW).mentions


def test_refuses_what_is_too_large():
    with pytest.raises(TooLarge):
        hook().receive({}, b"x" * 1_000_001, NOW)
    with pytest.raises(TooLarge):
        parse_delivery(b"[" + b"0," * ITEM_LIMIT + b"0]", "inbox")


@pytest.mark.parametrize(
    "body",
    [b"", b"hello", b"<html></html>", b'{"external_id": "1"', b"[1, 2", b"[" * 33 + b"]" * 33, b"\xff\xfe{\0}\0",
     b'{"mentions": 5}', b'{"mentions": [1,\n2'],
)  # fmt: skip
def test_refuses_what_is_no_delivery(body):
    with pytest.raises(BadInput):
        parse_delivery(body, "inbox")


def test_secrets_are_not_shown():
    options = KIND.options(secret="canary-1", previous_secret="canary-2")

    assert "canary" not in repr(options)


@given(st.binary(max_size=300) | st.text(alphabet='{}[]":,ab1\\n', max_size=60).map(str.encode))
def test_any_body_is_taken_or_bad_input(body):
    try:
        batch = parse_delivery(body, "inbox")
    except BadInput:
        return
    assert isinstance(batch, Batch)
