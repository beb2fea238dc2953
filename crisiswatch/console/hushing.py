"""The silence behind a signed link: of the incident's brand and family, for some hours, until it escalates."""

from __future__ import annotations

from datetime import timedelta

from crisiswatch.console.acting import plain_note
from crisiswatch.console.doors import Doors
from crisiswatch.core.incidents import Incident
from crisiswatch.core.queries import IncidentQuery
from crisiswatch.core.silences import Asked, Silence, about, make_silence
from crisiswatch.errors import BadInput

HOURS = (1, 2, 4, 8, 24)
"""What the page offers: long enough to work, short enough to be forgotten without harm."""


async def hush(doors: Doors, incident: Incident, form: dict[str, str], by: str, receiver: str) -> Silence:
    """Put the silence into force that a form asks for. What rises above what it hides now is told all the same.

    Raises BadInput for a form without a reason, or with hours that were not offered.
    """
    hours, reason, now = form.get("hours", ""), plain_note(form.get("note", "")), doors.clock.now()
    if hours not in {str(offered) for offered in HOURS} or not reason:
        raise BadInput("a silence needs a reason and one of the times that are offered")
    text = about(incident)
    asked = Asked(
        text=text,
        matchers=doors.read_matchers(text),
        ends=now + timedelta(hours=int(hours)),
        by=by,
        reason=f"{reason} (link to {receiver})",
        until_it_escalates=True,
    )
    open_ones = await doors.store.incidents(IncidentQuery(is_open=True, limit=1_000))
    made = make_silence(asked, [(one, doors.labels(one)) for one in open_ones], now)
    await doors.store.save_silence(made.silence)
    await doors.holding_changed()
    return made.silence
