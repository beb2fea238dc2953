"""The secrets of an installation: made once, for their owner alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from crisiswatch.app.building import catalogues
from crisiswatch.app.keys import author_key, link_keys
from crisiswatch.errors import StoreUnusable
from crisiswatch.settings import Settings, load


def settings(folder: Path, url: str) -> tuple[Settings, Path]:
    file = folder / "crisiswatch.yml"
    file.write_text(f"version: 1\nbrands: [{{name: Acme, match: [acme]}}]\nstore: {{url: '{url}'}}\n")
    return load(file, {}, catalogues()), file


def test_the_key_is_made_once_beside_the_database(tmp_path: Path) -> None:
    known, file = settings(tmp_path, f"sqlite:///{tmp_path}/cw.db")

    first, second = author_key(known, file), author_key(known, file)

    kept = tmp_path / "cw.db.author-key"
    assert first == second
    assert len(first) == 32
    assert kept.stat().st_mode & 0o077 == 0


def test_installations_have_different_keys(tmp_path: Path) -> None:
    keys = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        keys.add(author_key(*settings(tmp_path / name, f"sqlite:///{tmp_path}/{name}/cw.db")))

    assert len(keys) == 2


def test_without_a_database_file_the_key_is_beside_the_configuration(tmp_path: Path) -> None:
    author_key(*settings(tmp_path, "postgresql://localhost/cw"))

    assert (tmp_path / "crisiswatch.author-key").exists()


def test_a_damaged_key_is_never_replaced(tmp_path: Path) -> None:
    known, file = settings(tmp_path, f"sqlite:///{tmp_path}/cw.db")
    (tmp_path / "cw.db.author-key").write_text("not hexadecimal")

    with pytest.raises(ValueError, match="hexadecimal"):
        author_key(known, file)
    assert (tmp_path / "cw.db.author-key").read_text() == "not hexadecimal"


def test_the_key_of_links_is_another_one_and_is_made_once(tmp_path: Path) -> None:
    known, file = settings(tmp_path, f"sqlite:///{tmp_path}/cw.db")

    first, second = link_keys(known, file), link_keys(known, file)

    assert first == second
    assert first != (author_key(known, file),)
    assert (tmp_path / "cw.db.link-keys").stat().st_mode & 0o077 == 0


def test_a_new_key_on_top_signs_and_the_one_below_still_verifies(tmp_path: Path) -> None:
    known, file = settings(tmp_path, f"sqlite:///{tmp_path}/cw.db")
    (tmp_path / "cw.db.link-keys").write_text("".join(f"{digit * 64}\n" for digit in "abc"))

    assert link_keys(known, file) == (b"\xaa" * 32, b"\xbb" * 32)


@pytest.mark.parametrize("text", ["", "no key\n", "abcd\n"])
def test_a_damaged_key_of_links_is_said_and_not_replaced(text: str, tmp_path: Path) -> None:
    known, file = settings(tmp_path, f"sqlite:///{tmp_path}/cw.db")
    (tmp_path / "cw.db.link-keys").write_text(text)

    with pytest.raises(StoreUnusable):
        link_keys(known, file)
    assert (tmp_path / "cw.db.link-keys").read_text() == text
