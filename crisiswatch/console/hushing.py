"""The silence behind a signed link: of the incident's brand and family, for some hours, until it escalates."""

from __future__ import annotations

from crisiswatch.console.acting import plain_note
from crisiswatch.console.doors import Doors
from crisiswatch.core.hushing import SilenceSent, ask
from crisiswatch.core.incidents import Incident
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.core.silences import Silence, about, make_silence


async def hush(doors: Doors, incident: Incident, form: dict[str, str], by: str, receiver: str) -> Silence:
    """Put the silence into force that a form asks for. What rises above what it hides now is told all the same.

    Raises BadInput for a form without a reason, or with hours that were not offered.
    """
    hours, reason, now = form.get("hours", ""), plain_note(form.get("note", "")), doors.clock.now()
    hours_asked = int(hours) if hours.isascii() and hours.isdigit() and len(hours) < 4 else 0
    sent = SilenceSent(incident.number or 0, by, hours_asked, f"{reason} (link to {receiver})" if reason else "")
    asked = ask(incident, doors.read_matchers(about(incident)), sent, now)
    open_ones = await doors.store.incidents(IncidentQuery(is_open=True, limit=1_000))
    made = make_silence(asked, [(one, doors.labels(one)) for one in open_ones], now)
    await doors.store.save_silence(made.silence)
    await doors.holding_changed()
    return made.silence
