"""Finds texts that have the shape of a known service's secret."""

from __future__ import annotations

import re

from crisiswatch.errors import Problem
from crisiswatch.settings.tree import Node, leaves, problem

_LITERALS = (
    ("a Slack token", re.compile(r"\bxox[a-z](?:\.xox[a-z])?-[0-9A-Za-z-]{6,}|\bxapp-\d-[0-9A-Za-z-]{6,}")),
    ("a Slack webhook", re.compile(r"hooks\.slack\.com/(?:services|workflows|triggers)/\w+", re.IGNORECASE)),
    ("a Discord webhook", re.compile(r"discord(?:app)?\.com/api/webhooks/\d+/[\w-]{20,}", re.IGNORECASE)),
    ("a GitHub token", re.compile(r"\bgh[pousr]_[0-9A-Za-z]{20,}|\bgithub_pat_\w{20,}")),
    ("an AWS key", re.compile(r"\bA(?:KIA|SIA)[0-9A-Z]{16}\b")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
)
_CREDENTIALS = re.compile(r"(?<=://)[^/\s:@\"']+:[^/\s@\"'${}]+(?=@)")


def literal_tokens(root: Node) -> list[Problem]:
    """Return an error for every text that has the shape of a known service's secret."""
    found = []
    for path, leaf in leaves(root):
        name = token_name(leaf.value) if isinstance(leaf.value, str) else None
        if name:
            hint = "write ${VAR} or ${file:/path}, and replace the secret: it has been in a file"
            found.append(problem("plain-secret", f"{name} is written in the file", leaf.place, path, hint))
    return found


def token_name(value: str) -> str | None:
    """Return what kind of known secret a text holds, None if it holds none."""
    return next((name for name, shape in _LITERALS if shape.search(value)), None)


def without_tokens(value: str) -> str:
    """Return a text with known secrets and credentials in addresses hidden, at the same width."""
    for shape in (*(shape for _, shape in _LITERALS), _CREDENTIALS):
        value = shape.sub(lambda found: "*" * len(found[0]), value)
    return value
