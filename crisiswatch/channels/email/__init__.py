"""E-mail: one thread per incident, text and HTML with the chart inside, over SMTP."""

from __future__ import annotations

from crisiswatch.channels.email.options import EmailOptions
from crisiswatch.channels.email.sending import Email
from crisiswatch.plugins import ChannelTools, Kind, Way
from crisiswatch.ports import Channel


def _build(name: str, options: EmailOptions, tools: ChannelTools) -> Channel:
    return Email(name, options, tools)


KIND: Kind[Channel] = Kind(
    name="email",
    summary="one mail thread per incident, chart inside; after an unclear failure a repeat has the same Message-ID",
    options=EmailOptions,
    build=_build,
    example={"to": ["oncall@example.org"], "smtp": "smtp://user:password@mail.example.org:587?starttls"},
    ways=(Way("email", "no", "by References", "inside the mail", "signed links", "new mail in the thread", "no"),),
)
