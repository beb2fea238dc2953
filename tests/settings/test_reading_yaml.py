"""Files are read as YAML 1.2, within limits, and every value keeps its place."""

from pathlib import Path

import pytest
from config_writing import SMALLEST, codes, loaded, write
from fake_catalogues import CATALOGUES

from crisiswatch.errors import ConfigError
from crisiswatch.settings import check
from crisiswatch.settings.reading import ALIAS_LIMIT, SIZE_LIMIT, parse
from crisiswatch.settings.tree import Leaf, Map, Place, leaves, plain


def test_scalars_are_those_of_yaml_1_2() -> None:
    root = parse("{a: no, b: 22:30, c: 012, d: 0o17, e: 1e3, f: true, g: ~, h: 2026-03-01, i: '1', j: -.inf}", "f")

    assert root is not None
    assert plain(root) == {
        "a": "no",
        "b": "22:30",
        "c": 12,
        "d": 15,
        "e": 1000.0,
        "f": True,
        "g": None,
        "h": "2026-03-01",
        "i": "1",
        "j": float("-inf"),
    }


def test_every_value_knows_its_place() -> None:
    root = parse("a:\r\n  - b: é1\r\n    c: [x,  'y z']\r\n", "f.yml")

    assert root is not None
    assert {path: (leaf.place, leaf.end) for path, leaf in leaves(root)} == {
        ("a", 0, "b"): (Place("f.yml", 2, 8), Place("f.yml", 2, 10)),
        ("a", 0, "c", 0): (Place("f.yml", 3, 9), Place("f.yml", 3, 10)),
        ("a", 0, "c", 1): (Place("f.yml", 3, 13), Place("f.yml", 3, 18)),
    }


def test_anchors_and_merged_keys_are_unfolded() -> None:
    root = parse("base: &b {every: 5m, type: rss}\none: {<<: *b, every: 1m}\ntwo: {<<: [*b, {x: 1}], y: *b}\n", "f")

    assert isinstance(root, Map)
    assert plain(root)["one"] == {"every": "1m", "type": "rss"}  # type: ignore[index,call-overload]  # a mapping
    assert plain(root)["two"] == {"x": 1, "every": "5m", "type": "rss", "y": {"every": "5m", "type": "rss"}}  # type: ignore[index,call-overload]  # a mapping


def test_a_few_aliases_are_fine_and_too_many_are_refused() -> None:
    few = f"a: &a [{', '.join('x' * 100)}]\nb: [{', '.join(['*a'] * 100)}]\n"
    many = f"a: &a [{', '.join('x' * 100)}]\nb: [{', '.join(['*a'] * (ALIAS_LIMIT // 100 + 1))}]\n"

    assert isinstance(parse(few, "f"), Map)
    with pytest.raises(ConfigError, match="aliases unfold"):
        parse(many, "f")


def test_nothing_is_read_from_a_text_without_values() -> None:
    assert parse("# only a comment\n", "f") is None
    assert isinstance(parse("~", "f"), Leaf)


def test_json_is_yaml(tmp_path: Path) -> None:
    assert loaded(tmp_path, '{"version": 1, "brands": [{"name": "Acme", "match": ["acme"]}]}').brands[0].name == "Acme"


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    (told,) = check(tmp_path / "none.yml", {}, CATALOGUES)

    assert (told.code, told.file, told.message) == ("missing-file", str(tmp_path / "none.yml"), "there is no such file")


@pytest.mark.parametrize("name", [".", "a\0b"])
def test_what_is_no_file_cannot_be_read(tmp_path: Path, name: str) -> None:
    assert [told.code for told in check(tmp_path / name, {}, CATALOGUES)] == ["unreadable-file"]


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    assert codes(tmp_path, SMALLEST + "#" * SIZE_LIMIT) == ["too-large"]


def test_a_folder_named_conf_d_may_be_absent_or_a_file(tmp_path: Path) -> None:
    write(tmp_path, "not a folder", "conf.d")

    assert codes(tmp_path, SMALLEST) == ["no-receivers"]
