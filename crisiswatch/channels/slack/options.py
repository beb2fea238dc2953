"""The options of Slack: a bot, or an incoming webhook."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, StringConstraints, model_validator
from pydantic.json_schema import SkipJsonSchema

from crisiswatch.core.throttling import Limit
from crisiswatch.plugins import Options

PACE = Limit(per_second=1.0, burst=4)
"""Slack states one message a second and channel or webhook, and allows short bursts above that."""

PersonId = Annotated[str, StringConstraints(pattern=r"^[UWS][A-Z0-9]{5,20}$")]


class SlackOptions(Options):
    """Either a bot (`token` and `channel`) or an incoming webhook, which can neither edit, thread nor be asked.

    The bot needs chat:write, to reconcile channels:history (groups:history), and channels:read for a #name.
    """

    token: SecretStr | None = Field(default=None, description="Of a bot, xoxb-….")
    channel: str = Field(default="", description="#name or id.", max_length=90)
    webhook_url: SecretStr | None = Field(default=None, description="Of an incoming webhook, instead of a bot.")
    mention: tuple[PersonId, ...] = Field(
        default=(), max_length=10, description="Ids of people (U…) or groups (S…) called at a critical alarm."
    )
    signing_secret: SecretStr | None = Field(
        default=None, description="Of the app: makes the buttons act, when Slack sends them to /slack/actions."
    )
    app_token: SecretStr | None = Field(
        default=None, description="Of the app, xapp-…: makes the buttons act over Socket Mode, without an address."
    )
    responders: tuple[Annotated[str, StringConstraints(pattern=r"^[UW][A-Z0-9]{5,20}$")], ...] = Field(
        default=(), max_length=200, description="Ids of people (U…) who may press the buttons; none: whoever sees them."
    )
    team_id: Annotated[str, StringConstraints(pattern=r"^(T[A-Z0-9]{5,20})?$")] = Field(
        default="", description="Id of the workspace (T…): presses from another one are refused."
    )
    app_id: Annotated[str, StringConstraints(pattern=r"^(A[A-Z0-9]{5,20})?$")] = Field(
        default="", description="Id of the app (A…): presses of another one are refused."
    )
    base_url: SkipJsonSchema[str] = "https://slack.com/api/"

    @model_validator(mode="after")
    def _is_one_way(self) -> SlackOptions:
        if (self.token is None) == (self.webhook_url is None):
            raise ValueError("needs either token and channel, or webhook_url")
        if self.token and not (self.channel and re.fullmatch(r"[!-~]+", self.token.get_secret_value())):
            raise ValueError("needs a channel, and a token without spaces")
        of_buttons = (self.signing_secret, self.app_token, self.responders, self.team_id, self.app_id)
        if self.webhook_url and any(of_buttons):
            raise ValueError("buttons need a bot: token and channel instead of webhook_url")
        address = self.webhook_url.get_secret_value() if self.webhook_url else self.base_url
        parts = urlsplit(address)
        is_reference = address.startswith("${")  # to a variable that the machine on which it is checked lacks
        if not is_reference and (
            parts.scheme not in ("http", "https") or not parts.hostname or not address.isprintable()
        ):
            raise ValueError("needs an address that starts with https:// and names a host")
        return self

    @property
    def has_buttons(self) -> bool:
        """Tell whether presses reach us."""
        return self.signing_secret is not None or self.app_token is not None

    @property
    def limit(self) -> Limit:
        """Return what a channel of Slack takes."""
        return PACE
