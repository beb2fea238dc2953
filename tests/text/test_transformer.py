"""The second model reads a folder's files, says what is negative, and names the file that it cannot use."""

from __future__ import annotations

import pytest

from crisiswatch.errors import BadInput
from crisiswatch.text.transformer import Transformer
from tests.text.tiny_onnx import config, model, tokenizer

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("tokenizers")

TEXTS = ["bad bad day", "a good day", "day", "", "bad good good"]


def files(**changes: bytes | None) -> dict[str, bytes]:
    """Return the three files; a name with _ for . changes one, None leaves it out."""
    named = config("negative", "neutral", "positive")
    whole = {"tokenizer.json": tokenizer(), "model.onnx": model(), "config.json": named}
    given = {name.replace("_", "."): data for name, data in changes.items()}
    return {name: data for name, data in {**whole, **given}.items() if data is not None}


def test_texts_are_negative_where_that_is_the_likeliest_class() -> None:
    assert Transformer.from_bytes(files()).are_negative(TEXTS) == [True, False, False, False, False]


def test_a_text_is_judged_the_same_alone_and_among_others() -> None:
    found = Transformer.from_bytes(files())

    assert found.are_negative(TEXTS * 20) == [found.are_negative([text])[0] for text in TEXTS] * 20


def test_the_config_says_which_class_is_the_negative_one() -> None:
    turned = Transformer.from_bytes(files(config_json=config("POSITIVE", "Neutral", "NEGATIVE")))

    assert turned.are_negative(TEXTS) == [False, True, False, False, True]


def test_without_a_config_the_usual_order_holds() -> None:
    assert Transformer.from_bytes(files(config_json=None)).are_negative(["bad", "good"]) == [True, False]


def test_hostile_texts_are_read() -> None:
    assert len(Transformer.from_bytes(files()).are_negative(["\ud800", "\0" * 50, "bad " * 50_000])) == 3


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"tokenizer_json": None}, "tokenizer.json: the file is missing"),
        ({"model_onnx": None}, "model.onnx: the file is missing"),
        ({"tokenizer_json": b"{}"}, "tokenizer.json: "),
        ({"model_onnx": b"no model"}, "model.onnx: "),
        ({"config_json": b"{"}, "config.json: "),
        ({"config_json": config("1 star", "2 stars", "3 stars")}, "config.json: id2label names 1 star"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(changes: dict[str, bytes | None], told: str) -> None:
    with pytest.raises(BadInput) as raised:
        Transformer.from_bytes(files(**changes))

    assert str(raised.value).startswith(told)


def test_a_model_for_something_else_is_refused() -> None:
    with pytest.raises(BadInput, match=r"model\.onnx: its inputs are input_ids, pixels"):
        Transformer.from_bytes(files(model_onnx=model(("input_ids", "pixels"))))
    with pytest.raises(BadInput, match=r"config\.json: the file is missing, and 5 classes"):
        Transformer.from_bytes(files(config_json=None, model_onnx=model(classes=5)))
