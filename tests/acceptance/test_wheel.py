"""The wheel is whole: installed elsewhere, it finds its playbooks, dashboards and example, and shows the demo."""

from __future__ import annotations

import email
import importlib.util
import shutil
import subprocess
import sys
import venv
import zipfile
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from harness.alerts import read_alert
from harness.mailbox import part
from harness.ports import ROOT, clean_environment

from crisiswatch import __version__

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(importlib.util.find_spec("hatchling") is None, reason="hatchling, which builds it, is missing"),
]

SOURCES = ("crisiswatch", "config", "grafana")
FILES = ("pyproject.toml", "README.md", "LICENSE", "NOTICE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of what goes into it, so that nothing is left in the checkout."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in SOURCES:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, copy)
    out = copy / "dist"
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=copy,
        env=clean_environment(PYTHONPATH=""),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the command in an environment that has the wheel, and the libraries of this one behind it."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False, symlinks=True)
    (packages,) = (folder / "lib").glob("python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    libraries = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    (packages / "zz-libraries.pth").write_text("\n".join([*libraries, ""]), "utf-8")
    command = folder / "bin" / "crisiswatch"
    command.write_text(f"#!{folder}/bin/python\nfrom crisiswatch.cli import main\nmain()\n", "utf-8")
    command.chmod(0o755)
    return command


def run(command: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(command), *arguments],
        cwd=cwd,
        env=clean_environment(PYTHONPATH=""),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )


def test_the_wheel_names_its_command_and_holds_the_data_and_nothing_of_the_tests(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (entries,) = (name for name in names if name.endswith("entry_points.txt"))
        commands = archive.read(entries).decode()

    assert "crisiswatch = crisiswatch.cli:main" in commands
    assert "crisiswatch/_data/config/crisiswatch.example.yml" in names
    assert {Path(name).parts[0] for name in names} == {"crisiswatch", f"crisiswatch-{__version__}.dist-info"}


def test_what_is_mapped_into_the_wheel_is_all_of_it(wheel):
    with zipfile.ZipFile(wheel) as archive:
        packed = {name.removeprefix("crisiswatch/_data/") for name in archive.namelist() if "/_data/" in name}

    wanted = {
        str(file.relative_to(ROOT))
        for part in ("config", "grafana")
        for file in (ROOT / part).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert packed == wanted


def test_the_installed_command_is_that_of_the_wheel(installed, tmp_path):
    where = run(installed.with_name("python"), "-c", "import crisiswatch; print(crisiswatch.__file__)", cwd=tmp_path)
    version = run(installed, "version", cwd=tmp_path)

    assert where.stdout.startswith(str(installed.parent.parent)), where.stdout + where.stderr
    assert version.stdout.split() == ["crisiswatch", __version__]


def test_the_installed_dashboards_and_rules_can_be_exported(installed, tmp_path):
    done = run(installed, "dashboards", "export", "out", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    for folder in ("dashboards", "rules"):
        ours = {file.name: file.read_bytes() for file in (ROOT / "grafana" / folder).iterdir() if file.is_file()}
        assert {file.name: file.read_bytes() for file in (tmp_path / "out" / folder).iterdir()} == ours


def test_a_configuration_can_be_begun_and_checked_without_the_checkout(installed, tmp_path):
    begun = run(installed, "init", cwd=tmp_path)
    (config,) = tmp_path.glob("*.yml")
    checked = run(installed, "check", "-c", config.name, cwd=tmp_path)

    assert begun.returncode == 0, begun.stderr
    assert "missing-folder" not in checked.stdout + checked.stderr
    assert "Traceback" not in checked.stderr


def test_the_installed_demo_tells_of_trouble_with_a_packaged_playbook(installed, tmp_path):
    done = run(installed, "demo", "--speed", "5000", "--port", "0", cwd=tmp_path)
    mails = sorted((tmp_path / "demo-out").glob("*.eml"))

    assert done.returncode == 0, done.stderr
    assert mails
    assert "WHAT TO DO NEXT: " in done.stdout
    assert "Holding statement" in done.stdout
    for mail in mails[:1]:
        parsed = _parsed(mail)
        assert read_alert(parsed).stories > 0
        assert "Norvik" in part(parsed, "html")


def _parsed(file: Path) -> EmailMessage:
    return email.message_from_bytes(file.read_bytes(), policy=policy.default)
