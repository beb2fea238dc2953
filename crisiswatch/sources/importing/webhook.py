"""`webhook`: mentions that a program sends us, signed.

*Access*: free; the sender needs the secret. *Cost*: none. *Limits*: 1 MB a delivery, 32 levels of JSON.
*Look-back*: none; what is sent while we are down is lost unless the sender repeats it, which is always safe.
*Cannot see*: whether the sender has gone quiet; so it brings no coverage of its own. *Quality*: as good as the sender.

A delivery is one mention of the import format, a list of them, `{"mentions": [...], "deletions": [...]}`, or one
mention a line. It carries `X-Crisiswatch-Signature: t=<unix time>,v1=<hex>`, with
v1 = HMAC-SHA256(secret, t + "." + body).

With `format` a listening suite may deliver in its own words. Suites cannot sign as above: they may instead send the
secret itself, as `Authorization: Bearer`, or as the password of an address (Basic).
"""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Literal

import msgspec
from pydantic import ConfigDict, Field, SecretStr

from crisiswatch.core.models import Batch, Mention, Tombstone, Via
from crisiswatch.errors import BadInput, SourceRejected, TooLarge
from crisiswatch.plugins import Access, Kind, Options, SourceTools
from crisiswatch.ports import Hook, Source
from crisiswatch.sources.importing.lines import check_depth, read_mention
from crisiswatch.sources.importing.suites import Suite, parse_suite

BODY_LIMIT = 1_000_000
ITEM_LIMIT = 10_000
TOLERANCE = 300
"""Seconds by which a signature's time may differ from ours."""

REPORTED = 5
"""Bad mentions of one delivery that are described; the rest is only counted."""


class WebhookOptions(Options):
    """How deliveries are signed."""

    model_config = ConfigDict(defer_build=True)

    secret: SecretStr = Field(min_length=1, description="Secret that the sender signs with.")
    previous_secret: SecretStr | None = Field(
        default=None, min_length=1, description="Still accepted while the secret is being changed."
    )
    format: Literal["crisiswatch"] | Suite = Field(
        default="crisiswatch", description="In whose words deliveries come; a suite may send the secret as it is."
    )


class Webhook:
    """A `Hook` that takes mentions in the import format, or in the words of a suite."""

    def __init__(self, name: str, options: WebhookOptions) -> None:
        self.name = name
        self._format = options.format
        given = (options.secret, options.previous_secret)
        self._secrets = [secret.get_secret_value().encode() for secret in given if secret is not None]

    def receive(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Batch:
        """Return the mentions in a delivery."""
        if len(body) > BODY_LIMIT:
            raise TooLarge(f"a delivery of {len(body)} bytes, above {BODY_LIMIT}")
        if self._format == "crisiswatch":
            verify(headers, body, self._secrets, now)
            return parse_delivery(body, self.name)
        if not knows_secret(headers, self._secrets):
            verify(headers, body, self._secrets, now)
        mentions, reasons = parse_suite(body, self._format, self.name)
        if len(mentions) + len(reasons) > ITEM_LIMIT:
            raise TooLarge(f"a delivery of more than {ITEM_LIMIT} mentions")
        return Batch(mentions=mentions, skipped=len(reasons), warnings=reasons[:REPORTED], cost=1.0)


class _Delivery(msgspec.Struct):
    mentions: list[msgspec.Raw] | None = None
    deletions: list[_Deletion] | None = None


class _Deletion(msgspec.Struct):
    external_id: str | int
    instance: str | None = None


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[bytes], now: datetime) -> None:
    """Raise SourceRejected unless the body was signed, with one of the secrets, at about this time."""
    value = next((value for name, value in headers.items() if name.lower() == "x-crisiswatch-signature"), "")
    parts = [part.strip().partition("=") for part in value[:1_000].split(",")]
    sent_at = next((text for key, _, text in parts if key == "t"), "")
    signatures = [text for key, _, text in parts if key == "v1"]
    if not (sent_at.isascii() and sent_at.isdecimal() and len(sent_at) < 13 and signatures):
        raise SourceRejected("the signature is missing or malformed", "auth")
    if abs(now.timestamp() - int(sent_at)) > TOLERANCE:
        raise SourceRejected(f"the signature's time is more than {TOLERANCE} s from ours", "auth")
    signed = sent_at.encode() + b"." + body
    expected = [hmac.new(secret, signed, sha256).hexdigest().encode() for secret in secrets]
    # Every pair is compared, so that the time taken does not say which secret was close.
    matches = [hmac.compare_digest(one, given.encode(errors="replace")) for one in expected for given in signatures]
    if not any(matches):
        raise SourceRejected("the signature does not match", "auth")


def knows_secret(headers: Mapping[str, str], secrets: Sequence[bytes]) -> bool:
    """Tell whether the Authorization header holds one of the secrets: as bearer token, or as password."""
    value = next((value for name, value in headers.items() if name.lower() == "authorization"), "")[:2_000]
    scheme, _, given = value.strip().partition(" ")
    token = given.strip().encode(errors="replace")
    if scheme.lower() == "basic":
        try:
            token = b64decode(token, validate=True).partition(b":")[2]
        except binascii.Error:
            return False
    elif scheme.lower() != "bearer":
        return False
    # Every secret is compared, so that the time taken does not say which one was close.
    matches = [hmac.compare_digest(secret, token) for secret in secrets]
    return any(matches)


def parse_delivery(body: bytes, source: str) -> Batch:
    """Return the mentions in a delivery, each under `source`; what cannot be read is counted.

    Raises BadInput or TooLarge.
    """
    documents, deletions = _documents(body)
    if len(documents) + len(deletions) > ITEM_LIMIT:
        raise TooLarge(f"a delivery of more than {ITEM_LIMIT} mentions")
    mentions: list[Mention] = []
    reasons: list[str] = []
    for position, document in enumerate(documents, 1):
        try:
            mentions.append(_own(read_mention(document, source, Via.PUSH), source))
        except BadInput as error:
            reasons.append(f"mention {position}: {str(error)[:200]}")
    return Batch(
        mentions=tuple(mentions),
        tombstones=tuple(
            Tombstone(source=source, instance=deletion.instance or "", external_id=str(deletion.external_id))
            for deletion in deletions
        ),
        skipped=len(reasons),
        warnings=tuple(reasons[:REPORTED]),
        cost=1.0,
    )


def _own(mention: Mention, source: str) -> Mention:
    """Return the mention under the hook's name: a sender may not write into other sources."""
    if mention.source == source:
        return mention
    return msgspec.structs.replace(mention, source=source, instance=mention.instance or mention.source)


def _documents(body: bytes) -> tuple[Sequence[bytes], Sequence[_Deletion]]:
    """Return each mention as its own JSON text, and the deletions."""
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    if not text.startswith((b"{", b"[")):
        raise BadInput("a delivery is a JSON object, a list or lines of objects")
    try:
        check_depth(text)
        if text.startswith(b"["):
            return [bytes(item) for item in msgspec.json.decode(text, type=list[msgspec.Raw])], ()
        return _object(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 1 and all(line.lstrip().startswith(b"{") for line in lines):
            return lines, ()
        raise BadInput(f"not readable as JSON: {error}"[:200]) from error


def _object(text: bytes) -> tuple[Sequence[bytes], Sequence[_Deletion]]:
    delivery = msgspec.json.decode(text, type=_Delivery)
    if delivery.mentions is None and delivery.deletions is None:
        return [text], ()
    return [bytes(item) for item in delivery.mentions or ()], delivery.deletions or ()


def build(name: str, options: WebhookOptions, _: SourceTools) -> Webhook:
    """Return the hook that the operator called `name`."""
    return Webhook(name, options)


KIND: Kind[Source | Hook] = Kind(
    name="webhook",
    summary="Mentions that a program sends us, signed with HMAC-SHA256.",
    options=WebhookOptions,
    build=build,
    example={"secret": "${WEBHOOK_SECRET}"},
    access=Access(
        network="Webhook in",
        access="free",
        cost="none",
        look_back="none; the sender may repeat",
        delay="seconds",
        tested="real server",
    ),
)
