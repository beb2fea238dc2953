"""Channels: the ways in which people are told, one module each. Plug-ins never import each other."""

from __future__ import annotations

from crisiswatch.channels import apprise_url, email, slack, webhook
from crisiswatch.channels.relaying import alertmanager, pagerduty
from crisiswatch.plugins import Catalogue
from crisiswatch.ports import Channel

CATALOGUE: Catalogue[Channel] = Catalogue(
    "channel", slack.KIND, email.KIND, webhook.KIND, pagerduty.KIND, alertmanager.KIND, apprise_url.KIND
)
