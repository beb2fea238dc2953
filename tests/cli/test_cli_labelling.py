"""`label next`, `label import`, `label export` on a real database."""

from __future__ import annotations

import json
from pathlib import Path

from cli_running import config, fill, run

from crisiswatch.cli.terminal import Exit
from crisiswatch.core.models import Mention
from crisiswatch.ports import Store
from tests.store.store_builders import a_batch, a_mention

LABEL = {"frame": "label", "at": "2026-03-03T12:00:00Z", "brand": "Acme", "label": "negative"}


async def two_mentions(store: Store) -> None:
    texts = ("Smoke from an Acme kettle", "The Acme parade was a dull affair")
    await store.commit_batch(a_batch(*(a_mention(str(n), text=t) for n, t in enumerate(texts)), brands=("Acme",)))


def uid(n: int) -> str:
    mention = a_mention(str(n))
    return Mention(source=mention.source, instance=mention.instance, external_id=str(n), text="").uid.hex()


def write(folder: Path, *lines: object) -> str:
    file = folder / "labels.jsonl"
    file.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), "utf-8")
    return str(file)


def test_next_lists_what_has_no_label(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_mentions)

    found = run("label", "next", "-c", str(file), "--json")

    assert {row["uid"] for row in json.loads(found.out)} == {uid(0), uid(1)}


def test_imported_labels_are_not_asked_for_again_and_are_exported(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_mentions)
    labels = write(tmp_path, LABEL | {"uid": uid(0), "by": "ana"}, LABEL | {"uid": uid(1), "label": "irrelevant"})

    imported = run("label", "import", labels, "-c", str(file))
    again = run("label", "import", labels, "-c", str(file))
    left = run("label", "next", "-c", str(file))
    exported = run("label", "export", "-c", str(file))

    assert (imported.code, left.code) == (0, Exit.NOTHING)
    assert "recorded 2 labels" in imported.err
    assert "recorded 0 labels, 2 stood already" in again.err
    rows = [json.loads(line) for line in exported.out.splitlines()]
    assert {(row["uid"], row["label"], row["by"]) for row in rows} == {
        (uid(0), "negative", "ana"),
        (uid(1), "irrelevant", ""),
    }


def test_what_is_exported_can_be_imported(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_mentions)
    run("label", "import", write(tmp_path, LABEL | {"uid": uid(0)}), "-c", str(file))
    exported = run("label", "export", "-c", str(file)).out

    again = run("label", "import", write(tmp_path, exported), "-c", str(file))

    assert (again.code, "1 stood already" in again.err) == (0, True)


def test_bad_lines_and_unknown_mentions_are_named_and_the_rest_is_recorded(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_mentions)
    labels = write(tmp_path, "nonsense", LABEL | {"uid": uid(0)}, LABEL | {"uid": "0" * 32})

    found = run("label", "import", labels, "-c", str(file))

    assert found.code == Exit.PARTIAL
    assert "line 1: " in found.err
    assert "recorded 1 labels, 0 stood already, 1 of unknown mentions" in found.err


def test_a_file_without_labels_is_a_usage_error(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_mentions)

    assert run("label", "import", write(tmp_path, "nonsense"), "-c", str(file)).code == Exit.USAGE


def test_nothing_to_export_is_said_by_the_exit_code(tmp_path: Path) -> None:
    file = config(tmp_path)
    fill(tmp_path, two_mentions)

    assert run("label", "export", "-c", str(file)).code == Exit.NOTHING
