"""The parts of a mail as it is sent, by the real renderers: no link is in one only, no picture is missing."""

from __future__ import annotations

import email
from email import policy
from email.message import EmailMessage

import pytest
from rendering_builders import NOW, context, message
from test_mail_html import Reading

from crisiswatch.channels.email.composing import compose
from crisiswatch.channels.email.options import EmailOptions
from crisiswatch.core.incidents import Condition
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import NotificationKind as Kind
from crisiswatch.engine.clock import DrivenClock
from crisiswatch.plugins import ChannelTools
from crisiswatch.rendering.mail import email_html
from crisiswatch.rendering.plain import plain
from crisiswatch.rendering.words import LANGUAGES

OVER = {"condition": Condition.CLOSED, "closed_at": NOW, "severity": Severity.CALM}
KINDS = [Kind.OPENED, Kind.RAISED, Kind.REPEATED, Kind.ESCALATED, Kind.REOPENED, Kind.CLOSED, Kind.TEST]


def sent(kind: Kind, language: str) -> EmailMessage:
    changes = OVER if kind is Kind.CLOSED else {}
    said = message(kind, context(language=language), **changes)
    tools = ChannelTools(
        isolator=None,  # type: ignore[arg-type]  # no mail needs a worker
        plain=plain,
        email_html=email_html,
        slack_blocks=lambda message: [],
        host="cw.example.org",
        clock=DrivenClock(NOW),
    )
    options = EmailOptions.model_validate({"to": ["a@example.org"], "smtp": "smtp://127.0.0.1"})
    mail = email.message_from_bytes(compose(said, options, tools).as_bytes(), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_link_of_the_page_is_in_the_text(kind: Kind, language: str) -> None:
    mail = sent(kind, language)
    links = set(Reading(body(mail, "html")).links)

    told = body(mail, "plain").split()
    assert len(links) >= 2
    assert sorted(link for link in links if not any(link in word for word in told)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_of_the_page_is_a_part_of_the_mail_and_every_part_is_shown(kind: Kind) -> None:
    mail = sent(kind, "en")
    parts = {f"cid:{part['Content-ID'].strip('<>')}" for part in mail.walk() if part["Content-ID"]}

    assert set(Reading(body(mail, "html")).images) == parts
