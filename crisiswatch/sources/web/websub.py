"""Subscribes to a feed's hub (WebSub), so that new entries are sent to us; the feed is polled all the same.

What is agreed with the hub is kept in memory alone: a new process subscribes again, which renews the lease.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal
from urllib.parse import quote, urlencode, urljoin, urlsplit

from crisiswatch.errors import CrisiswatchError, SourceRejected
from crisiswatch.ports import Fetcher
from crisiswatch.sources.web.fields import LINK_LIMIT
from crisiswatch.sources.web.plain_text import clean

LEASE = timedelta(days=7)
"""How long we ask to be told, and the longest time for which a hub is believed."""

RENEW_AT = 0.8
"""Part of a lease after which it is renewed."""

AGAIN = timedelta(hours=1)
"""When a hub is asked again that has refused, failed or never called back."""

_ALGORITHMS = {"sha1": "sha1", "sha256": "sha256", "sha384": "sha384", "sha512": "sha512"}
_PARAMETER = r";\s*([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:\"([^\"]{0,500})\"|([^\s\",;]{0,500})))?\s*"
_LINK = re.compile(rf"<([^<>]{{1,2048}})>\s*((?:{_PARAMETER})*)")
_PARAMETERS = re.compile(_PARAMETER)


@dataclass(frozen=True, slots=True)
class Callback:
    """Where a hub reaches us, and the secrets of one source that only we and this hub know."""

    url: str
    token: str
    secret: str

    @classmethod
    def of(cls, public_url: str, name: str, secret: str) -> Callback:
        """Return the callback of the source `name`; other sources, and thus other hubs, get other secrets."""
        token = _derived(secret, f"callback {name}")[:32]
        url = f"{public_url.rstrip('/')}/hooks/{quote(name, safe='')}?{urlencode({'token': token})}"
        return cls(url, token, _derived(secret, f"signature {name}"))


class Subscription:
    """One feed's agreement with its hub."""

    def __init__(self, callback: Callback, fetcher: Fetcher) -> None:
        self._callback = callback
        self._fetcher = fetcher
        self._hub = ""
        self._topic = ""
        self._is_leaving = False
        self._asked_at: datetime | None = None
        self._renew_at: datetime | None = None
        self._refusal = ""

    @property
    def callback(self) -> str:
        """Return where the hub reaches us."""
        return self._callback.url

    async def renew(self, hub: str, topic: str, now: datetime) -> tuple[str, ...]:
        """Subscribe where that is due; return sentences about what went wrong. A hub that fails stops no poll."""
        told, self._refusal = self._refusal, ""
        if topic == self._topic and self._renew_at is not None and now < self._renew_at:
            return (told,) if told else ()
        # The hub may call back before it answers: what it will ask must be known by then.
        self._hub, self._topic, self._asked_at, self._renew_at = hub, topic, now, now + AGAIN
        try:
            problem = await self._ask("subscribe")
        except CrisiswatchError as error:
            problem = f"the hub cannot be asked: {error}"
        return tuple(sentence for sentence in (told, problem) if sentence)

    async def leave(self) -> None:
        """Ask the hub to tell us no more, if it was ever asked to. Raises SourceRejected where it refuses."""
        if not self._hub:
            return
        self._is_leaving = True
        problem = await self._ask("unsubscribe")
        if problem:
            raise SourceRejected(problem)

    def greet(self, query: Mapping[str, str]) -> str:
        """Return the challenge of a hub that asks whether we want this subscription.

        Raises SourceRejected for a stranger, another topic, and whatever we did not ask for.
        """
        given = query.get("token", "").encode(errors="replace")
        is_known = hmac.compare_digest(given, self._callback.token.encode())
        if not is_known or self._asked_at is None or query.get("hub.topic") != self._topic:
            raise SourceRejected("nobody here asked for this subscription", "auth")
        mode = query.get("hub.mode")
        if mode == "denied":
            self._refusal = clean(
                f"the hub refuses the subscription: {query.get('hub.reason', 'without a reason')}", 300
            )
            return ""
        if mode != ("unsubscribe" if self._is_leaving else "subscribe"):
            raise SourceRejected(f"a hub asks for {clean(str(mode), 20)!r}, which nobody wanted", "auth")
        if self._is_leaving:
            return query.get("hub.challenge", "")[:1_000]
        self._renew_at = self._asked_at + RENEW_AT * _lease(query.get("hub.lease_seconds", ""))
        return query.get("hub.challenge", "")[:1_000]

    def require_signature(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raise SourceRejected unless the hub signed the body with the secret that we gave it."""
        given = next((value for name, value in headers.items() if name.lower() == "x-hub-signature"), "")[:500]
        method, _, signature = given.strip().partition("=")
        algorithm = _ALGORITHMS.get(method.lower())
        if algorithm is None:
            raise SourceRejected("the signature is missing or of an unknown kind", "auth")
        expected = hmac.new(self._callback.secret.encode(), body, algorithm).hexdigest()
        if not hmac.compare_digest(expected.encode(), signature.lower().encode(errors="replace")):
            raise SourceRejected("the signature does not match", "auth")

    async def _ask(self, mode: Literal["subscribe", "unsubscribe"]) -> str:
        wanted = {"hub.mode": mode, "hub.topic": self._topic, "hub.callback": self._callback.url}
        if mode == "subscribe":
            lease = str(int(LEASE.total_seconds()))
            wanted |= {"hub.secret": self._callback.secret, "hub.lease_seconds": lease}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await self._fetcher.fetch(self._hub, method="POST", headers=headers, body=urlencode(wanted).encode())
        if 200 <= answer.status < 300:
            return ""
        said = clean(answer.body[:200].decode("utf-8", "replace"), 150)
        return f"the hub {urlsplit(self._hub).hostname} answered {answer.status} when asked to {mode}: {said}"


def linked(header: str, base: str) -> dict[str, str]:
    """Return the first http(s) address by relation in a `Link` header; relative ones start at `base`."""
    found: dict[str, str] = {}
    for match in _LINK.finditer(header[:20_000]):
        given = ((name.lower(), quoted or bare) for name, quoted, bare in _PARAMETERS.findall(match[2]))
        relations = next((value for name, value in given if name == "rel"), "")
        try:
            url = urljoin(base, match[1].strip())
        except ValueError:
            continue
        if len(url) <= LINK_LIMIT and url.lower().startswith(("http://", "https://")):
            for name in relations.lower().split():
                found.setdefault(name, url)
    return found


def _lease(seconds: str) -> timedelta:
    """Return how long the hub says that it will tell us, at most `LEASE`, at least an hour."""
    if not (seconds.isascii() and seconds.isdecimal() and len(seconds) < 10):
        return LEASE
    return min(max(timedelta(seconds=int(seconds)), AGAIN), LEASE)


def _derived(secret: str, purpose: str) -> str:
    return hmac.new(secret.encode(), f"websub {purpose}".encode(), sha256).hexdigest()
