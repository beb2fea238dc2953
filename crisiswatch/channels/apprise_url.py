"""Apprise: any service that has an apprise URL, told in plain text from a killable worker process."""

from __future__ import annotations

import importlib.util
import logging
import re
import warnings
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field, SecretStr, field_validator

from crisiswatch.core.messages import Message
from crisiswatch.core.outbox import Attempt, Outcome
from crisiswatch.core.throttling import Limit
from crisiswatch.errors import WorkFailed, WorkNotBegun, WorkTimedOut
from crisiswatch.plugins import ChannelTools, Kind, Options, Way
from crisiswatch.ports import Abilities, Channel

if TYPE_CHECKING:
    from apprise import NotifyBase

DEADLINE = timedelta(seconds=10)
TITLE_LIMIT = 250
BODY_LIMIT = 8_000

STATED = (
    (r"tgram://", Limit(per_second=0.25, burst=5)),  # 1 a second to a chat, 20 a minute to a group
    (r"discord://|https://(?:\w+\.)?discord(?:app)?\.com/", Limit(per_second=0.4, burst=4)),  # 5 in 2 s, 30 a minute
    (r"msteams://|https://[\w.-]+\.office\.com/", Limit(per_second=1.0, burst=3)),  # 4 a second, 60 in 30 s
    (r"slack://|https://hooks\.slack\.com/", Limit(per_second=1.0, burst=4)),  # 1 a second, short bursts above that
)
"""What services state of one chat or webhook, by the start of the apprise URL: within these, no stated window is
overstepped, a burst at its beginning included."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
_CALLS_EVERYBODY = re.compile(r"@(?=(?:everyone|here|channel|all|room)\b)", re.IGNORECASE)
_NOTHING = "\N{ZERO WIDTH SPACE}"


class AppriseOptions(Options):
    """One apprise URL. What it can do depends on the service; nothing can be edited, threaded or asked."""

    url: SecretStr = Field(description="An apprise URL, for example ntfys://topic; never shown.")

    @field_validator("url")
    @classmethod
    def _is_known(cls, url: SecretStr) -> SecretStr:
        text = url.get_secret_value()
        if not _SCHEME.fullmatch(text):
            raise ValueError("must look like service://…, without spaces")
        if importlib.util.find_spec("apprise") is None:
            raise ValueError("needs apprise: install crisiswatch[apprise]")
        if load(text, DEADLINE.total_seconds()) is None:
            raise ValueError("is not an apprise URL that this version understands")
        return url

    @property
    def limit(self) -> Limit | None:
        """Return what the service takes; None where it states nothing that we know of."""
        return stated_limit(self.url.get_secret_value())


class AppriseUrl:
    """Sends through apprise in a worker: what it hangs on, or breaks, goes away with the worker."""

    abilities = Abilities(is_single=True)

    def __init__(self, name: str, options: AppriseOptions, tools: ChannelTools) -> None:
        self.name = name
        self._url = options.url
        self._tools = tools

    async def send(self, message: Message, previous: str | None) -> Attempt:
        """Send once; apprise does not say why it failed, so a failure may have been a delivery."""
        title = inert(message.headline)[:TITLE_LIMIT]
        body = inert(self._tools.plain(message))[:BODY_LIMIT]
        try:
            result = await self._tools.isolator.call(
                deliver, self._url.get_secret_value(), title, body, DEADLINE.total_seconds()
            )
        except WorkNotBegun:
            return Attempt(Outcome.REFUSED, "the worker was busy with other messages; this one was not begun")
        except WorkTimedOut:
            return Attempt(Outcome.UNKNOWN, "the worker was stopped before it answered")
        except WorkFailed:
            # It may have died after the service had accepted.
            return Attempt(Outcome.UNKNOWN, "the worker failed")
        return classify(result)

    async def find(self, message: Message) -> Attempt | None:
        """Return None: apprise keeps no id that could be asked for."""
        return None

    async def close(self) -> None:
        """End the worker, which is this channel's own."""
        await self._tools.isolator.close()


def deliver(url: str, title: str, body: str, timeout: float) -> dict[str, str]:
    """Send to one apprise URL and return `{"status": …}`. Runs in the worker; `timeout` is in seconds."""
    import apprise

    service = load(url, timeout)
    if service is None:
        return {"status": "NOMATCH"}
    sender = apprise.Apprise(asset=service.asset)
    sender.add(service)
    with sender.notify(
        body=body, title=title, body_format=apprise.NotifyFormat.TEXT, interpret_escapes=False, timeout=timeout
    ) as result:
        return {"status": str(result.status.name)}


def load(url: str, timeout: float) -> NotifyBase | None:
    """Return the one service behind a URL with our limits set, None if there is none. Nothing is logged."""
    import apprise

    # Even at its quietest, apprise repeats parts of a URL in what it logs.
    logging.getLogger("apprise").disabled = True
    asset = apprise.AppriseAsset(
        service_timeout=timeout, http_redirects=False, secure_logging=True, interpret_emojis=False
    )
    with warnings.catch_warnings():
        # The first call imports every service that apprise knows, and what is deprecated in those is not ours.
        warnings.simplefilter("ignore", DeprecationWarning)
        service = apprise.Apprise.instantiate(url, asset=asset)
    if service is not None:
        # A URL may ask for these; repeats are the outbox's, and a redirect may lead anywhere.
        service.retry = 0
        service.redirects = False
        service.overflow_mode = apprise.OverflowMode.TRUNCATE
    return service


def stated_limit(url: str) -> Limit | None:
    """Return what the service behind an apprise URL takes; None where it states nothing that we know of."""
    return next((limit for start, limit in STATED if re.match(start, url, re.IGNORECASE)), None)


def classify(result: Mapping[str, str]) -> Attempt:
    """Return what apprise's status says: a failure or a time-out may have come after the service accepted."""
    status = result.get("status", "")
    outcomes = {"SUCCESS": Outcome.DELIVERED, "NOMATCH": Outcome.REJECTED}
    outcome = outcomes.get(status, Outcome.UNKNOWN)
    return Attempt(outcome, f"apprise: {status.lower()}"[:200])


def inert(text: str) -> str:
    """Return the text so that no service reads a mention, a tag or a masked link in it; addresses still work."""
    return re.sub(r"\S+", lambda word: _inert_word(word.group()), text)


def _inert_word(word: str) -> str:
    if word.startswith(("http://", "https://")):
        return _CALLS_EVERYBODY.sub("%40", word).replace("<", "%3C").replace("](", "%5D(")
    return word.replace("@", f"@{_NOTHING}").replace("<", f"<{_NOTHING}").replace("](", f"]{_NOTHING}(")


def _build(name: str, options: AppriseOptions, tools: ChannelTools) -> Channel:
    return AppriseUrl(name, options, tools)


KIND: Kind[Channel] = Kind(
    name="apprise",
    summary="any other service by its apprise URL, plain text; may repeat after an unclear failure",
    options=AppriseOptions,
    build=_build,
    example={"url": "ntfys://crisiswatch-example"},
    ways=(Way("apprise", "no", "no", "no", "signed links, in the text", "new message", "no"),),
)
