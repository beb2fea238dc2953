"""The message as plain text: the text part of a mail, a terminal, and every service that takes text."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from crisiswatch.core.messages import Fact, Message, Quote
from crisiswatch.rendering.headline import HEADLINE_LIMIT
from crisiswatch.rendering.inert import inert, one_line, safe_url, shorten
from crisiswatch.rendering.words import LANGUAGES, Words, known_language

WIDTH = 78
"""Characters in a line; only an address may be longer, for a broken one cannot be opened."""

_LONGEST_LABEL = 14
_LONG = 1200


def plain(message: Message) -> str:
    """Return the whole message as text, ready to read without any markup."""
    words = LANGUAGES[known_language(message.language)]
    parts = (
        _head(message, words),
        _facts(message.facts),
        _links(message, words),
        _quotes(message.quotes, words),
        _what_next(message, words),
        _why(message, words),
        _foot(message, words),
    )
    return "\n\n".join(text for part in parts if (text := "\n".join(part))) + "\n"


def preview(message: Message) -> str:
    """Return the line that a push notification shows, in at most 80 characters."""
    if message.preview:
        return shorten(one_line(message.preview, HEADLINE_LIMIT * 2), HEADLINE_LIMIT)
    line = shorten(one_line(message.headline, HEADLINE_LIMIT * 2), HEADLINE_LIMIT)
    named = f"{line.rstrip('.')}. {one_line(message.incident, 20)}"
    return named if len(named) <= HEADLINE_LIMIT else line


def _head(message: Message, words: Words) -> Iterator[str]:
    badge = "" if message.is_over else f"{words.severities[message.severity].upper()}  "
    yield from _wrapped(badge + one_line(message.headline))
    yield from _wrapped(f"{one_line(message.incident)}. {one_line(message.state)}")
    if message.silenced:
        yield from _wrapped(one_line(message.silenced))
    yield ""
    yield from _wrapped(one_line(message.since))


def _facts(facts: tuple[Fact, ...]) -> Iterator[str]:
    labels = [one_line(fact.label, _LONGEST_LABEL) for fact in facts]
    width = max(map(len, labels), default=0)
    for label, fact in zip(labels, facts, strict=True):
        yield from _wrapped(one_line(fact.value, _LONG), first=f"  {label:<{width}}  ")


def _links(message: Message, words: Words) -> Iterator[str]:
    url = safe_url(message.url)
    if url is None:
        return
    labels = words.labels
    links = message.links
    if not message.is_over:
        yield f"{labels.named.format(label=labels.acknowledge)} {links.acknowledge if links else f'{url}#acknowledge'}"
    yield f"{labels.named.format(label=labels.open)} {url}"
    yield f"{labels.not_a_crisis} {links.verdict if links else f'{url}#verdict'}"
    if links and not message.is_over:
        yield f"{labels.named.format(label=labels.close)} {links.close}"
    if links and links.silence and not message.is_over:
        yield f"{labels.named.format(label=labels.silence)} {links.silence}"


def _quotes(quotes: tuple[Quote, ...], words: Words) -> Iterator[str]:
    if quotes:
        yield words.labels.quotes.upper()
    for number, quote in enumerate(quotes, start=1):
        who = ", ".join(filter(None, (inert(quote.who), inert(quote.when))))
        yield from _wrapped(who, first=f" {number}. ")
        yield from _wrapped(words.facts.quoted.format(text=inert(quote.text)), first="    ")
        if url := safe_url(quote.url):
            yield f"    {url}"


def _what_next(message: Message, words: Words) -> Iterator[str]:
    labels = words.labels
    if not (message.playbook or message.steps or message.playbook_reason):
        return
    title = one_line(message.playbook)
    yield from _wrapped((labels.what_next_with.format(playbook=title) if title else labels.what_next).upper())
    for number, step in enumerate(message.steps, start=1):
        yield from _wrapped(one_line(step, _LONG), first=f" {number}. ")
    if message.owner:
        yield from _wrapped(f"{labels.named.format(label=labels.owner)} {one_line(message.owner)}", first="    ")
    if message.playbook_reason:
        yield from _wrapped(one_line(message.playbook_reason), first="    ")
    if message.holding_statement:
        statement = words.facts.quoted.format(text=one_line(message.holding_statement, _LONG))
        yield from _wrapped(f"{labels.named.format(label=labels.holding_statement)} {statement}", first="    ")


def _why(message: Message, words: Words) -> Iterator[str]:
    if message.why:
        yield words.labels.why.upper()
    for line in message.why:
        yield from _wrapped(one_line(line), first="  ")
    if message.data_health:
        yield words.labels.data_health.upper()
        yield from _wrapped(one_line(message.data_health, _LONG), first="  ")


def _foot(message: Message, words: Words) -> Iterator[str]:
    values = {"receiver": one_line(message.receiver, 60), "number": str(message.number)}
    yield from _wrapped(words.labels.footer.format(incident=one_line(message.incident), **values))


def _wrapped(text: str, first: str = "") -> list[str]:
    if safe_url(text):
        return [first + text]
    return wrap(text, WIDTH, initial_indent=first, subsequent_indent=" " * len(first)) or [first.rstrip()]
