"""What the tests of the deploy files share: where the files are, how to read them and how to ask their tools."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def needs(tool: str) -> pytest.MarkDecorator:
    """Return a mark that skips a test on machines without the tool."""
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"{tool} is not installed")


def read(file: Path) -> Any:
    """Return what a YAML file says."""
    return YAML(typ="safe").load(file.read_text(encoding="utf-8"))


def ran(*command: object) -> subprocess.CompletedProcess[str]:
    """Run a command in the root of the checkout; return how it ended and what it said."""
    return subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, text=True, check=False)
