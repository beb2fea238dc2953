"""A second opinion: a transformer for sentiment in ONNX with its own tokenizer, given as bytes. It never downloads.

Texts are cut at 128 tokens and read in batches that are padded to their longest. `config.json` (`id2label`) says which
class is which; without it three of them are negative, neutral and positive, and two negative and positive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from crisiswatch.errors import BadInput

TOKENS, AT_ONCE = 128, 16

NEGATIVE = ("negative", "neg", "label_negative")
"""How the negative class may be called, in small letters."""

INPUTS = frozenset({"input_ids", "attention_mask", "token_type_ids"})
"""Inputs that such a model may ask for."""

EXTRA = "pip install 'crisiswatch[onnxruntime]'"


class _Config(msgspec.Struct):
    id2label: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Transformer:
    """Says which texts are negative. `asked` are the model's inputs, `negative` the place of that class."""

    tokenizer: Any
    session: Any
    asked: tuple[str, ...]
    negative: int

    @classmethod
    def from_bytes(cls, files: Mapping[str, bytes]) -> Transformer:
        """Return the model in `tokenizer.json`, `model.onnx` and, if given, `config.json`.

        Raises BadInput with the name of the file that is missing or cannot be used.
        """
        for name in ("tokenizer.json", "model.onnx"):
            if name not in files:
                raise BadInput(f"{name}: the file is missing")
        tokenizer, session = _tokenizer(files["tokenizer.json"]), _session(files["model.onnx"])
        asked = tuple(one.name for one in session.get_inputs())
        if "input_ids" not in asked or not INPUTS.issuperset(asked):
            raise BadInput(f"model.onnx: its inputs are {', '.join(asked)}; known: {', '.join(sorted(INPUTS))}")
        classes = _classes(session)
        return cls(tokenizer, session, asked, _negative(files.get("config.json"), classes))

    def are_negative(self, texts: Sequence[str]) -> list[bool]:
        """Return for each text whether "negative" is its likeliest class. Raises BadInput if the model cannot run."""
        found: list[bool] = []
        for start in range(0, len(texts), AT_ONCE):
            found += (self._logits(texts[start : start + AT_ONCE]).argmax(axis=1) == self.negative).tolist()
        return found

    def _logits(self, texts: Sequence[str]) -> Any:
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        read = self.tokenizer.encode_batch(clean)
        fields = {
            "input_ids": [one.ids for one in read],
            "attention_mask": [one.attention_mask for one in read],
            "token_type_ids": [one.type_ids for one in read],
        }
        given = {name: np.array(fields[name], dtype=np.int64) for name in self.asked}
        try:
            return self.session.run(None, given)[0]
        except (RuntimeError, ValueError, IndexError) as error:
            raise BadInput(f"model.onnx: {str(error).splitlines()[0]}") from error


def _tokenizer(data: bytes) -> Any:
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise BadInput(f"tokenizer.json: needs the package tokenizers; {EXTRA}") from error
    try:
        tokenizer = Tokenizer.from_buffer(data)
    except (ValueError, TypeError) as error:
        raise BadInput(f"tokenizer.json: {error}") from error
    tokenizer.enable_truncation(TOKENS)
    tokenizer.enable_padding()
    return tokenizer


def _session(data: bytes) -> Any:
    try:
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as raised
    except ImportError as error:
        raise BadInput(f"model.onnx: needs the package onnxruntime; {EXTRA}") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # the daemon's own work goes first
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except (raised.Fail, raised.InvalidGraph, raised.InvalidProtobuf, raised.InvalidArgument) as error:
        raise BadInput(f"model.onnx: {str(error).splitlines()[0]}") from error


def _classes(session: Any) -> int:
    shape = session.get_outputs()[0].shape
    if len(shape) != 2 or not isinstance(shape[1], int) or shape[1] < 2:
        raise BadInput(f"model.onnx: its first output has the shape {shape}; expected [texts, classes]")
    return shape[1]


def _negative(config: bytes | None, classes: int) -> int:
    """Return which class is the negative one."""
    if config is None:
        if classes in (2, 3):
            return 0
        raise BadInput(f"config.json: the file is missing, and {classes} classes have no usual order")
    try:
        names = msgspec.json.decode(config, type=_Config).id2label
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInput(f"config.json: {error}") from error
    places = [int(place) for place, name in names.items() if name.lower() in NEGATIVE and place.isdecimal()]
    if len(places) != 1 or places[0] >= classes:
        raise BadInput(f"config.json: id2label names {', '.join(names.values()) or 'nothing'}; one must be 'negative'")
    return places[0]
