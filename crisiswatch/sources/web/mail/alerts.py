"""Takes alert letters apart: one letter that lists pages becomes one mention a page.

Google Alerts letters were described by people who read them, not seen live here: the results are the links to
`google.com/url`, in the HTML part or, where that is missing, between angle brackets in the plain one.
"""

from __future__ import annotations

import re
from html import unescape

import msgspec

from crisiswatch.core.models import Kind, Mention
from crisiswatch.sources.web.links import behind_google, identity, without_trackers
from crisiswatch.sources.web.mail.letters import Letter, parse_letter
from crisiswatch.sources.web.plain_text import clean, from_markup

GOOGLE_SENDER = "googlealerts-noreply@google.com"
RESULTS_LIMIT = 100
SNIPPET_LIMIT = 1_000
TITLE_LIMIT = 500

_ANCHOR = re.compile(r"""<a\s[^<>]{0,500}?href\s*=\s*["']([^"'<>]{1,4000})["'][^<>]{0,1000}>""", re.IGNORECASE)
_BRACKETS = re.compile(r"<(https?://[^<>\s]{1,4000})>")
_HEADING = re.compile(r"\s*===.*===\s*")


class Result(msgspec.Struct, frozen=True):
    """One page that an alert lists."""

    link: str
    title: str
    text: str


def parse_mail(raw: bytes, kind: Kind, authserv: str, senders: list[str]) -> tuple[Mention, ...]:
    """Return the mentions in a letter, without a source: the pages of an alert, or else the letter itself.

    `senders` are the addresses or domains whose letters count; none: all. With an `authserv` an alert, and a letter of
    one of the `senders`, is one only if that server found it signed by its sender's domain.
    """
    letter = parse_letter(raw, authserv)
    is_genuine = not authserv or is_vouched(letter)
    if senders and not (is_genuine and is_from(letter.address, senders)):
        return ()
    results = google_results(letter) if is_genuine and letter.address == GOOGLE_SENDER else ()
    if results:
        return tuple(_page(result, letter) for result in results)
    return (_letter(letter, kind),) if letter.text or letter.subject else ()


def is_from(address: str, senders: list[str]) -> bool:
    """Tell whether an address is one of the senders, or belongs to one of their domains."""
    _, _, host = address.rpartition("@")
    wanted = {sender.lower().removeprefix("@") for sender in senders}
    domains = {".".join(host.split(".")[start:]) for start in range(host.count(".") + 1)}
    return address in wanted or not wanted.isdisjoint(domains)


def is_vouched(letter: Letter) -> bool:
    """Tell whether the letter was signed by the domain of its sender, or one above it."""
    host = letter.address.rpartition("@")[2]
    return any(host == domain or host.endswith(f".{domain}") for domain in letter.vouched if "." in domain)


def google_results(letter: Letter) -> tuple[Result, ...]:
    """Return the pages that a Google Alerts letter lists, each once, in its order."""
    found = _from_markup(letter.markup) or _from_plain(letter.text)
    pages: dict[str, Result] = {}
    for result in found:
        known = pages.get(result.link)
        if known is None or len(result.title) > len(known.title):
            pages[result.link] = result
    return tuple(result for result in pages.values() if result.title)[:RESULTS_LIMIT]


def _from_markup(markup: str) -> list[Result]:
    anchors = list(_ANCHOR.finditer(markup))
    edges = [*(anchor.start() for anchor in anchors), len(markup)]
    found = []
    for anchor, end in zip(anchors, edges[1:], strict=True):
        target = behind_google(unescape(anchor[1]))
        title, _, after = markup[anchor.end() : end].partition("</a>")
        if target:
            words = from_markup(title, TITLE_LIMIT)
            found.append(_result(target, words, from_markup(after, SNIPPET_LIMIT)))
    return found


def _from_plain(text: str) -> list[Result]:
    found = []
    start = 0
    for link in _BRACKETS.finditer(text):
        block = [line.strip() for line in text[start : link.start()].splitlines() if not _HEADING.fullmatch(line)]
        lines = [line for line in block if line]
        start = link.end()
        target = behind_google(link[1])
        if target and lines:
            found.append(_result(target, lines[0][:TITLE_LIMIT], " ".join(lines[1:])[:SNIPPET_LIMIT]))
    return found


def _result(target: str, title: str, snippet: str) -> Result:
    return Result(without_trackers(target) or target, title, f"{title}\n{snippet}".strip())


def _page(result: Result, letter: Letter) -> Mention:
    return Mention(
        source="",
        external_id=identity(result.link),
        kind="article",
        title=result.title,
        text=clean(result.text, TITLE_LIMIT + SNIPPET_LIMIT),
        permalink=result.link,
        published_at=letter.sent_at,
    )


def _letter(letter: Letter, kind: Kind) -> Mention:
    return Mention(
        source="",
        external_id=letter.id,
        kind=kind,
        title=letter.subject or None,
        text=letter.text or letter.subject,
        language=letter.language,
        author=letter.address or None,
        author_name=letter.name or None,
        published_at=letter.sent_at,
        parent_id=letter.parent,
    )
