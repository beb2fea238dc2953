"""`telegram`: posts of Telegram channels and public groups that a bot of yours is a member of.

*Access*: a bot's token from @BotFather; the bot must be an administrator of the channel, or a member of the group.
*Cost*: one request a poll. *Limits*: 100 updates a request; no other program may read the same bot. *Look-back*: 24
hours: what happens during a longer absence is lost. *Delay*: the poll's interval. *Cannot see*: other people's
channels, views, deletions, and edits of a post that was read. *Quality*: complete for the bot's channels. Taken from
documents; never seen live.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import msgspec
from pydantic import ConfigDict, Field, SecretStr

from crisiswatch.core.allowances import LONGEST_WAIT
from crisiswatch.core.models import TEXT_LIMIT, Batch, Coverage, Mention, Quality
from crisiswatch.errors import BadInput, CrisiswatchError, RateLimited, SourceRejected, SourceUnavailable
from crisiswatch.plugins import Access, Kind, Options, SourceTools
from crisiswatch.ports import Hook, Response, Source
from crisiswatch.sources.web.answers import decode_json, require_success
from crisiswatch.sources.web.cursors import stored
from crisiswatch.sources.web.plain_text import clean
from crisiswatch.sources.web.stretches import coverage, plausible, via

PAGE = 100
KEPT = timedelta(hours=24)
QUIET = timedelta(days=6)
"""After a week without updates their numbers begin anew, anywhere: before that the number is forgotten."""

NAME_LIMIT = 500
WANTED = "%5B%22channel_post%22%2C%22edited_channel_post%22%2C%22message%22%5D"


class TelegramOptions(Options):
    """Which bot."""

    model_config = ConfigDict(defer_build=True)

    token: SecretStr = Field(min_length=1, description="The bot's token.")


class TelegramCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """The number of the next update, when the last one came, and until when all were read."""

    offset: int = 0
    last: datetime | None = None
    until: datetime | None = None


class Updates(msgspec.Struct, frozen=True):
    """One answer: its mentions (without a source), the highest number of an update, how many there were."""

    mentions: tuple[Mention, ...]
    highest: int | None = None
    listed: int = 0


class TelegramSource:
    """A `Source` that reads a bot's updates; asking for the next ones confirms those that were stored."""

    def __init__(self, name: str, options: TelegramOptions, tools: SourceTools) -> None:
        self.name = name
        self._token = options.token.get_secret_value()
        self._tools = tools

    async def fetch(self, cursor: str | None, now: datetime) -> Batch:
        """Return what is new since `cursor`, with the cursor to store beside it."""
        known = _parse_cursor(cursor)
        is_quiet = known.last is None or now - known.last > QUIET
        query = f"limit={PAGE}&timeout=0&allowed_updates={WANTED}" + ("" if is_quiet else f"&offset={known.offset}")
        response = await self._ask(f"getUpdates?{query}")
        require_answer(response, now)
        try:
            updates = parse_updates(response.body)
        except BadInput as error:
            raise SourceUnavailable(f"{self.name}: {error}", "parse") from error
        return self._batch(known, updates, now)

    async def close(self) -> None:
        """Let go: nothing is kept open."""
        return

    async def _ask(self, call: str) -> Response:
        try:
            return await self._tools.fetcher.fetch(f"https://api.telegram.org/bot{quote(self._token, safe=':')}/{call}")
        except CrisiswatchError as error:
            # The address holds the token, and messages of the fetcher hold the address.
            said = str(error).replace(quote(self._token, safe=":"), "…")
            raise SourceUnavailable(said, getattr(error, "reason", "unavailable")) from None

    def _batch(self, known: TelegramCursor, updates: Updates, now: datetime) -> Batch:
        more = updates.listed >= PAGE
        is_new = updates.highest is not None
        cursor = TelegramCursor(
            offset=(updates.highest or 0) + 1 if is_new else known.offset,
            last=now if is_new else known.last,
            until=known.until if more else now,
        )
        return Batch(
            mentions=tuple(self._own(mention, known.until, now) for mention in updates.mentions),
            coverage=() if more else self._coverage(known.until, now),
            cursor=msgspec.json.encode(cursor).decode(),
            more=more,
            cost=1.0,
        )

    def _coverage(self, until: datetime | None, now: datetime) -> tuple[Coverage, ...]:
        return coverage(self.name, max(until, now - KEPT) if until else None, now, Quality.COMPLETE)

    def _own(self, mention: Mention, until: datetime | None, now: datetime) -> Mention:
        return msgspec.structs.replace(mention, source=self.name, via=via(mention.published_at, until, now))


def require_answer(response: Response, now: datetime) -> None:
    """Raise what an error of the bot API means."""
    if response.status == 409:
        raise SourceRejected("api.telegram.org: another program reads this bot, or a webhook is set", "http_4xx")
    if response.status == 429:
        raise RateLimited("api.telegram.org answered 429", _wait(response.body))
    require_success(response, now)


def parse_updates(body: bytes) -> Updates:
    """Return the posts in an answer. Raises BadInput."""
    document = decode_json(body)
    result = document.get("result") if isinstance(document, dict) else None
    if not isinstance(result, list):
        raise BadInput("no list of updates")
    numbers = [item.get("update_id") for item in result if isinstance(item, dict)]
    known = [number for number in numbers if isinstance(number, int) and 0 <= number < 2**53]
    posts = [_post(item) for item in result if isinstance(item, dict)]
    mentions = {post.external_id: post for post in posts if post is not None}
    return Updates(tuple(mentions.values()), max(known, default=None), len(result))


def _post(update: Mapping[str, Any]) -> Mention | None:
    """Return the post in an update; None for groups without a public name, and for posts without words."""
    held = (update.get(key) for key in ("channel_post", "edited_channel_post", "message"))
    post = next((one for one in held if isinstance(one, dict)), {})
    chat = post.get("chat")
    place = chat if isinstance(chat, dict) else {}
    text = _words(post.get("text"), TEXT_LIMIT) or _words(post.get("caption"), TEXT_LIMIT)
    number, identity, name = post.get("message_id"), place.get("id"), _words(place.get("username"))
    is_public = place.get("type") == "channel" or name is not None
    if text is None or not is_public or not isinstance(number, int) or not isinstance(identity, int):
        return None
    sender = post.get("from")
    author = sender if isinstance(sender, dict) else place
    return Mention(
        source="",
        external_id=f"{identity}/{number}",
        text=text,
        author=str(author.get("id", ""))[:50] or None,
        author_name=_words(author.get("title")) or _words(author.get("username")),
        permalink=f"https://t.me/{name}/{number}" if name and name.isascii() and name.isidentifier() else None,
        published_at=_moment(post.get("date")),
        parent_id=_parent(post, identity),
    )


def _parent(post: Mapping[str, Any], chat: int) -> str | None:
    answered = post.get("reply_to_message")
    number = answered.get("message_id") if isinstance(answered, dict) else None
    return f"{chat}/{number}" if isinstance(number, int) else None


def _wait(body: bytes) -> timedelta | None:
    try:
        document = decode_json(body)
    except BadInput:
        return None
    parameters = document.get("parameters") if isinstance(document, dict) else None
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return min(timedelta(seconds=seconds), LONGEST_WAIT) if isinstance(seconds, int) and 0 <= seconds < 10**9 else None


def _moment(value: object) -> datetime | None:
    try:
        is_time = isinstance(value, int) and not isinstance(value, bool)
        return plausible(datetime.fromtimestamp(value, UTC)) if is_time and isinstance(value, int) else None
    except (ValueError, OverflowError, OSError):
        return None


def _words(value: object, limit: int = NAME_LIMIT) -> str | None:
    return clean(value.strip(), limit) or None if isinstance(value, str) else None


def _parse_cursor(cursor: str | None) -> TelegramCursor:
    return stored(cursor, TelegramCursor) or TelegramCursor()


def build(name: str, options: TelegramOptions, tools: SourceTools) -> TelegramSource:
    """Return the source that the operator called `name`."""
    return TelegramSource(name, options, tools)


KIND: Kind[Source | Hook] = Kind(
    name="telegram",
    summary="Posts of Telegram channels and public groups that your bot is in.",
    options=TelegramOptions,
    build=build,
    example={"token": "${TELEGRAM_TOKEN}"},
    access=Access(
        network="Telegram",
        access="key",
        cost="none",
        look_back="24 hours",
        delay="the poll's interval",
        tested="fixture only",
        route="channels your bot is in; others by an RSS bridge",
    ),
)
