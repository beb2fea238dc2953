"""A folder of a second model: used where it is whole, and otherwise an error that names the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from crisiswatch.app.building import catalogues
from crisiswatch.app.second_opinions import second_opinion
from crisiswatch.errors import ConfigError
from crisiswatch.settings import Settings, load
from tests.text.tiny_onnx import config, model, tokenizer

CONFIG = """\
version: 1
second_opinion: {folder: tiny, sample: 50, every: 1h}
brands: [{name: Acme, match: [acme]}]
"""


def settings(folder: Path, text: str = CONFIG) -> Settings:
    file = folder / "crisiswatch.yml"
    file.write_text(text, "utf-8")
    return load(file, {}, catalogues())


def test_a_whole_folder_is_a_model(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tokenizers")
    (tmp_path / "tiny").mkdir()
    for name, data in {
        "tokenizer.json": tokenizer(),
        "model.onnx": model(),
        "config.json": config("neg", "neu"),
    }.items():
        (tmp_path / "tiny" / name).write_bytes(data)

    found = second_opinion(settings(tmp_path))

    assert found is not None
    assert (found.name, found.sample) == ("tiny", 50)
    assert found.are_negative(["bad", "good"]) == [True, False]


@pytest.mark.parametrize("name", ["tiny", "nowhere"])
def test_a_folder_without_a_model_is_an_error_that_names_the_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "tiny").mkdir()

    with pytest.raises(ConfigError) as raised:
        second_opinion(settings(tmp_path, CONFIG.replace("tiny", name)))

    in_config, problem = raised.value.problems
    assert (in_config.file, in_config.line, in_config.column) == (str(tmp_path / "crisiswatch.yml"), 2, 26)
    assert problem.file in in_config.message
    assert problem.where == "second_opinion.folder"
    assert problem.file == str(tmp_path / name / "tokenizer.json")
    assert problem.message == "the file is missing"


def test_without_the_key_there_is_none(tmp_path: Path) -> None:
    assert (
        second_opinion(settings(tmp_path, CONFIG.replace("second_opinion: {folder: tiny, sample: 50, every: 1h}", "")))
        is None
    )
