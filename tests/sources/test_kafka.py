from __future__ import annotations

import sys

import pytest
from pydantic import ValidationError
from source_fakes import NOW, tools

from crisiswatch.errors import BadInput, SourceRejected
from crisiswatch.sources.web.kafka import KIND, settings

BASIC = {"servers": ["kafka.example:9092"], "topic": "mentions", "fields": {"external_id": "id", "text": "body"}}


@pytest.mark.parametrize(
    "wrong",
    [
        {"servers": ["kafka.example"]},
        {"servers": ["kafka.example:9092,evil.example:1"]},
        {"topic": "a topic"},
        {"fields": {"text": "body"}},
        {"fields": {"external_id": "id", "text": "body", "colour": "c"}},
        {"items": "a["},
        {"security": "sasl_ssl", "user": "reader"},
    ],
)
def test_what_cannot_work_is_refused(wrong):
    with pytest.raises(ValidationError):
        KIND.options.model_validate(BASIC | wrong)


def test_a_login_is_told_to_the_library_and_to_nobody_else():
    login = {"security": "sasl_ssl", "mechanism": "SCRAM-SHA-512", "user": "reader", "password": "canary"}
    options = KIND.options.model_validate(BASIC | login | {"ca_file": "/etc/ca.pem"})

    told = settings("bus", options)

    assert (told["sasl.password"], told["sasl.mechanism"], told["ssl.ca.location"]) == (
        "canary",
        "SCRAM-SHA-512",
        "/etc/ca.pem",
    )
    assert "canary" not in repr(options)


def test_nothing_is_committed_to_kafka():
    told = settings("bus", KIND.options.model_validate(BASIC))

    assert (told["enable.auto.commit"], told["enable.auto.offset.store"]) == (False, False)
    assert not any(key.startswith("sasl") for key in told)


async def test_without_the_library_the_source_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    reader = KIND.build("bus", KIND.options.model_validate(BASIC), tools())

    with pytest.raises(SourceRejected, match=r"crisiswatch\[kafka\]"):
        await reader.fetch(None, NOW)
    await reader.close()


async def test_a_cursor_that_cannot_be_read_is_not_taken_for_a_new_source():
    reader = KIND.build("bus", KIND.options.model_validate(BASIC), tools())

    with pytest.raises(BadInput):
        await reader.fetch("{", NOW)
