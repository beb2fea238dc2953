"""The rss source against a real nginx: real sockets, ETags, gzip, restarts, and a parser in a real worker."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness.ports import free_port
from harness.showing import show

from crisiswatch.core.models import Quality
from crisiswatch.engine.fetching import HttpFetcher
from crisiswatch.engine.isolating import WorkerIsolator, WorkLimits
from crisiswatch.errors import SourceRejected, SourceUnavailable, UnsafeAddress, WorkTimedOut
from crisiswatch.plugins import SourceTools
from crisiswatch.sources import CATALOGUE
from crisiswatch.sources.web.feeds import parse_feed

NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed (Debian: nginx-light)"),
]

CONFIG = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log {folder}/access.log combined; default_type application/xml; etag on;
  gzip on; gzip_types application/xml; gzip_min_length 100; gzip_proxied any;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port}; root {folder}/www;
    location = /moved.xml {{ return 301 /feed.xml; }}
    location = /inside.xml {{ return 302 http://169.254.169.254/latest/; }}
    location = /gone.xml {{ return 410; }}
  }}
}}
"""


class Nginx:
    """A real nginx that serves a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "www").mkdir()
        self.port = free_port()
        (folder / "nginx.conf").write_text(("user root;" if os.getuid() == 0 else "") + self._config())
        self._process: asyncio.subprocess.Process | None = None

    def _config(self) -> str:
        return CONFIG.format(folder=self.folder, port=self.port)

    async def start(self) -> None:
        command = [str(NGINX), "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        self._process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
        for _ in range(5_000):
            if await self._is_listening():
                return
        raise AssertionError("nginx does not listen")

    async def _is_listening(self) -> bool:
        """Tell whether connections are taken; a refusal is followed by a short wait for the process to end."""
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), 0.02)
            return False
        writer.close()
        return True

    async def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            await self._process.wait()
            self._process = None
            show(self.folder / "error.log")

    def publish(self, *numbers: int) -> None:
        items = "".join(f"<item><guid isPermaLink='false'>{n}</guid><title>post {n}</title></item>" for n in numbers)
        target = self.folder / "www" / "feed.xml"
        new = target.with_suffix(".new")
        new.write_text(f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>')
        new.replace(target)

    def statuses(self) -> list[str]:
        return [line.split('"')[2].split()[0] for line in (self.folder / "access.log").read_text().splitlines()]


@pytest.fixture
async def nginx(tmp_path):
    server = Nginx(tmp_path)
    server.publish(*range(20))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def tools():
    fetcher, isolator = HttpFetcher(allow=["127.0.0.0/8"]), WorkerIsolator(WorkLimits(deadline=timedelta(seconds=30)))
    yield SourceTools(fetcher, isolator)
    await isolator.close()
    await fetcher.close()


def source(server: Nginx, tools: SourceTools, path: str = "feed.xml"):
    kind = CATALOGUE["rss"]
    return kind.build("press", kind.options(url=f"http://127.0.0.1:{server.port}/{path}"), tools)


def ids(batch) -> list[str]:
    return [mention.external_id for mention in batch.mentions]


async def test_a_growing_feed_brings_every_entry_once_through_200_and_304(nginx, tools):
    reader = source(nginx, tools)

    first = await reader.fetch(None, NOW)
    unchanged = await reader.fetch(first.cursor, NOW + MINUTE)
    nginx.publish(*range(25))
    grown = await reader.fetch(unchanged.cursor, NOW + 2 * MINUTE)

    assert ids(first) == [str(n) for n in range(20)]
    assert ids(unchanged) == []
    assert ids(grown) == ["20", "21", "22", "23", "24"]
    assert nginx.statuses() == ["200", "304", "200"]
    assert [batch.coverage[0].end for batch in (unchanged, grown)] == [NOW + MINUTE, NOW + 2 * MINUTE]


async def test_a_feed_that_rolled_over_between_two_polls_is_partly_seen(nginx, tools):
    reader = source(nginx, tools)
    first = await reader.fetch(None, NOW)
    nginx.publish(*range(100, 120))

    second = await reader.fetch(first.cursor, NOW + MINUTE)

    assert second.coverage[0].quality is Quality.PARTIAL
    assert len(second.mentions) == 20


async def test_a_server_that_is_away_loses_nothing_and_covers_the_hole_when_it_is_back(nginx, tools):
    reader = source(nginx, tools)
    first = await reader.fetch(None, NOW)
    await nginx.stop()
    nginx.publish(*range(22))

    with pytest.raises(SourceUnavailable) as caught:
        await reader.fetch(first.cursor, NOW + MINUTE)
    await nginx.start()
    back = await reader.fetch(first.cursor, NOW + 2 * MINUTE)

    assert caught.value.reason == "refused"
    assert ids(back) == ["20", "21"]
    assert (back.coverage[0].start, back.coverage[0].end) == (NOW, NOW + 2 * MINUTE)


@pytest.mark.parametrize(
    ("path", "error"),
    [("none.xml", SourceRejected), ("gone.xml", SourceRejected), ("inside.xml", UnsafeAddress)],
)
async def test_what_is_not_there_or_not_allowed_is_an_error(nginx, tools, path, error):
    with pytest.raises(error):
        await source(nginx, tools, path).fetch(None, NOW)


async def test_a_redirected_feed_keeps_its_ids(nginx, tools):
    moved = await source(nginx, tools, "moved.xml").fetch(None, NOW)

    assert len(moved.mentions) == 20


async def test_a_body_is_packed_on_the_wire(nginx, tools):
    response = await tools.fetcher.fetch(f"http://127.0.0.1:{nginx.port}/feed.xml")

    assert response.headers["content-encoding"] == "gzip"
    assert response.body.startswith(b"<?xml")


async def test_a_feed_made_to_stall_the_parser_is_stopped_and_the_next_one_is_read(nginx, tools):
    bomb = '<rss version="2.0"><channel>' + "<item>" * 250_000
    (nginx.folder / "www" / "bomb.xml").write_text(bomb)
    hurried = WorkerIsolator(WorkLimits(deadline=timedelta(seconds=4)))
    hurried_tools = SourceTools(tools.fetcher, hurried)
    await source(nginx, hurried_tools).fetch(None, NOW)  # the worker is warm: what takes long now is the bomb

    with pytest.raises(WorkTimedOut):
        await source(nginx, hurried_tools, "bomb.xml").fetch(None, NOW)
    after = await source(nginx, hurried_tools).fetch(None, NOW)
    await hurried.close()

    assert len(after.mentions) == 20


async def test_the_worker_gives_the_same_entries_as_this_process(nginx, tools):
    body = (nginx.folder / "www" / "feed.xml").read_bytes()

    assert await tools.isolator.call(parse_feed, body, "http://x.example/") == parse_feed(body, "http://x.example/")
