"""Whether Slack would take a message now: a token that is valid, and a channel that is there for the bot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from urllib.parse import urlencode

from crisiswatch.channels.slack.wire import Answer, classify
from crisiswatch.core.outbox import Attempt, Outcome

CHECK_EVERY = timedelta(minutes=10)

_MAY_NOT_ASK = frozenset(("missing_scope", "method_not_supported_for_channel_type"))

Ask = Callable[[str, str], Awaitable[Answer | Attempt]]


async def check(ask: Ask, channel: str) -> Attempt:
    """Ask who we are and, where `channel` is an id, whether we may write there; nothing is posted.

    A bot without channels:read (groups:read) cannot ask about the channel: its token alone is checked.
    """
    attempt = classify(await ask("auth.test", ""))
    if attempt.outcome is not Outcome.DELIVERED or not channel:
        return attempt
    answer = await ask("conversations.info", urlencode({"channel": channel}))
    attempt = classify(answer)
    if attempt.detail in _MAY_NOT_ASK:
        return Attempt(Outcome.DELIVERED, "the token is valid")
    if attempt.outcome is not Outcome.DELIVERED or not isinstance(answer, Answer):
        return attempt
    found = answer.data.get("channel")
    known = found if isinstance(found, dict) else {}
    if known.get("is_archived") is True:
        return Attempt(Outcome.REJECTED, "is_archived")
    if known.get("is_member") is False:
        return Attempt(Outcome.REJECTED, "not_in_channel")
    return Attempt(Outcome.DELIVERED, "token and channel are there")
