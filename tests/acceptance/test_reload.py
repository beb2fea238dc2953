"""A changed configuration takes effect in the running daemon, however it was changed; a wrong one never does."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from harness.daemon import Daemon
from harness.feeds import Post, needs_nginx, running_feeds
from harness.stores import fill, now, ordinary_days
from harness.waiting import until

from crisiswatch.core.models import Mention

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(1200)]

SOON = 30.0
"""Seconds within which a change must be in force; the folder is looked at every 15 s, whatever the kernel tells."""

CONFIG = """\
version: 1
defaults: {{bucket: 1m}}
sources:
  - {{name: forum, type: rss, preset: phpbb, url: "{feed}", every: 1s, lateness: 10s}}
brands:
  - {{name: Norvik, match: [norvik], rules: [{{name: injury, match: hospital, severity: critical}}]}}
{brand}
store: {{url: "sqlite:///{folder}/crisiswatch.db"}}
server: {{listen: "127.0.0.1:0"}}
egress: {{allow: ["127.0.0.0/8"]}}
"""

NOBODY = "http://127.0.0.1:9/feed.xml"
"""A feed that refuses: what it says does not matter here."""


def written(folder: Path, brand: str = "", feed: str = NOBODY) -> str:
    """Return a configuration that watches Norvik, and one more brand."""
    line = f"  - {{name: {brand}, match: [{brand.lower()}]}}" if brand else ""
    return CONFIG.format(folder=folder, feed=feed, brand=line)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    config = tmp_path / "crisiswatch.yml"
    config.write_text(written(tmp_path), "utf-8")
    with Daemon(config) as running:
        yield running.start()


def watches(daemon: Daemon, brand: str) -> bool:
    """Tell whether the daemon has the metrics of that brand."""
    return daemon.metric("brand_state", brand=brand) is not None


def wait_for(daemon: Daemon, brand: str) -> None:
    until(lambda: watches(daemon, brand), SOON, f"{brand} to be watched")


def is_refused(daemon: Daemon) -> bool:
    return daemon.metric("config_last_reload_successful") == 0


def places_of_problems(daemon: Daemon) -> str:
    """Return where something is wrong; it is told as often as it is read, by a signal and by the watch on the file."""
    return "\n".join(problem["place"] for problem in daemon.events("config_problem"))


def with_secret_brand(tmp_path: Path) -> tuple[Daemon, Path]:
    """Return a daemon whose second brand stands in a file of its own, which is no configuration file."""
    secret = tmp_path / "secrets" / "brand"
    secret.parent.mkdir()
    secret.write_text("Globex", "utf-8")
    config = tmp_path / "crisiswatch.yml"
    brand = f'  - {{name: "${{file:{secret}}}", match: [globex]}}'
    config.write_text(CONFIG.format(folder=tmp_path, feed=NOBODY, brand=brand), "utf-8")
    return Daemon(config), secret


def test_a_hang_up_reads_the_configuration_again(tmp_path):
    daemon, secret = with_secret_brand(tmp_path)
    with daemon:
        daemon.start()
        secret.write_text("Initech", "utf-8")
        daemon.signal(signal.SIGHUP)
        wait_for(daemon, "Initech")

        (told,) = until(lambda: daemon.events("config_reloaded"), SOON, "the log of what changed")
    assert "Initech" in str(told["changes"])


def test_a_post_reads_the_configuration_again_and_tells_what_changed(tmp_path):
    daemon, secret = with_secret_brand(tmp_path)
    with daemon:
        daemon.start()
        secret.write_text("Initech", "utf-8")

        answer = daemon.post("/-/reload")
        assert (answer.status_code, answer.json()["reloaded"]) == (200, True)
        assert "Initech" in answer.json()["detail"]
        assert watches(daemon, "Initech")


def test_a_file_that_is_edited_in_place_takes_effect(daemon):
    daemon.config.write_text(written(daemon.config.parent, "Globex"), "utf-8")

    wait_for(daemon, "Globex")


def test_a_file_that_is_renamed_over_takes_effect_every_time(daemon):
    for brand in ("Globex", "Initech"):
        new = daemon.config.with_name(".crisiswatch.yml.swp")
        new.write_text(written(daemon.config.parent, brand), "utf-8")
        new.replace(daemon.config)

        wait_for(daemon, brand)


def test_a_config_map_whose_link_is_swapped_takes_effect_every_time(tmp_path):
    """As a kubelet does it: the file is a link into `..data`, which is a link to a folder of that version."""
    config = tmp_path / "crisiswatch.yml"
    _mount(tmp_path, "..first", written(tmp_path))
    config.symlink_to(Path("..data") / config.name)
    with Daemon(config) as daemon:
        daemon.start()
        for brand in ("Globex", "Initech"):
            _mount(tmp_path, f"..{brand}", written(tmp_path, brand))

            wait_for(daemon, brand)


def _mount(folder: Path, version: str, text: str) -> None:
    (folder / version).mkdir()
    (folder / version / "crisiswatch.yml").write_text(text, "utf-8")
    (folder / "..data_tmp").symlink_to(version)
    (folder / "..data_tmp").replace(folder / "..data")


def test_a_wrong_file_changes_nothing_and_is_told_with_its_line(daemon):
    wrong = written(daemon.config.parent, "Globex").replace("lateness: 10s", "latenes: 10s")
    daemon.config.write_text(wrong, "utf-8")
    until(lambda: is_refused(daemon), SOON, "the metric of a refused configuration")

    until(lambda: f"{daemon.config}:4:" in places_of_problems(daemon), SOON, "the log of what is wrong")
    answer = daemon.post("/-/reload")
    assert answer.status_code == 422
    assert f"{daemon.config}:4:" in answer.json()["detail"]
    assert "did you mean 'lateness'" in answer.json()["detail"]
    assert (watches(daemon, "Norvik"), watches(daemon, "Globex")) == (True, False)


def test_an_unknown_key_in_a_further_file_is_told_with_that_files_line(daemon):
    folder = daemon.config.parent / "conf.d"
    folder.mkdir()
    extra = folder / "10-more.yml"
    extra.write_text("# ours\nbrnads: [{name: Globex, match: [globex]}]\n", "utf-8")
    daemon.signal(signal.SIGHUP)
    until(lambda: is_refused(daemon), SOON, "the metric of a refused configuration")
    until(lambda: f"{extra}:2:1" in places_of_problems(daemon), SOON, "the log of what is wrong")
    told = [one for one in daemon.events("config_problem") if one["place"].startswith(f"{extra}:2:1")]

    extra.write_text("brands: [{name: Globex, match: [globex]}]\n", "utf-8")
    daemon.signal(signal.SIGHUP)
    wait_for(daemon, "Globex")
    until(lambda: daemon.metric("config_last_reload_successful") == 1, SOON, "the metric of one that is in force")
    assert {problem["hint"] for problem in told} == {"did you mean 'brands'?"}


def test_a_further_file_that_is_edited_takes_effect_by_itself(tmp_path):
    config, extra = tmp_path / "crisiswatch.yml", tmp_path / "conf.d" / "10-more.yml"
    config.write_text(written(tmp_path), "utf-8")
    extra.parent.mkdir()
    extra.write_text("brands: []\n", "utf-8")
    with Daemon(config) as daemon:
        daemon.start()
        extra.write_text("brands: [{name: Globex, match: [globex]}]\n", "utf-8")

        wait_for(daemon, "Globex")


@needs_nginx
def test_a_brand_that_is_added_costs_the_others_neither_baseline_nor_incident(tmp_path):
    with running_feeds(tmp_path) as feeds:
        config, feed = tmp_path / "crisiswatch.yml", feeds.url("forum")
        config.write_text(written(tmp_path, feed=feed), "utf-8")
        posts = [Post("before", "nothing about anybody", "somebody", now())]
        feeds.publish("forum", posts)
        fill(config, "forum", _half_a_week())
        with Daemon(config) as daemon:
            daemon.start()
            posts.append(Post("norvik-1", "My Norvik sent me to hospital", "ann", now()))
            feeds.publish("forum", posts)
            until(daemon.incidents, 40, "the incident")
            learnt, opened = daemon.metric("warmup_ratio", brand="Norvik"), daemon.incidents()

            config.write_text(written(tmp_path, feed=feed).replace("match: [norvik]", "mach: [norvik]"), "utf-8")
            until(lambda: is_refused(daemon), SOON, "the metric of a refused configuration")
            config.write_text(written(tmp_path, "Globex", feed), "utf-8")
            wait_for(daemon, "Globex")
            posts.append(Post("norvik-2", "Another Norvik, another trip to hospital", "bob", now()))
            posts.append(Post("globex-1", "My Globex is fine", "cid", now()))
            feeds.publish("forum", posts)
            until(lambda: _judged(daemon, "Globex"), 40, "a tick that judges both brands")

            assert learnt == pytest.approx(0.25, abs=0.01)
            assert daemon.metric("warmup_ratio", brand="Norvik") >= learnt
            assert daemon.metric("warmup_ratio", brand="Globex") == pytest.approx(0, abs=0.01)
            assert [one["id"] for one in daemon.incidents()] == [one["id"] for one in opened] == ["INC-1"]
            assert daemon.metric("mentions_total", brand="Globex") == 1


def _half_a_week() -> list[Mention]:
    return ordinary_days("Norvik", "forum", timedelta(days=3.5), timedelta(minutes=10))


def _judged(daemon: Daemon, brand: str) -> bool:
    return daemon.metric("mentions_total", brand=brand) == 1 and daemon.metric("warmup_ratio", brand=brand) is not None
