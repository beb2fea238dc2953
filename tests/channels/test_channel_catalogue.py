from __future__ import annotations

import subprocess
import sys

import pytest
from builders_channels import tools

from crisiswatch.channels import CATALOGUE
from crisiswatch.core.abilities import Limited


@pytest.mark.parametrize("kind", list(CATALOGUE), ids=lambda kind: kind.name)
async def test_every_example_validates_and_builds_a_channel(kind):
    channel = kind.build("pr-team", kind.options.model_validate(kind.example), tools())

    assert channel.name == "pr-team"
    await channel.close()


def test_the_catalogue_knows_the_channels():
    assert CATALOGUE.names == ("slack", "email", "webhook", "pagerduty", "alertmanager", "apprise")


def test_importing_the_channels_imports_nothing_heavy():
    heavy = ("httpx", "websockets", "apprise", "aiosmtplib", "slack_sdk", "river", "numpy", "requests")
    code = f"import sys, crisiswatch.channels; print([name for name in {heavy} if name in sys.modules])"

    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert output.strip() == "[]"


@pytest.mark.parametrize("kind", list(CATALOGUE), ids=lambda kind: kind.name)
def test_an_unknown_option_is_an_error(kind):
    with pytest.raises(ValueError, match="Extra inputs"):
        kind.options.model_validate({**kind.example, "colour": "red"})


@pytest.mark.parametrize("kind", list(CATALOGUE), ids=lambda kind: kind.name)
async def test_the_table_says_what_the_channel_can(kind):
    one = kind.build("pr-team", kind.options.model_validate(kind.example), tools())
    way = kind.ways[0]

    assert (way.edit != "no", way.thread != "no", way.picture != "no") == (
        one.abilities.edits,
        one.abilities.threads,
        one.abilities.pictures,
    )
    assert not one.abilities.can_ask or way.once != "no"
    await one.close()


@pytest.mark.parametrize(
    ("type_", "options", "per_second"),
    [
        ("slack", {"channel": "#a", "token": "xoxb-1"}, 1.0),
        ("slack", {"webhook_url": "https://hooks.slack.com/services/T/B/x"}, 1.0),
        ("apprise", {"url": "tgram://123456789:abcdefg_hijklmnop/12315544/"}, 0.25),
        ("apprise", {"url": "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"}, 0.4),
        ("apprise", {"url": "https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"}, 0.4),
        ("apprise", {"url": "ntfys://topic"}, None),
        ("webhook", {"url": "https://hooks.example.org/x"}, None),
        ("email", {"to": ["a@example.org"], "smtp": "smtp://127.0.0.1"}, None),
    ],
)
def test_a_limit_is_what_a_service_states_and_none_where_it_states_nothing(
    type_: str, options: dict[str, object], per_second: float | None
) -> None:
    read = CATALOGUE[type_].options.model_validate(options)
    limit = read.limit if isinstance(read, Limited) else None

    assert (limit.per_second if limit else None) == per_second
