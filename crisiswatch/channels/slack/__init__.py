"""Slack: one card per incident, edited in place, with a thread; or new messages through an incoming webhook."""

from __future__ import annotations

from crisiswatch.channels.slack.bot import SlackBot
from crisiswatch.channels.slack.hook import SlackHook
from crisiswatch.channels.slack.options import SlackOptions
from crisiswatch.plugins import ChannelTools, Kind, Way
from crisiswatch.ports import Channel


def _build(name: str, options: SlackOptions, tools: ChannelTools) -> Channel:
    return SlackBot(name, options, tools) if options.token else SlackHook(name, options, tools)


KIND: Kind[Channel] = Kind(
    name="slack",
    summary="bot: one card per incident, edited, with a thread, never twice; webhook: a new message per state",
    options=SlackOptions,
    build=_build,
    example={"channel": "#pr-alerts", "token": "xoxb-example", "mention": ["S0123456789"]},
    ways=(
        Way("slack bot", "yes", "yes", "private file", "buttons, or signed links", "edit", "asked by key"),
        Way("slack webhook", "no", "no", "no", "signed links", "new message", "no"),
    ),
)
