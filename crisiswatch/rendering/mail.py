"""The message as HTML mail: one column, dark mode, nothing remote; the picture is `cid:chart`."""

from __future__ import annotations

from importlib.resources import files

from css_inline import CSSInliner
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from crisiswatch.core.messages import Links, Message
from crisiswatch.core.models import Severity
from crisiswatch.rendering.inert import host_of, inert, one_line, safe_url, shorten
from crisiswatch.rendering.plain import preview
from crisiswatch.rendering.words import LANGUAGES, known_language

_LONG = 1200
_PREHEADER_LIMIT = 140
_LEADING_FACTS = 3  # how many, how negative, about what: above the buttons, and on a phone above the fold
_TONES = {
    Severity.CALM: "calm",
    Severity.WATCH: "watch",
    Severity.WARNING: "warning",
    Severity.CRITICAL: "critical",
}


def email_html(message: Message) -> str:
    """Return the mail's HTML part; strangers' text is escaped and only http(s) addresses are linked."""
    words = LANGUAGES[known_language(message.language)]
    labels, is_closed = words.labels, message.is_over
    title = one_line(message.playbook)
    html = _TEMPLATE.render(
        message=message,
        language=known_language(message.language),
        labels=labels,
        preheader=_preheader(message),
        lead=_LEADING_FACTS,
        tone="closed" if is_closed else _TONES[message.severity],
        badge=labels.closed if is_closed else words.severities[message.severity],
        next_title=labels.what_next_with.format(playbook=title) if title else labels.what_next,
        url=safe_url(message.url),
        links=_links(message),
        quoted=lambda text: words.facts.quoted.format(text=text),
        footer=labels.footer.format(receiver=message.receiver, number=message.number, incident=message.incident),
    )
    return str(_INLINER.inline(html))


def _links(message: Message) -> Links | None:
    """Return where the buttons lead: signed links, else the incident's own page, which asks for a login."""
    url = safe_url(message.url)
    return message.links or (Links(f"{url}#acknowledge", f"{url}#verdict", f"{url}#verdict") if url else None)


def _preheader(message: Message) -> str:
    # The inbox already shows the frozen subject: numbers belong here.
    if message.preview:
        return preview(message)
    return shorten(f"{preview(message)} {one_line(message.since)}", _PREHEADER_LIMIT)


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined, trim_blocks=False)
    environment.filters["line"] = lambda text: one_line(str(text), _LONG)
    environment.filters["stranger"] = lambda text: inert(str(text))
    environment.filters["address"] = lambda url: safe_url(url) or ""
    environment.filters["host"] = lambda url: shorten(host_of(url) or "", 100)
    return environment


# Read and compiled once, at import: rendering itself touches no file.
_TEMPLATE = _environment().from_string(files(__package__).joinpath("mail.html.j2").read_text(encoding="utf-8"))
_INLINER = CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
