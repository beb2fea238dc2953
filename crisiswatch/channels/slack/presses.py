"""Buttons pressed in Slack: whether Slack sent it, who pressed, and what it stands for."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from crisiswatch.core.answering import Answer, Deed, Pressed
from crisiswatch.core.incidents import Verdict
from crisiswatch.errors import BadInput, SourceRejected

TOLERANCE = timedelta(minutes=5)
"""How far Slack's clock and ours may be apart; what is older may be a replay."""

NAME_LIMIT = 80

_INCIDENT = re.compile(r"INC-([1-9][0-9]{0,17})")
_DEEDS = {"acknowledge": Deed.ACKNOWLEDGE, "close": Deed.CLOSE, "verdict": Deed.VERDICT}


def check_signature(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Raise SourceRejected unless Slack signed these bytes within the last minutes (its scheme v0)."""
    given = {name.lower(): value for name, value in headers.items()}
    stamp, signature = given.get("x-slack-request-timestamp", ""), given.get("x-slack-signature", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise SourceRejected("no readable timestamp", "auth")
    if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        raise SourceRejected("the timestamp is too far from now", "auth")
    expected = "v0=" + hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, "sha256").hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
        raise SourceRejected("the signature does not match", "auth")


def payload_of(body: bytes) -> Mapping[str, Any]:
    """Return the payload in a signed body. Raises BadInput."""
    try:
        (text,) = parse_qs(body.decode(), max_num_fields=5, strict_parsing=True).get("payload", ["null"])
        payload = json.loads(text)
    except (UnicodeError, ValueError, RecursionError) as error:
        raise BadInput("the body holds no readable payload") from error
    if not isinstance(payload, Mapping):
        raise BadInput("the payload is no object")
    return payload


def press_of(payload: Mapping[str, Any], responders: Collection[str]) -> Pressed | None:
    """Return what was pressed; None for what is none of our buttons, or only opened a link.

    Raises SourceRejected if `responders` are named and the person is none of them.
    """
    if payload.get("type") != "block_actions":
        return None
    pressed = _pressed(payload)
    if pressed is None:
        return None
    incident, deed, verdict = pressed
    user = payload.get("user")
    id_ = str(user.get("id", "")) if isinstance(user, Mapping) else ""
    if not id_ or (responders and id_ not in responders):
        raise SourceRejected("this person may not answer incidents", "auth")
    return Pressed(incident, Answer(deed, _name(user, id_), verdict, f"in Slack, {id_[:20]}"))


def _pressed(payload: Mapping[str, Any]) -> tuple[int, Deed, Verdict | None] | None:
    actions = payload.get("actions")
    action = actions[0] if isinstance(actions, list) and actions else None
    if not isinstance(action, Mapping) or action.get("action_id") not in _DEEDS:
        return None
    deed, option = _DEEDS[str(action["action_id"])], action.get("selected_option")
    value = str(option.get("value", "") if isinstance(option, Mapping) else action.get("value", ""))
    name, _, word = value.partition(":")
    found = _INCIDENT.fullmatch(name)
    if found is None or (deed is Deed.VERDICT) != (word in set(Verdict)):
        return None
    return int(found[1]), deed, Verdict(word) if word else None


def _name(user: Any, id_: str) -> str:
    name = str(user.get("name") or user.get("username") or id_)
    return "".join(c for c in name if c.isprintable()).strip()[:NAME_LIMIT] or id_
