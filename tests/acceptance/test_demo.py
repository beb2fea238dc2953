"""The demo as people run it: from an empty folder, with any seed, and with numbers that can be counted again."""

from __future__ import annotations

import email
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from pathlib import Path
from random import Random

import httpx
import pytest
from harness.alerts import read_alert
from harness.mailbox import part
from harness.ports import INTERRUPTED, clean_environment
from harness.recount import made_up, recount
from harness.showing import show
from harness.waiting import until

from crisiswatch.app.demonstrating import BEFORE_TROUBLE, PLAYED
from crisiswatch.app.scenarios import generate
from crisiswatch.app.scenarios.plots import END, HAPPENS

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(1800)]

TROUBLED, CALM = ("battery-recall", "review-bomb"), ("campaign", "quiet-week")
SEEDS, SEEDS_OF_A_SOAK = 1, 3
DONE_WITHIN = 240.0
"""Seconds for two weeks and 75 minutes, two at a time on a busy machine."""

FIRST_ALERT_WITHIN = 60.0
"""Seconds on a machine with nothing else to do: those that the process computes, and those that it waits."""

SPEED = 120.0
"""The speed of a demo that is asked for none."""

FALSE_ALARM = 0.1
"""What the demo's configuration bears: false alarms a week."""

_PAGE = re.compile(r"^page +(http://\S+?)/$", re.MULTILINE)


@dataclass(slots=True)
class Shown:
    """One showing: what was said, which mails were written, and what its pages answered before it was ended."""

    scenario: str
    seed: int
    said: str = ""
    mails: dict[str, EmailMessage] = field(default_factory=dict)
    pages: dict[str, httpx.Response] = field(default_factory=dict)
    charts: dict[str, httpx.Response] = field(default_factory=dict)
    exit_code: int | None = None

    @property
    def first_mails(self) -> dict[str, EmailMessage]:
        """Return the mails that opened an incident while the scenario was played, by incident."""
        firsts = {name: mail for name, mail in self.mails.items() if name.endswith(".1.eml")}
        begins = (HAPPENS if self.scenario in TROUBLED else END - PLAYED) - BEFORE_TROUBLE
        return {name.partition(".")[0]: mail for name, mail in firsts.items() if read_alert(mail).sent_at > begins}


@contextmanager
def demo(folder: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the command on a terminal, so that its pages stay until it is interrupted."""
    ours, its = pty.openpty()
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            [*INTERRUPTED, sys.executable, "-m", "crisiswatch", "demo", "--port", "0", *options],
            cwd=folder,
            env=clean_environment(),
            stdin=its,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    os.close(its)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(ours)
        show(folder / "said")


def _show(scenario: str, seed: int, folder: Path) -> Shown:
    folder.mkdir()
    shown = Shown(scenario, seed)
    with demo(folder, "--scenario", scenario, "--seed", str(seed), "--speed", "5000") as process:
        until(lambda: _is_over(folder) or process.poll() is not None, DONE_WITHIN, f"{scenario} {seed}", every=0.5)
        shown.mails = _mails(folder)
        page = _PAGE.search(_said(folder))
        assert page is not None, _said(folder)
        for name in {name.partition(".")[0] for name in shown.mails}:
            shown.pages[name] = httpx.get(f"{page[1]}/i/{name}", trust_env=False, timeout=60)
            shown.charts[name] = httpx.get(f"{page[1]}/i/{name}/chart.png", trust_env=False, timeout=60)
        process.send_signal(signal.SIGINT)
        until(lambda: process.poll() is not None, 20, "the end of the demo")
        shown.exit_code = process.returncode
    shown.said = _said(folder)
    return shown


def _said(folder: Path) -> str:
    return (folder / "said").read_text("utf-8", "replace").replace("\r", "")


def _is_over(folder: Path) -> bool:
    return re.search(r"^(No alert: |INC-\d+ is at )", _said(folder), re.MULTILINE) is not None


def _mails(folder: Path) -> dict[str, EmailMessage]:
    files = sorted((folder / "demo-out").glob("*.eml"))
    read = (email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files)
    return {file.name: mail for file, mail in zip(files, read, strict=True)}


@pytest.fixture(scope="module")
def showings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Shown]:
    """Show every scenario with seeds that nobody chose, two at a time."""
    meta_seed = request.config.getoption("--meta-seed")
    random = Random(meta_seed)
    count = SEEDS_OF_A_SOAK if request.config.getoption("--soak") else SEEDS
    wanted = [(name, random.randrange(1_000_000)) for name in (*TROUBLED, *CALM) for _ in range(count)]
    print(f"meta-seed {meta_seed}: {wanted}")  # noqa: T201  # is shown where a test fails
    folder = tmp_path_factory.mktemp("demo")
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda one: _show(*one, folder / f"{one[0]}-{one[1]}"), wanted))


def of(showings: list[Shown], scenarios: tuple[str, ...]) -> list[Shown]:
    return [shown for shown in showings if shown.scenario in scenarios]


def test_every_showing_ends_in_order_when_it_is_interrupted(showings):
    assert [shown.exit_code for shown in showings] == [0] * len(showings)
    assert not any("Traceback" in shown.said for shown in showings)


def test_trouble_is_told_by_mail_as_text_and_html_with_what_to_do_next(showings):
    for shown in of(showings, TROUBLED):
        told = list(shown.first_mails.values())

        assert told, (shown.scenario, shown.seed, shown.said)
        for mail in told:
            text = " ".join(part(mail, "plain").split())
            assert "WHAT TO DO NEXT" in text
            assert "Norvik" in str(mail["Subject"])
            assert "Norvik" in part(mail, "html")


def test_the_page_of_an_incident_answers_while_the_demo_runs_and_names_it(showings):
    for shown in of(showings, TROUBLED):
        for name in shown.first_mails:
            assert shown.pages[name].status_code == 200
            assert name in shown.pages[name].text
            assert "Norvik" in shown.pages[name].text
            assert shown.charts[name].content.startswith(b"\x89PNG")


def test_every_number_of_an_alert_is_that_of_the_posts_behind_it(showings):
    for shown in of(showings, TROUBLED):
        scenario = generate(shown.scenario, shown.seed)
        seen = made_up(scenario.mentions, scenario.brand)
        for mail in shown.first_mails.values():
            alert = read_alert(mail)

            counted = recount(seen, alert.since, alert.sent_at)
            assert (alert.stories, alert.copies, alert.authors) == (counted.stories, counted.copies, counted.authors)
            assert alert.percent == pytest.approx(counted.percent, abs=0.5)


def test_where_nothing_is_wrong_no_incident_begins_while_it_is_played(showings):
    for shown in of(showings, CALM):
        assert shown.first_mails == {}, (shown.scenario, shown.seed, shown.said)


def test_what_is_learnt_brings_no_more_false_alarms_than_are_borne(showings):
    """Two quiet weeks before each scenario: more than this many alarms have a chance of about one in a thousand."""
    alarms = sum(name.endswith(".1.eml") for shown in showings for name in shown.mails)
    alarms -= sum(len(shown.first_mails) for shown in showings)

    expected = FALSE_ALARM * 2 * len(showings)
    assert alarms <= expected + 3.1 * expected**0.5 + 1


def test_the_first_alert_comes_within_a_minute_of_the_start(tmp_path):
    with demo(tmp_path) as process:
        until(lambda: process.poll() is not None or _mails(tmp_path), 240, "the first mail", every=0.2)
        computed = _computed(process.pid)
        process.send_signal(signal.SIGINT)
        until(lambda: process.poll() is not None, 20, "the end of the demo, with which the mail is whole")

        mail = next(iter(_mails(tmp_path).values()))
        waited = (read_alert(mail).sent_at - (HAPPENS - BEFORE_TROUBLE)).total_seconds() / SPEED
        assert computed + max(0.0, waited) < FIRST_ALERT_WITHIN


def _computed(pid: int) -> float:
    """Return the seconds of a processor that a running process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
