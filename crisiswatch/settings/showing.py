"""Shows settings as the file would say them, compares two of them, and names them by a hash; no secret appears."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from io import StringIO
from typing import Any

from pydantic import BaseModel, SecretBytes, SecretStr
from ruamel.yaml import YAML

from crisiswatch.settings.alerts import Storm
from crisiswatch.settings.entries import ReceiverEntry, SourceEntry
from crisiswatch.settings.masking import HIDDEN
from crisiswatch.settings.result import Settings
from crisiswatch.settings.sections import DatabaseUrl
from crisiswatch.settings.tokens import without_tokens
from crisiswatch.settings.tree import Path, Plain
from crisiswatch.settings.values import show_duration

_LONE_REFERENCE = re.compile(r"\$\{(?:file:[^{}]+|[A-Za-z_][A-Za-z0-9_]*)\}", re.ASCII)


def show(settings: Settings) -> str:
    """Return the settings in force as YAML; secrets are hidden, references are shown as they were written."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # ruamel types it by its initial None
    yaml.allow_unicode = True
    yaml.width = 120
    stream = StringIO()
    yaml.dump(shown(settings), stream)
    return stream.getvalue()


def config_hash(settings: Settings) -> str:
    """Return 16 hexadecimal digits that are equal for settings that say the same, whatever the secrets are."""
    canonical = json.dumps(shown(settings), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()[:16]


def diff(old: Settings, new: Settings) -> tuple[str, ...]:
    """Return a line for every key that differs: `~ key: old → new`, `+ key: new`, `- key: old`.

    Named things are known by their names, not by their positions; of a secret only that it changed is said.
    """
    before, after = dict(_flat(old)), dict(_flat(new))
    lines = []
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key), after.get(key)
        if was is None and now is not None:
            lines.append(f"+ {key}: {now.text}")
        elif now is None and was is not None:
            lines.append(f"- {key}: {was.text}")
        elif was is not None and now is not None and was.value != now.value:
            lines.append(f"~ {key}: {_change(was, now)}")
    return tuple(lines)


def shown(settings: Settings) -> dict[str, Plain]:
    """Return the settings as plain values under the keys of the file; no secret is among them."""
    return {key: _shown(value, (key,), settings.written) for key, value in _document(settings).items()}


def _document(settings: Settings) -> dict[str, Any]:
    """Return what the file would have to say, secrets still as objects that hide themselves."""
    return {
        "version": settings.version,
        "defaults": _dump(settings.defaults),
        "sources": [_source(entry) for entry in settings.sources],
        "brands": [_filled(_dump(brand)) for brand in settings.brands],
        "receivers": [_receiver(entry) for entry in settings.receivers],
        "routes": settings.routes.model_dump(by_alias=True, exclude_defaults=True),
        "escalations": [_dump(escalation) for escalation in settings.escalations],
        **_said("schedules", settings.schedules),
        **_said("digests", settings.digests),
        **_said("inhibitions", settings.inhibitions),
        **({} if settings.sector_events else {"sector_events": False}),
        **({"storm": _dump(settings.storm)} if settings.storm != Storm() else {}),
        "mutes": [_filled(_dump(mute)) for mute in settings.mutes],
        "playbooks": _filled(_dump(settings.playbooks)),
        "store": _dump(settings.store),
        "server": _dump(settings.server),
        "egress": _dump(settings.egress),
        **({"heartbeat": _dump(settings.heartbeat)} if settings.heartbeat else {}),
        **({"second_opinion": _dump(settings.second_opinion)} if settings.second_opinion else {}),
    }


def _said(key: str, models: Sequence[BaseModel]) -> dict[str, Any]:
    """Return a list under its key where there is one: a file without it keeps its hash."""
    return {key: [_filled(_dump(model)) for model in models]} if models else {}


def _dump(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(by_alias=True, warnings=False)


def _source(entry: SourceEntry) -> dict[str, Any]:
    ours = {"name": entry.name, "type": entry.type, "every": entry.every, "lateness": entry.lateness}
    ours |= {"every_at_least": entry.every_at_least, "every_at_most": entry.every_at_most}
    return {**_filled(ours), "quote_in_channels": entry.quote, **_filled(_dump(entry.options))}


def _receiver(entry: ReceiverEntry) -> dict[str, Any]:
    ours = {"name": entry.name, "type": entry.type, "language": entry.language, "time_zone": entry.time_zone}
    more = {"fallback": entry.fallback, "per_second": entry.per_second}
    return {**ours, **_filled(more), **_filled(_dump(entry.options))}


def _filled(value: Any) -> Any:
    """Return a mapping without the keys that say nothing."""
    if isinstance(value, dict):
        return {key: _filled(item) for key, item in value.items() if item is not None and item not in ((), [], {})}
    return tuple(map(_filled, value)) if isinstance(value, list | tuple) else value


def _shown(value: Any, path: Path, written: Mapping[Path, str]) -> Plain:
    if isinstance(value, Mapping):
        return {str(key): _shown(item, (*path, str(key)), written) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown(item, (*path, index), written) for index, item in enumerate(value)]
    return _scalar(value, _reference(path, written))


def _scalar(value: Any, reference: str | None) -> Plain:
    if isinstance(value, SecretStr | SecretBytes):
        if reference is not None and _LONE_REFERENCE.fullmatch(reference):
            return reference
        return str(value) if isinstance(value, DatabaseUrl) and reference is None else HIDDEN
    if reference is not None:
        return reference
    if isinstance(value, timedelta):
        return show_duration(value)
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, int | float | bool | None) else without_tokens(str(value))


def _reference(path: Path, written: Mapping[Path, str]) -> str | None:
    """Return the text with references that a value comes from: its own, or that of a value which it is a part of."""
    return next((written[path[:depth]] for depth in range(len(path), 0, -1) if path[:depth] in written), None)


@dataclass(frozen=True, slots=True)
class _Value:
    """A value to compare, with the text that may be shown of it."""

    value: Any
    text: str


def _flat(settings: Settings) -> Iterator[tuple[str, _Value]]:
    for key, value in _document(settings).items():
        yield from _flattened(value, (key,), key, settings.written)


def _flattened(value: Any, path: Path, key: str, written: Mapping[Path, str]) -> Iterator[tuple[str, _Value]]:
    if isinstance(value, Mapping) and value:
        for name, item in value.items():
            yield from _flattened(item, (*path, name), f"{key}.{name}", written)
    elif isinstance(value, list | tuple) and value and all(isinstance(item, Mapping) for item in value):
        for index, item in enumerate(value):
            yield from _flattened(item, (*path, index), f"{key}.{item.get('name', index)}", written)
    else:
        yield key, _Value(value, json.dumps(_shown(value, path, written), ensure_ascii=False))


def _change(was: _Value, now: _Value) -> str:
    return "changed (hidden)" if was.text == now.text else f"{was.text} → {now.text}"
