"""A transformer small enough to be built by its tests: it counts the tokens of "bad" and of "good"."""

from __future__ import annotations

import json

WORDS = ("[PAD]", "[UNK]", "bad", "good")


def tokenizer() -> bytes:
    """Return a tokenizer of single words."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    made = Tokenizer(WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = Whitespace()
    return bytes(made.to_str(), "utf-8")


def model(inputs: tuple[str, ...] = ("input_ids", "attention_mask"), classes: int = 3) -> bytes:
    """Return a model whose logits are the counts of "bad", of nothing, of "good": negative, neutral, positive."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    weights = np.zeros((len(WORDS), classes), dtype=np.float32)
    weights[2, 0], weights[3, classes - 1] = 1.0, 1.0
    rest = np.full(classes, 0.0, dtype=np.float32)
    rest[1 % classes] = 0.5
    nodes = [
        helper.make_node("Gather", ["weights", "input_ids"], ["rows"]),
        helper.make_node("ReduceSum", ["rows", "axis"], ["sums"], keepdims=0),
        helper.make_node("Add", ["sums", "rest"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"]) for name in inputs],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["texts", classes])],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.array([1], dtype=np.int64), "axis"),
            numpy_helper.from_array(rest, "rest"),
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(made.SerializeToString())


def config(*labels: str) -> bytes:
    """Return the part of a model's config that names its classes."""
    return json.dumps({"id2label": {str(place): label for place, label in enumerate(labels)}}).encode()
