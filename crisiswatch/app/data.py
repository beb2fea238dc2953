"""Where the data that comes with the package is: playbooks, the example configuration, dashboards, weights."""

from __future__ import annotations

from functools import cache
from pathlib import Path

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
    return (_PACKAGE / "text" / "data" / "negativity-linear-1.bin").read_bytes()
