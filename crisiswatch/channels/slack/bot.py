"""Slack as a bot: one card per incident, edited in place, with a thread for what must be noticed."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from crisiswatch.channels.slack.checking import CHECK_EVERY, check
from crisiswatch.channels.slack.options import SlackOptions
from crisiswatch.channels.slack.payload import (
    INERT,
    callees,
    card,
    card_of,
    marked,
    post_with_key,
    reply,
    safe,
    with_buttons,
    with_picture,
    without_pictures,
)
from crisiswatch.channels.slack.pictures import Pictures
from crisiswatch.channels.slack.presses import CARD_OF, Origin, check_signature, payload_of, press_of
from crisiswatch.channels.slack.socket_mode import Reply, session
from crisiswatch.channels.slack.wire import TOO_MUCH, UNREADABLE, Answer, Wire, classify, page_of
from crisiswatch.core.hushing import Foreseen, Press, SilenceSent, SilenceWanted, Unfit
from crisiswatch.core.messages import Message
from crisiswatch.core.outbox import Attempt, NotificationKind, Outcome
from crisiswatch.errors import SourceRejected
from crisiswatch.plugins import ChannelTools
from crisiswatch.ports import Abilities

LOOK_BACK = timedelta(minutes=10)
PAGES, PAGE_SIZE = 10, 200

_CARDS = frozenset((NotificationKind.OPENED, NotificationKind.TEST))
_LOUD = frozenset((NotificationKind.RAISED, NotificationKind.REOPENED, NotificationKind.ESCALATED))
_CARD_GONE = frozenset(("message_not_found", "cant_update_message", "edit_window_closed"))
_CONVERSATION_ID = re.compile(r"[CDG][A-Z0-9]{7,}")
_PLAIN = "sent as plain text"
BLOCK_ID_LIMIT = 255
_JSON = "application/json; charset=utf-8"
_FORM = "application/x-www-form-urlencoded"


class SlackBot:
    """A card per incident by the Web API, with buttons that act where presses reach us.

    References are `channel:ts` of the card, also after a reply.
    """

    abilities = Abilities(edits=True, threads=True, pictures=True, buttons=True, can_ask=True)
    check_every = CHECK_EVERY

    def __init__(self, name: str, options: SlackOptions, tools: ChannelTools) -> None:
        self.name = name
        self._options = options
        self._tools = tools
        self._wire = Wire()
        self._token = options.token.get_secret_value() if options.token else ""
        self.listens = options.app_token is not None
        self._origin = Origin(options.team_id, options.app_id)
        self._pictures = Pictures(self._wire, options.base_url, self._token, tools.clock)
        self._id = options.channel if _CONVERSATION_ID.fullmatch(options.channel) else ""

    async def send(self, message: Message, previous: str | None) -> Attempt:
        """Post the card, edit it, or edit it and reply in its thread, as the kind of the message asks."""
        channel, _, ts = (previous or "").partition(":")
        if message.kind == NotificationKind.UPDATED and (ts or message.is_over):
            return await self._edit(message, channel, ts)
        if not ts or message.kind in _CARDS:
            return await self._post_card(message)
        if message.kind == NotificationKind.CLOSED:
            # The card first: no later edit would correct it.
            edited = await self._edit(message, channel, ts)
            is_in_place = edited.outcome is Outcome.DELIVERED and edited.reference == previous
            return await self._reply(message, channel, ts) if is_in_place else edited
        replied = await self._reply(message, channel, ts)
        if replied.outcome is not Outcome.DELIVERED:
            return replied
        edited = await self._edit(message, channel, ts)
        if edited.outcome is Outcome.DELIVERED:
            return edited
        return replace(replied, detail=f"replied; the card was not edited: {edited.detail}")

    async def find(self, message: Message) -> Attempt | None:
        """Look the key up in the channel and in the incident's thread; UNKNOWN if Slack did not answer now."""
        channel = self._id or await self._look_up_channel()
        oldest = min(message.opened_at, self._tools.clock.now()) - LOOK_BACK
        place = {"channel": channel, "oldest": f"{oldest.timestamp():.6f}"}
        posts = await self._read("conversations.history", place, "messages")
        if posts is None or isinstance(posts, Attempt):
            return posts
        if (ts := post_with_key(posts, message.key)) is None and (card := card_of(posts, message, self._tools.host)):
            posts = await self._read("conversations.replies", {**place, "ts": card}, "messages")
            if posts is None or isinstance(posts, Attempt):
                return posts
            ts = post_with_key(posts, message.key)
        return Attempt(Outcome.DELIVERED, "found", f"{channel}:{ts}") if ts else Attempt(Outcome.REFUSED, "not found")

    def pressed(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Press | None:
        """Return what a delivery to /slack/actions says, once its signature is checked."""
        if self._options.signing_secret is None:
            raise SourceRejected("no signing secret is configured", "auth")
        check_signature(self._options.signing_secret.get_secret_value(), headers, body, now)
        return self._press(payload_of(body))

    def admits(self, person: str) -> bool:
        """Tell whether that person is one of the responders, or everybody is."""
        return not self._options.responders or person in self._options.responders

    async def check(self) -> Attempt:
        """Ask Slack whether the token and, once its id is known, the channel are still there."""
        return await check(lambda method, form: self._ask(method, _FORM, form), self._id)

    async def ask(self, wanted: SilenceWanted, foreseen: Foreseen) -> Attempt:
        """Open the form over the card, for who pressed alone."""
        if self._tools.slack_form is None:
            return Attempt(Outcome.REJECTED, "no form is known")
        asked = {"trigger_id": wanted.trigger, "view": dict(self._tools.slack_form(foreseen))}
        return classify(await self._ask("views.open", _JSON, json.dumps(asked)))

    async def listen(self, take: Callable[[Press], Awaitable[bool]]) -> None:
        """Hear presses over Socket Mode, one connection after the other."""

        async def heard(payload: Mapping[str, Any], reply: Reply) -> None:
            try:
                press = self._press(payload)
            except SourceRejected:
                press = None  # from elsewhere, or of nobody: the card stays as it is
            if isinstance(press, SilenceSent):
                # Done before it is answered: a form that closes was kept.
                await reply(None if await take(press) else press.otherwise)
                return
            if isinstance(press, Unfit):
                await reply(press.reply)
                return
            await reply(None)
            if press is not None:
                await take(press)

        if self._options.app_token is not None:
            await session(self._wire, self._options.base_url, self._options.app_token.get_secret_value(), heard)

    def _press(self, payload: Mapping[str, Any]) -> Press | None:
        """Return what was pressed; a card from before it named its receiver is taken for ours."""
        press = press_of(payload, self._origin)
        return press and replace(press, receiver=press.receiver or self.name)

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()

    async def _post_card(self, message: Message) -> Attempt:
        payload = {
            **card(message, self._blocks(message), callees(message, self._options.mention)),
            **marked(message, message.key, self._tools.host),
            **INERT,
            "channel": self._options.channel,
        }
        attempt = await self._write("chat.postMessage", message, payload)
        channel, _, ts = (attempt.reference or "").partition(":")
        self._id = channel or self._id
        if ts and attempt.detail != _PLAIN and (picture := await self._pictures.block(message)):
            # The alert is out: whatever becomes of its picture changes nothing about that.
            drawn = {**payload, "channel": channel, "ts": ts, "blocks": with_picture(payload["blocks"], picture)}
            await self._ask("chat.update", _JSON, json.dumps(drawn))
        return attempt

    async def _edit(self, message: Message, channel: str, ts: str) -> Attempt:
        # Where a reply follows, the key belongs to the reply: finding the card must not pass for finding that.
        key = message.key if message.kind == NotificationKind.UPDATED else f"{message.key}.card"
        if not ts:
            return Attempt(Outcome.DELIVERED, "there is no card to edit")  # nobody is told anew of what is over
        picture = await self._pictures.block(message)
        blocks = self._blocks(message)
        payload = {
            **card(message, with_picture(blocks, picture) if picture else blocks),
            **marked(message, key, self._tools.host),
            "channel": channel,
            "ts": ts,
        }
        attempt = await self._write("chat.update", message, payload)
        if attempt.outcome is Outcome.DELIVERED:
            return replace(attempt, reference=f"{channel}:{ts}")
        if attempt.detail in _CARD_GONE:
            is_told = message.is_over and message.kind == NotificationKind.UPDATED
            return replace(attempt, outcome=Outcome.DELIVERED) if is_told else await self._post_card(message)
        # An edit can be repeated without being seen twice.
        return replace(attempt, outcome=Outcome.REFUSED) if attempt.outcome is Outcome.UNKNOWN else attempt

    async def _reply(self, message: Message, channel: str, ts: str) -> Attempt:
        payload = {
            **reply(message, callees(message, self._options.mention)),
            **marked(message, message.key, self._tools.host),
            **INERT,
            "channel": channel,
            "thread_ts": ts,
            "reply_broadcast": message.kind in _LOUD,
        }
        attempt = await self._write("chat.postMessage", message, payload)
        return replace(attempt, reference=f"{channel}:{ts}") if attempt.outcome is Outcome.DELIVERED else attempt

    async def _write(self, method: str, message: Message, payload: Mapping[str, Any]) -> Attempt:
        attempt = classify(await self._ask(method, _JSON, json.dumps(payload)))
        if attempt.detail not in TOO_MUCH:
            return attempt
        if any(block.get("type") == "image" for block in payload["blocks"]):
            # Slack may still be looking at the file: the card without it says more than plain text.
            return await self._write(method, message, {**payload, "blocks": without_pictures(payload["blocks"])})
        simple = json.dumps({**payload, **safe(self._tools.plain(message))})
        attempt = classify(await self._ask(method, _JSON, simple))
        return replace(attempt, detail=_PLAIN) if attempt.outcome is Outcome.DELIVERED else attempt

    def _blocks(self, message: Message) -> list[Mapping[str, Any]]:
        blocks = list(self._tools.slack_blocks(message))
        buttons = self._tools.slack_buttons(message) if self._options.has_buttons else None
        return with_buttons(
            blocks, {**buttons, "block_id": f"{CARD_OF}{self.name}"[:BLOCK_ID_LIMIT]} if buttons else None
        )

    async def _read(
        self, method: str, arguments: Mapping[str, str], key: str
    ) -> list[Mapping[str, Any]] | Attempt | None:
        """Return the items of all pages; UNKNOWN when Slack did not answer now; None when it will not tell."""
        items: list[Mapping[str, Any]] = []
        cursor = ""
        for _ in range(PAGES):
            form = {**arguments, "limit": str(PAGE_SIZE), "include_all_metadata": "true", "cursor": cursor}
            answer = await self._ask(method, _FORM, urlencode(form))
            attempt = classify(answer)
            if isinstance(answer, Attempt) or attempt.outcome is not Outcome.DELIVERED:
                return None if attempt.outcome is Outcome.REJECTED else replace(attempt, outcome=Outcome.UNKNOWN)
            page, cursor = page_of(answer.data, key)
            items += page
            if not cursor:
                return items
        return None

    async def _look_up_channel(self) -> str:
        kinds = {"types": "public_channel,private_channel", "exclude_archived": "true"}
        listed = await self._read("conversations.list", kinds, "channels")
        name = self._options.channel.lstrip("#")
        ids = (
            (str(one.get("id")) for one in listed if one.get("name") == name) if isinstance(listed, list) else iter(())
        )
        return next(ids, self._options.channel)

    async def _ask(self, method: str, content_type: str, content: str) -> Answer | Attempt:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": content_type}
        answer = await self._wire.post(f"{self._options.base_url.rstrip('/')}/{method}", headers, content.encode())
        # The Web API says ok in JSON; a bare "ok" is somebody else's.
        is_foreign = isinstance(answer, Answer) and not answer.error and not answer.data
        return replace(answer, error=UNREADABLE) if isinstance(answer, Answer) and is_foreign else answer
