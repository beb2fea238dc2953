"""Does what people press on cards: an answer to an incident, or a silence that is asked for and then kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta

import structlog

from crisiswatch.core.abilities import Answerable, Asking
from crisiswatch.core.answering import Pressed
from crisiswatch.core.hushing import Foreseen, Press, SilenceSent, SilenceWanted, ask
from crisiswatch.core.incidents import Incident
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.core.silences import Preview, Silence, about, make_silence
from crisiswatch.engine.delivering import Dispatcher
from crisiswatch.engine.watching import Watcher
from crisiswatch.errors import BadInput, SourceRejected
from crisiswatch.ports import Channel, Clock, Store

ASK_WITHIN = timedelta(seconds=2.5)
"""Who pressed is asked within three seconds, or not at all: then the leave to ask has run out."""

log = structlog.get_logger()


class Presses:
    """Takes what the channels hear; `channels` are those in force."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        watcher: Watcher,
        dispatcher: Dispatcher,
        channels: Callable[[], Mapping[str, Channel]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._watcher = watcher
        self._dispatcher = dispatcher
        self._channels = channels

    def admit(self, press: Press) -> None:
        """Raise SourceRejected unless that person may act on the card that was pressed.

        Whichever channel heard of it: Slack delivers an app's presses once, and several receivers may share an app.
        """
        channel = self._channels().get(press.receiver)
        if not isinstance(channel, Answerable) or not channel.admits(press.person):
            raise SourceRejected("this person may not answer incidents here", "auth")

    async def take(self, press: Press) -> None:
        """Do it.

        Raises SourceRejected for who may not, BadInput for what cannot be done, TransientError where the store did not
        answer.
        """
        self.admit(press)
        if isinstance(press, Pressed):
            await self._watcher.answer(press.incident, press.given, self._clock.now())
        elif isinstance(press, SilenceWanted):
            await self._ask(press)
        elif isinstance(press, SilenceSent):
            await self._keep(press)

    async def _ask(self, wanted: SilenceWanted) -> None:
        """Ask for hours and reason, and say what would be held back."""
        channel, incident = self._channels().get(wanted.receiver), await self._store.incident(wanted.incident)
        if incident is None or not isinstance(channel, Asking):
            return
        hidden = (await self._made(incident, SilenceSent(wanted.incident, "?", 1, "?"))).hidden
        try:
            async with asyncio.timeout(ASK_WITHIN.total_seconds()):
                attempt = await channel.ask(wanted, Foreseen(incident, hidden, wanted.language, wanted.receiver))
            log.info("silence_asked", incident=incident.name, outcome=attempt.outcome.value, detail=attempt.detail)
        except TimeoutError:
            log.warning("silence_not_asked", incident=incident.name, receiver=wanted.receiver)

    async def _keep(self, sent: SilenceSent) -> Silence:
        incident = await self._store.incident(sent.incident)
        if incident is None:
            raise BadInput(f"there is no incident INC-{sent.incident}")
        silence = (await self._made(incident, sent)).silence
        await self._store.save_silence(silence)
        await self._dispatcher.holding_changed()
        log.info("silenced", silence=silence.id, incident=incident.name, by=silence.by)
        return silence

    async def _made(self, incident: Incident, sent: SilenceSent) -> Preview:
        rules, now = self._dispatcher.gate.rules, self._clock.now()
        found = await self._store.incidents(IncidentQuery(is_open=True, limit=1_000))
        asked = ask(incident, rules.read(about(incident)), sent, now)
        return make_silence(asked, [(one, rules.labels(one)) for one in found], now)
