"""The configuration after every check: typed, frozen, ready to be converted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath

from crisiswatch.settings.alerts import Escalation, Inhibition, Mute, Route, Schedule, SentDigest, Storm
from crisiswatch.settings.brands import Brand
from crisiswatch.settings.entries import ReceiverEntry, SourceEntry
from crisiswatch.settings.sections import Defaults, Egress, Heartbeat, Playbooks, SecondOpinion, Server, Storage
from crisiswatch.settings.tree import Path, Place


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """A whole configuration; every brand names its sources, every budget is complete.

    `folder` is where the file stands. `written` holds, by path, the texts with references before these were replaced:
    whatever they stood for is never shown.
    """

    folder: FilePath
    version: int
    defaults: Defaults
    sources: tuple[SourceEntry, ...]
    brands: tuple[Brand, ...]
    receivers: tuple[ReceiverEntry, ...]
    routes: Route
    escalations: tuple[Escalation, ...]
    mutes: tuple[Mute, ...]
    playbooks: Playbooks
    store: Storage
    server: Server
    egress: Egress
    heartbeat: Heartbeat | None = None
    second_opinion: SecondOpinion | None = None
    schedules: tuple[Schedule, ...] = ()
    digests: tuple[SentDigest, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    sector_events: bool = True
    storm: Storm = field(default_factory=Storm)
    written: Mapping[Path, str] = field(default_factory=dict, compare=False)
    second_opinion_place: Place | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        counts = f"brands={len(self.brands)}, sources={len(self.sources)}, receivers={len(self.receivers)}"
        return f"Settings({counts})"

    @property
    def playbooks_folder(self) -> FilePath | None:
        """Return the folder of the operator's own playbooks, None where there is none."""
        return self.folder / self.playbooks.folder if self.playbooks.folder else None
