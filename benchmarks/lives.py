"""Lives of the real daemon, cheap to begin: each is forked from a process that has loaded everything.

    python -m benchmarks.lives      (reads one JSON object a line: {"config": path, "armed": failpoint or null})

Nearly all of a start is loading modules. A life runs what `crisiswatch run` runs, in a process of its own, with its own
connections, and dies by its own SIGKILL.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import IO

import structlog

from crisiswatch.app.building import catalogues
from crisiswatch.app.logs import configure
from crisiswatch.app.running import Process
from crisiswatch.settings import load

LOADED_LATER = (
    "aiosmtplib", "crisiswatch.text.linear.scoring", "crisiswatch.text.stories", "css_inline", "httpcore", "numpy",
    "uvicorn",
)  # fmt: skip
"""Modules that the daemon loads when it first needs them: here before there is a life."""

BORN_WITHIN = 60.0
"""Seconds until the first life begins: modules are loaded before it, and the machine may be busy."""

log = structlog.get_logger()


class Nursery:
    """Begins lives, one at a time; what they say goes into `log`."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._said: queue.Queue[list[str]] = queue.Queue()
        self.pid = 0

    def __enter__(self) -> Nursery:
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.lives"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=environ, text=True, bufsize=1,
            )  # fmt: skip
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        return self

    def __exit__(self, *_: object) -> None:
        _pipe(self._process.stdin).close()
        self._process.wait(30)
        self._reading.join(5)
        _pipe(self._process.stdout).close()

    def begin(self, config: Path, armed: str | None) -> None:
        """Begin a life; `pid` is then the process that lives it. `armed` is a failpoint, None for none."""
        _pipe(self._process.stdin).write(json.dumps({"config": str(config), "armed": armed}) + "\n")
        said = self._said.get(timeout=BORN_WITHIN)
        self.pid = int(said[1])

    def ready(self, within: float) -> bool:
        """Wait until the process serves its page; False if it ended before that, or the time is over."""
        try:
            said = self._said.get(timeout=within)
        except queue.Empty:
            return False
        if said[0] != "ready":
            self._said.put(said)
        return said[0] == "ready"

    def ended(self, within: float) -> int | None:
        """Return the exit code (minus the signal that ended it), None if the process still lives after that time."""
        try:
            said = self._said.get(timeout=within)
        except queue.Empty:
            return None
        return self.ended(within) if said[0] == "ready" else int(said[1])

    def _read(self) -> None:
        for line in _pipe(self._process.stdout):
            self._said.put(line.split())


def main() -> None:
    """Live the lives that are asked for, one after the other, until the input ends."""
    configure("json", "warning")
    for module in LOADED_LATER:
        import_module(module)
    for line in sys.stdin:
        asked = json.loads(line)
        load(Path(asked["config"]), os.environ, catalogues())  # loads what the first reading of a configuration loads
        gc.freeze()  # a collection in a life would copy every page that it looks at
        armed = {"CRISISWATCH_FAILPOINT": asked["armed"]} if asked["armed"] else {}
        pid = os.fork()
        if pid == 0:
            _live(Path(asked["config"]), {**os.environ, **armed})
        sys.stdout.write(f"born {pid}\n")
        sys.stdout.flush()
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"ended {os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _live(config: Path, environ: Mapping[str, str]) -> None:
    """Be the daemon, and end with it: nothing of the process that forked this one is run."""
    code = 1
    try:
        asyncio.run(Process(config, environ).run(_say))
        code = 0
    except Exception:  # nobody above would say it: a forked life ends here, whatever it met
        log.exception("life_failed")
    finally:
        os._exit(code)


def _say(line: str) -> None:
    """Tell, by the last line of what a person would read, that the process takes signals."""
    if line.startswith("page"):
        sys.stdout.write("ready\n")
        sys.stdout.flush()


def _pipe(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise ValueError("begun without pipes")
    return pipe


if __name__ == "__main__":
    main()
