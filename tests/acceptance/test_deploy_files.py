"""The deploy files: hardened, consistent with each other, and accepted by the tools that read them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest
from deploying import DEPLOY, ROOT, needs, ran, read
from harness.serving import serving

UNIT = DEPLOY / "systemd" / "crisiswatch.service"

acceptance = pytest.mark.acceptance

HARDENING = {
    "Type": "notify",
    "NotifyAccess": "main",
    "ExecStart": "/usr/bin/env crisiswatch run -c /etc/crisiswatch/crisiswatch.yml",
    "WatchdogSec": "60",
    "Restart": "always",
    "RestartPreventExitStatus": "78",
    "TimeoutStopSec": "20",
    "DynamicUser": "yes",
    "StateDirectory": "crisiswatch",
    "StateDirectoryMode": "0700",
    "LoadCredential": "secret:/etc/crisiswatch/secrets",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes",
    "MemoryDenyWriteExecute": "yes",
    "MemoryMax": "1G",
    "TasksMax": "256",
    "UMask": "0077",
}


@pytest.mark.parametrize(("key", "value"), HARDENING.items())
def test_the_unit_confines_the_daemon(key, value):
    lines = [line for line in UNIT.read_text(encoding="utf-8").splitlines() if line.startswith(f"{key}=")]

    assert lines == [f"{key}={value}"]


def test_the_unit_allows_only_the_calls_of_a_service():
    text = UNIT.read_text(encoding="utf-8")

    assert "\nSystemCallFilter=@system-service\nSystemCallFilter=~@privileged\n" in text


@acceptance
@needs("systemd-analyze")
def test_systemd_reads_the_unit_without_a_word():
    done = ran("systemd-analyze", "verify", UNIT)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@acceptance
@needs("systemd-analyze")
def test_systemd_finds_the_unit_hardly_exposed():
    done = ran("systemd-analyze", "security", "--offline=true", "--threshold=20", UNIT)

    assert done.returncode == 0, done.stdout[-300:]


NO_WRITABLE_CODE = """
import ctypes, mmap, sys
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0):  # PR_SET_MDWE: the kernel's own MemoryDenyWriteExecute
    sys.exit(77)
try:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
except OSError:
    import ahocorasick, css_inline, httpx, msgspec, numpy, pydantic, re2, resvg_py, scipy.stats, sqlalchemy
    import ssl, uvicorn, watchfiles
    from river import linear_model
    numpy.linalg.svd(numpy.eye(20))
    linear_model.LogisticRegression().learn_one({"a": 1.0}, True)
    re2.compile("a+").search("aaa")
    ssl.create_default_context()
    sys.exit(0)
sys.exit("memory was writable and executable")
"""


@acceptance
def test_the_libraries_work_without_memory_that_is_writable_and_executable():
    done = ran(sys.executable, "-c", NO_WRITABLE_CODE)

    if done.returncode == 77:
        pytest.skip("the kernel has no PR_SET_MDWE (Linux 6.3)")
    assert done.returncode == 0, done.stderr


def dockerfile() -> str:
    return (DEPLOY / "Dockerfile").read_text(encoding="utf-8")


def test_the_image_runs_as_nobody_and_is_built_in_two_stages():
    last = dockerfile().split("\nFROM ")[-1]

    assert dockerfile().count("\nFROM ") == 2
    assert re.findall(r"^USER (.+)$", last, re.MULTILINE) == ["65532:65532"]
    assert 'ENTRYPOINT ["crisiswatch"]' in last
    assert "pip" not in last


def test_the_build_sees_what_it_copies_and_nothing_else():
    allowed = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    copied = {
        name.removeprefix("./")
        for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile(), re.MULTILINE)
        for name in line.split()[:-1]
    }

    assert allowed[1] == "*"
    assert copied == {line[1:] for line in allowed if line.startswith("!")}


@pytest.mark.parametrize(("status", "verdict"), [(200, 0), (503, 1)])
def test_the_health_check_of_the_image_asks_the_daemon(status, verdict):
    (found,) = re.findall(r"HEALTHCHECK .*\\\n\s+CMD (\[.*\])$", dockerfile(), re.MULTILINE)

    with answering(status) as (port, paths):
        command = [part.replace("9119", str(port)) for part in json.loads(found)]
        done = ran(sys.executable, *command[1:])

    assert paths == ["/-/healthy"]
    assert done.returncode == verdict


@contextmanager
def answering(status: int) -> Iterator[tuple[int, list[str]]]:
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    with serving(Handler) as port:
        yield port, paths


COMPOSE = read(DEPLOY / "compose.yml")


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_service_is_confined_pinned_and_reachable_from_this_machine_alone(name):
    service = COMPOSE["services"][name]

    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"[\w./-]+:(v?\d[\w.]+|local)", service["image"])
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_compose_mounts_what_exists_and_declares_every_secret():
    services = COMPOSE["services"].values()
    mounts = [mount.split(":")[0] for service in services for mount in service.get("volumes", ())]

    for mount in mounts:
        assert (DEPLOY / mount).exists() if mount.startswith(".") else mount in COMPOSE["volumes"], mount
    assert {name for service in services for name in service.get("secrets", ())} == set(COMPOSE["secrets"])


def test_grafana_finds_the_dashboards_and_prometheus_by_the_names_that_compose_gives():
    grafana = COMPOSE["services"]["grafana"]
    provider = read(ROOT / "grafana/provisioning/dashboards/crisiswatch.yml")["providers"][0]
    source = read(ROOT / "grafana/provisioning/datasources/prometheus.yml")["datasources"][0]

    assert f"../grafana/dashboards:{provider['options']['path']}:ro" in grafana["volumes"]
    assert (provider["allowUiUpdates"], provider["disableDeletion"]) == (False, True)
    assert source["url"].removeprefix("$") in grafana["environment"]


def test_prometheus_scrapes_under_the_name_that_the_rules_ask_for():
    (job,) = read(DEPLOY / "prometheus.yml")["scrape_configs"]
    rules = (ROOT / "grafana/rules/crisiswatch.rules.yml").read_text(encoding="utf-8")

    assert set(re.findall(r'job="(\w+)"', rules)) == {job["job_name"]}
    assert job["static_configs"][0]["targets"] == ["crisiswatch:9119"]


@acceptance
@needs("promtool")
def test_promtool_accepts_the_scrape_configuration():
    done = ran("promtool", "check", "config", "--syntax-only", DEPLOY / "prometheus.yml")

    assert done.returncode == 0, done.stdout + done.stderr


@acceptance
@needs("docker")
def test_docker_compose_accepts_its_file():
    if ran("docker", "compose", "version").returncode:
        pytest.skip("the compose plug-in of docker is not installed")

    done = ran("docker", "compose", "-f", DEPLOY / "compose.yml", "config", "-q")

    assert done.returncode == 0, done.stderr
