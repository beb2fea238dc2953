from __future__ import annotations

from pathlib import Path

from crisiswatch.app.building import catalogues
from crisiswatch.settings import check

CONFIG = """
version: 1
brands: [{name: Acme, match: [acme]}]
sources:
  - {name: press, type: rss, url: "https://news.example/feed.xml", websub_secret: "${HUB_SECRET}"}
"""


def problems(folder: Path, config: str) -> list[tuple[str, int]]:
    file = folder / "crisiswatch.yml"
    file.write_text(config)
    found = check(file, {"HUB_SECRET": "a secret of sixteen"}, catalogues())
    return [(one.code, one.line) for one in found if not one.is_warning]


def test_a_hub_needs_an_address_at_which_it_can_call(tmp_path):
    assert problems(tmp_path, CONFIG) == [("no-public-url", 5)]


def test_with_a_public_address_a_hub_can_call(tmp_path):
    assert problems(tmp_path, CONFIG + "server: {public_url: https://watch.example.org}\n") == []
