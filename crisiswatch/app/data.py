"""The data that comes with the package: playbooks, an example, dashboards, weights, the detector's calibration."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from crisiswatch.detectors.crisis_lr import Calibration, decode

_PACKAGE = Path(__file__).parent.parent


def data_folder(name: str) -> Path:
    """Return the folder `config` or `grafana`: inside the installed package, or beside it in a checkout."""
    packaged = _PACKAGE / "_data" / name
    return packaged if packaged.is_dir() else _PACKAGE.parent / name


def playbooks_folder() -> Path:
    """Return the folder of the packaged playbooks."""
    return data_folder("config") / "playbooks"


def example_config() -> Path:
    """Return the example configuration."""
    return data_folder("config") / "crisiswatch.example.yml"


@cache
def negativity_weights() -> bytes:
    """Return the weights of the negativity model."""
    return (_PACKAGE / "text" / "data" / "negativity-linear-3.bin").read_bytes()


def calibration_file() -> Path:
    """Return the file of the detector's calibration, written by `python -m benchmarks.crisisbench.fit --write`."""
    return _PACKAGE / "detectors" / "crisis_lr" / "calibration.json"


@cache
def calibration() -> Calibration:
    """Return the detector's calibration."""
    return decode(calibration_file().read_bytes())
