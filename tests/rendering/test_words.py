from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from string import Formatter
from typing import Any

import pytest
from rendering_builders import context, message

from crisiswatch.core.outbox import NotificationKind
from crisiswatch.rendering.plain import plain
from crisiswatch.rendering.words import LANGUAGES, Words
from crisiswatch.rendering.words.en import ENGLISH

OTHERS = [code for code in LANGUAGES if code != "en"]


def _sentences(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if is_dataclass(value):
        for field in fields(value):
            yield from _sentences(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, str):
        yield path, value
    else:
        for key, inner in value.items():
            yield from _sentences(inner, f"{path}[{key}]")


def _places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_same_sentences_with_the_same_places(code: str) -> None:
    english = {path: _places(sentence) for path, sentence in _sentences(ENGLISH)}

    translated = {path: _places(sentence) for path, sentence in _sentences(LANGUAGES[code])}

    assert translated == english


@pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)
def test_every_sentence_says_something(words: Words) -> None:
    assert [path for path, sentence in _sentences(words) if not sentence.strip()] == []


@pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)
def test_labels_of_facts_fit_their_column(words: Words) -> None:
    facts = "mentions negative topic incident_type first_post sources languages authors planned_event neighbours"

    labels = [getattr(words.labels, name) for name in (facts + " covered missing meaning peak playbook_page").split()]

    assert [label for label in labels if len(label) > 14] == []


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("kind", NotificationKind)
def test_no_english_is_left_in_a_translated_mail(code: str, kind: NotificationKind) -> None:
    written = plain(message(kind, context(language=code)))

    english = (" since ", "normal mentions", "usually", "Acknowledge", "authors", "Owner", "WHY", "Sent by", "Critical")
    assert [word for word in english if word in written] == []
