"""Feeds that grow, served by Debian's nginx."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from harness.ports import free_port
from harness.showing import show
from harness.waiting import until

NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")

needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed (Debian: nginx-light)")

_CONFIG = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; {user}
events {{ worker_connections 64; }}
http {{
  access_log {folder}/access.log combined; default_type application/xml; etag on;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""


@dataclass(frozen=True, slots=True)
class Post:
    """An entry of a feed."""

    id: str
    text: str
    author: str
    published_at: datetime

    def item(self) -> str:
        """Return the entry as RSS writes it."""
        return (
            f'<item><guid isPermaLink="false">{escape(self.id)}</guid><link>https://forum.example/t/{self.id}</link>'
            f"<description>{escape(self.text)}</description><dc:creator>{escape(self.author)}</dc:creator>"
            f"<pubDate>{format_datetime(self.published_at)}</pubDate></item>"
        )


class Feeds:
    """A folder of feeds behind a real web server."""

    def __init__(self, folder: Path, port: int) -> None:
        self._www = folder / "www"
        self._www.mkdir()
        self._url = f"http://127.0.0.1:{port}"

    def url(self, name: str) -> str:
        """Return the address of the feed of that name."""
        return f"{self._url}/{name}.xml"

    def publish(self, name: str, posts: Sequence[Post]) -> None:
        """Exchange a feed whole, newest entry first, as a site does."""
        items = "\n".join(post.item() for post in reversed(posts))
        new = self._www / f"{name}.new"
        new.write_text(
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<channel><title>Forum</title><language>en</language>{items}</channel></rss>",
            "utf-8",
        )
        new.replace(self._www / f"{name}.xml")


@contextmanager
def running_feeds(folder: Path) -> Iterator[Feeds]:
    """Run nginx on a folder."""
    port = free_port()
    feeds = Feeds(folder, port)
    file = folder / "nginx.conf"
    file.write_text(_CONFIG.format(folder=folder, port=port, user="user root;" if os.getuid() == 0 else ""))
    process = subprocess.Popen([str(NGINX), "-p", str(folder), "-c", str(file)], stderr=subprocess.DEVNULL)
    try:
        until(lambda: process.poll() is not None or _listens(port), 15, "nginx")
        assert process.poll() is None
        yield feeds
    finally:
        process.terminate()
        process.wait()
        show(folder / "error.log")


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
