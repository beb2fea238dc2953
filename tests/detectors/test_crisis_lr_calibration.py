"""The table that makes evidence comparable between volumes."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest

from crisiswatch.app.data import calibration, calibration_file
from crisiswatch.detectors.crisis_lr import Calibration, VolumeClass, decode
from crisiswatch.errors import BadInput

BARS = {0.5: 4.0, 0.1: 6.0, 0.02: 8.0}
QUIET, BUSY = VolumeClass(1.0, {0.5: 3.0, 0.1: 4.0, 0.02: 5.0}), VolumeClass(100.0, {0.5: 5.0, 0.1: 8.0, 0.02: 11.0})
TABLE = Calibration(3, 6000, BARS, (QUIET, BUSY))


@pytest.mark.parametrize(
    ("evidence", "per_hour", "comparable"),
    [(4.0, 1.0, 6.0), (8.0, 100.0, 6.0), (6.0, 10.0, 6.0), (4.5, 1.0, 7.0), (1.5, 1.0, 2.0), (7.0, 1.0, 10.0),
     (4.0, 0.0, 6.0), (8.0, 1e6, 6.0), (0.0, 10.0, 0.0)],
)  # fmt: skip
def test_what_is_as_rare_is_worth_as_much(evidence: float, per_hour: float, comparable: float) -> None:
    assert TABLE.comparable(evidence, per_hour) == pytest.approx(comparable)


@pytest.mark.parametrize("per_hour", [0.1, 3.0, 40.0, 5000.0])
def test_more_evidence_is_worth_more(per_hour: float) -> None:
    worth = [calibration().comparable(step / 4, per_hour) for step in range(100)]

    assert all(less < more for less, more in pairwise(worth))


BROKEN = [
    b"", b"[]", b'{"detector": 3}',
    msgspec.json.encode(msgspec.structs.replace(TABLE, classes=())),
    msgspec.json.encode(msgspec.structs.replace(TABLE, bars={})),
    msgspec.json.encode(msgspec.structs.replace(TABLE, bars={0.5: 6.0, 0.1: 6.0, 0.02: 8.0})),
    msgspec.json.encode(msgspec.structs.replace(TABLE, bars={0.5: 6.0})),
    msgspec.json.encode(msgspec.structs.replace(TABLE, classes=TABLE.classes[::-1])),
]  # fmt: skip


@pytest.mark.parametrize("data", BROKEN)
def test_a_table_that_cannot_be_used_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput, match="calibration"):
        decode(data)


def test_the_shipped_table_reads_as_it_was_written() -> None:
    data = calibration_file().read_bytes()

    assert msgspec.json.decode(msgspec.json.encode(decode(data))) == msgspec.json.decode(data)
