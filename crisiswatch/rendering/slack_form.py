"""The form that Slack shows to who presses "Silence": for how long, why, and what it would hold back."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

from crisiswatch.core.hushing import HOURS, Foreseen
from crisiswatch.core.models import Severity
from crisiswatch.rendering.inert import one_line
from crisiswatch.rendering.reader import Reader, reader

SHOWN = 5
"""Incidents that are named; the rest is counted."""

REASON_LIMIT = 300
_TITLE_LIMIT, _OPTION_LIMIT, _TEXT_LIMIT = 24, 75, 600

View = dict[str, Any]  # Slack's own JSON, made here and sent as it is


def slack_form(foreseen: Foreseen) -> View:
    """Return the view; the sentences that it may have to say later travel with it, in the reader's language."""
    told_to = reader(foreseen.language, UTC, foreseen.incident.updated_at)
    forms = told_to.words.forms
    kept = {
        "incident": foreseen.incident.name,
        "receiver": foreseen.receiver,
        "lacking": forms.lacking,
        "failed": forms.failed,
    }
    return {
        "type": "modal",
        "callback_id": "silence",
        "private_metadata": json.dumps(kept),
        "title": _plain(forms.title, _TITLE_LIMIT),
        "submit": _plain(forms.send, _TITLE_LIMIT),
        "close": _plain(forms.cancel, _TITLE_LIMIT),
        "blocks": [
            {"type": "section", "text": _plain(_preview(foreseen, told_to), _TEXT_LIMIT)},
            _input("hours", forms.hours_label, _hours(told_to)),
            {**_input("reason", forms.reason, _reason()), "hint": _plain(forms.hint, 200)},
        ],
    }


def _preview(foreseen: Foreseen, told_to: Reader) -> str:
    forms, incident, hidden = told_to.words.forms, foreseen.incident, foreseen.hidden
    names = told_to.listing([one.name for one in hidden[:SHOWN]]) + (" …" if len(hidden) > SHOWN else "")
    held = told_to.plural(forms.holds, len(hidden), names=names) if hidden else forms.holds_none
    worst = max((one.severity for one in hidden), default=Severity.WARNING)
    severity = told_to.words.severities[worst].lower()
    scope = forms.scope.format(brand=one_line(incident.brand, 80), incident=incident.name)
    passes = "" if worst is Severity.CRITICAL else " " + forms.passes.format(severity=severity)
    return f"{scope} {held}{passes}"


def _hours(told_to: Reader) -> View:
    forms = told_to.words.forms
    options = [
        {"text": _plain(told_to.plural(forms.hours, offered), _OPTION_LIMIT), "value": str(offered)}
        for offered in HOURS
    ]
    return {"type": "static_select", "options": options, "initial_option": options[1]}


def _reason() -> View:
    return {"type": "plain_text_input", "multiline": False, "min_length": 1, "max_length": REASON_LIMIT}


def _input(name: str, label: str, element: View) -> View:
    return {
        "type": "input",
        "block_id": name,
        "label": _plain(label, _OPTION_LIMIT),
        "element": {**element, "action_id": name},
    }


def _plain(text: str, limit: int) -> View:
    return {"type": "plain_text", "text": one_line(text, limit), "emoji": False}
