"""The file of weights: what was written is read, and anything else is refused with its place."""

import numpy as np
import pytest
from linear_model import WEIGHTS, shipped

from crisiswatch.errors import BadInput
from crisiswatch.text.linear import Linear
from crisiswatch.text.linear.packing import MAGIC, pack, unpack
from crisiswatch.text.linear.weights import MODEL, from_bytes, to_bytes


def test_weights_survive_being_written_and_read():
    data = WEIGHTS.read_bytes()

    assert to_bytes(from_bytes(data)) == data


def test_the_shipped_file_is_small():
    assert len(WEIGHTS.read_bytes()) <= 5_000_000


def test_arrays_come_back_as_they_went():
    arrays = {"a": np.arange(6, dtype=np.int8).reshape(2, 3), "b": np.zeros(0, dtype=np.float64)}

    found = unpack(pack("m", arrays), "m")

    assert found["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found["b"].dtype == np.float64


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x93NUMPY", MAGIC[:-1]])
def test_a_foreign_file_is_refused_at_its_first_byte(data):
    with pytest.raises(BadInput, match="byte 0: this is no file"):
        Linear.from_bytes(data)


@pytest.mark.parametrize("length", [len(MAGIC), len(MAGIC) + 16, 5_000])
def test_a_file_cut_short_is_refused(length):
    with pytest.raises(BadInput, match=r"bytes 36 to \d+: damaged"):
        Linear.from_bytes(WEIGHTS.read_bytes()[:length])


@pytest.mark.parametrize("place", [25, 40, 100_000, -1])
def test_a_file_with_one_changed_byte_is_refused(place):
    data = bytearray(WEIGHTS.read_bytes())
    data[place] ^= 1

    with pytest.raises(BadInput, match="damaged"):
        Linear.from_bytes(bytes(data))


def test_weights_of_another_model_are_refused_by_name():
    with pytest.raises(BadInput, match="'cubic-9'; known: version 1 of 'linear-3'"):
        from_bytes(pack("cubic-9", {}))


def test_a_missing_array_is_named():
    with pytest.raises(BadInput, match="array 'plain' is missing"):
        from_bytes(pack(MODEL, {}))


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("plain", np.zeros(3, dtype=np.uint32)),
        ("english.sparse", np.zeros((2, 1000), dtype=np.int8)),
        ("offsets", np.zeros((10, 2), dtype=np.float32)),
        ("factors", np.zeros(9)),
        ("others.scale", np.zeros((1, 1))),
    ],
)
def test_an_array_of_the_wrong_shape_or_type_is_named(name, array):
    arrays = unpack(WEIGHTS.read_bytes(), MODEL)

    with pytest.raises(BadInput, match=f"array '{name}'.*expected"):
        from_bytes(pack(MODEL, {**arrays, name: array}))


def test_a_lexicon_of_uneven_arrays_is_refused():
    arrays = unpack(WEIGHTS.read_bytes(), MODEL)

    with pytest.raises(BadInput, match="lexicon differ in length"):
        from_bytes(pack(MODEL, {**arrays, "lexicon.roles": arrays["lexicon.roles"][:-1]}))


def test_reading_leaves_the_shipped_scorer_usable():
    assert shipped().score(["awful"], ["en"]) == Linear.from_bytes(WEIGHTS.read_bytes()).score(["awful"], ["en"])
