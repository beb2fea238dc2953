from __future__ import annotations

import logging
import re
import subprocess
import sys

import pytest
from builders_channels import FakeIsolator, message, tools
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.channels.apprise_url import AppriseOptions, AppriseUrl, classify, deliver, inert, load
from crisiswatch.core.outbox import Outcome
from crisiswatch.errors import WorkFailed, WorkNotBegun, WorkTimedOut

OPTIONS = AppriseOptions.model_validate({"url": "json://127.0.0.1:1/hunter2"})
HOSTILE = st.text() | st.lists(
    st.sampled_from(("<!channel>", "@everyone", "<@1>", "](", "https://x/@here", "@", "<", "[a]", "http://", " ", "\n"))
).map("".join)


async def send_with(isolator):
    return await AppriseUrl("product", OPTIONS, tools(isolator=isolator)).send(message(), None)


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        ({"status": "SUCCESS"}, Outcome.DELIVERED),
        ({"status": "FAILURE"}, Outcome.UNKNOWN),
        ({"status": "PARTIAL"}, Outcome.UNKNOWN),
        ({"status": "TIMEOUT"}, Outcome.UNKNOWN),
        ({"status": "NOMATCH"}, Outcome.REJECTED),
        ({}, Outcome.UNKNOWN),
        (WorkTimedOut("slow hunter2"), Outcome.UNKNOWN),
        (WorkFailed("json://hunter2"), Outcome.UNKNOWN),
        (WorkNotBegun("busy with hunter2"), Outcome.REFUSED),
    ],
)
async def test_what_the_worker_says_decides_the_outcome(result, outcome):
    attempt = await send_with(FakeIsolator(result))

    assert attempt.outcome is outcome
    assert "hunter2" not in attempt.detail


async def test_the_worker_gets_the_url_and_plain_text():
    isolator = FakeIsolator({"status": "SUCCESS"})

    await send_with(isolator)

    function, url, title, body, timeout = isolator.calls[0]
    assert function is deliver
    assert (url, timeout) == ("json://127.0.0.1:1/hunter2", 10.0)
    assert title == message().headline
    assert "https://n.example/2?a=1&b=2" in body


async def test_a_channel_that_is_closed_closes_its_worker():
    isolator = FakeIsolator()

    await AppriseUrl("product", OPTIONS, tools(isolator=isolator)).close()

    assert isolator.is_closed


def test_a_detail_is_short():
    assert len(classify({"status": "X" * 999}).detail) <= 200


@given(HOSTILE)
def test_no_text_calls_anybody_or_forges_a_link(text):
    said = inert(text)

    assert not re.search(r"@(everyone|here|channel|all|room)\b", said, re.IGNORECASE)
    assert not re.search(r"<[!@#&a-z/]", said, re.IGNORECASE)
    assert "](" not in said


def test_ordinary_words_and_addresses_stay():
    text = "12× normal (64%)\n https://mastodon.example/@laura/1?a=1&b=2 ok"

    assert inert(text) == text


@pytest.mark.parametrize(
    "url", ["hunter2", "nope://hunter2", "json://", "json://a b/hunter2", "json://h/hunter2, json://i"]
)
def test_a_wrong_url_is_refused_without_showing_it(url, caplog):
    caplog.set_level(logging.DEBUG)

    with pytest.raises(ValueError, match="validation error") as caught:
        AppriseOptions.model_validate({"url": url})

    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in caplog.text


def test_a_url_cannot_ask_for_repeats_redirects_or_floods():
    service = load("json://127.0.0.1:1/x?retry=5&redirect=yes&overflow=split&emojis=yes", 10.0)

    assert (service.retry, service.redirects, service.overflow_mode.value) == (0, False, "truncate")


def test_the_worker_never_imports_river():
    code = (
        "import sys; from crisiswatch.channels.apprise_url import deliver;"
        "print(deliver('json://127.0.0.1:1/x', 't', 'b', 5.0)['status']);"
        "heavy = [name for name in ('river', 'numpy', 'scipy', 'sqlalchemy') if name in sys.modules];"
        "print(heavy, 'apprise' in sys.modules)"
    )

    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert output.split("\n")[:2] == ["FAILURE", "[] True"]
