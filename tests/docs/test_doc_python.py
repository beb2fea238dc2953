"""The Python that the pages show runs as it stands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from doc_pages import ROOT, blocks, pages

WITH_PYTHON = [page for page in pages() if any(block.language == "python" for block in blocks(page))]


@pytest.mark.parametrize("page", WITH_PYTHON)
def test_the_python_of_a_page_runs(page: str, tmp_path: Path) -> None:
    program = "\n".join(block.body for block in blocks(page) if block.language == "python")
    (tmp_path / "page.py").write_text(program, "utf-8")

    done = subprocess.run(
        [sys.executable, "-W", "error", "page.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_there_is_python_to_run() -> None:
    assert {"how-to/webhook-in.md", "how-to/webhook-out.md"} <= set(WITH_PYTHON)
