"""Writes small configurations for tests."""

from collections.abc import Mapping
from pathlib import Path

from fake_catalogues import CATALOGUES, ENVIRON

from crisiswatch.settings import Settings, check, load

SMALLEST = """\
version: 1
brands:
  - name: Acme
    match: [acme]
    sources:
      - {type: rss, url: "https://news.example/rss"}
"""
WHOLE = """\
version: 1
brands:
  - {name: Acme, match: [acme]}
sources:
  - {name: press, type: rss, url: "https://news.example/rss"}
receivers:
  - {name: pr-team, type: slack, channel: "#pr", token: "${SLACK_TOKEN}"}
routes: {receiver: pr-team}
"""


def write(folder: Path, text: str, name: str = "crisiswatch.yml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def loaded(folder: Path, text: str, environ: Mapping[str, str] = ENVIRON) -> Settings:
    return load(write(folder, text), environ, CATALOGUES)


def codes(folder: Path, text: str, environ: Mapping[str, str] = ENVIRON) -> list[str]:
    return [told.code for told in check(write(folder, text), environ, CATALOGUES)]
