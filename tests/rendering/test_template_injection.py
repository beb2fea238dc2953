"""What looks like a template is shown as it was written: in mail, text, page of a report and Slack."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from jinja2.sandbox import SecurityError
from rendering_builders import evidence, incident, message, notification, quote

import crisiswatch
from crisiswatch.console.display import Display
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


def test_every_template_is_compiled_in_a_sandbox() -> None:
    sources = [file.read_text("utf-8") for file in Path(crisiswatch.__file__).parent.rglob("*.py")]
    made = [name for source in sources for name in re.findall(r"\b(\w*Environment)\(", source)]

    assert len(made) >= 4
    assert set(made) == {"ImmutableSandboxedEnvironment"}


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ x.append(1) }}",
        "{{ x.__init__.__globals__ }}",
        "{{ ''.format.__globals__ }}",
        "{{ '{0.__class__.__mro__}'.format(x) }}",
    ],
)
def test_even_a_template_of_ours_could_not_reach_the_program(template: str) -> None:
    with pytest.raises(SecurityError):
        Display()._environment.from_string(template).render(x=[])
