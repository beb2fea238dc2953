from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spreading import BY_PARAMETER, FIRST, begun_first, scope

ROOT = __file__.rpartition("/tests/")[0]


@dataclass
class Item:
    nodeid: str


def test_a_file_is_run_by_one_worker_and_a_story_by_one() -> None:
    file = BY_PARAMETER[0]

    assert scope("tests/core/test_pacing.py::test_one[a-b]") == "tests/core/test_pacing.py"
    assert scope(f"{file}::test_one[launch]") == scope(f"{file}::test_other[launch-True]") == f"{file}[launch]"
    assert scope(f"{file}::test_without_a_parameter") == file


def test_what_takes_long_is_begun_first_and_the_rest_keeps_its_order() -> None:
    ids = ["tests/core/test_a.py::test_z", f"{FIRST[-1]}test_b.py::test_y", "tests/app/test_c.py::test_a", FIRST[0]]

    assert [item.nodeid for item in begun_first([Item(id) for id in ids])] == [ids[3], ids[1], ids[0], ids[2]]


def test_the_files_that_are_named_exist() -> None:

    assert [name for name in (*FIRST, *BY_PARAMETER) if not (Path(ROOT) / name).exists()] == []
