"""Slack through an incoming webhook: a new message for each state, without edits and threads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from crisiswatch.channels.slack.options import SlackOptions
from crisiswatch.channels.slack.payload import INERT, callees, card, safe
from crisiswatch.channels.slack.wire import TOO_MUCH, Wire, classify
from crisiswatch.core.messages import Message
from crisiswatch.core.outbox import Attempt
from crisiswatch.plugins import ChannelTools
from crisiswatch.ports import Abilities


class SlackHook:
    """New messages through an incoming webhook: each state is a message of its own, and it cannot be asked."""

    abilities = Abilities(is_single=True)

    def __init__(self, name: str, options: SlackOptions, tools: ChannelTools) -> None:
        self.name = name
        self._options = options
        self._tools = tools
        self._wire = Wire()

    async def send(self, message: Message, previous: str | None) -> Attempt:
        """Post a new message, whatever was said before."""
        blocks = self._tools.slack_blocks(message)
        payload = {**card(message, blocks, callees(message, self._options.mention)), **INERT}
        attempt = await self._post(payload)
        if attempt.detail in TOO_MUCH or attempt.detail == "invalid_payload":
            return await self._post({**payload, **safe(self._tools.plain(message))})
        return attempt

    async def find(self, message: Message) -> Attempt | None:
        """Return None: an incoming webhook cannot be asked; the text carries the message's number."""
        return None

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()

    async def _post(self, payload: Mapping[str, Any]) -> Attempt:
        address = self._options.webhook_url.get_secret_value() if self._options.webhook_url else ""
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return classify(await self._wire.post(address, headers, json.dumps(payload).encode()))
