"""What looks like a template is shown as it was written: in mail, text, page of a report and Slack."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from rendering_builders import evidence, incident, message, notification, quote

from crisiswatch.core.messages import Fact
from crisiswatch.rendering.mail import email_html
from crisiswatch.rendering.message import Context, compose
from crisiswatch.rendering.plain import plain
from crisiswatch.rendering.slack_blocks import slack_blocks
from tests.builders import NOON

TEMPLATES = (
    "{{ 7 * 7 }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ message.key }}",
    "{% for x in (1,2) %}pwned{% endfor %}",
    "{% include 'mail.html.j2' %}",
    "{# gone #}",
    "{brand.__class__}",
    "{0.__globals__}",
    "{headline}",
    "%(key)s %s",
    "${7*7} #{7*7} <%= 7*7 %>",
    "{",
    "}",
    "{{",
    "{}",
)


@pytest.mark.parametrize("text", TEMPLATES)
def test_a_template_in_a_post_stays_its_text(text: str) -> None:
    said = replace(message(), quotes=(quote(text=text),), facts=(Fact("Topic", text),), owner=text)

    for shown in (email_html(said), plain(said), json.dumps(slack_blocks(said), ensure_ascii=False)):
        assert "49" not in shown
        assert "<class" not in shown
        assert "pwned" not in shown or "{% for" in shown


@pytest.mark.parametrize("text", TEMPLATES)
def test_a_template_as_name_term_or_reason_is_filled_in_nowhere(text: str) -> None:
    about = incident(
        brand=text, rule=text, acked_by=text, playbook_reason=text,
        evidence=evidence(drivers=(text,), type_reason=text, missing=(text,), planned_event=text),
    )  # fmt: skip

    said = compose(notification(), about, None, [quote(who=text, text=text)], None, Context(NOON, draw=None))

    told = " ".join((said.headline, said.preview, said.thread_subject, *(fact.value for fact in said.facts)))
    assert "49" not in told
    assert "<class" not in told
