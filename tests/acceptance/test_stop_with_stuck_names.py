"""A daemon that is told to stop ends in time, though its name server never answers."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from harness.configs import configured
from harness.ports import ROOT, clean_environment
from harness.showing import show
from harness.waiting import until

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(1200)]

NEVER_ANSWERS = """\
import pathlib, socket, threading
real = socket.getaddrinfo
def lookup(host, *rest, **more):
    if "stuck.invalid" in str(host):
        pathlib.Path({mark!r}).touch()
        threading.Event().wait()
    return real(host, *rest, **more)
socket.getaddrinfo = lookup
"""

START, STOP = 90.0, 30.0
"""Seconds to the first lookup on a busy machine; and the end, after ten for messages and five for connections."""


def test_a_daemon_ends_though_a_lookup_hangs(tmp_path: Path) -> None:
    mark = tmp_path / "looked-up"
    (tmp_path / "sitecustomize.py").write_text(NEVER_ANSWERS.format(mark=str(mark)), "utf-8")
    config = tmp_path / "crisiswatch.yml"
    feeds = {"press": "http://stuck.invalid/feed.xml"}
    config.write_text(json.dumps(configured(tmp_path, feeds, [{"name": "Acme", "match": ["acme"]}])), "utf-8")
    command = [sys.executable, "-m", "crisiswatch", "run", "-c", str(config)]
    environ = clean_environment(PYTHONPATH=f"{tmp_path}:{ROOT}")
    with (tmp_path / "log").open("wb") as out, subprocess.Popen(command, env=environ, stderr=out) as daemon:
        try:
            until(mark.exists, START, "the lookup that hangs")
            daemon.send_signal(signal.SIGTERM)
            until(lambda: daemon.poll() is not None, STOP, "the end of the daemon")
        finally:
            daemon.kill()
            show(tmp_path / "log")

    assert daemon.returncode == 0
