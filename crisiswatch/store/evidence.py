"""Takes the links of erased mentions out of an incident's evidence."""

from __future__ import annotations

from dataclasses import replace

from crisiswatch.core.incidents import Incident, Post


def without_links(incident: Incident, uids: frozenset[bytes]) -> Incident:
    """Return the incident, one version on, without links to those mentions; itself if it has none."""
    evidence = incident.evidence
    if evidence is None:
        return incident
    posts = tuple(_without_link(post, uids) for post in evidence.posts)
    first = None if evidence.first is None else _without_link(evidence.first, uids)
    if posts == evidence.posts and first == evidence.first:
        return incident
    return replace(incident, version=incident.version + 1, evidence=replace(evidence, posts=posts, first=first))


def _without_link(post: Post, uids: frozenset[bytes]) -> Post:
    return replace(post, permalink=None) if post.uid in uids else post
