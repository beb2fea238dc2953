"""The message as Slack blocks. Text stands in plain_text and rich_text elements only, where nothing is parsed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from crisiswatch.core.messages import Fact, Message, Quote
from crisiswatch.core.models import Severity
from crisiswatch.rendering.inert import host_of, inert, one_line, safe_url, shorten
from crisiswatch.rendering.words import LANGUAGES, Words, known_language

TOTAL_LIMIT = 8_000
"""Characters of all blocks together: Slack refuses messages somewhere above, without saying where."""

_HEADER_LIMIT, _BUTTON_LIMIT, _CONTEXT_LIMIT = 150, 75, 300
_LINE_LIMIT, _FACT_LIMIT, _STATE_LIMIT = 220, 240, 280
_MOST_FACTS, _MOST_QUOTES, _MOST_STEPS, _MOST_REASONS = 12, 3, 3, 6
_SIGNS = {Severity.CALM: "⚪", Severity.WATCH: "🔵", Severity.WARNING: "🟠", Severity.CRITICAL: "🔴"}

Block = dict[str, Any]  # Slack's own JSON, made here and sent as it is


def slack_blocks(message: Message) -> list[Block]:
    """Return the card: what and how bad, since when, buttons, facts, posts, what to do, why."""
    words = LANGUAGES[known_language(message.language)]
    made = (
        (0, _header(message)),
        (0, _since(message)),
        (0, _actions(message, words)),
        (2, _facts(message.facts, words)),
        (3, _quotes(message.quotes, words)),
        (1, _what_next(message, words)),
        (4, _why(message, words)),
        (0, _foot(message, words)),
    )
    return _fit([(weight, block) for weight, block in made if block])


def slack_buttons(message: Message) -> Block | None:
    """Return buttons that Slack sends back to us when they are pressed, for apps that are reachable."""
    url = safe_url(message.url)
    if url is None:
        return None
    words = LANGUAGES[known_language(message.language)]
    labels, value = words.labels, one_line(message.incident, 40)
    options = [
        {"text": _plain(word, _BUTTON_LIMIT), "value": f"{value}:{verdict}"} for verdict, word in words.verdicts.items()
    ]
    select = {
        "type": "static_select",
        "action_id": "verdict",
        "placeholder": _plain(labels.not_a_crisis, _BUTTON_LIMIT),
        "options": options,
    }
    elements = [select, _button("open", labels.open, url, value)]
    if not message.is_over:
        elements.append(_press("silence", labels.silence, f"{value}:{known_language(message.language)}"))
        elements.append({**_press("close", labels.close, value), "confirm": _confirm(message, words)})
    if not message.is_over and not message.is_acked:
        elements.insert(0, {**_press("acknowledge", labels.acknowledge, value), "style": "primary"})
    return {"type": "actions", "elements": elements}


def _silence(message: Message, words: Words, value: str) -> list[Block]:
    """Return the button that opens the signed page, where hours and a reason are asked for."""
    url = safe_url(message.links.silence) if message.links else None
    return [_button("silence", words.labels.silence, url, value)] if url and not message.is_over else []


def _confirm(message: Message, words: Words) -> Block:
    return {
        "title": _plain(words.labels.close, 100),
        "text": _plain(message.headline, _CONTEXT_LIMIT),
        "confirm": _plain(words.labels.close, 30),
        "deny": _plain("×", 30),
    }


def _fit(weighted: list[tuple[int, Block]]) -> list[Block]:
    while len(json.dumps([block for _, block in weighted], ensure_ascii=False)) >= TOTAL_LIMIT:
        least = max(weight for weight, _ in weighted)
        if least == 0:
            break  # what is left is bounded by the limits of its parts
        weighted = [(weight, block) for weight, block in weighted if weight != least]
    return [block for _, block in weighted]


def _header(message: Message) -> Block:
    sign = "✅" if message.is_over else _SIGNS[message.severity]
    return {"type": "header", "text": _plain(f"{sign} {message.headline}", _HEADER_LIMIT)}


def _since(message: Message) -> Block:
    lines = [one_line(text, _STATE_LIMIT) for text in (message.state, message.silenced) if text]
    return _rich(_section(_bold(one_line(message.since, _LINE_LIMIT)), _line("\n" + "\n".join(lines))))


def _actions(message: Message, words: Words) -> Block | None:
    url = safe_url(message.url)
    if url is None:
        return None
    labels, links, value = words.labels, message.links, one_line(message.incident, 40)
    buttons = [
        _button("open", labels.open, url, value),
        _button("verdict", labels.not_a_crisis, links.verdict if links else f"{url}#verdict", value),
    ]
    if not message.is_over and not message.is_acked:
        first = _button("acknowledge", labels.acknowledge, links.acknowledge if links else f"{url}#acknowledge", value)
        buttons.insert(0, {**first, "style": "primary"})
    return {"type": "actions", "elements": [*buttons, *_silence(message, words, value)]}


def _facts(facts: Sequence[Fact], words: Words) -> Block | None:
    lines = [_fact(fact, words) for fact in facts[:_MOST_FACTS]]
    return _rich(_heading(words.labels.facts), _list("bullet", lines)) if lines else None


def _fact(fact: Fact, words: Words) -> list[Block]:
    label = _bold(words.labels.named.format(label=one_line(fact.label, 40)) + " ")
    url = safe_url(fact.value)
    return [label, _link(url)] if url else [label, _line(one_line(fact.value, _FACT_LIMIT))]


def _quotes(quotes: Sequence[Quote], words: Words) -> Block | None:
    if not quotes:
        return None
    parts = [_heading(words.labels.quotes)]
    for quote in quotes[:_MOST_QUOTES]:
        who = _bold(inert(quote.who, 80) or "?")
        told = [who, _line(f" {inert(quote.when, 80)}\n{words.facts.quoted.format(text=inert(quote.text))}")]
        url = safe_url(quote.url)
        parts.append({"type": "rich_text_quote", "elements": [*told, _line("\n"), _link(url)] if url else told})
    return _rich(*parts)


def _what_next(message: Message, words: Words) -> Block | None:
    labels, title = words.labels, one_line(message.playbook, 100)
    if not (title or message.steps or message.playbook_reason):
        return None
    parts = [_heading(labels.what_next_with.format(playbook=title) if title else labels.what_next)]
    if message.steps:
        steps = message.steps[:_MOST_STEPS]
        parts.append(_list("ordered", [[_line(one_line(step, _LINE_LIMIT) or "…")] for step in steps]))
    if message.owner:
        owner = _line(one_line(message.owner, _LINE_LIMIT))
        parts.append(_section(_bold(labels.named.format(label=labels.owner) + " "), owner))
    if reason := one_line(message.playbook_reason, _LINE_LIMIT):
        parts.append(_section(_line(reason)))
    return _rich(*parts)


def _why(message: Message, words: Words) -> Block | None:
    lines = [[_line(one_line(reason, _LINE_LIMIT) or "…")] for reason in message.why[:_MOST_REASONS]]
    parts = [_heading(words.labels.why), _list("bullet", lines)] if lines else []
    if message.data_health:
        health = _line(one_line(message.data_health, _LINE_LIMIT * 2))
        parts.append(_section(_bold(f"{words.labels.data_health} "), health))
    return _rich(*parts) if parts else None


def _foot(message: Message, words: Words) -> Block:
    values = {"receiver": message.receiver, "number": message.number, "incident": message.incident}
    return {"type": "context", "elements": [_plain(words.labels.footer.format(**values), _CONTEXT_LIMIT)]}


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": one_line(text, limit), "emoji": False}


def _button(action: str, label: str, url: str, value: str) -> Block:
    return {"type": "button", "action_id": action, "text": _plain(label, _BUTTON_LIMIT), "url": url, "value": value}


def _press(action: str, label: str, value: str) -> Block:
    return {"type": "button", "action_id": action, "text": _plain(label, _BUTTON_LIMIT), "value": value}


def _rich(*elements: Block) -> Block:
    return {"type": "rich_text", "elements": list(elements)}


def _section(*elements: Block) -> Block:
    return {"type": "rich_text_section", "elements": [element for element in elements if element.get("text") != ""]}


def _heading(text: str) -> Block:
    return _section(_bold(text))


def _list(style: str, lines: Iterable[list[Block]]) -> Block:
    return {"type": "rich_text_list", "style": style, "elements": [_section(*line) for line in lines]}


def _line(text: str) -> Block:
    return {"type": "text", "text": text}


def _bold(text: str) -> Block:
    return {"type": "text", "text": text, "style": {"bold": True}}


def _link(url: str) -> Block:
    return {"type": "link", "url": url, "text": shorten(host_of(url) or url, 100)}
