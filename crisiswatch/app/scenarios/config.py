"""The configuration that a scenario is watched with."""

from __future__ import annotations

import json

from crisiswatch.app.scenarios.plots import BRAND, COMPETITOR

_CONFIG = """\
version: 1
sources:
  - {{name: mastodon, type: mastodon, instance: mastodon.example, tags: [{brand_tag}, {competitor_tag}]}}
  - {{name: news, type: rss, url: "https://news.example/feed.xml"}}
  - {{name: forum, type: rss, url: "https://forum.example/feed.xml", preset: discourse}}
brands:
  - {{name: {brand}, match: [{brand_tag}], competitors: [{competitor}]}}
  - {{name: {competitor}, kind: competitor, match: [{competitor_tag}]}}
receivers:
  - {{name: on-call, type: email, to: [on-call@{brand_tag}.example], smtp: {smtp}, language: {language}}}
routes:
  receiver: on-call
"""


def write_config(language: str, smtp_url: str) -> str:
    """Return a small configuration; `smtp_url` may be a reference such as `${SMTP_URL}`."""
    return _CONFIG.format(
        brand=BRAND,
        brand_tag=BRAND.lower(),
        competitor=COMPETITOR,
        competitor_tag=COMPETITOR.lower(),
        language=language,
        smtp=json.dumps(smtp_url),
    )
