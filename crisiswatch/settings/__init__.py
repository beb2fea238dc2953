"""Settings: YAML, environment and secrets in; one typed value, or every problem with its place, out."""

from __future__ import annotations

from crisiswatch.settings.alerts import (
    DEFAULT_ESCALATION,
    Escalation,
    Inhibition,
    Mute,
    Override,
    Route,
    Schedule,
    Step,
)
from crisiswatch.settings.brands import Brand, Limit, Planned, Rule
from crisiswatch.settings.catalogues import Catalogues
from crisiswatch.settings.entries import ReceiverEntry, SourceEntry
from crisiswatch.settings.finding import find_config
from crisiswatch.settings.loading import check, config_files, load, read_texts
from crisiswatch.settings.matchers import Matcher, Matchers, parse_matchers
from crisiswatch.settings.migrating import migrated, rewrite
from crisiswatch.settings.reading import read_text
from crisiswatch.settings.rendering import render
from crisiswatch.settings.result import Settings
from crisiswatch.settings.schema import schema
from crisiswatch.settings.sections import AccessToken, Budget, Defaults, Egress, Heartbeat, Playbooks, Server, Storage
from crisiswatch.settings.showing import config_hash, diff, show
from crisiswatch.settings.substituting import Absent
from crisiswatch.settings.values import TimeRange, parse_duration, show_duration

__all__ = [
    "DEFAULT_ESCALATION",
    "Absent",
    "AccessToken",
    "Brand",
    "Budget",
    "Catalogues",
    "Defaults",
    "Egress",
    "Escalation",
    "Heartbeat",
    "Inhibition",
    "Limit",
    "Matcher",
    "Matchers",
    "Mute",
    "Override",
    "Planned",
    "Playbooks",
    "ReceiverEntry",
    "Route",
    "Rule",
    "Schedule",
    "Server",
    "Settings",
    "SourceEntry",
    "Step",
    "Storage",
    "TimeRange",
    "check",
    "config_files",
    "config_hash",
    "diff",
    "find_config",
    "load",
    "migrated",
    "parse_duration",
    "parse_matchers",
    "read_text",
    "read_texts",
    "render",
    "rewrite",
    "schema",
    "show",
    "show_duration",
]
