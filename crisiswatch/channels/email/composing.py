"""The mail: its headers, its text, and its HTML with the chart inside."""

from __future__ import annotations

import re
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from hashlib import blake2b

from crisiswatch.channels.email.options import EmailOptions
from crisiswatch.core.messages import Message
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import NotificationKind
from crisiswatch.plugins import ChannelTools

SUBJECT_LIMIT = 120
HEADER_LIMIT = 16_000
STATE_LIMIT = 300

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")
_NOT_IN_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_UNSAFE_IN_ID = re.compile(r"[^A-Za-z0-9_-]+")


def compose(message: Message, options: EmailOptions, tools: ChannelTools) -> EmailMessage:
    """Return the mail: text, or HTML with the chart inside; only the MIME boundaries differ between two calls."""
    mail = EmailMessage(policy=SMTP_POLICY)
    mail.set_content(_body(tools.plain(message)), cte="quoted-printable")
    mail.add_alternative(_body(tools.email_html(message)), subtype="html", cte="quoted-printable")
    if message.picture:
        html = mail.get_payload(1)
        assert isinstance(html, EmailMessage)
        html.add_related(
            message.picture.draw_png(), "image", "png", cid="<chart>", disposition="inline", filename="chart.png"
        )
    # Last, because a part that is added takes the Content- headers that stand already.
    for name, value in headers(message, options, tools.host).items():
        mail[name] = value
    mail["Date"] = message.sent_at
    return mail


def headers(message: Message, options: EmailOptions, host: str) -> dict[str, str]:
    """Return the headers in their order; whatever strangers wrote in them is one harmless line."""
    root = message_id(message, 1, host)
    brand = _slug(message.brand)
    fields = {
        "Subject": subject(message),
        "From": options.sender or f"crisiswatch@{host}",
        "To": ", ".join(options.to),
        "Reply-To": options.reply_to,
        "Message-ID": message_id(message, message.number, host),
        "In-Reply-To": root if message.number > 1 else None,
        "References": root if message.number > 1 else None,
        "List-Id": f"<{brand}.crisiswatch.{host}>",
        "Content-Language": message.language,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Precedence": "bulk",
        "Importance": "high" if message.severity is Severity.CRITICAL else None,
        "X-Crisiswatch-State": one_line(message.state, STATE_LIMIT),
        "X-Crisiswatch-Key": message.key,
    }
    return {name: one_line(value, HEADER_LIMIT) for name, value in fields.items() if value}


def subject(message: Message) -> str:
    """Return the frozen subject, after the first mail as a reply; a raise has a new one, so that it is seen."""
    if message.kind == NotificationKind.RAISED:
        ending = f" ({message.incident})"
        return one_line(message.headline, SUBJECT_LIMIT - len(ending)) + ending
    frozen = one_line(message.thread_subject, SUBJECT_LIMIT)
    return f"Re: {frozen}" if message.number > 1 else frozen


def message_id(message: Message, number: int, host: str) -> str:
    """Return the Message-ID of the receiver's mail with that number: equal for equal notifications."""
    return f"<{_slug(message.incident)}.{number}.{_slug(message.receiver)}@{host}>"


def one_line(text: str, limit: int) -> str:
    """Return the text on one line, without control, bidi or broken characters, cut at `limit`."""
    text = text.encode("utf-8", "replace").decode()
    text = " ".join(_UNPRINTABLE.sub(" ", text).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _body(text: str) -> str:
    return _NOT_IN_TEXT.sub("", text.encode("utf-8", "replace").decode())


def _slug(text: str) -> str:
    """Return the text as part of an id; a mark keeps apart what would look the same."""
    slug = _UNSAFE_IN_ID.sub("-", text).strip("-")
    if slug == text:
        return text
    return f"{slug[:40]}-{blake2b(text.encode('utf-8', 'replace'), digest_size=4).hexdigest()}".strip("-")
