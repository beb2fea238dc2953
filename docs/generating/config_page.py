"""The page of the configuration file: every key of every section, from the models that check it."""

from __future__ import annotations

from crisiswatch.app.building import catalogues
from crisiswatch.app.data import example_config
from crisiswatch.settings import schema
from crisiswatch.settings.matchers import LABELS
from docs.generating.markdown import code, page
from docs.generating.schema_tables import Node, keys_table

SECTIONS = (
    ("Brand", "brands"),
    ("Budget", "false_alarms_per_week"),
    ("Rule", "rules"),
    ("Limit", "above"),
    ("Planned", "planned_events"),
    ("Defaults", "defaults"),
    ("Route", "routes"),
    ("Escalation", "escalations"),
    ("Step", "steps"),
    ("Schedule", "schedules"),
    ("Override", "overrides"),
    ("Mute", "mutes"),
    ("Inhibition", "inhibitions"),
    ("Storm", "storm"),
    ("Playbooks", "playbooks"),
    ("Storage", "store"),
    ("Server", "server"),
    ("AccessToken", "tokens"),
    ("Egress", "egress"),
    ("Heartbeat", "heartbeat"),
)
"""Models of the schema, in the order of the page, and the key that holds each."""

LINKS = {model: f"{key}#{key}" for model, key in SECTIONS} | {
    "Source": "source#sources",
    "Receiver": "receiver#receivers",
}

COMMON = {
    "sources": ("name", "type", "every", "every_at_least", "every_at_most", "lateness", "quote_in_channels"),
    "receivers": ("name", "type", "language", "time_zone", "fallback", "per_second"),
}
"""The keys that every source, and every receiver, takes."""

NOTES = {
    "above": "Counted in whole buckets; a share is looked at from five stories on.",
    "heartbeat": "What must hold for a call: [Delivery](../explanation/delivery.md#the-dead-mans-switch).",
}
"""What a reader must know beside what the models say."""

INTRODUCTION = """\
One YAML 1.2 file, `crisiswatch.yml`. `crisiswatch check` says everything that is wrong with it; `crisiswatch config
schema` prints its JSON Schema for editors; `crisiswatch config show` prints it with every default filled in.

Unknown keys are errors, everywhere. A list of texts that has one item may be written as the text alone.

**Where it is looked for:** `--config`, then `CRISISWATCH_CONFIG`, then `crisiswatch.yml` in the working folder, in
`$XDG_CONFIG_HOME/crisiswatch` (or `~/.config/crisiswatch`), in `/etc/crisiswatch`.

**In several files:** files `conf.d/*.yml` beside it are joined to it in the order of their names. Mappings merge, the
lists `brands`, `sources`, `receivers`, `escalations`, `schedules`, `mutes` and `inhibitions` grow, anything else that
is set twice has the later value.

**References:** `${VAR}`, `${VAR:-default}` and `${file:/path}` stand for a variable or the content of a file; `$${` is
a plain `${`. Every secret key also exists with `_file` at its end and then names a file. A secret that is written in
the file itself is a warning, and an error where it has the shape of a known service's token.

**From the environment:** `CRISISWATCH__SERVER__LISTEN=127.0.0.1:9200` sets `server.listen`; two underscores stand
for each step down. A list is set as a whole: `CRISISWATCH__MUTES='[…]'`.

**Durations** are written `90s`, `5m`, `1h30m`, `2d`."""


def write() -> str:
    """Return the page."""
    root = schema(catalogues())
    definitions = root["$defs"]
    sections = [_section(key, definitions[model]) for model, key in SECTIONS]
    return page(
        "Configuration",
        INTRODUCTION,
        "## The whole file\n\n" + keys_table(root, LINKS),
        *sections,
        _family("sources", definitions["source-rss"], "sources.md"),
        _family("receivers", definitions["channel-email"], "channels.md"),
        _matchers(),
        "## Example\n\n" + code(example_config().read_text("utf-8"), "yaml"),
    )


def _section(key: str, model: Node) -> str:
    told = str(model.get("description", "")).replace("\n", " ")
    note = f" {NOTES[key]}" if key in NOTES else ""
    return f"## {key}\n\n{told}{note}\n\n{keys_table(model, LINKS)}"


def _family(key: str, model: Node, other: str) -> str:
    common = {name: dict(model["properties"][name]) for name in COMMON[key]}
    common["type"] = {"type": "string", "description": "Its kind, which decides what other options there are."}
    needed = {"type", *(name for name in ("name",) if name in model["required"])}
    told = f"These keys are the same for every type. Each type has options of its own: [{key}]({other})."
    return f"## {key}\n\n{told}\n\n{keys_table({'properties': common, 'required': needed}, LINKS)}"


def _matchers() -> str:
    labels = ", ".join(f"`{label}`" for label in LABELS)
    return f"""\
## Conditions of a route

`match` is a text such as `severity="critical", incident_type=~"safety|legal"`; all of it must hold. `=` and `!=`
compare, `=~` and `!~` take a pattern (RE2) that must fit the whole value. An incident has {labels}.
A branch that matches ends the search among its neighbours, unless it says `continue: true`; what a branch does not say
it has from the branch above. The root takes what no branch takes, and needs a receiver. Without `routes` everybody is
told everything."""
