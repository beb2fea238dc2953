"""Turns values into HTML: the Jinja environment, where everything is inert unless a template made it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup
from starlette.responses import HTMLResponse

from crisiswatch.console import inert, wording
from crisiswatch.core.models import Severity

FOLDER = Path(__file__).parent


class Display:
    """Renders the pages of the console."""

    def __init__(self) -> None:
        self._environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(SEVERITIES=wording.SEVERITIES, VERDICTS=wording.VERDICTS, Severity=Severity)
        self._environment.filters.update(
            figure=wording.figure,
            happened=wording.happened,
            learning=wording.learning,
            link_host=inert.link_host,
            moment=wording.moment,
            number=wording.number,
            safe_link=inert.safe_link,
            share=wording.share,
            span=wording.span,
            standing=wording.standing,
            time_of_day=wording.time_of_day,
        )

    def page(self, template: str, values: Mapping[str, object], status: int = 200) -> HTMLResponse:
        """Return a page; the text of its values is shown, never obeyed."""
        return HTMLResponse(self._environment.get_template(template).render(values), status)


def _finalize(value: Any) -> Any:
    """Make hidden characters of every printed text visible; markup that a template made passes."""
    return inert.show(value) if isinstance(value, str) and not isinstance(value, Markup) else value
