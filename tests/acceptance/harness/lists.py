"""HyperKitty, the archive of Mailman 3, fetched from PyPI by `make servers`; people who write to its lists."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import httpx
from harness.ports import ROOT, free_port

FOLDER = ROOT / ".servers" / "hyperkitty"
SCRIPT = ROOT / "tests" / "acceptance" / "servers" / "lists.py"
MISSING = "" if (FOLDER / "complete").exists() else "no HyperKitty here: `make servers` fetches it from PyPI"
KEY = "archiver"


@dataclass(slots=True)
class Archive:
    """A site that archives whatever list is written to. `url` is HyperKitty's root."""

    url: str
    written: int = field(default=0)

    def write(self, list: str, text: str, at: datetime, *, subject: str = "kettles", reply_to: str = "") -> str:
        """Have a letter archived, as Mailman's core does it; return its Message-ID."""
        self.written += 1
        letter = EmailMessage()
        letter["From"] = f"Person {self.written} <person{self.written}@people.example>"
        letter["To"] = list
        letter["Subject"] = subject
        letter["Date"] = format_datetime(at)
        letter["Message-ID"] = f"<{self.written}@people.example>"
        if reply_to:
            letter["In-Reply-To"] = f"<{reply_to}>"
        letter.set_content(text)
        with httpx.Client(trust_env=False, timeout=60) as client:
            client.post(
                f"{self.url}/api/mailman/archive",
                data={"mlist": list},
                files={"message": ("message.txt", bytes(letter))},
                headers={"Authorization": f"Token {KEY}"},
            ).raise_for_status()
        return f"{self.written}@people.example"


@contextmanager
def running(folder: Path) -> Iterator[Archive]:
    """Give a site without lists; its database goes into the folder."""
    port, log = free_port(), folder / "lists.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(FOLDER / "bin" / "python"), "-I", str(SCRIPT), str(folder), str(port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=out,
            cwd=folder,
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline(), log.read_text("utf-8", "replace")[-2_000:]
            yield Archive(f"http://127.0.0.1:{port}/hyperkitty")
        finally:
            process.kill()
            process.communicate()
