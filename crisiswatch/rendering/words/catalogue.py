"""What a language must provide: every sentence of a message, with the places where values go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crisiswatch.core.models import Severity
from crisiswatch.rendering.words.briefs import Briefs
from crisiswatch.rendering.words.digests import Digests
from crisiswatch.rendering.words.forms import Forms
from crisiswatch.rendering.words.pushes import Pushes

Plural = Mapping[str, str]
"""Sentences by CLDR plural category; `other` is always there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headlines:
    """The first line of a message, by what happened. It must stand alone as a push preview."""

    volume: str
    volume_and_mood: str
    mood: str
    from_nothing: Plural
    rule: Plural
    unknown: str
    noticed_story: str
    noticed_words: str
    praise: str
    praise_unmeasured: str
    blind: str
    blind_source: str
    blind_self: str
    closed: str
    closed_with_peak: str
    closed_blind: str
    closed_source: str
    closed_self: str
    raised: str
    reopened: str
    repeated: str
    escalated: str
    ack_ending: str
    easing: str
    test: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subjects:
    """The frozen subject of a thread, by family: no numbers, for these change."""

    crisis: str
    positive: str
    blind: str
    source: str
    self: str
    frame: str


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """How it stands and since when."""

    since: str
    since_growing: str
    since_easing: str
    since_stale: str
    was: str
    unacked: str
    acked: str
    acked_until: str
    acked_nameless: str
    closed: str
    closed_by: str
    judged: str
    opened: str
    silenced: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Names of facts, sections and buttons."""

    mentions: str
    negative: str
    topic: str
    incident_type: str
    first_post: str
    sources: str
    languages: str
    authors: str
    authenticity: str
    marks: str
    planned_event: str
    sector: str
    neighbours: str
    noticed: str
    located: str
    covered: str
    missing: str
    meaning: str
    peak: str
    outlook: str
    playbook_page: str
    facts: str
    quotes: str
    what_next: str
    what_next_with: str
    owner: str
    holding_statement: str
    why: str
    data_health: str
    acknowledge: str
    open: str
    not_a_crisis: str
    close: str
    silence: str
    closed: str
    footer: str
    undetermined: str
    named: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Evidence in sentences, each number beside what is usual."""

    mentions: Plural
    mentions_usual: Plural
    mentions_unusual: str
    copies: Plural
    negative: str
    authors: Plural
    authors_top: str
    authors_few: str
    authors_unknown: str
    other: str
    quoted: str
    type_because: str
    type_sure: str
    copied: str
    distinct: str
    new_authors: str
    regular: str
    shared_link: str
    pairs: Plural
    not_known: str
    unknown_authors: str
    unknown_new: str
    unknown_regular: str
    unknown_link: str
    first_post: str
    first_post_on: str
    planned_event: str
    noticed_volume: str
    noticed_copies: Plural
    noticed_reactions: Plural
    noticed_words: Plural
    noticed_other: str
    sector_root: str
    sector_over: str
    sector_member: str
    only_us: str
    not_only_us: str
    neighbour_quiet: str
    neighbour_restless: str
    neighbour_blind: str
    neighbour_young: str
    located_in: str
    located_only: str
    located_usual: str
    located_unclear: str
    located_everywhere: str
    outlook: str
    critical_soon: str
    reposts: str
    covered: str
    blind_meaning: str
    source_meaning: str
    self_meaning: str
    peak: str
    because: str
    owner_until: str
    owner_was_due: str
    no_playbook: str
    check_source: str
    check_self: str
    joint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """Why it fired, and what the data could not show."""

    rule: str
    noticed: str
    noticed_then: str
    score: str
    score_with_budget: str
    window: str
    met: str
    not_met: str
    then_and_now: str
    irrelevant: str
    sentiment: str
    estimate: str
    counted: str
    checked: str
    checked_by_model: str
    unchecked: str
    missing: str
    partly: str
    learning: str
    stale: str
    complete: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Words inside the picture, and the sentences that replace it."""

    title: str
    since: str
    direct: str
    expected: str
    negative: str
    not_seen: str
    nothing: str
    alt: str
    alt_peak: str
    alt_share: str
    alt_gaps: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language, whole: a missing sentence is a type error."""

    severities: Mapping[Severity, str]
    headlines: Headlines
    pushes: Pushes
    briefs: Briefs
    subjects: Subjects
    states: States
    labels: Labels
    facts: Facts
    reasons: Reasons
    chart: Chart
    digests: Digests
    forms: Forms
    incident_types: Mapping[str, str]
    verdicts: Mapping[str, str]
    detectors: Mapping[str, str]
    series: Mapping[str, str]
    marks: Mapping[str, str]
