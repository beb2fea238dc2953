from __future__ import annotations

from pathlib import Path

import pytest

from crisiswatch.app.building import catalogues
from crisiswatch.app.noticers import noticers, word_memory
from crisiswatch.errors import ConfigError
from crisiswatch.settings import Absent, Settings, load

CONFIG = """version: 1
brands:
  - name: Acme
    match: [acme]
    {brand}
"""


def read(folder: Path, brand: str) -> Settings:
    file = folder / "c.yml"
    file.write_text(CONFIG.replace("{brand}", brand), "utf-8")
    return load(file, {}, catalogues(), absent=Absent.IS_WARNING)


def test_all_built_in_detectors_are_on_unless_others_are_named(tmp_path: Path) -> None:
    (usual,), (none,) = read(tmp_path, "").brands, read(tmp_path, "notices: []").brands
    bucket = read(tmp_path, "").defaults.bucket

    assert set(noticers(usual, bucket)) == {
        "volume_spike",
        "story_velocity/largest_copies",
        "story_velocity/largest_reactions",
    }
    assert word_memory(usual) is not None
    assert noticers(none, bucket) == {}
    assert word_memory(none) is None


def test_a_detector_of_river_is_made_as_it_is_written(tmp_path: Path) -> None:
    settings = read(tmp_path, "detectors: [{type: river, class: drift.KSWIN, series: copies, options: {alpha: 0.001}}]")
    found = noticers(settings.brands[0], settings.defaults.bucket)

    (key,) = [name for name in found if name.startswith("river/")]
    made = found[key](None)
    assert key == "river/drift.KSWIN(alpha=0.001)/copies/None"
    assert (made.name, made.series) == ("KSWIN", "copies")


@pytest.mark.parametrize(
    ("written", "place", "told"),
    [
        ("{type: river, class: anomaly.HalfSpaceTree}", "5:38", "HalfSpaceTrees"),
        ("{type: river, class: os.system}", "5:38", "anomaly or drift"),
        ("{type: river, class: drift.KSWIN, options: {alfa: 1}}", "5:67", "alpha"),
        ("{type: river, class: drift.KSWIN, options: {alpha: 9}}", "5:60", "Alpha"),
        ("{type: river, class: drift.KSWIN, above: 2}", "5:58", "yes or no"),
        ("{type: river, class: drift.KSWIN, series: expected}", "5:59", "negative_share"),
        ("{type: lake, class: drift.KSWIN}", "5:24", "river"),
        ("{type: river}", "5:17", "class"),
        ("{type: river, class: drift.KSWIN, options: {alpha: .nan}}", "5:68", "finite"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, written: str, place: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, f"detectors: [{written}]")

    (problem,) = [each for each in caught.value.problems if not each.is_warning]
    assert (f"{problem.line}:{problem.column}", told in f"{problem.message} {problem.hint}") == (place, True)
