"""Letters, as readers write them to the press office."""

from __future__ import annotations

from email.message import EmailMessage


def letter(number: int, body: str = "my kettle melted") -> bytes:
    """Return a letter whose Message-ID begins with its number."""
    message = EmailMessage()
    message["From"] = f"Reader {number} <reader{number}@example.org>"
    message["Subject"] = f"Letter {number}: Wasserkocher schmilzt, größte Gefahr"
    message["Message-ID"] = f"<{number}@example.org>"
    message["Date"] = "Wed, 18 Nov 2026 09:02:25 +0000"
    message.set_content(body)
    return message.as_bytes()
