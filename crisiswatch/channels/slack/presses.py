"""Buttons pressed in Slack: whether Slack sent it, who pressed, and what it stands for."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from crisiswatch.core.answering import Answer, Deed, Pressed
from crisiswatch.core.hushing import HOURS, Press, SilenceSent, SilenceWanted, Unfit
from crisiswatch.core.incidents import Verdict
from crisiswatch.errors import BadInput, SourceRejected

TOLERANCE = timedelta(minutes=5)
"""How far Slack's clock and ours may be apart; what is older may be a replay."""

NAME_LIMIT, REASON_LIMIT = 80, 300

FORM = "silence"
"""The name of the button and of the form that it opens."""

HOURS_FIELD, REASON_FIELD = "hours", "reason"
"""The fields of the form: each has the same name as block and as element."""

CARD_OF = "answer:"
"""How the id of a card's buttons begins; the receiver's name follows. Only our app can make such a block."""

_INCIDENT = re.compile(r"INC-([1-9][0-9]{0,17})")
_TRIGGER = re.compile(r"[0-9A-Za-z._-]{1,200}")
_LANGUAGE = re.compile(r"[a-z]{2}")
_DEEDS = {"acknowledge": Deed.ACKNOWLEDGE, "close": Deed.CLOSE, "verdict": Deed.VERDICT}


@dataclass(frozen=True, slots=True)
class Origin:
    """The workspace and the app that presses must come from; empty: whatever the signing secret belongs to."""

    team: str = ""
    app: str = ""

    def check(self, payload: Mapping[str, Any]) -> None:
        """Raise SourceRejected for a payload from elsewhere."""
        team = payload.get("team")
        found = team.get("id") if isinstance(team, Mapping) else None
        if (self.team and found != self.team) or (self.app and payload.get("api_app_id") != self.app):
            raise SourceRejected("the press comes from another workspace or app", "auth")


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


def press_of(payload: Mapping[str, Any], origin: Origin) -> Press | None:
    """Return what was pressed or sent, on whose card and by whom; None for what is no button or form of ours.

    Raises SourceRejected for what comes from elsewhere, and for a press of nobody.
    """
    found = _sent(payload) if payload.get("type") == "view_submission" else _on_card(payload)
    if found is None:
        return None
    origin.check(payload)
    name, id_ = _person(payload.get("user"))
    if isinstance(found, SilenceSent):
        return replace(found, by=name, reason=f"{found.reason} (in Slack, {id_[:20]})", person=id_)
    if isinstance(found, Pressed):
        found = replace(found, given=replace(found.given, by=name, note=f"in Slack, {id_[:20]}"))
    return replace(found, person=id_)


def _person(user: Any) -> tuple[str, str]:
    id_ = str(user.get("id", "")) if isinstance(user, Mapping) else ""
    if not id_:
        raise SourceRejected("nobody is named who pressed", "auth")
    return _name(user, id_), id_


def _on_card(payload: Mapping[str, Any]) -> Pressed | SilenceWanted | None:
    actions = payload.get("actions")
    action = actions[0] if isinstance(actions, list) and actions else None
    if payload.get("type") != "block_actions" or not isinstance(action, Mapping):
        return None
    block = str(action.get("block_id", ""))
    receiver = block.removeprefix(CARD_OF) if block.startswith(CARD_OF) else ""
    return _silence(action, payload, receiver) if action.get("action_id") == FORM else _pressed(action, receiver)


def _silence(action: Mapping[str, Any], payload: Mapping[str, Any], receiver: str) -> SilenceWanted | None:
    """Return who wants to silence what; Slack's trigger lets us ask them within three seconds."""
    name, _, language = str(action.get("value", "")).partition(":")
    found, trigger = _INCIDENT.fullmatch(name), payload.get("trigger_id")
    if found is None or not isinstance(trigger, str) or not _TRIGGER.fullmatch(trigger):
        return None
    return SilenceWanted(int(found[1]), trigger, language if _LANGUAGE.fullmatch(language) else "en", receiver)


def _pressed(action: Mapping[str, Any], receiver: str) -> Pressed | None:
    if action.get("action_id") not in _DEEDS:
        return None
    deed, option = _DEEDS[str(action["action_id"])], action.get("selected_option")
    value = str(option.get("value", "") if isinstance(option, Mapping) else action.get("value", ""))
    name, _, word = value.partition(":")
    found = _INCIDENT.fullmatch(name)
    if found is None or (deed is Deed.VERDICT) != (word in set(Verdict)):
        return None
    return Pressed(int(found[1]), Answer(deed, "", Verdict(word) if word else None), receiver)


def _sent(payload: Mapping[str, Any]) -> SilenceSent | Unfit | None:
    """Return what a form says; its errors, in the words that it carries with it, where it lacks a reason."""
    view = payload.get("view")
    if not isinstance(view, Mapping) or view.get("callback_id") != FORM:
        return None
    try:
        kept = json.loads(str(view.get("private_metadata", "")))
        values = view["state"]["values"]
        hours = int(values[HOURS_FIELD][HOURS_FIELD]["selected_option"]["value"])
        reason = " ".join(str(values[REASON_FIELD][REASON_FIELD]["value"] or "").split())
        incident = _INCIDENT.fullmatch(str(kept["incident"]))
        receiver, lacking, failed = (str(kept[name]) for name in ("receiver", "lacking", "failed"))
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    reason = "".join(c for c in reason if c.isprintable())[:REASON_LIMIT]
    if incident is None or hours not in HOURS:
        return None
    if not reason:
        return Unfit(_errors(lacking), receiver)
    return SilenceSent(int(incident[1]), "", hours, reason, _errors(failed), receiver)


def _errors(words: str) -> Mapping[str, object]:
    return {"response_action": "errors", "errors": {REASON_FIELD: words[:200]}}


def _name(user: Any, id_: str) -> str:
    name = str(user.get("name") or user.get("username") or id_)
    return "".join(c for c in name if c.isprintable()).strip()[:NAME_LIMIT] or id_
