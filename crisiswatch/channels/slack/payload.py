"""What is said to Slack: pure payloads, in which nothing that a stranger wrote is markup."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from crisiswatch.core.messages import Message
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import NotificationKind

BLOCK_LIMIT = 50
SECTION_LIMIT = 3_000
TEXT_LIMIT = 2_000
EVENT_TYPE = "crisiswatch_incident"

INERT: Mapping[str, object] = {"unfurl_links": False, "unfurl_media": False, "parse": "none", "link_names": False}
"""Nothing is looked up, fetched or turned into a mention."""

_CALLING = frozenset(
    (NotificationKind.OPENED, NotificationKind.RAISED, NotificationKind.REOPENED, NotificationKind.ESCALATED)
)
_CALL = re.compile(r"<(?=[@!](?!date\^))")


def card(message: Message, blocks: Sequence[Mapping[str, Any]], people: str = "") -> dict[str, Any]:
    """Return the card: its line for previews and screen readers, its blocks, and last the people to call."""
    called = [_section("mrkdwn", people)] if people else []
    shown = [_without_calls(block) for block in blocks[: BLOCK_LIMIT - len(called)]]
    return {"text": top_line(message), "blocks": [*shown, *called]}


def with_picture(blocks: Sequence[Mapping[str, Any]], picture: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the blocks with the picture above the buttons: what is normal is seen before anybody acts."""
    place = next((i for i, block in enumerate(blocks) if block.get("type") == "actions"), min(2, len(blocks)))
    return [*blocks[:place], picture, *blocks[place:]][:BLOCK_LIMIT]


def without_pictures(blocks: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the blocks without images."""
    return [block for block in blocks if block.get("type") != "image"]


def with_buttons(blocks: Sequence[Mapping[str, Any]], buttons: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """Return the blocks with these buttons in the place of links."""
    return [buttons if buttons and block.get("type") == "actions" else block for block in blocks]


def reply(message: Message, people: str = "") -> dict[str, Any]:
    """Return a reply in the thread: what changed, in plain text, and the people to call."""
    words = "\n".join(line for line in (message.headline, message.state, message.since) if line.strip())
    called = [_section("mrkdwn", people)] if people else []
    return {"text": top_line(message), "blocks": [_section("plain_text", words or message.incident), *called]}


def safe(plain: str) -> dict[str, Any]:
    """Return what replaces text and blocks that Slack found too long or wrong: plain text, cut short."""
    return {"text": escape(plain[:TEXT_LIMIT]) or "-", "blocks": []}


def marked(message: Message, key: str, host: str) -> dict[str, Any]:
    """Return the metadata by which a post is found again."""
    return {
        "metadata": {
            "event_type": EVENT_TYPE,
            "event_payload": {"n": key, "incident": message.incident, "host": host},
        }
    }


def top_line(message: Message) -> str:
    """Return the line that a locked phone shows; the card's foot has the number by which people know a repeat.

    Where there is none, the headline with incident and number of the message.
    """
    return escape(message.preview or f"{message.headline[:TEXT_LIMIT]} ({message.incident}·{message.number})")


def callees(message: Message, ids: Sequence[str]) -> str:
    """Return mentions of the people in the config where a critical alarm is news, nothing otherwise."""
    if message.kind not in _CALLING or message.severity is not Severity.CRITICAL or message.is_test:
        return ""
    return " ".join(f"<!subteam^{one}>" if one.startswith("S") else f"<@{one}>" for one in ids)


def escape(text: str) -> str:
    """Return the text with the three characters that mean something to Slack escaped once."""
    text = text.encode("utf-8", "replace").decode().replace("\0", "")
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def post_with_key(posts: Sequence[Mapping[str, Any]], key: str) -> str | None:
    """Return the ts of the card to which the post with that key belongs."""
    for post in posts:
        if _mark(post).get("n") == key:
            return str(post.get("thread_ts") or post.get("ts"))
    return None


def card_of(posts: Sequence[Mapping[str, Any]], message: Message, host: str) -> str | None:
    """Return the ts of the newest card about the message's incident; replies are no cards."""
    for post in posts:
        mark = _mark(post)
        is_card = post.get("thread_ts") in (None, post.get("ts"))
        if is_card and mark.get("incident") == message.incident and mark.get("host") == host:
            return str(post.get("ts"))
    return None


def _mark(post: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = post.get("metadata")
    if not isinstance(metadata, Mapping) or metadata.get("event_type") != EVENT_TYPE:
        return {}
    payload = metadata.get("event_payload")
    return payload if isinstance(payload, Mapping) else {}


def _section(kind: str, text: str) -> dict[str, Any]:
    inner: dict[str, Any] = {"type": kind, "text": text[:SECTION_LIMIT]}
    return {"type": "section", "text": {**inner, "emoji": False} if kind == "plain_text" else inner}


def _without_calls(value: Any) -> Any:
    """Return blocks in which nobody is called: the renderer never calls, so what looks like a call is a stranger's."""
    if isinstance(value, str):
        return _CALL.sub("&lt;", value)
    if isinstance(value, Mapping):
        return {key: _without_calls(inner) for key, inner in value.items()}
    return [_without_calls(inner) for inner in value] if isinstance(value, list | tuple) else value
