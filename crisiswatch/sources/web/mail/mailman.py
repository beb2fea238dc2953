"""`mailman`: public mailing lists: HyperKitty (Mailman 3) and Pipermail (Mailman 2).

*Access*: the list's public archive. *Cost*: HyperKitty: one request a poll and one a letter; Pipermail: one request a
poll, mostly answered by "not modified". *Limits*: HyperKitty: 500 letters between two polls; Pipermail: 2 MB a month
(a busier list is better read by subscribing a mailbox: `imap`). *Look-back*: the archive; the first poll reads the last
50 letters, or the current month. *Delay*: minutes. *Cannot see*: private lists, letters that were never archived or
were removed from it, votes after the letter was read. *Quality*: complete. Archives hide addresses; what is left of
them is hashed. Pipermail pages were made for people: the site's robots.txt is asked once a day, and obeyed.
A mistyped list is a server error at HyperKitty, as if it were down. Tested with HyperKitty 1.3.12; what is known of
Pipermail's files comes from archives.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field, model_validator

from crisiswatch.plugins import Access, Kind, Options, SourceTools
from crisiswatch.ports import Hook, Source
from crisiswatch.sources.web.mail.hyperkitty import HyperkittySource
from crisiswatch.sources.web.mail.pipermail import PipermailSource


class MailmanOptions(Options):
    """Which list, and what software archives it."""

    model_config = ConfigDict(defer_build=True)

    url: str = Field(
        pattern=r"^https?://[^\s?#]+$",
        max_length=1_000,
        description="HyperKitty: its root, as in https://lists.example/hyperkitty; Pipermail: the list's archive.",
    )
    software: Literal["hyperkitty", "pipermail"] = Field(default="hyperkitty", description="What archives the list.")
    list: str = Field(
        default="",
        pattern=r"^([A-Za-z0-9._+-]+@[A-Za-z0-9.-]+)?$",
        max_length=300,
        description="Address of the list (HyperKitty).",
    )

    @model_validator(mode="after")
    def _names_a_list(self) -> MailmanOptions:
        if (self.software == "hyperkitty") != bool(self.list):
            raise ValueError("list is given for hyperkitty, and for hyperkitty only")
        return self


def build(name: str, options: MailmanOptions, tools: SourceTools) -> Source:
    """Return the source that the operator called `name`."""
    url = options.url.rstrip("/")
    if options.software == "pipermail":
        return PipermailSource(name, url, tools)
    return HyperkittySource(name, url, options.list, tools)


KIND: Kind[Source | Hook] = Kind(
    name="mailman",
    summary="Public mailing lists archived by HyperKitty (Mailman 3) or Pipermail (Mailman 2).",
    options=MailmanOptions,
    build=build,
    example={"url": "https://lists.example/hyperkitty", "list": "kettles@lists.example"},
    access=Access(
        network="Mailing lists (Mailman)",
        access="free",
        cost="none",
        look_back="the archive",
        delay="minutes",
        tested="real server",
    ),
)
