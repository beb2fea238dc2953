"""Named places where a test kills the process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from crisiswatch.engine.failpoints import FAILPOINTS, Failpoints


@pytest.mark.parametrize("armed", [None, ""])
def test_nothing_happens_without_an_armed_failpoint(armed: str | None) -> None:
    failpoints = Failpoints(armed)

    for name in FAILPOINTS:
        failpoints.reach(name)


def test_an_unknown_failpoint_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match=r"ingest\.before_comit.*known: .*ingest\.before_commit"):
        Failpoints("ingest.before_comit:kill")


@pytest.mark.parametrize(("armed", "survived"), [("ingest.after_commit:kill", 0), ("ingest.after_commit:kill:3", 2)])
def test_the_process_dies_at_the_place_and_the_time_that_were_named(armed: str, survived: int) -> None:
    program = (
        "import sys\nfrom crisiswatch.engine.failpoints import Failpoints\n"
        f"points = Failpoints({armed!r})\n"
        "for n in range(5):\n"
        "    points.reach('ingest.before_commit')\n    points.reach('ingest.after_commit')\n"
        "    sys.stdout.write('x')\n    sys.stdout.flush()\n"
    )

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, timeout=240)

    assert (ended.returncode, len(ended.stdout)) == (-9, survived)
