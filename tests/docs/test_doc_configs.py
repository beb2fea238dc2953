"""Every configuration that a page shows, whole or in part, passes `check`."""

from __future__ import annotations

from pathlib import Path

import pytest
from doc_pages import Block, all_blocks
from ruamel.yaml import YAML

from crisiswatch.app.building import catalogues
from crisiswatch.app.playbooks import load_playbooks
from crisiswatch.settings import Absent, check, render
from crisiswatch.settings.document import Document

BASE = "version: 1\nbrands:\n  - {name: Acme, match: [acme]}\n"
ENVIRON = {
    "SMTP_URL": "smtps://user:password@mail.example.org",
    "SLACK_TOKEN": "xoxb-1-example",
    "SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T000/B000/example",
    "NTFY_URL": "ntfys://example",
    "DESK_URL": "https://desk.example.org/hook",
    "DESK_SECRET": "whsec_Y3Jpc2lz",
    "DESK_TOKEN": "example",
    "INBOX_SECRET": "example",
    "API_TOKEN": "example",
    "WEBHOOK_SECRET": "example",
}
"""What a reader of the pages has set."""

KEYS = frozenset(Document.model_fields)
YAMLS = all_blocks("yaml")


def _data(block: Block) -> object:
    return YAML(typ="safe", pure=True).load(block.body)


def _is_config(block: Block) -> bool:
    data = _data(block)
    return isinstance(data, dict) and set(data) <= KEYS


def _is_list_of_kinds(block: Block) -> bool:
    data = _data(block)
    return isinstance(data, list) and all(isinstance(item, dict) and "type" in item for item in data)


def _is_playbook(block: Block) -> bool:
    data = _data(block)
    return isinstance(data, dict) and {"title", "steps", "owner"} <= set(data)


CONFIGS = [block for block in YAMLS if _is_config(block)]
LISTS = [block for block in YAMLS if _is_list_of_kinds(block)]
PLAYBOOKS = [block for block in YAMLS if _is_playbook(block)]
FOREIGN = {"how-to/slack.md": "oauth_config", "how-to/grafana.md": "scrape_configs"}
"""Pages that show the configuration of another program, and a key of it."""


def _errors(text: str, folder: Path) -> str:
    (folder / "playbooks").mkdir()
    file = folder / "crisiswatch.yml"
    file.write_text(text, "utf-8")
    problems = check(file, ENVIRON, catalogues(), absent=Absent.IS_WARNING)
    return render([told for told in problems if not told.is_warning], {})


@pytest.mark.parametrize("block", CONFIGS, ids=str)
def test_a_config_passes(block: Block, tmp_path: Path) -> None:
    data = _data(block)
    assert isinstance(data, dict)
    missing = "" if "version" in data else "version: 1\n"
    missing += "" if "brands" in data else "brands: [{name: Acme, match: [acme]}]\n"

    assert _errors(missing + block.body, tmp_path) == ""


@pytest.mark.parametrize("block", LISTS, ids=str)
def test_an_example_of_a_source_or_receiver_passes(block: Block, tmp_path: Path) -> None:
    key = "receivers" if "channels" in block.page else "sources"
    indented = "".join(f"  {line}\n" for line in block.body.splitlines())
    # A token that has the shape of a real one is refused in a file, rightly; the page names the shape.
    text = f"{BASE}{key}:\n{indented}".replace("xoxb-example", "${SLACK_TOKEN}")

    assert _errors(text, tmp_path) == ""


@pytest.mark.parametrize("block", PLAYBOOKS, ids=str)
def test_a_playbook_can_be_read(block: Block, tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text(block.body, "utf-8")

    assert [book.name for book in load_playbooks(tmp_path)] == ["mine"]


def test_every_other_block_is_of_another_program() -> None:
    ours = {str(block) for block in (*CONFIGS, *LISTS, *PLAYBOOKS)}
    strange = [block for block in YAMLS if str(block) not in ours]

    assert [str(block) for block in strange if FOREIGN.get(block.page, "\0") not in block.body] == []


def test_a_wrong_config_would_not_pass(tmp_path: Path) -> None:
    assert "unknown key" in _errors(BASE + "brandz: []\n", tmp_path)
